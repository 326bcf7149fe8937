#!/usr/bin/env python3
"""soak.py [MINUTES [CLIENTS]]: half of the maximum rate for so many minutes (20 unless given).

Finds the maximum with h2load in a few seconds, then keeps half of it, over HTTP/1.1 and HTTP/2, and looks at the memory every ten
seconds. Fails unless every request was answered with 200, the server's counters say the same number as the clients', and the memory
at the end is no more than 10% (at least 4 MiB) above that of the first tenth."""
import re
import subprocess
import sys
import time

from common import REVIEW, Server


def h2load(server, *options):
    return ["h2load", "--data", REVIEW, "--header", "content-type: application/json", *options,
            f"https://127.0.0.1:{server.port}/validate?timeout=10s"]


def finished(text):
    """How many requests were answered with 2xx, and how many were not."""
    counts = re.search(r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded", text)
    status = re.search(r"status codes: (\d+) 2xx", text)
    return int(counts[2]), int(status[1])


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 16
    # A machine with other work stalls for longer than the usual budget.
    with Server(["--latency-budget", "5s"]) as server:
        text = subprocess.run(h2load(server, "--h1", "--requests", "60000", "--clients", str(clients)),
                              capture_output=True, text=True).stdout
        maximum = float(re.search(r"([\d.]+) req/s", text)[1])
        done, succeeded = finished(text)
        rate = max(1, int(maximum / 2 / (2 * clients)))
        print(f"maximum {maximum:.0f} requests a second; soaking with {rate * 2 * clients}", flush=True)
        total = int(rate * clients * minutes * 60)
        loads = [
            subprocess.Popen(h2load(server, *more, "--requests", str(total), "--clients", str(clients), "--rps", str(rate)),
                             stdout=subprocess.PIPE, text=True)
            for more in (["--h1"], ["--max-concurrent-streams", "4"])]
        memory = []
        begin = time.monotonic()
        while any(load.poll() is None for load in loads) and server.is_running:
            time.sleep(min(10, minutes * 6))
            memory.append(server.resident)
            print(f"{time.monotonic() - begin:6.0f} s  {memory[-1] / 1048576:6.1f} MiB", flush=True)
        for load in loads:
            counts = finished(load.communicate()[0])
            done += counts[0]
            succeeded += counts[1]
        counted = server.total("webhook_admission_requests_total")
        refused = server.total("webhook_http_refused_requests_total")
        early = sorted(memory[:max(1, len(memory) // 10)])[-1]
        late = sorted(memory[-max(1, len(memory) // 10):])[-1]
        print(f"{done} answers, {succeeded} of them 2xx; the server decided {counted:.0f} and refused {refused:.0f}")
        print(f"memory {early / 1048576:.1f} MiB at first, {late / 1048576:.1f} MiB at last")
        fine = done == succeeded == counted and refused == 0 and late <= early + max(early // 10, 4 << 20)
    sys.exit(0 if fine and server.status == 0 else 1)


main()
