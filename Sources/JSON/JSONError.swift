public import Memory

/// Why a text is not JSON, and where.
public struct JSONError: Error, Equatable, Sendable {
  public let reason: Reason

  /// Where, in bytes from the start of the text.
  public let offset: Int

  public enum Reason: Equatable, Sendable {
    case unexpectedByte(UInt8)
    case unexpectedEnd
    case invalidUTF8
    case controlCharacter(UInt8)
    case invalidEscape
    case invalidNumber
    case numberOutOfRange
    case tooDeep(limit: Int)
    case tooLong(limit: Int)
    case tooManyRepeatedKeys
    case trailingText
  }

  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  /// What is wrong, without the place.
  public var message: String {
    switch reason {
    case .unexpectedByte(let byte):
      byte >= 0x20 && byte < 0x7F
        ? "unexpected character `\(Character(UnicodeScalar(byte)))`" : "unexpected byte 0x\(String(byte, radix: 16))"
    case .unexpectedEnd: "unexpected end of the text"
    case .invalidUTF8: "invalid UTF-8"
    case .controlCharacter(let byte): "control character 0x\(String(byte, radix: 16)) in a string must be escaped"
    case .invalidEscape: "invalid escape sequence in a string"
    case .invalidNumber: "invalid number"
    case .numberOutOfRange: "number does not fit a 64-bit float"
    case .tooDeep(let limit): "nested more than \(limit) deep"
    case .tooLong(let limit): "longer than \(limit) bytes"
    case .tooManyRepeatedKeys: "too many keys are given more than once"
    case .trailingText: "text after the end of the value"
    }
  }

  /// The message with line and column (both from 1, the column in bytes), which are counted only now.
  public func description(in text: ByteSlice) -> String {
    let place = JSONError.place(of: offset, in: text)
    return "\(message) at line \(place.line), column \(place.column)"
  }

  /// Line and column of an offset, both from 1; the column counts bytes. Costs O(offset).
  public static func place(of offset: Int, in text: ByteSlice) -> (line: Int, column: Int) {
    var line = 1
    var start = 0
    for position in 0..<min(offset, text.count) where text[position] == UInt8(ascii: "\n") {
      line += 1
      start = position + 1
    }
    return (line, offset - start + 1)
  }
}
