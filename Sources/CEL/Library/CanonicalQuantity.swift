package import Memory

/// Quantities as they look after an API server has decoded and encoded them (`resource.Quantity`, MarshalJSON).
package enum CanonicalQuantity {
  package enum Outcome {
    /// The text in the arena, or the one that was given.
    case text(ByteSlice)
    /// Why it is no quantity, in an API server's words.
    case failed(ByteSlice)
  }

  /// The form of `text`, which may have white space around it: what counts as canonical stays as it was written, all else is written
  /// anew, `0.5` as `500m` and `1024Mi` as `1Gi`.
  package static func of(_ text: ByteSlice, arena: Arena.Handle) -> Outcome {
    let text = trimmed(text)
    switch Quantity.parse(text, arena) {
    case .failure(let failure): return .failed(failure.error.errorMessage ?? .empty)
    case .success(let quantity):
      if isKept(text, quantity) { return .text(text) }
      // No values are read from documents: there need not be any.
      let documents = arena.allocate(UnsafePointer<UInt8>.self, count: 1)
      documents.initialize(to: ByteSlice.empty.start)
      return .text(EvaluationContext(arena: arena, documents: documents).text(of: quantity))
    }
  }

  /// Whether Kubernetes remembers the text instead of writing the amount: a shortcut of its parser, which takes more for canonical than
  /// is (`1.500`, `+5`).
  private static func isKept(_ text: ByteSlice, _ quantity: Quantity) -> Bool {
    if text == "0" { return true }
    guard !quantity.isDecimal else { return false }
    var index = text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") ? 1 : 0
    while index < text.count, text[index] == UInt8(ascii: "0") { index += 1 }
    // The digits as an integer, without the point: the first one, the last three, and the lowest bits.
    var count = 0
    var zeros = 0
    var first: UInt8 = 0
    var low: UInt8 = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: ".") { continue }
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      if count == 0 { first = digit }
      count += 1
      zeros = digit == 0 ? zeros + 1 : 0
      low = (low &* 10 &+ digit) & 7
    }
    if quantity.format == .binarySI { return low != 0 }
    return first != 0 && zeros < 3 && quantity.scale % 3 == 0
  }

  private static func trimmed(_ text: ByteSlice) -> ByteSlice {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var start = 0
    var end = text.count
    while start < end, isSpace(text[start]) { start += 1 }
    while start < end, isSpace(text[end - 1]) { end -= 1 }
    return text[start..<end]
  }
}
