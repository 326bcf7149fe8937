"""Peers that are slow, in every phase of a connection, against a server with little patience: half a second for each."""
import socket
import struct
import time

from client import PREFACE, Client, SettingsFrame, WindowUpdateFrame, connect
from common import Answers, Server, request

PATIENCE = 0.5
OPTIONS = [option for name in ("handshake", "header", "body", "write") for option in (f"--{name}-timeout", "500ms")] + [
    "--idle-timeout", "1s", "--latency-budget", "20s", "--workers", "1"]
HEAD = b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def lasts(connection, trickle=b"", interval=0.1):
    """The seconds until the server ends the connection, and what it said; a byte now and then is sent meanwhile. None: it does not."""
    begin, said, rest = time.monotonic(), b"", trickle
    connection.settimeout(interval)
    while time.monotonic() - begin < 10:
        try:
            part = connection.recv(65536)
            if not part:
                return time.monotonic() - begin, said
            said += part
        except TimeoutError:
            pass
        except OSError:
            return time.monotonic() - begin, said
        try:
            connection.sendall(rest[:1])
        except OSError:
            return time.monotonic() - begin, said
        rest = rest[1:]
    return None, said


def ended(outcome, at_least=PATIENCE):
    # Looked at four times a second; the rest is for a machine that does other things.
    return outcome[0] is not None and at_least - 0.1 <= outcome[0] <= at_least + 4


def plain(server):
    return socket.create_connection(("127.0.0.1", server.port), 10)


def slow(server, protocol, first, trickle=b"", at_least=PATIENCE, status=None):
    connection = connect(server, protocol)
    connection.sendall(first)
    outcome = lasts(connection, trickle)
    return ended(outcome, at_least) and (status is None or outcome[1].startswith(b"HTTP/1.1 %d " % status))


def unread(server):
    """Answers that nobody reads: the server stops reading requests, and gives the connection up."""
    connection = connect(server, "http/1.1")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    begin = time.monotonic()
    connection.settimeout(10)
    try:
        while time.monotonic() - begin < 10:
            connection.sendall(request(server.review) * 20)
    except TimeoutError:
        return False
    except OSError:
        return time.monotonic() - begin < 8
    return False


def stalled(server, settings, more=b""):
    """An answer of HTTP/2 for which there is no window."""
    client = Client(server, settings=settings)
    client.send(client.request(), more)
    return ended(lasts(client.connection))


def continued(server):
    """A header block whose CONTINUATION frames come slowly, each of them a byte."""
    client = Client(server)
    block = client.block()
    client.send(client.headers(1, flags=(), block=block[:4]))
    frames = b"".join(client.continuation(1, bytes([byte]), False).serialize() for byte in block[4:])
    return ended(lasts(client.connection, frames))


def body(server):
    """A body of HTTP/2 that comes slowly is refused, and the connection goes on."""
    client = Client(server)
    client.send(client.headers())
    for byte in server.review[:8]:
        client.send(client.data(1, bytes([byte]), False))
        time.sleep(0.1)
    return client.status() == 408 and client.is_alive()


def kept(server):
    """A connection that is used now and then stays."""
    connection = connect(server, "http/1.1")
    answers = Answers(connection)
    for _ in range(4):
        connection.sendall(request(server.review))
        if (answers.next() or (0,))[0] != 200:
            return False
        time.sleep(0.6)
    return True


def lingers(server):
    """A client that sends on behind a refusal gets its answer, and no more than some time."""
    connection = connect(server, "http/1.1")
    connection.sendall(HEAD + b"Content-Length: 999999999\r\n\r\n")
    outcome = lasts(connection, b"x" * 1000)
    return outcome[0] is not None and outcome[0] < 9 and outcome[1].startswith(b"HTTP/1.1 413 ")


def cases(server):
    settings = PREFACE + SettingsFrame(0).serialize()
    yield "a connection on which nothing is said is ended", lambda: ended(lasts(plain(server)))
    yield "a ClientHello that comes byte by byte is not waited for", lambda: ended(
        lasts(plain(server), bytes.fromhex("1603010200010001fc0303") + bytes(500)))
    yield "a connection without a request is ended", lambda: slow(server, "http/1.1", b"", at_least=1)
    yield "a connection without another request is ended", lambda: slow(
        server, "http/1.1", request(server.review), at_least=1, status=200)
    yield "a request line that comes byte by byte is answered with 408", lambda: slow(
        server, "http/1.1", b"P", b"OST /validate HTTP/1.1\r\n" + b"X" * 100, status=408)
    yield "a header section that comes byte by byte is answered with 408", lambda: slow(
        server, "http/1.1", HEAD, b"X: " + b"y" * 100, status=408)
    yield "empty lines before a request are not waited for", lambda: slow(server, "http/1.1", b"\r", b"\n" + b" " * 100)
    yield "a body that comes byte by byte is answered with 408", lambda: slow(
        server, "http/1.1", HEAD + b"Content-Length: 999\r\n\r\n", b"{" * 100, status=408)
    yield "chunks that come byte by byte are answered with 408", lambda: slow(
        server, "http/1.1", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n{\r\n" * 20, status=408)
    yield "trailers that come byte by byte are answered with 408", lambda: slow(
        server, "http/1.1", HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n", b"a: " + b"b" * 100, status=408)
    yield "answers that are not read are not kept", lambda: unread(server)
    yield "a preface of HTTP/2 that comes byte by byte is not waited for", lambda: slow(
        server, "h2", b"", PREFACE, at_least=1)
    yield "a connection of HTTP/2 without a request is ended", lambda: slow(server, "h2", settings, at_least=1)
    yield "CONTINUATION that comes slowly ends the connection", lambda: continued(server)
    yield "a body of HTTP/2 that comes slowly is answered with 408, and the connection goes on", lambda: body(server)
    yield "an answer without a window is not kept", lambda: stalled(server, {4: 0})
    yield "an answer whose window opens byte by byte is not kept", lambda: stalled(
        server, {4: 1}, b"".join(WindowUpdateFrame(1, 1).serialize() for _ in range(20)))
    yield "a connection that is used now and then is kept", lambda: kept(server)
    yield "a client that sends on behind a refusal reads it, and is not listened to for ever", lambda: lingers(server)


def server(review):
    running = Server(OPTIONS)
    running.review = review
    return running
