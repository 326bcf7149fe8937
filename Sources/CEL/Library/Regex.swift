internal import CRE2
internal import Memory

/// Bounds of regular expressions.
enum PatternLimits {
  /// Bytes that one compiled pattern and its automaton may take. RE2's own default; patterns of policies need a few
  /// KiB.
  static let memory: Int64 = 8 << 20
  /// Bytes of a pattern that is made while evaluating.
  static let length = 4096
}

@inline(__always)
func matches(_ pattern: OpaquePointer, _ text: ByteSlice) -> Bool {
  text.start.withMemoryRebound(to: CChar.self, capacity: text.count) { cre2_matches(pattern, $0, text.count) }
}

/// A pattern compiled by RE2, or why it is none, in the words of Go's `regexp`, which the API server's messages have.
func compilePattern(_ text: ByteSlice) -> Result<OpaquePointer, PatternError> {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { reason in
    let compiled = text.start.withMemoryRebound(to: CChar.self, capacity: text.count) {
      cre2_compile($0, text.count, PatternLimits.memory, reason.baseAddress, reason.count)
    }
    if let compiled { return .success(compiled) }
    let message = reason.baseAddress.map { String(cString: $0) } ?? ""
    return .failure(PatternError(re2: message))
  }
}

struct PatternError: Error {
  let message: String

  init(re2 reason: String) {
    var code = reason
    var argument = ""
    let parts = reason.split(separator: ":", maxSplits: 1)
    if parts.count == 2 {
      code = String(parts[0])
      argument = String(parts[1].dropFirst())
    }
    let words =
      switch code {
      case "missing ]": "missing closing ]"
      case "missing )": "missing closing )"
      case "trailing \\": "trailing backslash at end of expression"
      case "no argument for repetition operator": "missing argument to repetition operator"
      case "invalid repetition size": "invalid repeat count"
      case "bad repetition operator": "invalid nested repetition operator"
      case "invalid perl operator": "invalid or unsupported Perl syntax"
      case "invalid named capture group": "invalid named capture"
      default: code
      }
    message = "error parsing regexp: \(words)" + (argument.isEmpty ? "" : ": `\(argument)`")
  }
}

/// The compiled patterns of a program, equal ones once.
final class PatternTable {
  private(set) var pointers: [OpaquePointer] = []
  private var indexes: [String: Int] = [:]

  deinit {
    for pattern in pointers { cre2_free(pattern) }
  }

  /// The index of a pattern, or why it is none.
  func index(of text: ByteSlice) -> Result<Int, PatternError> {
    let key = text.string
    if let index = indexes[key] { return .success(index) }
    return compilePattern(text).map { pattern in
      pointers.append(pattern)
      indexes[key] = pointers.count - 1
      return pointers.count - 1
    }
  }
}

/// Compiled patterns that were made while evaluating, a bounded number; the one that was not used for longest goes.
struct PatternCache {
  private struct Entry {
    var hash: Int
    var text: UnsafeMutablePointer<UInt8>
    var length: Int
    var pattern: OpaquePointer
    var lastUse: UInt64
  }

  private let entries: UnsafeMutablePointer<Entry>
  private let capacity: Int
  private var count = 0
  private var clock: UInt64 = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 1)
    entries = .allocate(capacity: self.capacity)
  }

  /// The pattern of a text, compiled now where it is new. The error's message is made in the arena.
  mutating func pattern(_ text: ByteSlice, _ arena: Arena.Handle) -> Result<OpaquePointer, PatternFailure> {
    clock += 1
    let hash = ConstantSet.hash(text)
    for index in 0..<count
    where entries[index].hash == hash && text == ByteSlice(start: entries[index].text, count: entries[index].length) {
      entries[index].lastUse = clock
      return .success(entries[index].pattern)
    }
    guard text.count <= PatternLimits.length else {
      return .failure(PatternFailure(error: .error("error parsing regexp: expression too large")))
    }
    switch compilePattern(text) {
    case .failure(let error):
      return .failure(PatternFailure(error: error.message.withByteSlice { .error(arena.copy($0)) }))
    case .success(let pattern):
      let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(text.count, 1))
      copy.update(from: text.start, count: text.count)
      let entry = Entry(hash: hash, text: copy, length: text.count, pattern: pattern, lastUse: clock)
      if count < capacity {
        (entries + count).initialize(to: entry)
        count += 1
      } else {
        var oldest = 0
        for index in 1..<max(count, 1) where entries[index].lastUse < entries[oldest].lastUse { oldest = index }
        cre2_free(entries[oldest].pattern)
        entries[oldest].text.deallocate()
        entries[oldest] = entry
      }
      return .success(pattern)
    }
  }

  func free() {
    for index in 0..<count {
      cre2_free(entries[index].pattern)
      entries[index].text.deallocate()
    }
    entries.deallocate()
  }
}

/// An error value on its way out of the cache.
struct PatternFailure: Error {
  let error: Value
}
