public import Memory

/// What expressions of mutations have besides: `Object{spec: Object.spec{…}}`, `JSONPatch{op: "add", …}` and
/// `jsonpatch.escapeKey`.
///
/// An object is a map that knows the name of its type, so that what it is made into can be checked against where it
/// stands.
///
/// https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/
enum PatchTypes {
  static let escapeKey = FunctionDeclaration(
    "jsonpatch.escapeKey", [.init("string_jsonpatch_escapeKey_string", [.string], .string)])

  /// The fields of `JSONPatch`.
  static let patchFields: [String: CELType] = ["op": .string, "path": .string, "from": .string, "value": .dyn]

  /// `Object`, and for what stands in it the path of fields: `Object.spec.containers`.
  static func isObject(_ name: String) -> Bool { name == "Object" || name.hasPrefix("Object.") }

  static func isPatchType(_ name: String) -> Bool { name == "JSONPatch" || isObject(name) }
}

extension Environment {
  /// Lets expressions make `Object`s, whose fields may have any name and type, and `JSONPatch`es.
  public mutating func declarePatchTypes() {
    hasPatchTypes = true
    declareObject("JSONPatch", fields: PatchTypes.patchFields)
    declare(PatchTypes.escapeKey)
  }
}

extension Value {
  /// ``detail`` of a map that was made as an object.
  private static let objectDetail: UInt8 = 1

  /// The name of the type of an object that an expression made, `Object.spec` or `JSONPatch`; nil for plain maps and
  /// all else.
  public var objectTypeName: ByteSlice? {
    tag == .map && detail == Self.objectDetail ? (values - 1).pointee.slice : nil
  }

  /// A map that `EvaluationContext.emptyMap` made and nothing is put into any more, as an object of a type.
  fileprivate func asObject(_ type: ByteSlice) -> Value {
    assert(tag == .map)
    // INVARIANT: in front of the entries stands one value of the map's own, see `Aggregates.swift`.
    UnsafeMutablePointer(mutating: values - 1).pointee = .type(type)
    return Value(tag: .map, detail: Self.objectDetail, count: count, payload: payload)
  }

  func hasSameObjectType(as other: Value) -> Bool {
    switch (objectTypeName, other.objectTypeName) {
    case (nil, nil): true
    case (let first?, let second?): first == second
    default: false
    }
  }
}

extension EvaluationContext {
  /// `TYPE{…}`, its fields in a map that the expression has just made.
  func makeObject(_ fields: Value, _ type: Value) -> Value {
    guard fields.tag == .map, type.tag == .string else { return .noOverload }
    if type.slice == "JSONPatch" {
      for index in 0..<Int(fields.count) {
        let (name, value) = (fields.values[2 * index].slice, fields.values[2 * index + 1])
        if name == "value" || value.tag == .string { continue }
        return error(
          "unexpected type ",
          arena.concatenate(nativeTypeName(value), arena.concatenate(ByteSlice(" for JSONPatchType '"), name)),
          "' field")
      }
    }
    return fields.asObject(type.slice)
  }

  /// What Go calls the value inside a CEL value.
  private func nativeTypeName(_ value: Value) -> ByteSlice {
    switch value.tag {
    case .bool: ByteSlice("bool")
    case .int: ByteSlice("int64")
    case .uint: ByteSlice("uint64")
    case .double: ByteSlice("float64")
    case .bytes: ByteSlice("[]uint8")
    case .timestamp: ByteSlice("time.Time")
    case .duration: ByteSlice("time.Duration")
    case .null: ByteSlice("structpb.NullValue")
    case .list, .jsonList: ByteSlice("[]ref.Val")
    case .map, .jsonMap: ByteSlice("map[ref.Val]ref.Val")
    default: value.typeName
    }
  }

  /// A key as it stands in a JSON pointer: `~` as `~0`, `/` as `~1`.
  func escapeKey(_ arguments: UnsafeBufferPointer<Value>) -> Value {
    guard arguments[0].tag == .string else { return noOverload(.escapeKey, arguments) }
    let key = arguments[0].slice
    var result = ArenaText(arena, capacity: key.count + 8)
    for index in 0..<key.count {
      switch key[index] {
      case UInt8(ascii: "~"): result.append("~0")
      case UInt8(ascii: "/"): result.append("~1")
      default: result.append(byte: key[index])
      }
    }
    return .string(result.text)
  }
}
