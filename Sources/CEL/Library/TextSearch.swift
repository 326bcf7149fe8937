internal import Memory

/// Searching in texts of megabytes, which looks at the clock on its way.
extension EvaluationContext {
  /// Where a text that is not empty stands in another from a place on; anything where there is no time. Linear in the length of
  /// both.
  func firstIndex(of needle: ByteSlice, in text: ByteSlice, from start: Int) -> Int? {
    if text.count - start <= 2 * Self.bytesInTime { return text.firstIndex(of: needle, from: start) }
    if needle.count > Self.bytesInTime { return firstIndexByHash(of: needle, in: text, from: start) }
    var start = start
    while start + needle.count <= text.count, isInTime(0) {
      let window = text.prefix(min(start + Self.bytesInTime + needle.count - 1, text.count))
      if let hit = window.firstIndex(of: needle, from: start) { return hit }
      start += Self.bytesInTime
    }
    return nil
  }

  /// How often a text that is not empty occurs without overlap; any number where there is no time.
  func occurrences(of needle: ByteSlice, in text: ByteSlice) -> Int {
    var count = 0
    var from = 0
    while isInTime(count), let hit = firstIndex(of: needle, in: text, from: from) {
      count += 1
      from = hit + needle.count
    }
    return count
  }

  /// By a hash of as many bytes as the needle has, which moves over the text (Rabin and Karp). Its base is random, so that no
  /// text can be made to have many equal hashes.
  private func firstIndexByHash(of needle: ByteSlice, in text: ByteSlice, from start: Int) -> Int? {
    guard start + needle.count <= text.count else { return nil }
    let base = UInt64.random(in: 1 << 32..<PrimeHash.prime)
    var wanted: UInt64 = 0
    var hash: UInt64 = 0
    // The base to the power of the needle's length.
    var weight: UInt64 = 1
    for index in 0..<needle.count {
      if !isInTime(index) { return nil }
      wanted = PrimeHash.add(PrimeHash.multiply(wanted, base), UInt64(needle[index]))
      hash = PrimeHash.add(PrimeHash.multiply(hash, base), UInt64(text[start + index]))
      weight = PrimeHash.multiply(weight, base)
    }
    var place = start
    while true {
      if hash == wanted, text[place..<place + needle.count] == needle { return place }
      guard place + needle.count < text.count, isInTime(place) else { return nil }
      let gone = PrimeHash.multiply(weight, UInt64(text[place]))
      let next = PrimeHash.add(PrimeHash.multiply(hash, base), UInt64(text[place + needle.count]))
      hash = PrimeHash.add(next, PrimeHash.prime - gone)
      place += 1
    }
  }
}

/// Arithmetic modulo 2^61 - 1.
private enum PrimeHash {
  static let prime: UInt64 = (1 << 61) - 1

  static func add(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let sum = a &+ b
    return sum >= prime ? sum &- prime : sum
  }

  static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return add(product.low & prime, product.low >> 61 | product.high << 3)
  }
}
