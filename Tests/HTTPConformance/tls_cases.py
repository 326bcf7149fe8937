"""What is wrong below HTTP: handshakes, garbage, half-closed sockets."""
import socket
import ssl
import struct
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


def ends_after(server, sent):
    return garbage(server, sent)


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


def s_client(server, *options):
    """Whether OpenSSL's client shakes hands, with nothing of what it offers left out as too weak; and what it says."""
    outcome = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", *options],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE * 2)
    return outcome.returncode == 0, outcome.stdout + outcome.stderr


def old_version(server, version):
    return not s_client(server, version)[0]


def ciphers(server):
    """Of all ciphers that OpenSSL knows for TLS 1.2, only ECDHE with AEAD: those for the certificate's kind of key."""
    known = subprocess.run(["openssl", "ciphers", "-s", "-tls1_2", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"],
                           capture_output=True, text=True).stdout.strip().split(":")
    taken = set()
    for name in known:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.set_ciphers(name + ":@SECLEVEL=0")
            with context.wrap_socket(plain(server), server_hostname="localhost") as connection:
                taken.add(connection.cipher()[0])
        except (ssl.SSLError, OSError):
            pass
    return len(known) > 20 and taken == {
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"}


def new_ciphers(server):
    """Of those of TLS 1.3, not CCM."""
    names = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
             "TLS_AES_128_CCM_8_SHA256"]
    return [s_client(server, "-tls1_3", "-ciphersuites", name)[0] for name in names] == [True, True, True, False, False]


def groups(server):
    taken = [name for name in ("X25519", "P-256", "P-384", "P-521", "X448", "ffdhe2048", "ffdhe3072", "ffdhe4096")
             if s_client(server, "-tls1_3", "-groups", name)[0]]
    # With TLS 1.2 the certificate's own curve has to be among them.
    return taken == ["X25519", "P-256", "P-384"] and s_client(server, "-tls1_2", "-groups", "P-256")[0] and not any(
        s_client(server, "-tls1_2", "-groups", name)[0] for name in ("P-521", "X448", "secp224r1", "secp256k1", "ffdhe2048"))


def signatures(server):
    return s_client(server, "-tls1_2", "-sigalgs", "ECDSA+SHA256")[0] and not any(
        s_client(server, "-tls1_2", "-sigalgs", name)[0] for name in ("ECDSA+SHA1", "RSA+SHA1"))


def names(server):
    """One certificate for every name that is asked for, and for none."""
    return all(s_client(server, *options)[0] for options in (
        ["-servername", "localhost"], ["-servername", "other.example"], ["-noservername"], ["-servername", "a" * 255]))


def early_data(server):
    """A request that somebody else could send once more is not taken, so tickets allow no early data."""
    # Tickets come after the handshake, so the client stays until the server has answered and ended the connection.
    outcome = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_3", "-ign_eof"],
        input=b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", capture_output=True, timeout=PATIENCE * 2)
    return b"Max Early Data: 0" in outcome.stdout


def record(kind, payload, length=None, version=b"\x03\x01"):
    return bytes([kind]) + version + struct.pack(">H", len(payload) if length is None else length) + payload


def hello():
    """The bytes of a ClientHello, without its record's header."""
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()[5:]


def answered(server, sent):
    """Whether the server goes on with the handshake: its first record is one of a handshake."""
    connection = plain(server)
    connection.sendall(sent)
    return connection.recv(1) == b"\x16"


def refused(server, sent):
    """Whether the server ends the connection, with an alert or without a word."""
    connection = plain(server)
    try:
        connection.sendall(sent)
    except OSError:
        return True
    first = b"?"
    try:
        first = connection.recv(1)
    except ConnectionError:
        pass
    return first in (b"", b"\x15", b"?") and ends(connection)


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
    for name, option in (("1.0", "-tls1"), ("1.1", "-tls1_1")):
        yield "TLS", f"TLS {name} is refused", lambda option=option: old_version(server, option)
    yield "TLS", "a client that fell back from a newer version is refused (RFC 7507)", lambda: (
        b"inappropriate fallback" in s_client(server, "-tls1_2", "-fallback_scsv")[1])
    yield "TLS", "TLS 1.2 is spoken with ECDHE and AEAD ciphers alone", lambda: ciphers(server)
    yield "TLS", "TLS 1.3 is spoken with GCM and ChaCha20", lambda: new_ciphers(server)
    yield "TLS", "keys are agreed on with X25519, P-256 and P-384 alone", lambda: groups(server)
    yield "TLS", "nothing is signed with SHA-1", lambda: signatures(server)
    yield "TLS", "every name that is asked for is served, and none", lambda: names(server)
    yield "TLS", "nothing is compressed", lambda: b"Compression: NONE" in s_client(server, "-tls1_2", "-comp")[1]
    yield "TLS", "no early data is taken", lambda: early_data(server)
    yield "TLS", "a ClientHello in records of one byte is taken", lambda: answered(
        server, b"".join(record(22, bytes([byte])) for byte in hello()))
    yield "TLS", "empty records before a handshake end the connection", lambda: refused(server, record(22, b"") * 100)
    yield "TLS", "a record longer than there may be ends the connection", lambda: refused(
        server, record(22, bytes(0x4900), 0xFFFF))
    yield "TLS", "warnings without end end the connection", lambda: refused(server, record(21, b"\x01\x5a") * 1000)
    yield "TLS", "changes of cipher without end end the connection", lambda: refused(
        server, record(20, b"\x01", version=b"\x03\x03") * 1000)
    yield "TLS", "data before a handshake ends the connection", lambda: refused(server, record(23, bytes(100)))
    yield "TLS", "a second ClientHello ends the connection", lambda: ends_after(
        server, record(22, hello()) + record(22, hello()))
    yield "TLS", "a ClientHello of 200,000 bytes ends the connection", lambda: refused(
        server, b"".join(record(22, b"\x01\x03\x0d\x40" + bytes(16000) if part == 0 else bytes(16000)) for part in range(13)))
    yield "RFC 9112", "forty requests at once are answered in order", lambda: pipelined(server)
    yield "RFC 9112", "a request that comes byte by byte is answered", lambda: byte_by_byte(server)
