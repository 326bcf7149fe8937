internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// The value of a mutation's expression as JSON: operations of a JSON Patch, or an ApplyConfiguration.
///
/// What cannot become JSON is refused in the API server's words (`pkg/admission/plugin/policy/mutating/patch`).
struct MutationValue {
  let context: EvaluationContext

  private var arena: Arena.Handle { context.arena }

  /// Values in one another: what a tape holds.
  private static let maximumDepth = Tape.maximumDepth

  /// Integers beyond it become strings in a JSON Patch, as Protocol Buffers write them.
  private static let largestSafeInteger: UInt64 = 1 << 53

  /// Appends the operations of a list of `JSONPatch{…}` as RFC 6902 has them.
  /// - Returns: what is wrong, or nil.
  func writeOperations(_ value: Value, into buffer: inout ByteBuffer) -> ByteSlice? {
    guard var operations = Elements(value), !operations.isMap else {
      return ByteSlice("type mismatch: JSONPatchType.expression should evaluate to array")
    }
    buffer.writeArrayStart()
    while operations.remaining > 0 {
      let operation = operations.next(context)
      guard let name = operation.objectTypeName, name == "JSONPatch", var fields = Elements(operation) else {
        return ByteSlice("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch")
      }
      var texts = (op: ByteSlice.empty, path: ByteSlice.empty, from: ByteSlice.empty)
      var content: Value?
      while fields.remaining > 0 {
        let (field, value) = fields.nextEntry(context)
        let name = field.asString ?? .empty
        if name == "op" {
          texts.op = value.asString ?? .empty
        } else if name == "path" {
          texts.path = value.asString ?? .empty
        } else if name == "from" {
          texts.from = value.asString ?? .empty
        } else {
          content = value
        }
      }
      buffer.writeObjectStart()
      buffer.writeKey("op")
      buffer.writeString(texts.op)
      buffer.writeKey("path")
      buffer.writeString(texts.path)
      if !texts.from.isEmpty {
        buffer.writeKey("from")
        buffer.writeString(texts.from)
      }
      if let content, let problem = writeContent(content, into: &buffer) { return problem }
      buffer.writeObjectEnd()
    }
    buffer.writeArrayEnd()
    return nil
  }

  private func writeContent(_ value: Value, into buffer: inout ByteBuffer) -> ByteSlice? {
    if let name = value.objectTypeName, let problem = misnamed(value, at: name) { return problem }
    buffer.writeKey("value")
    guard let problem = write(value, isPatch: true, depth: 0, into: &buffer) else { return nil }
    return arena.concatenate(
      ByteSlice("JSONPath valueExpression evaluated to a type that could not marshal to JSON: "), problem)
  }

  /// Appends an `Object{…}` as JSON.
  /// - Returns: what is wrong, or nil.
  func writeConfiguration(_ value: Value, into buffer: inout ByteBuffer) -> ByteSlice? {
    guard let name = value.objectTypeName else {
      return arena.concatenate(
        ByteSlice("unsupported return type from ApplyConfiguration expression: "), value.typeName)
    }
    if let problem = misnamed(value, at: name) { return problem }
    guard let problem = write(value, isPatch: false, depth: 0, into: &buffer) else { return nil }
    return arena.concatenate(
      ByteSlice("error applying patch: failed to convert patch object to typed object: "), problem)
  }

  // MARK: Names of types

  /// What is said of objects inside `value` whose types are not named after the fields that hold them, a line each; nil where
  /// there is none.
  private func misnamed(_ value: Value, at path: ByteSlice) -> ByteSlice? {
    var found: ByteSlice?
    check(value, path, depth: 0, &found)
    return found.map { arena.concatenate(ByteSlice("type mismatch: "), $0) }
  }

  /// Lists and plain maps have no names of their own: what they hold is named after the field above.
  private func check(_ value: Value, _ path: ByteSlice, depth: Int, _ found: inout ByteSlice?) {
    guard depth < Self.maximumDepth, value.tag == .map || value.tag == .list, var elements = Elements(value) else {
      return
    }
    let name = value.objectTypeName
    if let name, name != path {
      var text = arena.concatenate(ByteSlice("unexpected type name \""), name)
      text = arena.concatenate(arena.concatenate(text, ByteSlice("\", expected \"")), path)
      text = arena.concatenate(text, ByteSlice("\", which matches field name path from root Object type"))
      found = found.map { arena.concatenate(arena.concatenate($0, ByteSlice("\n")), text) } ?? text
    }
    while elements.remaining > 0 {
      let (key, element) = elements.nextEntry(context)
      // Only what can hold an object needs a path.
      guard element.tag == .map || element.tag == .list else { continue }
      var place = path
      if name != nil, let field = key.asString {
        place = arena.concatenate(arena.concatenate(path, ByteSlice(".")), field)
      }
      check(element, place, depth: depth + 1, &found)
    }
  }

  // MARK: Values

  /// - Parameter isPatch: whether a JSON Patch is written, whose values go through Protocol Buffers.
  private func write(_ value: Value, isPatch: Bool, depth: Int, into buffer: inout ByteBuffer) -> ByteSlice? {
    guard depth < Self.maximumDepth else { return ByteSlice("nested too deep") }
    switch value.tag {
    case .null: buffer.writeNull()
    case .bool: buffer.writeBool(value.isTrue)
    case .int:
      let number = value.asInt ?? 0
      if isPatch, number.magnitude > Self.largestSafeInteger {
        buffer.writeString(context.text(of: value))
      } else {
        buffer.writeInteger(number)
      }
    case .uint:
      let number = value.asUInt ?? 0
      if isPatch, number > Self.largestSafeInteger {
        buffer.writeString(context.text(of: value))
      } else {
        buffer.writeUnsigned(number)
      }
    case .double:
      guard let number = value.asDouble, number.isFinite else { return ByteSlice("a number is not finite") }
      // A whole number without its fraction, as Go writes it: `3.0` fits a field for integers.
      if let whole = Int64(exactly: number), whole.magnitude <= Self.largestSafeInteger {
        buffer.writeInteger(whole)
      } else {
        buffer.writeDouble(number)
      }
    case .string: buffer.writeString(context.text(of: value))
    case .bytes:
      guard isPatch else { return unsupported(value) }
      buffer.writeStringStart()
      buffer.append(base64: context.text(of: value))
      buffer.writeStringEnd()
    case .timestamp, .duration:
      guard isPatch else { return unsupported(value) }
      buffer.writeString(context.text(of: value))
    case .jsonList, .jsonMap: buffer.writeValue(context.cursor(value))
    case .list, .map: return writeContainer(value, isPatch: isPatch, depth: depth, into: &buffer)
    case .optional:
      guard let wrapped = value.wrapped else {
        if isPatch { return ByteSlice("optional.none() dereference") }
        buffer.writeNull()
        return nil
      }
      return write(wrapped, isPatch: isPatch, depth: depth + 1, into: &buffer)
    case .error, .type, .opaque: return unsupported(value)
    }
    return nil
  }

  private func writeContainer(
    _ value: Value, isPatch: Bool, depth: Int, into buffer: inout ByteBuffer
  ) -> ByteSlice? {
    guard var elements = Elements(value) else { return nil }
    if elements.isMap { buffer.writeObjectStart() } else { buffer.writeArrayStart() }
    while elements.remaining > 0 {
      let (key, element) = elements.nextEntry(context)
      if elements.isMap {
        guard let name = key.asString else {
          let start = ByteSlice(isPatch ? "unsupported type conversion from '" : "a map key is of type ")
          let end = ByteSlice(isPatch ? "' to string" : ", not string")
          return arena.concatenate(arena.concatenate(start, key.typeName), end)
        }
        buffer.writeKey(name)
      }
      if let problem = write(element, isPatch: isPatch, depth: depth + 1, into: &buffer) { return problem }
    }
    if elements.isMap { buffer.writeObjectEnd() } else { buffer.writeArrayEnd() }
    return nil
  }

  private func unsupported(_ value: Value) -> ByteSlice {
    arena.concatenate(ByteSlice("a value has a type that JSON does not have: "), value.typeName)
  }
}
