internal import Memory

/// A name, exact or with `*` for any characters, none included.
enum NamePattern {
  /// Linear in the product of both lengths at worst; names and patterns have at most 253 bytes.
  static func matches(_ pattern: ByteSlice, _ name: ByteSlice) -> Bool {
    var (at, place) = (0, 0)
    // Where the last `*` stood, and how far the name had been read when it was met.
    var star: (at: Int, place: Int)?
    while place < name.count {
      // A `*` in the name is no pattern of its own: only a `*` takes it. So a pattern can be compared with a pattern too.
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        star = (at, place)
        at += 1
      } else if at < pattern.count, pattern[at] == name[place], name[place] != UInt8(ascii: "*") {
        at += 1
        place += 1
      } else if let last = star {
        star = (last.at, last.place + 1)
        at = last.at + 1
        place = last.place + 1
      } else {
        return false
      }
    }
    while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
    return at == pattern.count
  }

  static func matches(_ pattern: String, _ name: String) -> Bool {
    pattern.withByteSlice { pattern in name.withByteSlice { matches(pattern, $0) } }
  }

  /// Bytes of a `generateName` that an API server keeps, before it puts five characters to them
  /// (`k8s.io/apiserver/pkg/storage/names`).
  private static let generatedPrefixLength = 58

  /// Whether every name that can be generated from `prefix` matches.
  static func matchesAll(_ pattern: ByteSlice, generatedFrom prefix: ByteSlice) -> Bool {
    pattern.last == UInt8(ascii: "*") && matches(pattern, prefix.prefix(generatedPrefixLength))
  }
}
