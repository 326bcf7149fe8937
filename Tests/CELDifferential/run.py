#!/usr/bin/env python3
"""Compares CEL with an independent implementation on generated expressions and inputs. README.md says how."""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

import inputs
import oracle
import values
from celtypes import VARIABLES, suite_type
from disagreements import DISAGREEMENTS, answer_text
from generator import Generator
from seeded import Seeded

NAME = re.compile(r"[A-Za-z_]\w*")
LONGEST_EXPRESSION = 2000


def main():
    options = parse_arguments()
    start = time.monotonic()
    work = generate(options.seed, options.pairs, options.inputs)
    examples = [(example[0], list(example[3:]) or [{}]) for entry in DISAGREEMENTS for example in entry.examples]
    theirs = ask_oracle(examples + work, options.processes)
    ours = ask_webhook(examples + work, [options.webhook, "eval", "--batch", "--environment", "full"])
    failures = check_examples(ours[:len(examples)], theirs[:len(examples)])
    pairs = [(expression, data) for expression, drawn in work for data in drawn]
    counts, unexplained = compare(pairs, ours[len(examples):], theirs[len(examples):])
    failures += check_shares(len(pairs))
    report(counts, unexplained, failures, options, time.monotonic() - start)
    sys.exit(1 if failures or unexplained else 0)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--webhook", default=".build/release/webhook", help="the program under test")
    parser.add_argument("--seed", type=int, default=1, help="the same seed generates the same pairs")
    parser.add_argument("--pairs", type=int, default=30000, help="how many pairs of an expression and an input, at least")
    parser.add_argument("--inputs", type=int, default=2, help="inputs for each expression")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many processes the oracle runs in")
    parser.add_argument("--show", type=int, default=20, help="how many unexplained disagreements to print")
    parser.add_argument("--explained", action="store_true", help="print explained disagreements as well")
    return parser.parse_args()


def generate(seed, count, inputs_each):
    """[(expression, [input, ...]), ...] with `count` pairs; inputs hold the variables that their expression names."""
    source = Seeded(seed)
    generator = Generator(source)
    seen = set()
    work = []
    while count > 0:
        expression = generator.expression()
        if expression in seen or len(expression) > LONGEST_EXPRESSION:
            continue
        seen.add(expression)
        named = set(NAME.findall(expression))
        names = [name for name in VARIABLES if name in named]
        drawn = [inputs.values(source) for _ in range(inputs_each if names else 1)]
        work.append((expression, [{name: data[name] for name in names} for data in drawn]))
        count -= len(drawn)
    return work


def ask_oracle(work, processes):
    """The oracle's answers, in the order of the pairs. A crash of the oracle ends its process and is reported."""
    size = max(1, len(work) // (processes * 4))
    parts = [work[start:start + size] for start in range(0, len(work), size)]
    with concurrent.futures.ProcessPoolExecutor(processes) as pool:
        return [answer for part in pool.map(oracle.answers, parts) for answers in part for answer in answers]


def ask_webhook(work, command):
    """Our answers, in the order of the pairs: all of them through one process."""
    lines = []
    for expression, drawn in work:
        for data in drawn:
            test = {"name": str(len(lines)), "expr": expression}
            if data:
                test["type_env"] = [{"name": name, "ident": {"type": suite_type(VARIABLES[name])}} for name in data]
                test["bindings"] = values.suite_bindings(data)
            lines.append(json.dumps(test, ensure_ascii=False))
    text = "\n".join(lines) + "\n"
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(answers) != len(lines):
        next_line = lines[len(answers)] if len(answers) < len(lines) else ""
        sys.exit(f"`{' '.join(command)}` ended with {done.returncode} at: {next_line}\n{done.stderr[-4000:]}")
    return [
        ("error", answer["error"]) if "error" in answer else ("value", values.from_suite(answer["value"]))
        for answer in answers
    ]


def agree(ours, theirs):
    return ours[0] == theirs[0] and (ours[0] == "error" or ours[1] == theirs[1])


def compare(pairs, ours, theirs):
    """How many pairs came out how, and the disagreements that no entry explains."""
    counts = collections.Counter()
    unexplained = []
    for (expression, data), our, their in zip(pairs, ours, theirs, strict=True):
        if agree(our, their):
            counts["the same value" if our[0] == "value" else "an error in both"] += 1
            continue
        texts = answer_text(our), answer_text(their)
        entry = next((entry for entry in DISAGREEMENTS if entry.explains(expression, *texts)), None)
        if entry:
            counts["an explained disagreement"] += 1
            entry.explained += 1
            entry.seen.append((expression, *texts))
        else:
            counts["an unexplained disagreement"] += 1
            unexplained.append((expression, data, *texts))
    return counts, sorted(unexplained, key=lambda found: len(found[0]))


def check_examples(ours, theirs):
    """Complaints about examples that no longer disagree as their entry says."""
    complaints = []
    examples = [(entry, example) for entry in DISAGREEMENTS for example in entry.examples]
    for (entry, (expression, our_pattern, their_pattern, *_)), our, their in zip(examples, ours, theirs, strict=True):
        texts = answer_text(our), answer_text(their)
        if agree(our, their) or not re.search(our_pattern, texts[0]) or not re.search(their_pattern, texts[1]):
            complaints.append(f"{entry.name}: `{expression}` gives\n    ours   {texts[0]}\n    theirs {texts[1]}")
    return complaints


def check_shares(count):
    """Complaints about entries that explain more than they may."""
    return [
        f"{entry.name}: explains {entry.explained} of {count} pairs, more than {entry.at_most} in ten thousand"
        for entry in DISAGREEMENTS
        if entry.explained > max(2, entry.at_most * count / 10000)
    ]


def report(counts, unexplained, failures, options, seconds):
    total = sum(counts.values())
    print(f"{total} pairs, seed {options.seed}, {seconds:.0f} s: " + ", ".join(f"{n} {what}" for what, n in counts.most_common()))
    for entry in DISAGREEMENTS:
        if entry.explained:
            print(f"  {entry.explained:5} {entry.name}")
        if options.explained:
            for expression, our, their in sorted(entry.seen, key=lambda seen: len(seen[0]))[:options.show]:
                print(f"        {expression}\n          ours   {our}\n          theirs {their}")
    for complaint in failures:
        print(f"\n{complaint}")
    for expression, data, our, their in unexplained[:options.show]:
        print(f"\n{expression}\n    input  {data}\n    ours   {our}\n    theirs {their}")


if __name__ == "__main__":
    main()
