"""Writes JUnit files of several runs, validates each by every junit-10.xsd in the folder given, and compares what junitparser finds in
it with the same run's `-o json`."""
import glob, json, os, subprocess, sys, tempfile

from junitparser import Error, Failure, JUnitXml, Skipped

PROGRAM = os.environ.get("WEBHOOK_BINARY", ".build/release/webhook")
RECORDED = "../shared/data"

# What could break out of XML: markup, quotes, control characters, what XML has no character for; and what is no review.
HOSTILE = [json.dumps({"id": f"<{text}>", "review": {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {
    "uid": f"u{number}", "operation": "CREATE", "name": text, "namespace": "shop",
    "kind": {"group": "", "version": "v1", "kind": "Pod"}, "resource": {"group": "", "version": "v1", "resource": "pods"},
    "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": text}, "spec": {"containers": [
        {"name": text, "image": text}]}}}}})
    for number, text in enumerate(["]]><a href='&x;'>\"\n\t\r", "\x00\x01\x1b\x7f", "\ufffe\uffff", "\u202e\U0001f600"])]
HOSTILE += ["{", "", "\x00", "[" * 2000]


def runs(folder):
    hostile = os.path.join(folder, "<&\".jsonl")
    with open(hostile, "w") as file:
        file.write("\n".join(HOSTILE))
    yield "the tests of the policies", ["policies"]
    yield "the tests, with what is not covered", ["policies/require-owner-label", "--coverage", "--fail-on", "uncovered"]
    yield "hostile text", ["--policies", "policies", "--coverage", hostile]
    yield "hostile text that fails", ["--policies", "policies", "--fail-on", "deny", "--fail-on", "uncovered", hostile, "nowhere"]
    if os.path.isdir(RECORDED):
        recorded = [f"{RECORDED}/reviews.jsonl", f"{RECORDED}/operations.jsonl"]
        yield "recorded reviews", ["--policies", "policies", *recorded]
        yield "recorded reviews that fail", ["--policies", "policies", "--fail-on", "deny", "--coverage", *recorded]


def check(name, arguments, schemas, folder):
    files = {form: os.path.join(folder, form) for form in ("junit", "json")}
    options = [option for form, path in files.items() for option in ("--output-file", f"{form}={path}")]
    subprocess.run([PROGRAM, "test", *arguments, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for schema in schemas:
        result = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", schema, files["junit"]], capture_output=True, text=True)
        if result.returncode != 0:
            return f"{name}: not valid by {schema}:\n{result.stderr[:2000]}"
    xml = JUnitXml.fromfile(files["junit"])
    with open(files["json"]) as file:
        report = json.load(file)
    summary = report["summary"]
    uncovered = len(summary.get("uncovered", []))
    failures = summary["unmet"] + (summary["denied"] if "deny" in arguments else 0) + (uncovered if "uncovered" in arguments else 0)
    expected = {"tests": summary["reviews"] + summary["unreadable"] + uncovered, "failures": failures, "errors": summary["unreadable"]}
    cases = [case for suite in xml for case in suite]
    found = [{"tests": len(cases), "failures": count(cases, Failure), "errors": count(cases, Error)},
             {key: getattr(xml, key) for key in expected},
             {key: sum(getattr(suite, key) for suite in xml) for key in expected}]
    if any(one != expected for one in found) or sum(suite.skipped for suite in xml) != count(cases, Skipped):
        return f"{name}: expected {expected}, but found {found}"
    print(f"valid: {name}: {expected}, {count(cases, Skipped)} skipped")


def count(cases, kind):
    return sum(any(isinstance(result, kind) for result in case.result) for case in cases)


def main():
    schemas = glob.glob(f"{sys.argv[1]}/**/junit-10.xsd", recursive=True)
    if not schemas:
        sys.exit("there is no schema to validate by")
    with tempfile.TemporaryDirectory() as folder:
        problems = [problem for name, arguments in runs(folder) if (problem := check(name, arguments, schemas, folder))]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
