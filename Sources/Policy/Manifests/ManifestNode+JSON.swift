internal import JSON
internal import Memory
internal import Yams

extension ManifestNode {
  /// Values that one document may have once its aliases are followed, so that a few lines of aliases to aliases cannot
  /// become gigabytes.
  static let maximumValues = 1_000_000

  /// Writes the value as JSON, as Kubernetes' own tools convert YAML.
  /// - Returns: false where the document has more than ``maximumValues`` values or is nested deeper than a tape holds.
  func writeJSON(to buffer: inout ByteBuffer) -> Bool {
    var budget = Self.maximumValues
    return Self.write(yaml, to: &buffer, depth: 0, budget: &budget)
  }

  private static func write(_ node: Node, to buffer: inout ByteBuffer, depth: Int, budget: inout Int) -> Bool {
    budget -= 1
    guard budget >= 0, depth < Tape.maximumDepth else { return false }
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
