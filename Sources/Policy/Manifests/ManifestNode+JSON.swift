internal import JSON
internal import Memory
internal import Yams

extension ManifestNode {
  /// Values that one document may have once its aliases are followed, so that a few lines of aliases to aliases cannot
  /// become gigabytes.
  static let maximumValues = 1_000_000

  /// Bytes of a document as JSON, for the same reason: an alias can stand for one long text as well as for many values.
  /// Twice the largest file.
  static let maximumBytes = 2 * ManifestDocument.maximumFileLength

  /// Writes the value as JSON, as Kubernetes' own tools convert YAML.
  /// - Returns: false where the document has more than ``maximumValues`` values, is nested deeper than a tape holds, or becomes longer
  ///   than `maximumBytes`.
  func writeJSON(to buffer: inout ByteBuffer, maximumBytes: Int = Self.maximumBytes) -> Bool {
    var budget = Budget(values: Self.maximumValues, end: buffer.count + maximumBytes)
    return Self.write(yaml, to: &buffer, depth: 0, budget: &budget) && buffer.count <= budget.end
  }

  private struct Budget {
    /// How many values may still be written.
    var values: Int
    /// The length of the buffer behind which no further value may start.
    let end: Int
  }

  private static func write(_ node: Node, to buffer: inout ByteBuffer, depth: Int, budget: inout Budget) -> Bool {
    budget.values -= 1
    guard budget.values >= 0, buffer.count <= budget.end, depth < Tape.maximumDepth else { return false }
    switch node {
    case .scalar(let scalar):
      write(scalar, to: &buffer)
    case .sequence(let sequence):
      buffer.writeArrayStart()
      for element in sequence {
        guard write(element, to: &buffer, depth: depth + 1, budget: &budget) else { return false }
      }
      buffer.writeArrayEnd()
    case .mapping(let mapping):
      buffer.writeObjectStart()
      for (key, value) in mapping {
        (key.scalar?.string ?? "").withByteSlice { buffer.writeKey($0) }
        guard write(value, to: &buffer, depth: depth + 1, budget: &budget) else { return false }
      }
      buffer.writeObjectEnd()
    case .alias:
      buffer.writeNull()
    }
    return true
  }

  private static func write(_ scalar: Node.Scalar, to buffer: inout ByteBuffer) {
    switch PlainScalar(scalar) {
    case .null: buffer.writeNull()
    case .bool(let value): buffer.writeBool(value)
    case .integer(let number): buffer.writeInteger(number)
    case .double(let number): buffer.writeDouble(number)
    case .string(let text): buffer.writeString(text)
    }
  }
}
