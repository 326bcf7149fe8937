"""What RFC 9113 and RFC 7541 ask of a server, a case each: the section, a sentence, what is sent, and what has to come back.

`fine`: the request on stream 1 is answered with 200. `alive`: a ping is answered afterwards. `refused(codes)`: the stream is reset with
one of the codes; ending the connection with it is right as well (section 5.4.1). `ended(codes)`: the connection is ended, with a
GOAWAY that has one of the codes or by closing it."""
import struct

from client import Client, PREFACE, PingFrame, RstStreamFrame, SettingsFrame, WindowUpdateFrame, raw

PROTOCOL, INTERNAL, FLOW, TIMEOUT, CLOSED, SIZE, REFUSED, CANCEL, COMPRESSION, CALM = 1, 2, 3, 4, 5, 6, 7, 8, 9, 11
CASES = []


def case(section, sentence, settings=None, preface=True):
    def add(function):
        CASES.append((section, sentence, function, settings, preface))
        return function
    return add


def fine(client, stream=1):
    return client.status(stream) == 200


def refused(client, codes, stream=1):
    code = client.reset(stream)
    return code in codes or code == -1


def ended(client, codes):
    code = client.goaway()
    return code == -1 or code in codes


def setting(identifier, value):
    return raw(4, 0, 0, struct.pack(">HI", identifier, value))


# Each table row: section, sentence, what is sent (a function of the client), what has to come (a function of the client).
TABLE = [
    # Starting HTTP/2
    ("3.4", "the server's preface is a SETTINGS frame", lambda c: [], lambda c: c.read(lambda f: True).type == 4),
    ("3.4", "SETTINGS may hold nothing", lambda c: [c.request()], fine),
    ("6.5", "SETTINGS are acknowledged", lambda c: [], lambda c: c.read(lambda f: f.type == 4 and "ACK" in f.flags) is not None),
    # Frame format
    ("4.1", "unknown frame types are ignored", lambda c: [raw(0x42, 0xFF, 0, b"what"), c.request()], fine),
    ("4.1", "an unknown frame on a stream is ignored", lambda c: [c.headers(), raw(0x42, 0, 1, b"x"), c.data(1, c.server.review)], fine),
    ("4.1", "undefined flags of PING are ignored", lambda c: [raw(6, 0x16, 0, b"12345678"), c.request()], fine),
    ("4.1", "undefined flags of DATA are ignored", lambda c: [c.headers(), raw(0, 0x41, 1, c.server.review)], fine),
    ("4.1", "undefined flags of SETTINGS are ignored", lambda c: [raw(4, 0xF0, 0), c.request()], fine),
    ("4.1", "the reserved bit is ignored", lambda c: [raw(6, 0, 0x80000000, b"12345678")], lambda c: c.read(lambda f: f.type == 6) is not None),
    ("4.1", "the reserved bit of a stream's frame is ignored", lambda c: [c.headers(), raw(0, 1, 0x80000001, c.server.review)], fine),
    ("4.2", "a frame of the largest size is taken", lambda c: [c.headers(), raw(0, 1, 1, c.server.review.ljust(16384))], fine),
    ("4.2", "a DATA frame that is larger is an error of size", lambda c: [c.headers(), raw(0, 1, 1, bytes(16385))], lambda c: refused(c, (SIZE,))),
    ("4.2", "a HEADERS frame that is larger ends the connection", lambda c: [raw(1, 5, 1, bytes(16385))], lambda c: ended(c, (SIZE,))),
    ("4.2", "a SETTINGS frame that is larger ends the connection", lambda c: [raw(4, 0, 0, bytes(6 * 2731))], lambda c: ended(c, (SIZE,))),
    ("4.2", "a PING frame of another size ends the connection", lambda c: [raw(6, 0, 0, b"123")], lambda c: ended(c, (SIZE,))),
    # Field sections
    ("4.3", "a field section that cannot be decoded ends the connection", lambda c: [c.headers(1, block=b"\xff\xff\xff\xff\xff\xff")], lambda c: ended(c, (COMPRESSION,))),
    ("4.3", "another frame type inside a field section ends the connection", lambda c: [c.headers(1, flags=()), raw(6, 0, 0, b"12345678")], lambda c: ended(c, (PROTOCOL,))),
    ("4.3", "another stream's CONTINUATION inside a field section ends the connection", lambda c: [c.headers(1, flags=()), c.continuation(3, c.block())], lambda c: ended(c, (PROTOCOL,))),
    ("4.3", "another stream's HEADERS inside a field section end the connection", lambda c: [c.headers(1, flags=()), c.headers(3)], lambda c: ended(c, (PROTOCOL,))),
    ("4.3", "an unknown frame inside a field section ends the connection", lambda c: [c.headers(1, flags=()), raw(0x42, 0, 1)], lambda c: ended(c, (PROTOCOL,))),
    # Stream states
    ("5.1", "DATA on an idle stream ends the connection", lambda c: [c.data(1, b"x")], lambda c: ended(c, (PROTOCOL, CLOSED))),
    ("5.1", "RST_STREAM on an idle stream ends the connection", lambda c: [RstStreamFrame(1, CANCEL)], lambda c: ended(c, (PROTOCOL,))),
    ("5.1", "WINDOW_UPDATE on an idle stream ends the connection", lambda c: [WindowUpdateFrame(1, 100)], lambda c: ended(c, (PROTOCOL,))),
    ("5.1", "CONTINUATION on an idle stream ends the connection", lambda c: [c.continuation(1, c.block())], lambda c: ended(c, (PROTOCOL,))),
    ("5.1", "DATA after the end of a stream is an error", lambda c: [c.headers(end=True), c.data(1, b"x")], lambda c: refused(c, (CLOSED, PROTOCOL))),
    ("5.1", "HEADERS after the end of a stream are an error", lambda c: [c.headers(end=True), c.headers(end=True)], lambda c: refused(c, (CLOSED, PROTOCOL))),
    ("5.1", "CONTINUATION after the end of a stream is an error", lambda c: [c.headers(end=True), c.continuation(1, c.block())], lambda c: ended(c, (CLOSED, PROTOCOL))),
    ("5.1", "WINDOW_UPDATE after the end of a stream is taken", lambda c: [c.request(), WindowUpdateFrame(1, 100)], fine),
    ("5.1", "RST_STREAM after the end of a stream is taken", lambda c: [c.request(), RstStreamFrame(1, CANCEL)], lambda c: c.is_alive()),
    ("5.1", "DATA after a reset is dropped or an error of that stream", lambda c: [c.headers(), RstStreamFrame(1, CANCEL), c.data(1, b"x")], lambda c: c.is_alive() or c.closed or any(f.type == 7 and f.error_code == CLOSED for f in c.frames)),
    ("5.1", "PRIORITY on an idle stream is taken", lambda c: [raw(2, 0, 1, b"\0\0\0\0\x10"), c.request()], fine),
    ("5.1.1", "a stream with an even number ends the connection", lambda c: [c.headers(2)], lambda c: ended(c, (PROTOCOL,))),
    ("5.1.1", "a stream number below an earlier one ends the connection", lambda c: [c.request(5), c.headers(3)], lambda c: ended(c, (PROTOCOL, CLOSED))),
    ("5.1.1", "stream numbers may be left out", lambda c: [c.request(77)], lambda c: fine(c, 77)),
    ("5.1.1", "the largest stream number can be used", lambda c: [c.request(0x7FFFFFFF)], lambda c: fine(c, 0x7FFFFFFF)),
    ("5.1.2", "one more stream than may be open is refused", lambda c: c.server.prepare(c) + [c.headers(number) for number in range(1, 2 * 129 + 1, 2)], lambda c: refused(c, (REFUSED, PROTOCOL), 257)),
    # Errors
    ("5.4.1", "the connection is closed after GOAWAY", lambda c: [raw(6, 0, 0, b"123")], lambda c: ended(c, (SIZE,)) and c.read(lambda f: False) is None and c.closed),
    ("5.4.1", "GOAWAY names the last stream", lambda c: [c.request(5), raw(6, 0, 0, b"123")], lambda c: c.goaway() is not None and all(f.last_stream_id == 5 for f in c.frames if f.type == 7)),
    ("5.4.2", "after a stream's error other streams go on", lambda c: [c.headers(1, c.fields(Upper="x")), c.request(3)], lambda c: fine(c, 3)),
    ("5.5", "an unknown setting is ignored", lambda c: [setting(0xABCD, 5), c.request()], fine),
    # DATA
    ("6.1", "DATA on stream 0 ends the connection", lambda c: [raw(0, 1, 0, b"x")], lambda c: ended(c, (PROTOCOL,))),
    ("6.1", "padding is dropped", lambda c: [c.headers(), raw(0, 9, 1, b"\x05" + c.server.review + bytes(5))], fine),
    ("6.1", "padding as long as the frame ends the connection", lambda c: [c.headers(), raw(0, 9, 1, b"\x06hello")], lambda c: ended(c, (PROTOCOL,))),
    ("6.1", "a padded frame without a length is an error", lambda c: [c.headers(), raw(0, 9, 1, b"")], lambda c: refused(c, (PROTOCOL, SIZE))),
    ("6.1", "a body may come in many frames", lambda c: [c.headers()] + [c.data(1, bytes([b]), False) for b in c.server.review] + [c.data(1)], fine),
    ("6.1", "an empty DATA frame may end the stream", lambda c: [c.headers(), c.data(1, c.server.review, False), c.data(1)], fine),
    # HEADERS
    ("6.2", "HEADERS on stream 0 end the connection", lambda c: [raw(1, 5, 0, c.block())], lambda c: ended(c, (PROTOCOL,))),
    ("6.2", "padded HEADERS are taken", lambda c: [raw(1, 12, 1, b"\x03" + c.block() + bytes(3)), c.data(1, c.server.review)], fine),
    ("6.2", "padding longer than HEADERS ends the connection", lambda c: [raw(1, 13, 1, b"\xff" + c.block())], lambda c: ended(c, (PROTOCOL,))),
    ("6.2", "HEADERS with a priority are taken", lambda c: [raw(1, 0x24, 1, b"\0\0\0\0\x10" + c.block()), c.data(1, c.server.review)], fine),
    ("6.2", "HEADERS in two parts are taken", lambda c: (lambda b: [raw(1, 0, 1, b[:9]), c.continuation(1, b[9:]), c.data(1, c.server.review)])(c.block()), fine),
    # PRIORITY
    ("6.3", "PRIORITY on stream 0 ends the connection", lambda c: [raw(2, 0, 0, b"\0\0\0\0\x10")], lambda c: ended(c, (PROTOCOL,))),
    ("6.3", "PRIORITY of another size is an error of size", lambda c: [c.headers(), raw(2, 0, 1, b"\0\0\0\x10")], lambda c: refused(c, (SIZE,))),
    ("6.3", "PRIORITY on a closed stream is taken", lambda c: [c.request(), raw(2, 0, 1, b"\0\0\0\0\x10"), c.request(3)], lambda c: fine(c, 3)),
    # RST_STREAM
    ("6.4", "RST_STREAM on stream 0 ends the connection", lambda c: [raw(3, 0, 0, struct.pack(">I", CANCEL))], lambda c: ended(c, (PROTOCOL,))),
    ("6.4", "RST_STREAM of another size ends the connection", lambda c: [c.headers(), raw(3, 0, 1, b"\0\0\x08")], lambda c: ended(c, (SIZE,))),
    ("6.4", "a request that is reset is not answered, another one is", lambda c: [c.headers(), RstStreamFrame(1, CANCEL), c.request(3)], lambda c: fine(c, 3) and not any(f.type == 1 and f.stream_id == 1 for f in c.frames)),
    ("7", "an unknown error code is taken", lambda c: [c.headers(), RstStreamFrame(1, 0xABCD), c.request(3)], lambda c: fine(c, 3)),
    # SETTINGS
    ("6.5", "SETTINGS on a stream end the connection", lambda c: [raw(4, 0, 1)], lambda c: ended(c, (PROTOCOL,))),
    ("6.5", "an acknowledgement with a payload ends the connection", lambda c: [raw(4, 1, 0, bytes(6))], lambda c: ended(c, (SIZE,))),
    ("6.5", "SETTINGS of another size end the connection", lambda c: [raw(4, 0, 0, bytes(5))], lambda c: ended(c, (SIZE,))),
    ("6.5.2", "ENABLE_PUSH of 2 ends the connection", lambda c: [setting(2, 2)], lambda c: ended(c, (PROTOCOL,))),
    ("6.5.2", "INITIAL_WINDOW_SIZE beyond 31 bits ends the connection", lambda c: [setting(4, 0x80000000)], lambda c: ended(c, (FLOW,))),
    ("6.5.2", "MAX_FRAME_SIZE below 16,384 ends the connection", lambda c: [setting(5, 16383)], lambda c: ended(c, (PROTOCOL,))),
    ("6.5.2", "MAX_FRAME_SIZE beyond 24 bits ends the connection", lambda c: [setting(5, 0x1000000)], lambda c: ended(c, (PROTOCOL,))),
    ("6.5.2", "MAX_FRAME_SIZE at its upper end is taken", lambda c: [setting(5, 0xFFFFFF), c.request()], fine),
    ("6.5.2", "HEADER_TABLE_SIZE of 0 is taken", lambda c: [setting(1, 0), c.request()], fine),
    ("6.5.2", "MAX_CONCURRENT_STREAMS of 0 does not keep requests back", lambda c: [setting(3, 0), c.request()], fine),
    ("6.5.3", "the last value of a setting counts", lambda c: [raw(4, 0, 0, struct.pack(">HIHI", 4, 0, 4, 65535)), c.request()], lambda c: fine(c) and len(c.text()) > 0),
    # PUSH_PROMISE
    ("6.6", "PUSH_PROMISE from a client ends the connection", lambda c: [c.headers(), raw(5, 4, 1, struct.pack(">I", 2) + c.block())], lambda c: ended(c, (PROTOCOL,))),
    ("8.4", "PUSH_PROMISE on stream 0 ends the connection", lambda c: [raw(5, 4, 0, struct.pack(">I", 2) + c.block())], lambda c: ended(c, (PROTOCOL,))),
    # PING
    ("6.7", "PING is answered with what it holds", lambda c: [PingFrame(0, b"abcdefgh")], lambda c: c.read(lambda f: f.type == 6 and "ACK" in f.flags and f.opaque_data == b"abcdefgh") is not None),
    ("6.7", "an acknowledgement is not answered", lambda c: [raw(6, 1, 0, b"zzzzzzzz")], lambda c: c.is_alive() and not any(f.type == 6 and f.opaque_data == b"zzzzzzzz" for f in c.frames)),
    ("6.7", "PING on a stream ends the connection", lambda c: [raw(6, 0, 1, b"12345678")], lambda c: ended(c, (PROTOCOL,))),
    ("6.7", "a PING of nine bytes ends the connection", lambda c: [raw(6, 0, 0, b"123456789")], lambda c: ended(c, (SIZE,))),
    # GOAWAY
    ("6.8", "GOAWAY on a stream ends the connection", lambda c: [raw(7, 0, 1, bytes(8))], lambda c: ended(c, (PROTOCOL,))),
    ("6.8", "GOAWAY of another size ends the connection", lambda c: [raw(7, 0, 0, bytes(7))], lambda c: ended(c, (SIZE,))),
    ("6.8", "requests before the client's GOAWAY are answered", lambda c: [c.headers(), raw(7, 0, 0, bytes(8) + b"bye"), c.data(1, c.server.review)], fine),
    # WINDOW_UPDATE
    ("6.9", "an increment of 0 on a stream is an error", lambda c: [c.headers(), WindowUpdateFrame(1, 1).serialize()[:9] + bytes(4)], lambda c: refused(c, (PROTOCOL,))),
    ("6.9", "an increment of 0 on the connection ends it", lambda c: [raw(8, 0, 0, bytes(4))], lambda c: ended(c, (PROTOCOL,))),
    ("6.9", "WINDOW_UPDATE of another size ends the connection", lambda c: [raw(8, 0, 0, bytes(3))], lambda c: ended(c, (SIZE,))),
    ("6.9.1", "a connection window beyond 31 bits ends the connection", lambda c: [WindowUpdateFrame(0, 0x7FFFFFFF)], lambda c: ended(c, (FLOW,))),
    ("6.9.1", "a stream's window beyond 31 bits is an error of the stream", lambda c: [c.headers(), WindowUpdateFrame(1, 0x7FFFFFFF)], lambda c: refused(c, (FLOW,))),
    ("6.9.1", "windows open as a body is read", lambda c: [c.headers()] + [c.data(1, b" " * 16384, False) for _ in range(70)] + [c.data(1, c.server.review)], lambda c: fine(c) and any(f.type == 8 for f in c.frames)),
    # CONTINUATION
    ("6.10", "many CONTINUATION frames are taken within bounds", lambda c: (lambda b: [raw(1, 0, 1, b[:4])] + [c.continuation(1, b[4 + n:5 + n], False) for n in range(6)] + [c.continuation(1, b[10:]), c.data(1, c.server.review)])(c.block()), fine),
    ("6.10", "CONTINUATION on stream 0 ends the connection", lambda c: [c.headers(1, flags=()), raw(9, 4, 0, b"")], lambda c: ended(c, (PROTOCOL,))),
    ("6.10", "CONTINUATION after END_HEADERS ends the connection", lambda c: [c.headers(), c.continuation(1, c.block())], lambda c: ended(c, (PROTOCOL,))),
    ("6.10", "CONTINUATION after DATA ends the connection", lambda c: [c.headers(), c.data(1, b"x", False), c.continuation(1, c.block())], lambda c: ended(c, (PROTOCOL,))),
    # HTTP fields
    ("8.1", "a second HEADERS frame without END_STREAM is malformed", lambda c: [c.headers(), c.headers(1, [("trailer", "x")])], lambda c: refused(c, (PROTOCOL,))),
    ("8.1", "trailers are taken", lambda c: [c.headers(), c.data(1, c.server.review, False), c.headers(1, [("x-checksum", "1")], end=True)], fine),
    ("8.1", "trailers with a pseudo-field are malformed", lambda c: [c.headers(), c.headers(1, [(":path", "/")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.1", "a field name in capitals is malformed", lambda c: [c.headers(1, c.fields() + [("X-Upper", "1")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.1", "a field value with a line feed is malformed", lambda c: [c.headers(1, c.fields() + [("x", "a\nb")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.1", "a field name with a colon in it is malformed", lambda c: [c.headers(1, c.fields() + [("x:y", "1")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.2", "the field connection is malformed", lambda c: [c.headers(1, c.fields() + [("connection", "close")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.2", "the field transfer-encoding is malformed", lambda c: [c.headers(1, c.fields() + [("transfer-encoding", "chunked")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.2", "a te other than trailers is malformed", lambda c: [c.headers(1, c.fields() + [("te", "gzip")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.2.2", "te: trailers is taken", lambda c: [c.headers(1, c.fields() + [("te", "trailers")]), c.data(1, c.server.review)], fine),
    ("8.3", "an unknown pseudo-field is malformed", lambda c: [c.headers(1, [(":x", "1")] + c.fields(), end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3", "a pseudo-field of answers is malformed", lambda c: [c.headers(1, [(":status", "200")] + c.fields(), end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3", "a pseudo-field after a field is malformed", lambda c: [c.headers(1, c.fields()[:3] + [("x", "1"), (":path", "/")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3.1", "a request without :method is malformed", lambda c: [c.headers(1, c.fields()[1:], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3.1", "a request without :scheme is malformed", lambda c: [c.headers(1, c.fields()[:1] + c.fields()[2:], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3.1", "a request without :path is malformed", lambda c: [c.headers(1, c.fields()[:3] + c.fields()[4:], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3.1", "an empty :path is malformed", lambda c: [c.headers(1, c.fields(""), end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3.1", "two :method are malformed", lambda c: [c.headers(1, [(":method", "POST")] + c.fields(), end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.3.1", "two :path are malformed", lambda c: [c.headers(1, [(":path", "/")] + c.fields(), end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.1.1", "a content-length below the body is malformed", lambda c: [c.headers(1, c.fields(content_length="1")), c.data(1, b"xx")], lambda c: refused(c, (PROTOCOL,))),
    ("8.1.1", "a content-length above the body is malformed", lambda c: [c.headers(1, c.fields(content_length="9")), c.data(1, b"xx")], lambda c: refused(c, (PROTOCOL,))),
    ("8.1.1", "a content-length that is no number is malformed", lambda c: [c.headers(1, c.fields(content_length="x"), end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.1.1", "two content-lengths that differ are malformed", lambda c: [c.headers(1, c.fields(content_length="1") + [("content-length", "2")], end=True)], lambda c: refused(c, (PROTOCOL,))),
    ("8.1", "100 is sent to a client that waits", lambda c: [c.headers(1, c.fields(expect="100-continue"))], lambda c: c.read(lambda f: f.type == 1 and f.fields.get(":status") == "100") is not None),
    ("8.1", "the answer to HEAD has no body", lambda c: [c.headers(1, c.fields(method="HEAD"), end=True)], lambda c: c.status() == 405 and c.text() == b""),
    ("8.2.3", "cookies in several fields are taken", lambda c: [c.headers(1, c.fields() + [("cookie", "a=1"), ("cookie", "b=2")]), c.data(1, c.server.review)], fine),
    # HPACK
    ("HPACK 2.3.3", "an index beyond the table ends the connection", lambda c: [c.headers(1, block=b"\xbf" + c.block(), end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 6.1", "index 0 ends the connection", lambda c: [c.headers(1, block=b"\x80" + c.block(), end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 5.2", "padding of Huffman code longer than seven bits ends the connection", lambda c: [c.headers(1, block=c.block() + b"\x00\x01x\x84\x49\x50\x9f\xff", end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 5.2", "the end symbol in Huffman code ends the connection", lambda c: [c.headers(1, block=c.block() + b"\x00\x01x\x84\xff\xff\xff\xff", end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 5.2", "padding of Huffman code with zeros ends the connection", lambda c: [c.headers(1, block=c.block() + b"\x00\x01x\x81\x18", end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 4.2", "a table size after a field ends the connection", lambda c: [c.headers(1, block=c.block() + b"\x20", end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 6.3", "a table size above the setting ends the connection", lambda c: [c.headers(1, block=b"\x3f\xe2\x1f" + c.block(), end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 4.2", "a smaller table size first is taken", lambda c: [c.headers(1, block=b"\x20\x3f\xe1\x1f" + c.block()), c.data(1, c.server.review)], fine),
    ("HPACK 5.1", "an integer without end ends the connection", lambda c: [c.headers(1, block=b"\xff" + b"\xff" * 12, end=True)], lambda c: ended(c, (COMPRESSION,))),
    ("HPACK 6.2.3", "fields that are never indexed are taken", lambda c: [c.headers(1, block=c.block() + b"\x10\x01x\x01y"), c.data(1, c.server.review)], fine),
    # What costs a server work
    ("10.5", "a flood of PING ends the connection", lambda c: [raw(6, 0, 0, b"12345678")] * 400, lambda c: ended(c, (CALM,))),
    ("10.5", "a flood of SETTINGS ends the connection", lambda c: [raw(4)] * 200, lambda c: ended(c, (CALM,))),
    ("10.5", "a flood of empty DATA ends the connection", lambda c: [c.headers()] + [c.data(1, b"", False)] * 400, lambda c: ended(c, (CALM,))),
    ("10.5", "a flood of WINDOW_UPDATE ends the connection", lambda c: [WindowUpdateFrame(0, 1)] * 5000, lambda c: ended(c, (CALM,))),
    ("10.5", "a flood of PRIORITY ends the connection", lambda c: [raw(2, 0, 1, b"\0\0\0\0\x10")] * 5000, lambda c: ended(c, (CALM,))),
    ("10.5", "rapid reset ends the connection", lambda c: [part for n in range(1, 1200, 2) for part in (c.headers(n, end=True), RstStreamFrame(n, CANCEL))], lambda c: ended(c, (CALM,))),
    ("10.5.1", "a header bomb is refused", lambda c: [c.headers(1, block=c.block() + b"\x40\x01x\x7f\x81\x1e" + b"v" * 4000), ] + [c.headers(3, block=c.block() + b"\xbe" * 12000, end=True)], lambda c: c.status(3) == 431 or c.closed or any(f.type == 7 for f in c.frames)),
    ("10.5", "CONTINUATION without end ends the connection", lambda c: [c.headers(1, flags=())] + [c.continuation(1, b"\x10\x01x\x01y", False)] * 100, lambda c: c.goaway() is not None),
    ("10.5", "empty CONTINUATION without end ends the connection", lambda c: [c.headers(1, flags=())] + [c.continuation(1, b"", False)] * 2000, lambda c: c.goaway() is not None),
]

for section, sentence, sent, expected in TABLE:
    def run(client, sent=sent, expected=expected):
        client.send(*sent(client))
        return expected(client)
    CASES.append((section, sentence, run, None, True))


@case("3.4", "a preface that is none ends the connection", preface=False)
def _(client):
    client.send(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", SettingsFrame(0))
    return ended(client, (PROTOCOL,))


@case("3.4", "a preface without SETTINGS ends the connection", preface=False)
def _(client):
    client.send(PREFACE, PingFrame(0, b"12345678"))
    return ended(client, (PROTOCOL,))


@case("3.4", "a request of HTTP/1.1 where HTTP/2 was agreed on ends the connection", preface=False)
def _(client):
    client.send(b"POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    return ended(client, (PROTOCOL,))


@case("6.9.2", "an answer waits for a window, and goes on when it opens", settings={4: 1})
def _(client):
    client.send(client.request())
    first = client.read(lambda frame: frame.type == 0)
    if first is None or len(first.data) != 1 or not client.is_alive():
        return False
    client.send(SettingsFrame(0, settings={4: 65535}))
    return client.text().startswith(b"{")


@case("6.9.2", "a window can become negative", settings={4: 20})
def _(client):
    client.send(client.request())
    if client.read(lambda frame: frame.type == 0) is None:
        return False
    client.send(SettingsFrame(0, settings={4: 10}), WindowUpdateFrame(1, 11))
    part = client.read(lambda frame: frame.type == 0)
    return part is not None and len(part.data) == 1


@case("5.1", "HEADERS on a stream that was answered and closed end the connection")
def _(client):
    client.send(client.request())
    client.text()
    client.send(client.headers(1, end=True))
    return refused(client, (CLOSED, PROTOCOL))


@case("5.1", "streams are answered whatever their order")
def _(client):
    client.send(*(client.headers(stream) for stream in (1, 3, 5, 7)))
    client.send(*(client.data(stream, client.server.review) for stream in (7, 3, 1, 5)))
    return all(client.status(stream) == 200 for stream in (7, 3, 1, 5))


@case("9.1", "a thousand requests on one connection are answered")
def _(client):
    for batch in range(50):
        streams = range(40 * batch + 1, 40 * batch + 41, 2)
        client.send(*(client.request(stream) for stream in streams))
        for stream in streams:
            if client.status(stream) != 200:
                return False
            client.send(WindowUpdateFrame(0, 4096))
    return True
