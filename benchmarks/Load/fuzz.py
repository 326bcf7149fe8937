#!/usr/bin/env python3
"""fuzz.py [REQUESTS [PROCESSES [SEED]]]: a million mutated requests against the running server.

Mutates recorded requests (bytes of bodies, header sections, chunks) and frames of HTTP/2, several on a connection, and looks at the
server all the while: it has to go on answering a proper request, with as many descriptors and as much memory at the end as after the
first tenth. A seed gives the same bytes again."""
import multiprocessing
import random
import ssl
import struct
import sys
import time

from common import Answers, Server, client_context, connect, recorded_reviews, request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
WORDS = [b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n",
         b"ffffffffffffffff\r\n", b"HTTP/1.1", b"Host: x\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b";a=b",
         b'"', b"{", b"}", b"[" * 40, b"\\u0000", b"\\ud800", b"1e999", b"null", b"\xff\xfe", b"AdmissionReview", b"uid"]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name, value):
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def mutate(chance, data):
    """Some changes of some bytes: mostly few, so that what is left is nearly right."""
    data = bytearray(data)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3, 8))):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 1 and place < len(data):
            data[place] = chance.randrange(256)
        elif kind == 2:
            del data[place:place + chance.choice((1, 1, 2, 8, 100))]
        elif kind == 3:
            data[place:place] = chance.choice(WORDS)
        elif kind == 4:
            data[place:place] = data[place:place + chance.randrange(40)]
        else:
            del data[place:len(data) if chance.randrange(8) == 0 else place + 1]
    return bytes(data)


def http1(chance, body):
    kind = chance.randrange(10)
    if kind < 4:
        # Only the body is changed: its length stays right.
        return request(mutate(chance, body), chance.choice(("/validate", "/mutate", "/validate?timeout=1s")))
    if kind < 6:
        cut = chance.randrange(1, len(body))
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:cut], body[cut:]) if part) + b"0\r\n\r\n"
        whole = (b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        return mutate(chance, whole)
    whole = request(body)
    cut = whole.index(b"\r\n\r\n") + 4
    return mutate(chance, whole[:cut]) + whole[cut:]


def http2(chance, body, stream):
    fields = b"".join(field(*pair) for pair in (
        (b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"x"), (b":path", b"/validate"),
        (b"content-type", b"application/json")))
    frames = [frame(1, 4, stream, fields)]
    frames += [frame(0, 0, stream, body[place:place + 8000]) for place in range(0, len(body), 8000)]
    frames.append(frame(0, 1, stream))
    kind = chance.randrange(4)
    if kind == 0:
        place = chance.randrange(len(frames))
        frames[place] = mutate(chance, frames[place])
    elif kind == 1:
        frames.insert(chance.randrange(len(frames) + 1), frame(
            chance.randrange(12), chance.randrange(256), chance.choice((0, stream, stream + 2)), chance.randbytes(chance.choice((0, 4, 5, 6, 8, 30)))))
    elif kind == 2:
        chance.shuffle(frames)
    else:
        frames = [frame(1, 4, stream, fields), frame(0, 1, stream, mutate(chance, body))]
    return b"".join(frames)


def answers_to(connection, count):
    """Reads until that many answers were there, or the connection ended."""
    reader = Answers(connection)
    for _ in range(count):
        if reader.next() is None:
            return


def batch(chance, connection, bodies, kind):
    """Sends the requests of one connection; how many they were. One that ends the connection ends the batch."""
    if kind == "bodies":
        count = 64
        connection.sendall(b"".join(request(mutate(chance, chance.choice(bodies)), chance.choice(
            ("/validate", "/mutate", "/validate?timeout=1s"))) for _ in range(count)))
        answers_to(connection, count)
        return count
    if kind == "frames":
        connection.sendall(PREFACE + frame(4, 0, 0))
    for number in range(16):
        body = chance.choice(bodies)
        connection.sendall(http2(chance, body, 2 * number + 1) if kind == "frames" else http1(chance, body))
        connection.settimeout(0.002)
        try:
            while connection.recv(65536):
                pass
            return number + 1
        except TimeoutError:
            connection.settimeout(5)
    return 16


def client(port, authority, count, seed, done):
    chance = random.Random(seed)
    bodies = [body for body in recorded_reviews() if len(body) < 20_000]
    contexts = {name: client_context(authority, name) for name in ("http/1.1", "h2")}
    sent = 0
    while sent < count:
        kind = chance.choice(("bodies", "bodies", "heads", "frames"))
        name = "h2" if kind == "frames" else "http/1.1"
        try:
            connection = connect(port, authority, name, 5, None, contexts[name])
            try:
                sent += batch(chance, connection, bodies, kind)
            except OSError:
                sent += 1
            connection.close()
        except OSError:
            pass
        done.put((seed, sent))


def main():
    arguments = [int(text) for text in sys.argv[1:]]
    count, processes, seed = (arguments + [1_000_000, 2, 1][len(arguments):])[:3]
    with Server(["--latency-budget", "1s"]) as server:
        done = multiprocessing.Queue()
        clients = [multiprocessing.Process(
            target=client, args=(server.port, server.authority, count // processes, seed + number, done))
            for number in range(processes)]
        for process in clients:
            process.start()
        progress, first, slowest, checks, begin = {}, None, 0.0, 0, time.monotonic()
        proper = request(recorded_reviews()[0])
        while any(process.is_alive() for process in clients) and server.is_running:
            time.sleep(0.5)
            while not done.empty():
                number, sent = done.get()
                progress[number] = sent
            asked = time.perf_counter()
            answer = Answers(server.connect())
            answer.connection.sendall(proper)
            reply = answer.next()
            answer.connection.close()
            slowest = max(slowest, time.perf_counter() - asked)
            checks += 1
            if reply is None or reply[0] not in (200, 503):
                sys.exit(f"a proper request was answered with {reply}")
            total = sum(progress.values())
            if first is None and total >= count / 10:
                first = server.resident
            if checks % 60 == 0:
                print(f"{time.monotonic() - begin:6.0f} s  {total} requests, {server.resident / 1048576:.1f} MiB", flush=True)
        for process in clients:
            process.join()
        while not done.empty():
            number, sent = done.get()
            progress[number] = sent
        time.sleep(3)
        running = server.is_running
        rest = server.resident if running else 0
        open_ = server.metrics()["webhook_connections_open"] if running else -1
        counted = server.metrics() if running else {}
        decided = sum(value for series, value in counted.items() if series.startswith("webhook_admission_requests_total"))
        refused = {series.split('"')[1]: int(value) for series, value in counted.items()
                   if series.startswith("webhook_http_refused_requests_total") and value}
        print(f"{sum(progress.values())} requests in {time.monotonic() - begin:.0f} s: {decided:.0f} decided, refused {refused}, "
              f"{counted.get('webhook_protocol_errors_total', 0):.0f} connections ended for what they sent")
        print(f"{checks} proper requests in between were answered, the slowest after {slowest * 1000:.0f} ms; "
              f"{open_:.0f} connections open, memory {(first or rest) / 1048576:.1f} MiB after a tenth, {rest / 1048576:.1f} MiB at the end")
    fine = running and open_ == 0 and server.status == 0 and rest < (first or rest) * 1.25 + (4 << 20)
    sys.exit(0 if fine else 1)


main()
