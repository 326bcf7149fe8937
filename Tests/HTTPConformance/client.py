"""A client that sends frames as they are told to it, and says what came back."""
import socket
import ssl
import struct
import time

import hpack
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame,
                              SettingsFrame, WindowUpdateFrame)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PATIENCE = 10


def connect(server, protocol="h2"):
    context = ssl.create_default_context(cafile=server.authority)
    context.set_alpn_protocols([protocol])
    plain = socket.create_connection(("127.0.0.1", server.port), PATIENCE)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="localhost")


def raw(kind, flags=0, stream=0, payload=b"", length=None):
    """A frame with any header."""
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class Client:
    """One connection of HTTP/2. Its preface is sent unless told otherwise."""

    def __init__(self, server, preface=True, settings=None):
        self.server = server
        self.connection = connect(server)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.buffer = b""
        self.frames = []
        self.closed = False
        if preface:
            self.send(PREFACE, SettingsFrame(0, settings=settings or {}))

    def send(self, *parts):
        data = b"".join(part if isinstance(part, bytes) else part.serialize() for part in parts)
        try:
            self.connection.sendall(data)
        except OSError:
            # The server may have ended the connection; what it said can still be read.
            pass

    def fields(self, path="/validate", method="POST", **more):
        pairs = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path),
                 ("content-type", "application/json")]
        return pairs + [(name.replace("_", "-"), value) for name, value in more.items()]

    def block(self, fields=None):
        return self.encoder.encode(self.fields() if fields is None else fields)

    def headers(self, stream=1, fields=None, end=False, flags=("END_HEADERS",), block=None):
        frame = HeadersFrame(stream, self.block(fields) if block is None else block)
        for flag in flags:
            frame.flags.add(flag)
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def data(self, stream=1, payload=b"", end=True):
        frame = DataFrame(stream, payload)
        if end:
            frame.flags.add("END_STREAM")
        return frame

    def continuation(self, stream=1, block=b"", end=True):
        frame = ContinuationFrame(stream, block)
        if end:
            frame.flags.add("END_HEADERS")
        return frame

    def request(self, stream=1, fields=None, body=None):
        """A whole request."""
        return self.headers(stream, fields).serialize() + self.data(stream, self.server.review if body is None else body).serialize()

    def read(self, until, patience=PATIENCE):
        """Takes frames until one is wanted; that one, or None where the connection ended or nothing came."""
        deadline = time.monotonic() + patience
        while True:
            while len(self.buffer) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(self.buffer[:9]))
                if len(self.buffer) < 9 + length:
                    break
                frame.parse_body(memoryview(self.buffer[9:9 + length]))
                self.buffer = self.buffer[9 + length:]
                if isinstance(frame, (HeadersFrame, ContinuationFrame)):
                    frame.fields = dict(self.decoder.decode(frame.data))
                self.frames.append(frame)
                if until(frame):
                    return frame
            left = deadline - time.monotonic()
            if left <= 0 or self.closed:
                return None
            self.connection.settimeout(left)
            try:
                part = self.connection.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                return None
            except OSError:
                part = b""
            if not part:
                self.closed = True
                return None
            self.buffer += part

    def status(self, stream=1):
        """The status of a stream's answer, None where there is none."""
        def wanted(frame):
            if isinstance(frame, RstStreamFrame) and frame.stream_id == stream or isinstance(frame, GoAwayFrame):
                return True
            return isinstance(frame, HeadersFrame) and frame.stream_id == stream and frame.fields.get(":status") != "100"
        frame = self.read(wanted)
        return int(frame.fields[":status"]) if isinstance(frame, HeadersFrame) else None

    def text(self, stream=1):
        """What came in a stream's DATA frames, once it is complete."""
        self.read(lambda frame: frame.stream_id == stream and "END_STREAM" in frame.flags)
        return b"".join(frame.data for frame in self.frames if isinstance(frame, DataFrame) and frame.stream_id == stream)

    def is_alive(self):
        """Whether a ping is answered."""
        payload = b"is there"
        self.send(PingFrame(0, payload))
        found = self.read(lambda frame: isinstance(frame, GoAwayFrame) or (
            isinstance(frame, PingFrame) and "ACK" in frame.flags and frame.opaque_data == payload))
        return isinstance(found, PingFrame)

    def goaway(self):
        """The code with which the connection is ended; -1 where it ends without one, None where it goes on."""
        frame = self.read(lambda frame: isinstance(frame, GoAwayFrame))
        if frame is not None:
            return frame.error_code
        return -1 if self.closed else None

    def reset(self, stream=1):
        """The code with which a stream is ended, or the connection."""
        frame = self.read(lambda frame: isinstance(frame, GoAwayFrame) or (
            isinstance(frame, RstStreamFrame) and frame.stream_id == stream))
        if frame is not None:
            return frame.error_code
        return -1 if self.closed else None

    def close(self):
        try:
            self.connection.close()
        except OSError:
            pass


__all__ = ["Client", "ContinuationFrame", "DataFrame", "GoAwayFrame", "HeadersFrame", "PATIENCE", "PREFACE", "PingFrame",
           "RstStreamFrame", "SettingsFrame", "WindowUpdateFrame", "connect", "raw"]
