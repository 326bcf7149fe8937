internal import Memory

/// The strings extension of cel-go (`ext/strings.go`). Indexes count code points; searching is done in bytes, which for
/// valid UTF-8 finds the same places.
extension EvaluationContext {
  func stringFunction(_ function: Function, _ a: Value) -> Value {
    switch function {
    case .join: return join(a, separator: .empty)
    case .lowerAscii, .upperAscii:
      guard a.tag == .string else { return noOverload(function, a) }
      return changeCase(a, from: function == .lowerAscii ? 0x41...0x5A : 0x61...0x7A)
    case .trim: return a.tag == .string ? .string(a.slice.trimmed) : noOverload(function, a)
    default: return a.tag == .string ? reverse(a.slice) : a.isList ? reverseList(a) : noOverload(function, a)
    }
  }

  func stringFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let a = arguments[0]
    let b = arguments[1]
    let c: Value? = arguments.count > 2 ? arguments[2] : nil
    if a.isList, function == .indexOf || function == .lastIndexOf, c == nil {
      return listIndex(of: b, in: a, last: function == .lastIndexOf)
    }
    if function == .join {
      return b.tag == .string ? join(a, separator: b.slice) : noOverload(function, arguments)
    }
    guard a.tag == .string else { return noOverload(function, arguments) }
    switch (function, b.tag, c?.tag) {
    case (.charAt, .int, nil): return charAt(a.slice, b.intValue)
    case (.indexOf, .string, nil): return index(of: b.slice, in: a.slice, from: 0)
    case (.indexOf, .string, .int): return index(of: b.slice, in: a.slice, from: arguments[2].intValue)
    case (.lastIndexOf, .string, nil): return lastIndex(of: b.slice, in: a.slice, from: nil)
    case (.lastIndexOf, .string, .int): return lastIndex(of: b.slice, in: a.slice, from: arguments[2].intValue)
    case (.replace, .string, .string):
      if arguments.count == 3 { return replace(a, b.slice, with: arguments[2].slice, limit: -1) }
      guard arguments[3].tag == .int else { return noOverload(function, arguments) }
      return replace(a, b.slice, with: arguments[2].slice, limit: arguments[3].intValue)
    case (.split, .string, nil): return split(a.slice, b.slice, limit: -1)
    case (.split, .string, .int): return split(a.slice, b.slice, limit: arguments[2].intValue)
    case (.substring, .int, nil): return substring(a.slice, from: b.intValue, to: nil)
    case (.substring, .int, .int): return substring(a.slice, from: b.intValue, to: arguments[2].intValue)
    default: return noOverload(function, arguments)
    }
  }

  /// `indexOf` and `lastIndexOf` as the conformance tests have them: an offset past the end is an error, not just nowhere.
  func strictIndex(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    let (text, offset) = (arguments[0], arguments[2])
    if text.tag == .string, arguments[1].tag == .string, offset.tag == .int,
      offset.intValue > Int64(text.slice.codePointCount)
    {
      return outOfRange(offset.intValue)
    }
    return stringFunction(function, arguments)
  }

  private func outOfRange(_ index: Int64) -> Value { error("index out of range: ", text(.int(index))) }

  /// How many code points a text has; any number where there is no time.
  private func codePointCount(_ text: ByteSlice) -> Int {
    if text.count <= Self.bytesInTime { return text.codePointCount }
    var count = 0
    var rest = text
    while !rest.isEmpty, isInTime(0) {
      count += rest.prefix(Self.bytesInTime).codePointCount
      rest = rest.dropFirst(min(Self.bytesInTime, rest.count))
    }
    return count
  }

  private func charAt(_ text: ByteSlice, _ index: Int64) -> Value {
    let count = Int64(codePointCount(text))
    guard index >= 0, index <= count else { return outOfRange(index) }
    if index == count { return .string("") }
    let start = text.byteOffset(ofCodePoint: Int(index))
    return .string(text[start..<text.byteOffset(ofCodePoint: 1, from: start)])
  }

  private func index(of needle: ByteSlice, in text: ByteSlice, from: Int64) -> Value {
    guard from >= 0 else { return outOfRange(from) }
    let count = Int64(codePointCount(text))
    if needle.isEmpty { return .int(min(from, count)) }
    guard from < count else { return .int(-1) }
    guard let hit = firstIndex(of: needle, in: text, from: text.byteOffset(ofCodePoint: Int(from))) else {
      return .int(-1)
    }
    return .int(Int64(codePointCount(text.prefix(hit))))
  }

  private func lastIndex(of needle: ByteSlice, in text: ByteSlice, from: Int64?) -> Value {
    let count = Int64(codePointCount(text))
    if let from {
      guard from >= 0 else { return outOfRange(from) }
      if needle.isEmpty { return .int(min(from, count)) }
      guard from < count else { return .int(-1) }
    } else if needle.isEmpty {
      return .int(count)
    }
    // The last start that is allowed, in bytes; each earlier one is tried where the needle's first byte stands.
    var start = from.map { text.byteOffset(ofCodePoint: Int($0)) } ?? text.count
    start = min(start, text.count - needle.count)
    while start >= 0 {
      if start & 0xFFFF == 0, !isInTime(0) { break }
      if text[start] == needle[0] {
        guard goesOn(after: 1 + needle.count >> 4) else { break }
        if text.dropFirst(start).hasPrefix(needle) {
          return .int(Int64(codePointCount(text.prefix(start))))
        }
      }
      start -= 1
    }
    return .int(-1)
  }

  private func substring(_ text: ByteSlice, from: Int64, to: Int64?) -> Value {
    let count = Int64(codePointCount(text))
    let end = to ?? count
    if let to, from > to {
      return error(
        "invalid substring range. start: ",
        arena.concatenate(
          self.text(.int(from)), arena.concatenate(ByteSlice(", end: "), self.text(.int(to)))))
    }
    guard from >= 0, from <= count else { return outOfRange(from) }
    guard end >= 0, end <= count else { return outOfRange(end) }
    let start = text.byteOffset(ofCodePoint: Int(from))
    return .string(text[start..<text.byteOffset(ofCodePoint: Int(end - from), from: start)])
  }

  private func changeCase(_ value: Value, from range: ClosedRange<UInt8>) -> Value {
    let text = value.slice
    var first = 0
    while first < text.count, !range.contains(text[first]) { first += 1 }
    if first == text.count { return value }
    let place = arena.allocate(UInt8.self, count: text.count)
    var start = 0
    while start < text.count, isInTime(0) {
      let end = min(start + Self.bytesInTime, text.count)
      for index in start..<end { place[index] = range.contains(text[index]) ? text[index] ^ 0x20 : text[index] }
      start = end
    }
    return .string(ByteSlice(start: place, count: text.count))
  }

  private func reverse(_ text: ByteSlice) -> Value {
    let place = arena.allocate(UInt8.self, count: text.count)
    var end = text.count
    var index = 0
    var characters = 0
    while index < text.count, isInTime(characters) {
      characters &+= 1
      let next = text.byteOffset(ofCodePoint: 1, from: index)
      end -= next - index
      for offset in 0..<next - index { place[end + offset] = text[index + offset] }
      index = next
    }
    return .string(ByteSlice(start: place, count: text.count))
  }

  private func join(_ list: Value, separator: ByteSlice) -> Value {
    guard list.isList, var elements = Elements(list) else { return noOverload(.join, list) }
    guard elements.remaining > 0 else { return .string("") }
    let count = elements.remaining
    // Each element is read once, since one of a JSON list may have to be decoded.
    let parts = arena.allocate(ByteSlice.self, count: count)
    var length = separator.count * (count - 1)
    for index in 0..<count {
      guard isInTime(index) else { return .null }
      let element = elements.next(self)
      guard element.tag == .string else { return error("join: invalid input: ", text(element)) }
      parts[index] = element.slice
      length += element.slice.count
      guard length <= Self.maximumTextLength else { return Self.tooLong }
    }
    let place = arena.allocate(UInt8.self, count: length)
    var written = 0
    for index in 0..<count {
      guard isInTime(index) else { return .null }
      if index > 0 {
        copy(separator, to: place + written)
        written += separator.count
      }
      copy(parts[index], to: place + written)
      written += parts[index].count
    }
    return .string(ByteSlice(start: place, count: length))
  }

  private func replace(_ value: Value, _ old: ByteSlice, with new: ByteSlice, limit: Int64) -> Value {
    let text = value.slice
    if old == new || limit == 0 { return value }
    var places = old.isEmpty ? codePointCount(text) + 1 : occurrences(of: old, in: text)
    if limit > 0 { places = Int(min(Int64(places), limit)) }
    if places == 0 { return value }
    let length = text.count + places * (new.count - old.count)
    guard length <= Self.maximumTextLength else { return Self.tooLong }
    let place = arena.allocate(UInt8.self, count: length)
    var written = 0
    var read = 0
    for index in 0..<places {
      guard isInTime(index) else { return .null }
      // An empty pattern stands before each code point and at the end.
      let hit: Int
      if old.isEmpty {
        hit = index == 0 ? 0 : text.byteOffset(ofCodePoint: 1, from: read)
      } else {
        // It was there when it was counted: now there is no time.
        guard let place = firstIndex(of: old, in: text, from: read) else { return .null }
        hit = place
      }
      copy(text[read..<hit], to: place + written)
      written += hit - read
      copy(new, to: place + written)
      written += new.count
      read = hit + old.count
    }
    copy(text.dropFirst(read), to: place + written)
    return .string(ByteSlice(start: place, count: length))
  }

  private func split(_ text: ByteSlice, _ separator: ByteSlice, limit: Int64) -> Value {
    if limit == 0 { return emptyList(capacity: 0) }
    var count = separator.isEmpty ? codePointCount(text) : occurrences(of: separator, in: text) + 1
    if limit > 0 { count = Int(min(Int64(count), limit)) }
    let place = arena.allocate(Value.self, count: count)
    var start = 0
    for index in 0..<count {
      guard isInTime(index) else { return .null }
      if index == count - 1 {
        place[index] = .string(text.dropFirst(start))
      } else if separator.isEmpty {
        let next = text.byteOffset(ofCodePoint: 1, from: start)
        place[index] = .string(text[start..<next])
        start = next
      } else {
        guard let hit = firstIndex(of: separator, in: text, from: start) else { return .null }
        place[index] = .string(text[start..<hit])
        start = hit + separator.count
      }
    }
    return .list(place, count: count)
  }
}

extension ByteSlice {
  /// Where the code point stands that is `count` behind the one at `from`; the end where there are fewer.
  func byteOffset(ofCodePoint count: Int, from: Int = 0) -> Int {
    var index = from
    var rest = count
    while index < self.count {
      if rest == 0 { return index }
      index += 1
      while index < self.count, self[index] & 0xC0 == 0x80 { index += 1 }
      rest -= 1
    }
    return self.count
  }

  /// Without Unicode white space at both ends, as Go's `strings.TrimSpace`.
  var trimmed: ByteSlice {
    var start = 0
    while start < count {
      let length = whiteSpaceLength(at: start)
      if length == 0 { break }
      start += length
    }
    var end = count
    while end > start {
      var last = end - 1
      while last > start, self[last] & 0xC0 == 0x80 { last -= 1 }
      guard whiteSpaceLength(at: last) == end - last else { break }
      end = last
    }
    return self[start..<end]
  }

  /// Bytes of the white space character at an offset; 0 where there is none. Go's `unicode.IsSpace`.
  private func whiteSpaceLength(at index: Int) -> Int {
    let byte = self[index]
    if byte < 0x80 { return byte == 0x20 || 0x09...0x0D ~= byte ? 1 : 0 }
    if byte == 0xC2, index + 1 < count { return self[index + 1] == 0x85 || self[index + 1] == 0xA0 ? 2 : 0 }
    guard index + 2 < count else { return 0 }
    let rest = UInt16(self[index + 1]) << 8 | UInt16(self[index + 2])
    switch (byte, rest) {
    // U+1680; U+2000 to U+200A, U+2028, U+2029, U+202F; U+205F; U+3000.
    case (0xE1, 0x9A80), (0xE2, 0x8080...0x808A), (0xE2, 0x80A8), (0xE2, 0x80A9), (0xE2, 0x80AF), (0xE2, 0x819F),
      (0xE3, 0x8080):
      return 3
    default: return 0
    }
  }
}
