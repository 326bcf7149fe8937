internal import Memory

extension Program {
  /// The instructions as text, one a line, for people: `12  select  t0 ← object .spec`.
  public var disassembly: String {
    var lines: [String] = []
    for index in 0..<instructionCount {
      if let entry = entryPoints.firstIndex(of: index) { lines.append("entry \(entry):") }
      lines.append("  \(index)  \(text(instructions[index]))")
    }
    return lines.joined(separator: "\n")
  }

  private func text(_ instruction: Instruction) -> String {
    let fields = instruction.opcode.fields
    var text = "\(instruction.opcode)"
    if fields.d != .none { text += " \(operand(instruction.d, fields.d))" }
    if fields.a != .none { text += " \(operand(instruction.a, fields.a))" }
    if fields.b != .none { text += " \(operand(instruction.b, fields.b))" }
    switch instruction.opcode {
    case .call1, .call2, .call: text += Function(rawValue: instruction.y).map { " \($0.signature.name)" } ?? ""
    case .append, .put: text += instruction.x == 0 ? "" : " x\(instruction.x)"
    default: break
    }
    return text
  }

  private func operand(_ bits: UInt32, _ field: Opcode.Field) -> String {
    let number = Int(bits)
    switch field {
    case .none: return ""
    case .target: return "→\(number)"
    case .count: return "×\(number)"
    case .name: return ".\(names[number].text.string)"
    case .set: return "set\(number)"
    case .node: return "node\(number)"
    case .pattern: return "pattern\(number)"
    case .register:
      if number < layout.firstLazy { return variableNames[number] }
      if number < layout.firstLazy + layout.lazies { return "lazy\(number - layout.firstLazy)" }
      if number < layout.firstTemporary { return "shared\(number - layout.firstLazy - layout.lazies)" }
      if number < layout.firstConstant { return "t\(number - layout.firstTemporary)" }
      return constantText(constants[number - layout.firstConstant])
    }
  }

  private func constantText(_ value: Value) -> String {
    switch value.tag {
    case .string: return "\"\(value.slice.string)\""
    case .int: return "\(value.intValue)"
    case .bool: return "\(value.payload != 0)"
    default: return "\(value.typeName.string)(\(value.count))"
    }
  }
}
