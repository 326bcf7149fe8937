"""What the load scripts share: a running `webhook serve` with certificates of its own, its metrics, requests, and plain clients."""
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.environ.get("WEBHOOK_BINARY", os.path.join(CHECKOUT, ".build/release/webhook"))
POLICIES = os.path.join(CHECKOUT, "policies")
REVIEW = os.path.join(CHECKOUT, "policies/require-image-digest/tests/fail/review-for-curl.json")
RECORDED = os.path.join(os.path.dirname(CHECKOUT), "shared/data")


class Server:
    """A server on ports that the system chose, ended with SIGTERM at the end of a `with`."""

    def __init__(self, arguments=(), policies=POLICIES, prefix=()):
        self.folder = tempfile.TemporaryDirectory(prefix="webhook-load-")
        certificates = os.path.join(self.folder.name, "certs")
        subprocess.run([PROGRAM, "certs", "--output", certificates, "--dns-name", "localhost", "--ip", "127.0.0.1"],
                       check=True, stdout=subprocess.DEVNULL)
        self.authority = os.path.join(certificates, "ca.crt")
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            [*prefix, PROGRAM, "serve", "--policies", policies, "--listen", "127.0.0.1:0", "--admin-listen",
             "127.0.0.1:0", "--certificate", os.path.join(certificates, "tls.crt"), "--key",
             os.path.join(certificates, "tls.key"), *arguments],
            stdout=subprocess.DEVNULL, stderr=self.log)
        self.admin_port = self._wait_for(r"serves http://127\.0\.0\.1:(\d+)/")
        self.port = self._wait_for(r"serves https://127\.0\.0\.1:(\d+)/")
        self.context = client_context(self.authority)

    def _wait_for(self, pattern):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with open(self.log.name) as log:
                found = re.search(pattern, log.read())
            if found:
                return int(found[1])
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        with open(self.log.name) as log:
            sys.exit("the server did not start: " + log.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()
        self.log.close()

    @property
    def is_running(self):
        return self.process.poll() is None

    @property
    def resident(self):
        """Bytes of memory that are resident."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def metrics(self):
        """Every series of /metrics and its value."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}

    def total(self, name):
        """The sum of a metric's series."""
        return sum(value for series, value in self.metrics().items() if series == name or series.startswith(name + "{"))

    def connect(self, protocol="http/1.1", timeout=30, session=None):
        """A TLS connection."""
        return connect(self.port, self.authority, protocol, timeout, session,
                       self.context if protocol == "http/1.1" else None)


def client_context(authority, protocol="http/1.1"):
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols([protocol])
    return context


def connect(port, authority, protocol="http/1.1", timeout=30, session=None, context=None):
    if context is None:
        context = client_context(authority, protocol)
    plain = socket.create_connection(("127.0.0.1", port), timeout)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="localhost", session=session)


def request(body, path="/validate?timeout=10s", extra=""):
    """The bytes of an HTTP/1.1 request."""
    head = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


class Answers:
    """Reads answers of HTTP/1.1 from a connection."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def next(self):
        """Status, header section and body; None where the connection ended."""
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end >= 0:
                head = self.buffer[:end]
                length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                size = end + 4 + (int(length[1]) if length else 0)
                if len(self.buffer) >= size:
                    body = self.buffer[end + 4:size]
                    self.buffer = self.buffer[size:]
                    return int(head.split(b" ", 2)[1]), head, body
            try:
                part = self.connection.recv(65536)
            except (ConnectionError, ssl.SSLError):
                return None
            if not part:
                return None
            self.buffer += part


def recorded_reviews():
    """Recorded reviews where they lie beside the checkout, else the one that the checkout has."""
    name = os.path.join(RECORDED, "reviews.jsonl")
    if not os.path.exists(name):
        with open(REVIEW, "rb") as file:
            return [file.read()]
    with open(name) as file:
        return [json.dumps(json.loads(line)["review"], separators=(",", ":")).encode() for line in file]


def percentile(values, share):
    """Of sorted values, the one that `share` of them do not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))]
