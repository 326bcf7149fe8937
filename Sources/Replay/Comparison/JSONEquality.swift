package import JSON
internal import Memory

extension Cursor {
  /// Whether both are the same JSON value: members in any order, strings by what they mean, numbers by their value.
  /// Costs O(n), with the square of the number of members of an object.
  package func isEqual(to other: Cursor) -> Bool {
    switch (kind, other.kind) {
    case (.null, .null): return true
    case (.bool, .bool): return bool == other.bool
    case (.integer, .integer), (.integer, .double), (.double, .integer), (.double, .double):
      return rawText == other.rawText || double == other.double
    case (.string, .string): return rawText == other.rawText || stringValue == other.stringValue
    case (.array, .array):
      guard count == other.count else { return false }
      for (left, right) in zip(elements, other.elements) where !left.isEqual(to: right) { return false }
      return true
    case (.object, .object):
      guard count == other.count else { return false }
      for (key, value) in members {
        let found =
          key.hasEscapes ? key.stringValue.flatMap { $0.withByteSlice { other.member($0) } } : other.member(key.rawText)
        guard let found, value.isEqual(to: found) else { return false }
      }
      return true
    default: return false
    }
  }
}
