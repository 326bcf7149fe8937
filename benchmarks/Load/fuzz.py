#!/usr/bin/env python3
"""fuzz.py [REQUESTS [PROCESSES [SEED]]]: a million mutated requests against the running server.

Mutates recorded requests (bytes of bodies, header sections, chunks), frames of HTTP/2, several on a connection, and records of TLS: before
a handshake, in the middle of one, and behind it. Looks at the server all the while: it has to go on answering a proper request, with as
many descriptors and as much memory at the end as after the first tenth. The seed is printed, and gives the same bytes again (without one
it is of the clock).

When the server ends, what each process sent last is kept, a file for each connection, in fuzz-found-SEED; `fuzz.py --again FOLDER`
sends it once more, in the order in which it was sent."""
import collections
import multiprocessing
import os
import random
import socket
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


def record(kind, payload, length=None):
    return bytes([kind]) + b"\x03\x03" + struct.pack(">H", min(0xFFFF, len(payload) if length is None else length)) + payload


def client_hello(context):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def tls(chance, hello):
    """Bytes of a connection that never becomes one: a mutated ClientHello, in one record or many, and records of every kind around it."""
    kind = chance.randrange(5)
    if kind == 0:
        return mutate(chance, hello)
    if kind == 1:
        # The header stays, so that what is inside is looked at.
        body = mutate(chance, hello[5:])
        return record(22, body, chance.choice((len(body), len(body), chance.randrange(0x10000))))
    if kind == 2:
        body, cut = hello[5:], chance.randrange(1, 200)
        return b"".join(mutate(chance, record(22, body[place:place + cut])) if chance.randrange(20) == 0
                        else record(22, body[place:place + cut]) for place in range(0, len(body), cut))
    parts = [hello] + [record(chance.choice((20, 21, 22, 23, 24, 255)), chance.randbytes(chance.choice((0, 1, 2, 40, 17000))))
                       for _ in range(chance.randrange(8))]
    if kind == 3:
        chance.shuffle(parts)
    return b"".join(parts)


class Sent:
    """What was sent on the last connections of a process: written to files when the server has gone."""

    def __init__(self, seed, folder):
        self.seed, self.folder, self.last = seed, folder, collections.deque(maxlen=64)

    def begin(self, name):
        self.last.append((name, bytearray()))

    def add(self, data):
        self.last[-1][1].extend(data)

    def keep(self):
        os.makedirs(self.folder, exist_ok=True)
        for number, (name, data) in enumerate(self.last):
            with open(os.path.join(self.folder, f"{self.seed}-{number:02}-{name.replace('/', '_')}"), "wb") as file:
                file.write(data)


class Wire:
    """A connection that remembers what was sent on it."""

    def __init__(self, connection, sent):
        self.connection, self.sent = connection, sent
        self.recv, self.settimeout, self.close = connection.recv, connection.settimeout, connection.close

    def sendall(self, data):
        self.sent.add(data)
        self.connection.sendall(data)


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
        connection.sendall(PREFACE + frame(4, 0, 0) if chance.randrange(20) else mutate(chance, PREFACE + frame(4, 0, 0)))
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


def below(chance, port, context, sent):
    """A connection whose TLS is wrong: from the start, or behind a handshake."""
    if chance.randrange(4):
        sent.begin("tls")
        connection = socket.create_connection(("127.0.0.1", port), 5)
        sent.add(tls(chance, client_hello(context)))
        connection.sendall(sent.last[-1][1])
    else:
        sent.begin("behind")
        shaken = context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5), server_hostname="localhost")
        connection = socket.socket(fileno=shaken.detach())
        sent.add(b"".join(record(chance.choice((20, 21, 22, 23, 23, 255)), chance.randbytes(chance.choice((0, 1, 2, 40, 16640, 17000))),
                                 chance.choice((None, None, 0, 3, 0xFFFF))) for _ in range(chance.randrange(1, 6))))
        connection.sendall(sent.last[-1][1])
    connection.settimeout(0.05)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        pass
    connection.close()


def client(port, authority, count, seed, folder, done):
    chance = random.Random(seed)
    bodies = [body for body in recorded_reviews() if len(body) < 20_000]
    contexts = {name: client_context(authority, name) for name in ("http/1.1", "h2")}
    remembered = Sent(seed, folder)
    sent = refused = 0
    while sent < count:
        kind = chance.choice(("bodies", "bodies", "bodies", "heads", "heads", "frames", "frames", "tls"))
        name = "h2" if kind == "frames" else "http/1.1"
        try:
            if kind == "tls":
                sent += 1
                below(chance, port, contexts[chance.choice(("http/1.1", "h2"))], remembered)
            else:
                connection = connect(port, authority, name, 5, None, contexts[name])
                remembered.begin(name)
                try:
                    sent += batch(chance, Wire(connection, remembered), bodies, kind)
                except OSError:
                    sent += 1
                connection.close()
            refused = 0
        except ConnectionRefusedError:
            refused += 1
            if refused == 20:
                remembered.keep()
                return
            time.sleep(0.05)
        except OSError:
            pass
        done.put((seed, sent))


def again(folder):
    """Sends what was kept, and says whether the server is there still."""
    with Server(["--latency-budget", "1s"]) as server:
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
            try:
                protocol = "h2" if name.endswith("h2") else "http/1.1"
                connection = (socket.create_connection(("127.0.0.1", server.port), 5) if name.endswith("tls") else server.connect(protocol, 5))
                if name.endswith("behind"):
                    connection = socket.socket(fileno=connection.detach())
                connection.sendall(data)
                connection.settimeout(0.2)
                while connection.recv(65536):
                    pass
            except OSError:
                pass
            if not server.is_running:
                sys.exit(f"the server ended at {name} with {server.process.returncode}")
    print("the server did not end")
    sys.exit(0)


def main():
    if sys.argv[1:2] == ["--again"]:
        again(sys.argv[2])
    arguments = [int(text) for text in sys.argv[1:]]
    count, processes, seed = (arguments + [1_000_000, 2, int(time.time())][len(arguments):])[:3]
    folder = f"fuzz-found-{seed}"
    print(f"seed {seed}", flush=True)
    with Server(["--latency-budget", "1s"]) as server:
        done = multiprocessing.Queue()
        clients = [multiprocessing.Process(
            target=client, args=(server.port, server.authority, count // processes, seed + number, folder, done))
            for number in range(processes)]
        for process in clients:
            process.start()
        progress, first, slowest, checks, begin, wrong = {}, None, 0.0, 0, time.monotonic(), None
        proper = request(recorded_reviews()[0])
        while any(process.is_alive() for process in clients) and server.is_running:
            time.sleep(0.5)
            while not done.empty():
                number, sent = done.get()
                progress[number] = sent
            asked = time.perf_counter()
            try:
                answer = Answers(server.connect())
                answer.connection.sendall(proper)
                reply = answer.next()
                answer.connection.close()
            except OSError as error:
                reply = (0, str(error))
            slowest = max(slowest, time.perf_counter() - asked)
            checks += 1
            if reply is None or reply[0] not in (200, 503):
                wrong = f"a proper request was answered with {reply}"
                break
            total = sum(progress.values())
            if first is None and total >= count / 10:
                first = server.resident
            if checks % 60 == 0:
                print(f"{time.monotonic() - begin:6.0f} s  {total} requests, {server.resident / 1048576:.1f} MiB", flush=True)
        if wrong and server.is_running:
            for process in clients:
                process.terminate()
        while any(process.is_alive() for process in clients):
            while not done.empty():
                number, sent = done.get()
                progress[number] = sent
            time.sleep(0.1)
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
    if wrong:
        print(wrong)
    if not running:
        print(f"the server ended with {server.process.returncode}; what was sent last is in {folder}")
    fine = running and not wrong and open_ == 0 and server.status == 0 and rest < (first or rest) * 1.25 + (4 << 20)
    sys.exit(0 if fine else 1)


main()
