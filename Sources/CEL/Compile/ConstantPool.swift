internal import Memory

/// The constants of a program, equal ones of the same kind once.
struct ConstantPool {
  private(set) var values: [Value] = []
  private var indexes: [Key: Int] = [:]

  private enum Key: Hashable {
    case scalar(Value.Tag, payload: UInt64, count: UInt32)
    case text(Value.Tag, ByteSlice)
  }

  mutating func index(of value: Value) -> Int {
    let key: Key? =
      switch value.tag {
      case .string, .bytes, .type, .error: .text(value.tag, value.slice)
      case .null, .bool, .int, .uint, .double, .duration: .scalar(value.tag, payload: value.payload, count: value.count)
      default: nil
      }
    if let key, let index = indexes[key] { return index }
    values.append(value)
    if let key { indexes[key] = values.count - 1 }
    return values.count - 1
  }

  subscript(operand: Operand) -> Value? { operand.space == .constant ? values[operand.index] : nil }
}
