package import Memory

/// Reads a text of digits and marks, such as a time, from its start on.
package struct DigitReader {
  package let text: ByteSlice
  package var index = 0

  package init(text: ByteSlice) { self.text = text }

  package var isAtEnd: Bool { index == text.count }

  /// The digit that comes next, which stays.
  package var digit: Int64? {
    guard index < text.count, text[index] &- UInt8(ascii: "0") < 10 else { return nil }
    return Int64(text[index] &- UInt8(ascii: "0"))
  }

  /// Exactly `count` digits; reads nothing where there are fewer.
  package mutating func number(_ count: Int) -> Int64? {
    let start = index
    var value: Int64 = 0
    for _ in 0..<count {
      guard let digit else {
        index = start
        return nil
      }
      value = value * 10 + digit
      index += 1
    }
    return value
  }

  package mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }
}
