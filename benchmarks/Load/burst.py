#!/usr/bin/env python3
"""Reviews of 3 MB under policies that each burn the whole cost that an API server allows and together take longer than the budget, at
ten times the rate that the workers can serve.

Requests are due at fixed times, whatever became of those before. Times count from before the first byte is sent until the last one of
the answer has been read: everything in between counts, the clients' own delays too; when the answer lay in the client's socket is said
beside it. A connection is there before its request. All connections belong to one process that reads before it sends, because of 25
processes each would wait for the others to get a processor before it could look at its answer.

Where there are more processors than workers, the server gets as many as it has workers and the clients the rest, as if they were
different machines. Without a processor to spare they share all of them, and what that costs counts against the server. Both go before
other work where that is allowed (nice -10, also as a group), neither before the other: a server that went before its clients would only be measured with
less than what they are to offer.

Says how the answers are distributed. Fails unless every request was answered, by 200 or by 503 with an integer Retry-After; the counters
agree; those that their deadline cut off say so; the memory stayed under its bound; and normal requests are served afterwards. And, unless
it is untimed, 99.9% of the answers came within the deadline and 5 ms, and normal requests are as fast as before within a second
after the burst."""
import argparse
import atexit
import json
import os
import re
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

from common import REVIEW, Answers, Server, percentile, request

CONNECTIONS = 25
# linux/socket.h; Python does not name it.
SO_TIMESTAMPNS = 35
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
""" % (number, number) for number in range(48))


def review(megabytes):
    line = "abcdefgh " * 12
    data = {f"key-{number}": line for number in range(int(megabytes * 1e6) // (len(line) + 16))}
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "burst", "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
        "resource": {"group": "", "version": "v1", "resource": "configmaps"}, "name": "a", "namespace": "default",
        "operation": "CREATE", "userInfo": {"username": "a"},
        "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"},
                   "data": data}}}, separators=(",", ":")).encode()


class Answer:
    """Status (0 where there was none), seconds until it was read and until it lay in the client's socket, whether it said when to ask
    again, and whether it was decided by the deadline."""

    def __init__(self, seconds, arrived=None, head=b"", body=b""):
        self.seconds, self.arrived = seconds, seconds if arrived is None else arrived
        self.status = int(head.split(b" ", 2)[1]) if head else 0
        self.retry = re.search(rb"\r\nretry-after: \d+\r\n", head.lower() + b"\r\n") is not None
        self.cut = b"deadline_exceeded" in body
        self.decided = self.cut or b'"allowed":' in body


class Client:
    """One connection. Reads while it sends, so that it sees an early answer."""

    def __init__(self, server, poller, bytes_, due, interval):
        self.server, self.poller, self.interval = server, poller, interval
        self.view, self.due = memoryview(bytes_), due
        self.connection, self.seen = None, []
        self.context = server.context
        self.connect()

    def connect(self):
        plain = socket.socket()
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.plain = plain.dup()
        plain.connect_ex(("127.0.0.1", self.server.port))
        self.connection = self.context.wrap_socket(
            plain, server_hostname="localhost", do_handshake_on_connect=False)
        self.state, self.events = "handshake", select.EPOLLOUT
        self.number = self.connection.fileno()
        self.poller.register(self.number, self.events)

    def close(self):
        self.poller.unregister(self.number)
        self.connection.close()
        self.plain.close()

    def wait_for(self, events):
        if events != self.events:
            self.events = events
            self.poller.modify(self.number, events)

    def begin(self, now):
        self.state, self.sent, self.answer = "busy", 0, b""
        # What cannot be kept up with is offered as fast as this client can.
        self.due = max(self.due + self.interval, now)
        self.began = time.perf_counter()
        self.send()

    def handshake(self):
        try:
            self.connection.do_handshake()
            self.state = "idle"
            self.wait_for(select.EPOLLIN)
        except ssl.SSLWantReadError:
            self.wait_for(select.EPOLLIN)
        except ssl.SSLWantWriteError:
            self.wait_for(select.EPOLLOUT)

    def send(self):
        if self.sent == len(self.view):
            return
        try:
            self.sent += self.connection.send(self.view[self.sent:self.sent + 65536])
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        except OSError:
            # The answer may still be there to be read.
            self.sent = len(self.view)
        self.wait_for(select.EPOLLIN | (select.EPOLLOUT if self.sent < len(self.view) else 0))

    def arrival(self):
        """When what waits in the socket came there, as the kernel has noted it."""
        try:
            _, notes, _, _ = self.plain.recvmsg(1, 64, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            return None
        for level, kind, value in notes:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, nanoseconds = struct.unpack("qq", value)
                return time.perf_counter() - (time.time() - seconds - nanoseconds / 1e9)
        return None

    def receive(self):
        """Reads; notes the answer where it is complete."""
        arrived = self.arrival()
        try:
            part = self.connection.recv(65536)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            part = b""
        if self.state == "idle":
            if not part:
                self.close()
                self.connect()
            return
        self.answer += part
        head, separator, body = self.answer.partition(b"\r\n\r\n")
        if separator and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            now = time.perf_counter()
            self.seen.append(Answer(now - self.began, arrived and min(now, arrived) - self.began, head, body))
            kept = b"onnection: close" not in head and self.sent == len(self.view)
        elif part:
            return
        else:
            self.seen.append(Answer(time.perf_counter() - self.began))
            kept = False
        if kept:
            self.state = "idle"
            self.wait_for(select.EPOLLIN)
        else:
            self.close()
            self.connect()


def offer(server, bytes_, rate, seconds):
    """The answers to `rate` requests a second, and the longest round of all connections, in seconds."""
    poller = select.epoll()
    start = time.perf_counter() + 1
    clients = [Client(server, poller, bytes_, start + number / rate, CONNECTIONS / rate) for number in range(CONNECTIONS)]
    longest, now = 0, time.perf_counter()
    while True:
        due = [client for client in clients if client.state == "idle" and client.due <= now and now < start + seconds]
        for client in due:
            client.begin(now)
        if now >= start + seconds and not any(client.state == "busy" for client in clients) or now > start + seconds + 30:
            break
        next_due = min((client.due for client in clients if client.state == "idle"), default=now + 0.05)
        events = dict(poller.poll(max(0, min(0.05, next_due - now))))
        begun = time.perf_counter()
        for client in clients:
            if events.get(client.number, 0) & ~select.EPOLLOUT and client.state != "handshake":
                client.receive()
        for client in clients:
            if not events.get(client.number):
                continue
            if client.state == "handshake":
                try:
                    client.handshake()
                except OSError:
                    client.close()
                    client.connect()
            elif client.state == "busy":
                client.send()
        now = time.perf_counter()
        longest = max(longest, now - begun)
    seen = [answer for client in clients for answer in client.seen]
    seen += [Answer(now - client.began) for client in clients if client.state == "busy"]
    for client in clients:
        client.close()
    return seen, longest


def probe(server, count=300):
    """Milliseconds of normal requests, sorted. One that is turned away, as it may be on a machine that does other work, asks again."""
    with open(REVIEW, "rb") as file:
        bytes_ = request(file.read())
    reader = Answers(server.connect())
    times = []
    for _ in range(10 * count):
        begin = time.perf_counter()
        reader.connection.sendall(bytes_)
        answer = reader.next()
        if answer is None or answer[0] not in (200, 503):
            sys.exit(f"a normal request was answered with {answer}")
        if answer[0] == 200:
            times.append((time.perf_counter() - begin) * 1000)
        if len(times) == count:
            return sorted(times)
    sys.exit("normal requests are turned away")


class Watch(threading.Thread):
    """Looks at the server every 20 ms: what memory it holds, and how long its threads have waited for a processor."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.ended = server, threading.Event()
        self.peak, self.waited, self.longest = 0, 0, 0

    def waiting(self):
        """Seconds so far, as the kernel counts them: waiting for a processor, and processors that a hypervisor has taken away."""
        folder = f"/proc/{self.server.process.pid}/task"
        nanoseconds = 0
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/schedstat") as statistics:
                nanoseconds += int(statistics.read().split()[1])
        with open("/proc/stat") as statistics:
            stolen = int(statistics.readline().split()[8])
        return nanoseconds / 1e9 + stolen / os.sysconf("SC_CLK_TCK")

    def run(self):
        before = self.waiting()
        while self.server.is_running and not self.ended.wait(0.02):
            self.peak = max(self.peak, self.server.resident)
            now = self.waiting()
            self.longest, self.waited, before = max(self.longest, now - before), self.waited + now - before, now

    def end(self):
        self.ended.set()
        self.join()


def prefer():
    """Puts this process, and with it the server, before other work where that is allowed."""
    group = "/proc/self/autogroup"
    try:
        os.nice(-10)
        # Where the kernel groups processes by sessions, that counts within a session only.
        if os.path.exists(group):
            with open(group) as file:
                before = file.read().split()[-1]
            with open(group, "w") as file:
                file.write("-20")
            atexit.register(lambda: open(group, "w").write(before))
    except OSError:
        return "on a par with other work"
    return "before other work"


def separate(process, workers):
    """Gives server and clients processors of their own where there are enough."""
    processors = sorted(os.sched_getaffinity(0))
    if len(processors) > workers:
        for task in os.listdir(f"/proc/{process}/task"):
            os.sched_setaffinity(int(task), processors[:workers])
        os.sched_setaffinity(0, processors[workers:])
        return "server and clients on processors of their own"
    return "server and clients on the same processors"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=float, default=10)
    parser.add_argument("--factor", type=float, default=10, help="times the rate that can be served")
    parser.add_argument("--megabytes", type=float, default=3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--budget", type=float, default=0.1, help="seconds that a request may take")
    parser.add_argument("--untimed", action="store_true", help="for machines that do other work")
    return parser.parse_args()


def main():
    options = arguments()
    seconds, workers, budget = options.seconds, options.workers, options.budget
    rate = options.factor * workers / budget
    where = "with other work" if options.untimed else prefer()
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "policy.yaml"), "w") as file:
            file.write(POLICY)
        with Server(["--latency-budget", f"{int(budget * 1000)}ms", "--workers", str(workers)],
                    os.path.join(folder, "policy.yaml")) as server:
            bytes_ = request(review(options.megabytes))
            if not options.untimed:
                where = f"{separate(server.process.pid, workers)}, {where}"
            before = probe(server)
            counted = server.metrics()
            watch = Watch(server)
            watch.start()
            seen, longest = offer(server, bytes_, rate, seconds)
            watch.end()
            metrics = server.metrics()
            time.sleep(1)
            after = probe(server)
            time.sleep(3)
            rest = server.resident
    lost = [one for one in seen if one.status == 0]
    answered = sorted((one for one in seen if one.status), key=lambda one: one.seconds)
    print(f"{len(seen)} requests of {len(bytes_) / 1e6:.1f} MB in {seconds:.0f} s ({len(seen) / seconds:.0f} a second; "
          f"{workers} worker{'s' * (workers > 1)} can take their whole time for {workers / budget:.0f}), {where}")

    def distribution(label, times):
        times = sorted(time * 1000 for time in times)
        print(f"  {label}: {len(times)}  " + "  ".join(
            f"{name} {percentile(times, share):.1f} ms" for name, share in
            (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1))))

    for status in sorted({one.status for one in answered}):
        distribution(status, [one.seconds for one in answered if one.status == status])
    distribution("all, when they lay in the client's socket", [one.arrived for one in answered])
    bound = budget * 1000 + 5
    late = [one for one in answered if one.seconds * 1000 > bound]
    print(f"  within {bound:.0f} ms: {100 * (1 - len(late) / max(1, len(answered))):.2f}%, later: {len(late)}; the latest, and when "
          f"they lay in the socket: {[(round(one.seconds * 1000), round(one.arrived * 1000)) for one in late[-8:]]}; "
          f"without an answer: {len(lost)}; 503 without Retry-After: "
          f"{sum(1 for one in seen if one.status == 503 and not one.retry)}; longest round of the clients {longest * 1000:.1f} ms")
    refused = sum(1 for one in seen if one.status == 503)
    decided = [one for one in seen if one.status == 200]
    shed, overdue = (metrics[name] - counted[name] for name in
                     ("webhook_shed_requests_total", "webhook_overdue_requests_total"))
    print(f"  decided {len(decided)}, {sum(one.cut for one in decided)} of them cut off by their deadline; refused when they could not be "
          f"served any more {shed:.0f}, at their deadline {overdue:.0f}")
    print(f"  the server waited for a processor for {watch.waited * 1000:.0f} ms, of that {watch.longest * 1000:.0f} ms within 20 ms or until "
          "it was looked at again")
    print(f"  memory at most {watch.peak / 1048576:.0f} MiB, {rest / 1048576:.0f} MiB four seconds after")
    print(f"  normal requests: p50 {percentile(before, 0.5):.2f} ms and p99 {percentile(before, 0.99):.2f} ms before, "
          f"p50 {percentile(after, 0.5):.2f} ms and p99 {percentile(after, 0.99):.2f} ms a second after")
    complaints = []

    def expect(fact, complaint):
        if not fact:
            complaints.append(complaint)

    expect(server.status == 0, "the server did not end well")
    expect(not lost, "requests were not answered")
    expect(refused + len(decided) == len(answered), "answers with another status than 200 and 503")
    expect(all(one.retry for one in seen if one.status == 503), "503 without an integer Retry-After")
    expect(all(one.decided for one in decided), "200 without a decision")
    expect(refused == shed + overdue, "503s that the server has not counted, or the other way round")
    expect(watch.peak < 400 << 20, "more memory than 400 MiB")
    if not options.untimed:
        expect(len(late) <= len(answered) / 1000, "more than one in a thousand late")
        expect(percentile(after, 0.5) < 2 * percentile(before, 0.5) + 0.5, "normal requests are slower than before")
    for complaint in complaints:
        print(f"  FAILED: {complaint}")
    sys.exit(1 if complaints else 0)


main()
