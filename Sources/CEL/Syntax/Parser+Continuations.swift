/// What follows an operand: selections, operators, and the ends of what has begun.
extension Parser {
  enum Next {
    /// An operand is wanted.
    case operand
    /// An operand is complete; more can follow.
    case more
    case done
  }

  mutating func afterOperand() throws(Failure) -> Next {
    let token = tokens[index]
    switch token.kind {
    case .dot:
      return try afterDot(token)
    case .leftBracket:
      try nest()
      index += 1
      frames.append(.index(offset: token.start, isOptional: skipQuestion()))
      return .operand
    case .question:
      try reduce(to: .or)
      if case .then? = frames.last { throw .form }
      index += 1
      frames.append(.then(offset: token.start))
      return .operand
    case .colon, .comma, .rightParenthesis, .rightBracket, .rightBrace, .end:
      return try close(token)
    default:
      guard let infix = InfixOperator.of(token.kind) else { throw .form }
      try infixOperator(infix, at: token.start)
      index += 1
      return .operand
    }
  }

  private mutating func infixOperator(_ infix: InfixOperator, at offset: Int) throws(Failure) {
    if infix.isLogical {
      while let power = pendingPower, power > infix.power { try reduceTop() }
      if case .logical(let chain, _)? = frames.last, chain.power == infix.power {
        parts.append(Part(offset: offset))
      } else {
        frames.append(.logical(infix, parts: parts.count))
        parts.append(Part(offset: offset))
      }
    } else {
      try reduce(to: infix.power)
      try nest()
      frames.append(.infix(infix, offset: offset))
    }
  }

  private mutating func afterDot(_ dot: Token) throws(Failure) -> Next {
    index += 1
    if kind == .identifier, kind(ahead: 1) == .leftParenthesis {
      let name = tokens[index]
      index += 1
      return try openCall(string(name), hasTarget: true, name: name, leading: index) ? .operand : .more
    }
    let isOptional = skipQuestion()
    let field = try fieldName()
    let base = operands.count - 1
    let operand = operands[base].expression
    try push(.select(operand: operand, field: field, isOptional: isOptional), at: dot.start, replacing: base)
    return .more
  }

  /// How tightly the operator on top binds, if one waits for its operand there.
  private var pendingPower: InfixOperator.Power? {
    switch frames.last {
    case .prefix?: .prefix
    case .infix(let infix, _)?: infix.power
    case .logical(let infix, _)?: infix.power
    default: nil
    }
  }

  /// Completes the pending operators that bind at least as tightly as `power`.
  private mutating func reduce(to power: InfixOperator.Power) throws(Failure) {
    while let pending = pendingPower, pending >= power { try reduceTop() }
  }

  private mutating func reduceTop() throws(Failure) {
    switch frames.popLast() {
    case .prefix(let function?, let offset)?:
      let base = operands.count - 1
      try push(
        .call(function: function, target: nil, arguments: [operands[base].expression]), at: offset, replacing: base)
    case .infix(let infix, let offset)?:
      nesting -= 1
      let base = operands.count - 2
      let arguments = operands[base...].map(\.expression)
      try push(.call(function: infix.function, target: nil, arguments: arguments), at: offset, replacing: base)
    case .logical(let infix, let first)?:
      let offsets = parts[first...].map(\.offset)
      parts.removeSubrange(first...)
      let terms = Array(operands.suffix(offsets.count + 1))
      operands.removeLast(terms.count)
      try balance(infix, offsets, terms, 0, offsets.count - 1)
    default:
      break
    }
  }

  /// Makes a chain of one logical operator a balanced tree, splitting where cel-go does. The recursion is as deep as the
  /// logarithm of the chain's length.
  private mutating func balance(
    _ infix: InfixOperator, _ offsets: [Int], _ terms: [Operand], _ low: Int, _ high: Int
  ) throws(Failure) {
    let middle = (low + high + 1) / 2
    if middle == low { operands.append(terms[middle]) } else { try balance(infix, offsets, terms, low, middle - 1) }
    if middle == high {
      operands.append(terms[middle + 1])
    } else {
      try balance(infix, offsets, terms, middle + 1, high)
    }
    let base = operands.count - 2
    let arguments = operands[base...].map(\.expression)
    try push(.call(function: infix.function, target: nil, arguments: arguments), at: offsets[middle], replacing: base)
  }
}

// MARK: - Ends

extension Parser {
  /// What ends an operand: a colon, a comma, a closing bracket or the text's end.
  private mutating func close(_ token: Token) throws(Failure) -> Next {
    try reduce(to: .or)
    if token.kind == .colon, case .then(let offset)? = frames.last {
      frames.removeLast()
      try nest()
      index += 1
      frames.append(.otherwise(offset: offset))
      return .operand
    }
    while case .otherwise(let offset)? = frames.last {
      frames.removeLast()
      nesting -= 1
      let base = operands.count - 3
      let arguments = operands[base...].map(\.expression)
      try push(.call(function: "_?_:_", target: nil, arguments: arguments), at: offset, replacing: base)
    }
    guard let frame = frames.last else {
      guard token.kind == .end else { throw .form }
      return .done
    }
    index += 1
    switch (frame, token.kind) {
    case (.group, .rightParenthesis):
      frames.removeLast()
      nesting -= 1
      return .more
    case (.index(let offset, let isOptional), .rightBracket):
      frames.removeLast()
      nesting -= 1
      let base = operands.count - 2
      let arguments = operands[base...].map(\.expression)
      let function = isOptional ? "_[?_]" : "_[_]"
      try push(.call(function: function, target: nil, arguments: arguments), at: offset, replacing: base)
      return .more
    case (.call, .comma):
      return .operand
    case (.call, .rightParenthesis):
      try closeCall()
      return .more
    case (.list, .comma), (.list, .rightBracket):
      return try continueList(frame, token.kind)
    case (.map(_, let base, let first), .colon) where operands.count - base == (parts.count - first) * 2 - 1:
      parts[parts.count - 1].offset = token.start
      return .operand
    case (.map(_, let base, let first), .comma) where operands.count - base == (parts.count - first) * 2,
      (.map(_, let base, let first), .rightBrace) where operands.count - base == (parts.count - first) * 2:
      return try continueMap(frame, token.kind)
    case (.message, .comma), (.message, .rightBrace):
      return try continueMessage(frame, token.kind)
    default:
      throw .form
    }
  }

  /// Whether the comma just read is followed by the closing bracket, which is then read too.
  private mutating func isLast(_ read: Token.Kind, _ closing: Token.Kind) -> Bool {
    if read == closing { return true }
    guard kind == closing else { return false }
    index += 1
    return true
  }

  private mutating func continueList(_ frame: Frame, _ read: Token.Kind) throws(Failure) -> Next {
    guard case .list(let offset, let base, let first) = frame else { throw .form }
    guard isLast(read, .rightBracket) else {
      parts.append(Part(isOptional: skipQuestion()))
      return .operand
    }
    let elements = zip(operands[base...], parts[first...]).map { operand, part in
      Expression.ListElement(value: operand.expression, isOptional: part.isOptional)
    }
    endFrame(parts: first)
    try push(.list(elements), at: offset, replacing: base)
    return .more
  }

  private mutating func continueMap(_ frame: Frame, _ read: Token.Kind) throws(Failure) -> Next {
    guard case .map(let offset, let base, let first) = frame else { throw .form }
    guard isLast(read, .rightBrace) else {
      parts.append(Part(isOptional: skipQuestion()))
      return .operand
    }
    let entries = parts[first...].enumerated().map { index, part in
      Expression.MapEntry(
        key: operands[base + index * 2].expression, value: operands[base + index * 2 + 1].expression,
        isOptional: part.isOptional, offset: part.offset)
    }
    endFrame(parts: first)
    try push(.map(entries), at: offset, replacing: base)
    return .more
  }

  private mutating func continueMessage(_ frame: Frame, _ read: Token.Kind) throws(Failure) -> Next {
    guard case .message(let typeName, let offset, let base, let first) = frame else { throw .form }
    guard isLast(read, .rightBrace) else {
      parts.append(try messageField())
      return .operand
    }
    let fields = zip(operands[base...], parts[first...]).map { operand, part in
      Expression.MessageField(
        name: part.name, value: operand.expression, isOptional: part.isOptional, offset: part.offset)
    }
    endFrame(parts: first)
    try push(.message(typeName: typeName, fields: fields), at: offset, replacing: base)
    return .more
  }

  private mutating func endFrame(parts first: Int) {
    frames.removeLast()
    parts.removeSubrange(first...)
    nesting -= 1
  }

  mutating func closeCall() throws(Failure) {
    guard case .call(let function, let offset, let hasTarget, let base)? = frames.popLast() else { throw .form }
    nesting -= 1
    let arguments = operands[base...].map(\.expression)
    let start = hasTarget ? base - 1 : base
    let target = hasTarget ? operands[start].expression : nil
    switch macros.expand(function, target: target, arguments: arguments) {
    case .call:
      try push(.call(function: function, target: target, arguments: arguments), at: offset, replacing: start)
    case .made(let kind):
      try push(kind, at: offset, replacing: start)
    case .layers(let innermost, let layers):
      try push(innermost, at: offset, replacing: start)
      for layer in layers { try push(layer(operands[start].expression), at: offset, replacing: start) }
    case .failed(let place, let message):
      operands.removeSubrange(start...)
      fail(at: place, message)
    }
  }
}
