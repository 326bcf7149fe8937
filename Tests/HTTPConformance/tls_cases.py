"""What is wrong below HTTP: handshakes, garbage, half-closed sockets."""
import socket
import ssl
import subprocess
import time

from client import PATIENCE, connect
from common import Answers, request


def plain(server):
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE)


def ends(connection):
    """Whether the server ends the connection."""
    try:
        while connection.recv(65536):
            pass
        return True
    except (ConnectionError, ssl.SSLError):
        return True
    except TimeoutError:
        return False


def garbage(server, sent):
    connection = plain(server)
    connection.sendall(sent)
    return ends(connection)


def after_handshake(server):
    """Bytes that are no TLS record, behind a handshake."""
    connection = connect(server, "http/1.1")
    raw = socket.socket(fileno=connection.detach())
    raw.settimeout(PATIENCE)
    raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return ends(raw)


def half_closed(server):
    """A client that has ended its side still gets its answer."""
    connection = connect(server, "http/1.1")
    connection.sendall(request(server.review))
    connection.shutdown(socket.SHUT_WR)
    raw = connection
    return raw is not None and raw.fileno() >= 0


def half_closed_answer(server):
    outcome = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-quiet", "-alpn", "http/1.1"],
        input=request(server.review, extra="Connection: close\r\n"), capture_output=True, timeout=PATIENCE * 2)
    return outcome.stdout.startswith(b"HTTP/1.1 200 ")


def reset(server):
    """A client that resets its connection in the middle of an answer."""
    connection = connect(server, "http/1.1")
    connection.sendall(request(server.review) * 50)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    return server.is_running


def renegotiation(server):
    """TLS 1.2 lets a client ask for another handshake: that is refused."""
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2", "-alpn", "http/1.1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.5)
    try:
        output, _ = process.communicate(b"R\n", timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return False
    return b"no renegotiation" in output or b"RENEGOTIATING" in output and b"error" in output


def old_version(server):
    outcome = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE * 2)
    return outcome.returncode != 0


def pipelined(server):
    connection = connect(server, "http/1.1")
    connection.sendall(request(server.review) * 40)
    answers = Answers(connection)
    return all((answers.next() or (0,))[0] == 200 for _ in range(40))


def byte_by_byte(server):
    connection = connect(server, "http/1.1")
    for byte in request(server.review)[:400]:
        connection.sendall(bytes([byte]))
    connection.sendall(request(server.review)[400:])
    return (Answers(connection).next() or (0,))[0] == 200


def cases(server):
    yield "TLS", "a request without TLS ends the connection", lambda: garbage(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    yield "TLS", "garbage in place of a handshake ends the connection", lambda: garbage(server, bytes(range(256)) * 4)
    yield "TLS", "a record of SSL 2 ends the connection", lambda: garbage(server, b"\x80\x2e\x01\x00\x02" + bytes(43))
    yield "TLS", "a ClientHello that ends too soon ends the connection", lambda: garbage(
        server, bytes.fromhex("160301000501000001fc"))
    yield "TLS", "garbage behind the handshake ends the connection", lambda: after_handshake(server)
    yield "TLS", "a client that ends its side leaves the server running", lambda: half_closed(server)
    yield "TLS", "a client that ends its side gets its answer", lambda: half_closed_answer(server)
    yield "TLS", "a client that resets its connection leaves the server running", lambda: reset(server)
    yield "TLS", "renegotiation is refused", lambda: renegotiation(server)
    yield "TLS", "TLS 1.1 is refused", lambda: old_version(server)
    yield "RFC 9112", "forty requests at once are answered in order", lambda: pipelined(server)
    yield "RFC 9112", "a request that comes byte by byte is answered", lambda: byte_by_byte(server)
