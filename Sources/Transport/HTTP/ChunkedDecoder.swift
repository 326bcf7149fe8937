internal import Memory

/// The chunked transfer coding (RFC 9112, section 7.1), decoded as it arrives. Extensions and trailers are checked and dropped.
struct ChunkedDecoder: BitwiseCopyable {
  enum Result: BitwiseCopyable {
    case incomplete
    case complete
    case refused(RequestRefusal)
  }

  private enum State: BitwiseCopyable {
    case sizeStart, size, sizeExtension, sizeLineFeed
    case data
    case dataCarriageReturn, dataLineFeed
    case trailerStart, trailerName, trailerValue, trailerLineFeed
    case lastLineFeed
    case complete
  }

  private var state = State.sizeStart
  /// Of the chunk's data, what is still to come.
  private var remaining = 0
  private var lineBytes = 0
  private var trailerBytes = 0

  /// Takes as much as belongs to this body.
  /// - Returns: how many bytes that was, and what they came to. After `.complete` the next byte belongs to the next request.
  mutating func decode(
    _ bytes: ByteSlice, into body: inout ByteBuffer, _ exchange: Exchange
  ) -> (consumed: Int, Result) {
    let limits = exchange.limits
    var position = 0
    while position < bytes.count {
      if case .data = state {
        let part = min(remaining, bytes.count - position)
        if let refusal = exchange.collect(bytes[position..<position + part], into: &body) {
          return (position, .refused(refusal))
        }
        position += part
        remaining -= part
        if remaining == 0 { state = .dataCarriageReturn }
        continue
      }
      let byte = bytes[position]
      position += 1
      if let refusal = step(byte, bodyCount: body.count, limits) { return (position, .refused(refusal)) }
      if case .complete = state { return (position, .complete) }
    }
    return (position, .incomplete)
  }

  private mutating func step(_ byte: UInt8, bodyCount: Int, _ limits: Limits) -> RequestRefusal? {
    switch state {
    case .sizeStart, .size, .sizeExtension, .sizeLineFeed:
      lineBytes += 1
      if lineBytes > limits.chunkLineBytes { return .malformed("the size line of a chunk is too long") }
      return stepSize(byte, bodyCount: bodyCount, limits)
    case .dataCarriageReturn:
      guard byte == 0x0D else { return .malformed("a chunk is longer than its size says") }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == 0x0A else { return .malformed("a chunk does not end in CR LF") }
      state = .sizeStart
      lineBytes = 0
    case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed:
      // The empty line at the end is no part of a field.
      if case .trailerStart = state, byte == 0x0D {
        state = .lastLineFeed
        return nil
      }
      trailerBytes += 1
      if trailerBytes > limits.headerSectionBytes { return .headerTooLarge(limits) }
      return stepTrailer(byte)
    case .lastLineFeed:
      guard byte == 0x0A else { return .malformed("the trailer section does not end in CR LF") }
      state = .complete
    case .data, .complete:
      assertionFailure("data is taken in bulk, and nothing follows the end")
    }
    return nil
  }

  private mutating func stepSize(_ byte: UInt8, bodyCount: Int, _ limits: Limits) -> RequestRefusal? {
    switch state {
    case .sizeStart, .size:
      if let digit = Self.hexDigit(byte) {
        // INVARIANT: `remaining` is at most the limit, so that sixteen times it fits.
        remaining = remaining * 16 + digit
        if remaining > limits.bodyBytes - bodyCount { return .bodyTooLarge(limits) }
        state = .size
      } else if case .sizeStart = state {
        return .malformed("the size of a chunk is not a hexadecimal number")
      } else if byte == 0x0D {
        state = .sizeLineFeed
      } else if byte == UInt8(ascii: ";") {
        state = .sizeExtension
      } else {
        return .malformed("the size of a chunk is not a hexadecimal number")
      }
    case .sizeExtension:
      if byte == 0x0D {
        state = .sizeLineFeed
      } else if !isFieldValueByte(byte) {
        return .malformed("a chunk extension has a control character")
      }
    default:
      guard byte == 0x0A else { return .malformed("the size line of a chunk does not end in CR LF") }
      state = remaining > 0 ? .data : .trailerStart
    }
    return nil
  }

  private mutating func stepTrailer(_ byte: UInt8) -> RequestRefusal? {
    switch state {
    case .trailerStart:
      guard CharacterClass.token.contains(byte) else {
        return .malformed("a trailer field's name has a character that is not allowed")
      }
      state = .trailerName
    case .trailerName:
      if byte == UInt8(ascii: ":") {
        state = .trailerValue
      } else if !CharacterClass.token.contains(byte) {
        return .malformed("a trailer field's name has a character that is not allowed")
      }
    case .trailerValue:
      if byte == 0x0D {
        state = .trailerLineFeed
      } else if !isFieldValueByte(byte) {
        return .malformed("a trailer field's value has a control character")
      }
    default:
      guard byte == 0x0A else { return .malformed("a trailer field does not end in CR LF") }
      state = .trailerStart
    }
    return nil
  }

  private static func hexDigit(_ byte: UInt8) -> Int? {
    if byte &- 0x30 < 10 { return Int(byte &- 0x30) }
    let letter = byte | 0x20
    return letter &- 0x61 < 6 ? Int(letter &- 0x61) + 10 : nil
  }
}
