#!/usr/bin/env python3
"""idle.py [CONNECTIONS [LORIS [REQUESTS]]] [--untimed]: normal requests beside 10,000 idle connections and 200 slow-loris clients.

Measures requests one after the other on four kept connections: alone, and while the others are there. The slow clients send a byte now
and then in every phase: ClientHello, header section, body, preface, a header block and DATA of HTTP/2; or read no answer. Who is ended
comes again. Fails unless all requests are answered with 200, all idle connections are still open at the end, and the 99th percentile
is at most twice what it was alone (or 2 ms, below which the machine's noise is larger). `--untimed` leaves the last one out, for machines
that do other work."""
import multiprocessing
import socket
import ssl
import struct
import sys
import threading
import time

from common import Answers, REVIEW, Server, client_context, connect, percentile, request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


HEADERS = b"".join(field(*pair) for pair in (
    (b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"x"), (b":path", b"/validate"),
    (b"content-type", b"application/json")))
# What comes at once, what comes byte by byte, and over which protocol (None: no TLS).
PHASES = [
    (b"", bytes.fromhex("1603010200010001fc0303") + bytes(500), None),
    (b"", b"POST /validate HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 500, "http/1.1"),
    (b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n",
     b"{" * 500, "http/1.1"),
    (b"", PREFACE * 20, "h2"),
    (PREFACE + frame(4, 0, 0) + frame(1, 0, 1, HEADERS), frame(9, 0, 1, HEADERS * 5), "h2"),
    (PREFACE + frame(4, 0, 0) + frame(1, 4, 1, HEADERS), b"".join(frame(0, 0, 1, b"{") for _ in range(50)), "h2"),
    # A window of one byte, so that the answer stalls.
    (PREFACE + frame(4, 0, 0, struct.pack(">HI", 4, 1)) + frame(1, 5, 1, HEADERS), b"", "h2"),
]


def hold(port, authority, count, ready, end):
    """Opens connections, and says at the end how many are open still."""
    context = client_context(authority)
    connections = [connect(port, authority, context=context, timeout=60) for _ in range(count)]
    ready.put(count)
    end.wait()
    alive = 0
    for connection in connections:
        connection.settimeout(0)
        try:
            alive += connection.recv(1) != b""
        except ssl.SSLWantReadError:
            alive += 1
        except OSError:
            pass
    ready.put(alive)


def trickle(port, authority, phase, end):
    first, rest, protocol = PHASES[phase % len(PHASES)]
    context = client_context(authority, protocol or "http/1.1")
    while not end.is_set():
        try:
            connection = socket.create_connection(("127.0.0.1", port), 30)
            if protocol:
                connection = context.wrap_socket(connection, server_hostname="localhost")
            connection.sendall(first)
            for byte in rest or bytes(1000):
                if rest:
                    connection.sendall(bytes([byte]))
                if end.wait(0.5):
                    break
            connection.close()
        except OSError:
            pass
        end.wait(1)


def slow(port, authority, count, end):
    threads = [threading.Thread(target=trickle, args=(port, authority, number, end)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(server, requests):
    """Milliseconds of each request, sorted."""
    with open(REVIEW, "rb") as file:
        bytes_ = request(file.read())
    readers = [Answers(server.connect()) for _ in range(4)]
    times = []
    for number in range(requests):
        reader = readers[number % 4]
        begin = time.perf_counter()
        reader.connection.sendall(bytes_)
        answer = reader.next()
        times.append((time.perf_counter() - begin) * 1000)
        if answer is None or answer[0] != 200:
            sys.exit(f"a normal request was answered with {answer}")
        time.sleep(0.0005)
    return sorted(times)


def show(name, times):
    print(f"{name}: " + "  ".join(f"{label} {percentile(times, share):.3f} ms" for label, share in
                                  (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1))), flush=True)


def main():
    timed = "--untimed" not in sys.argv
    arguments = [int(text) for text in sys.argv[1:] if text != "--untimed"]
    connections, loris, requests = (arguments + [10_000, 200, 10_000][len(arguments):])[:3]
    with Server(["--latency-budget", "1s" if timed else "20s"]) as server:
        measure(server, 500)
        before = server.resident
        alone = measure(server, requests)
        show("alone", alone)
        end = multiprocessing.Event()
        ready = multiprocessing.Queue()
        holders = [multiprocessing.Process(target=hold, args=(server.port, server.authority, connections // 4, ready, end))
                   for _ in range(4)]
        for holder in holders:
            holder.start()
        opened = sum(ready.get() for _ in holders)
        print(f"{opened} idle connections, {server.resident / 1048576:.0f} MiB, "
              f"{(server.resident - before) / opened / 1024:.1f} KiB each", flush=True)
        crowd = multiprocessing.Process(target=slow, args=(server.port, server.authority, loris, end))
        crowd.start()
        time.sleep(3)
        beside = measure(server, requests)
        show("beside them", beside)
        counted = server.metrics()
        end.set()
        alive = sum(ready.get() for _ in holders)
        for process in [crowd, *holders]:
            process.join()
        print(f"{alive} of {opened} idle connections were open at the end; "
              f"overdue {counted['webhook_overdue_requests_total']:.0f}, evicted "
              f"{counted['webhook_connections_evicted_total']:.0f}")
        time.sleep(3)
        print(f"{server.resident / 1048576:.0f} MiB after they have gone, {before / 1048576:.0f} MiB before they came")
        limit = max(2 * percentile(alone, 0.99), 2)
        fine = alive == opened and (not timed or percentile(beside, 0.99) <= limit)
    sys.exit(0 if fine and server.status == 0 else 1)


main()
