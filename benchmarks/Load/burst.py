#!/usr/bin/env python3
"""burst.py [SECONDS [FACTOR [MEGABYTES]]]: reviews of 3 MB under policies that each burn the whole cost that an API server allows and
together take longer than the budget, at ten times the rate that one worker can serve, for ten seconds. With
PRIORITY=1 (as root) server and clients run before everything else on the machine, the server before the clients, so that other work
does not count as theirs.

Each client is a process with one connection that is due at fixed times, whatever became of its last request; it reads while it
writes, so that it sees an early answer. Times count from the first byte that a client sends to the last one of the answer. Says how
the answers are distributed, and fails unless 99.9% of them came within the deadline and 5 ms, every request was answered, the
memory stayed under its bound, and normal requests are as fast as before a second after the burst."""
import json
import multiprocessing
import os
import select
import ssl
import sys
import tempfile
import time

from common import REVIEW, Answers, Server, percentile, request

BUDGET = 0.1
# Each costs more than an API server allows, which takes some 10 ms; together they take longer than the budget.
POLICY = "---".join("""
apiVersion: policy.example.com/v1
kind: Policy
metadata: {name: burns-its-cost-%d}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
    - expression: object.data.all(a, object.data.all(b, object.data.all(c, a != b || b != c || c != 'x%d')))
""" % (number, number) for number in range(16))


def review(megabytes):
    line = "abcdefgh " * 12
    data = {f"key-{number}": line for number in range(int(megabytes * 1e6) // (len(line) + 16))}
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "burst", "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
        "resource": {"group": "", "version": "v1", "resource": "configmaps"}, "name": "a", "namespace": "default",
        "operation": "CREATE", "userInfo": {"username": "a"},
        "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"},
                   "data": data}}}, separators=(",", ":")).encode()


def exchange(connection, bytes_):
    """Sends, reads on the way; the status, whether the connection goes on, and the seconds."""
    connection.setblocking(False)
    view = memoryview(bytes_)
    sent, answer = 0, b""
    begin = time.perf_counter()
    end = begin + 10
    while time.perf_counter() < end:
        progress = False
        try:
            part = connection.recv(65536)
            if not part:
                break
            answer += part
            head, separator, body = answer.partition(b"\r\n\r\n")
            if separator and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
                seconds = time.perf_counter() - begin
                kept = b"onnection: close" not in head and sent == len(view)
                return int(head.split(b" ", 2)[1]), kept, seconds, b"retry-after: " in head.lower()
            progress = True
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            break
        if sent < len(view):
            try:
                sent += connection.send(view[sent:sent + 65536])
                progress = True
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass
            except OSError:
                # The answer may still be there to be read.
                sent = len(view)
        if not progress:
            select.select([connection], [connection] if sent < len(view) else [], [], 0.05)
    return 0, False, time.perf_counter() - begin, False


def client(server, bytes_, start, interval, seconds, results):
    if "PRIORITY" in os.environ:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(40))
    due, connection, seen = start, None, []
    while due < start + seconds:
        if connection is None:
            try:
                connection = server.connect()
            except OSError:
                seen.append((0, 0.0, False))
                due += interval
                continue
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        status, kept, took, retry = exchange(connection, bytes_)
        seen.append((status, took, retry))
        if not kept:
            connection.close()
            connection = None
        # What cannot be kept up with is offered as fast as this client can.
        due = max(due + interval, time.perf_counter())
    results.put(seen)


def probe(server, count=300):
    with open(REVIEW, "rb") as file:
        bytes_ = request(file.read())
    reader = Answers(server.connect())
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        reader.connection.sendall(bytes_)
        answer = reader.next()
        if answer is None or answer[0] != 200:
            sys.exit(f"a normal request was answered with {answer}")
        times.append((time.perf_counter() - begin) * 1000)
    return sorted(times)


def main():
    arguments = [float(text) for text in sys.argv[1:]]
    seconds, factor, megabytes = (arguments + [10, 10, 3][len(arguments):])[:3]
    rate = factor / BUDGET
    count = int(rate / 4)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "policy.yaml"), "w") as file:
            file.write(POLICY)
        prefix = ["chrt", "-f", "50"] if "PRIORITY" in os.environ else []
        with Server(["--latency-budget", f"{int(BUDGET * 1000)}ms", "--workers", "1"], folder, prefix) as server:
            bytes_ = request(review(megabytes))
            before = probe(server)
            results = multiprocessing.Queue()
            start = time.perf_counter() + 2
            clients = [multiprocessing.Process(
                target=client, args=(server, bytes_, start + number / rate, count / rate, seconds, results))
                for number in range(count)]
            for process in clients:
                process.start()
            peak, seen = 0, []
            while time.perf_counter() < start + seconds:
                time.sleep(0.05)
                peak = max(peak, server.resident)
            for _ in clients:
                seen += results.get()
            for process in clients:
                process.join()
            time.sleep(1)
            after = probe(server)
            time.sleep(3)
            rest = server.resident
            metrics = server.metrics()
    lost = [one for one in seen if one[0] == 0]
    answers = sorted(one[1] * 1000 for one in seen if one[0])
    print(f"{len(seen)} requests of {len(bytes_) / 1e6:.1f} MB in {seconds:.0f} s ({len(seen) / seconds:.0f} a second; "
          f"one worker manages {1 / BUDGET:.0f}), {count} clients")
    for status in sorted({one[0] for one in seen if one[0]}):
        times = sorted(one[1] * 1000 for one in seen if one[0] == status)
        print(f"  {status}: {len(times)}  " + "  ".join(
            f"{label} {percentile(times, share):.1f} ms" for label, share in
            (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1))))
    bound = BUDGET * 1000 + 5
    late = [value for value in answers if value > bound]
    print(f"  within {bound:.0f} ms: {100 * (1 - len(late) / max(1, len(answers))):.2f}%, later: {len(late)} "
          f"{[round(value) for value in late[-10:]]}; without an answer: {len(lost)}; "
          f"503 without Retry-After: {sum(1 for one in seen if one[0] == 503 and not one[2])}")
    print(f"  shed {metrics['webhook_shed_requests_total']:.0f}, overdue {metrics['webhook_overdue_requests_total']:.0f}; "
          f"memory at most {peak / 1048576:.0f} MiB, {rest / 1048576:.0f} MiB four seconds after")
    print(f"  normal requests: p50 {percentile(before, 0.5):.2f} ms and p99 {percentile(before, 0.99):.2f} ms before, "
          f"p50 {percentile(after, 0.5):.2f} ms and p99 {percentile(after, 0.99):.2f} ms a second after")
    fine = len(late) <= len(answers) / 1000 and not lost and peak < 400 << 20
    fine = fine and percentile(after, 0.5) < 2 * percentile(before, 0.5) + 0.5
    sys.exit(0 if fine and server.status == 0 else 1)


main()
