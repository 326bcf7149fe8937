import Memory
import TestSupport
import Transport

/// Frames of HTTP/2, written by hand: header blocks use literals only, so no table is needed.
enum Frame {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  static func make(_ type: UInt8, flags: UInt8 = 0, stream: Int = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let count = payload.count
    return [
      UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), type, flags, UInt8(stream >> 24 & 0xFF),
      UInt8(stream >> 16 & 0xFF), UInt8(stream >> 8 & 0xFF), UInt8(stream & 0xFF),
    ] + payload
  }

  static func data(_ stream: Int, _ bytes: [UInt8], end: Bool = true) -> [UInt8] {
    make(0, flags: end ? 1 : 0, stream: stream, bytes)
  }

  static func headers(_ stream: Int, _ fields: [(String, String)], end: Bool = false) -> [UInt8] {
    make(1, flags: 4 | (end ? 1 : 0), stream: stream, block(fields))
  }

  static func resetStream(_ stream: Int) -> [UInt8] { make(3, stream: stream, [0, 0, 0, 8]) }
  static func settings(_ payload: [UInt8] = []) -> [UInt8] { make(4, payload) }
  static let settingsAcknowledgement = make(4, flags: 1)
  static let ping = make(6, [UInt8](repeating: 7, count: 8))
  static func windowUpdate(_ stream: Int, _ increment: Int) -> [UInt8] {
    make(8, stream: stream, [24, 16, 8, 0].map { UInt8(increment >> $0 & 0xFF) })
  }

  /// RFC 7541, section 6.2.2: literals without indexing, names new, no Huffman.
  static func block(_ fields: [(String, String)]) -> [UInt8] {
    fields.flatMap { [0] + text($0.0) + text($0.1) }
  }

  private static func text(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    if bytes.count < 127 { return [UInt8(bytes.count)] + bytes }
    var rest = bytes.count - 127
    var prefix: [UInt8] = [127]
    while rest >= 128 {
      prefix.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    return prefix + [UInt8(rest)] + bytes
  }

  static func request(_ path: String = "/validate?timeout=5s", _ more: [(String, String)] = []) -> [(String, String)] {
    [(":method", "POST"), (":scheme", "https"), (":authority", "webhook.example"), (":path", path)]
      + [("content-type", "application/json")] + more
  }
}

/// An HTTP/2 session under test: frames in, frames out, no socket.
final class HTTP2Driver {
  struct Received {
    var type: UInt8
    var flags: UInt8
    var stream: Int
    var payload: [UInt8]
  }

  let recorder = Recorder()
  let counters = WorkerCounters()
  let exchange: Exchange
  let session: HTTP2Session
  private(set) var frames: [Received] = []
  private(set) var raw: [UInt8] = []

  init(_ limits: Limits = Limits()) throws {
    exchange = Exchange(limits: limits, counters: counters, handler: recorder)
    guard let session = HTTP2Session(exchange, at: MonotonicInstant(nanoseconds: 0)) else { throw NoSession() }
    self.session = session
  }

  struct NoSession: Error {}

  func send(_ bytes: some Collection<UInt8>, at nanoseconds: UInt64 = 1) {
    Array(bytes).withUnsafeBytes {
      session.receive(ByteSlice($0), at: MonotonicInstant(nanoseconds: nanoseconds))
    }
    flush()
  }

  func flush() {
    var output = ByteBuffer()
    session.write(to: &output)
    while !output.isEmpty {
      raw += Array(output.bytes.buffer)
      output.removeAll()
      session.write(to: &output)
    }
    parse()
  }

  private var parsed = 0

  private func parse() {
    while raw.count - parsed >= 9 {
      let header = Array(raw[parsed..<parsed + 9])
      let count = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
      guard raw.count - parsed >= 9 + count else { return }
      let stream = Int(header[5]) << 24 | Int(header[6]) << 16 | Int(header[7]) << 8 | Int(header[8])
      frames.append(
        Received(
          type: header[3], flags: header[4], stream: stream, payload: Array(raw[parsed + 9..<parsed + 9 + count])))
      parsed += 9 + count
    }
  }

  /// What came in the DATA frames of a stream.
  func text(_ stream: Int) -> String {
    String(decoding: frames.filter { $0.type == 0 && $0.stream == stream }.flatMap(\.payload), as: UTF8.self)
  }

  func has(_ type: UInt8, _ stream: Int = 0) -> Bool { frames.contains { $0.type == type && $0.stream == stream } }
}
