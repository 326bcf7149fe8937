internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// Writes an object as Go would after decoding it into its type.
struct TypedWriter {
  enum UnknownFields {
    case refused, kept
  }

  /// Unknown fields that are listed, as in Go's strict decoder.
  private static var maximumUnknownFields: Int { 100 }

  private let table: SchemaTable
  private let policy: UnknownFields
  private let addingStructs: Bool
  private let arena: Arena.Handle
  private var path: FieldPath
  private var unknown: ArenaMessage
  private var unknownCount = 0
  private(set) var mismatch: ByteSlice?

  init(table: SchemaTable, unknownFields: UnknownFields, addingStructs: Bool, arena: Arena.Handle) {
    self.table = table
    policy = unknownFields
    self.addingStructs = addingStructs
    self.arena = arena
    path = FieldPath(arena: arena)
    unknown = ArenaMessage("strict decoding error: ", in: arena)
  }

  /// The message that lists unknown fields, or nil.
  var unknownFields: ByteSlice? { unknownCount > 0 ? unknown.bytes : nil }

  mutating func write(_ value: Cursor, _ id: SchemaTable.TypeID, _ output: inout ByteBuffer) {
    let type = table[id]
    switch value.kind {
    case .object where type.map != .none: writeMembers(value, id, &output)
    case .array where type.list != .none: writeElements(value, type, &output)
    case .null: writeNull(type, &output)
    case .object, .array: refuse(value)
    default: writeScalar(value, type, &output)
    }
  }

  private mutating func writeMembers(
    _ object: Cursor, _ id: SchemaTable.TypeID, _ output: inout ByteBuffer
  ) {
    let type = table[id]
    output.writeObjectStart()
    for (key, value) in object.members {
      let name = key.string(in: arena)
      path.push(.field(name))
      if let field = table.field(name, of: id) {
        writeField(key, value, field, &output)
      } else if let element = type.mapElement {
        output.writeMemberKey(key)
        write(value, element, &output)
      } else if policy == .kept {
        output.writeMemberKey(key)
        output.writeValue(value)
      } else {
        noteUnknownField()
      }
      path.pop()
    }
    if addingStructs { addStructs(type, to: object, &output) }
    output.writeObjectEnd()
  }

  private mutating func writeField(
    _ key: Cursor, _ value: Cursor, _ field: SchemaTable.FieldRecord, _ output: inout ByteBuffer
  ) {
    switch field.form {
    case .kept: break
    case .pointer: if value.isNull { return }
    case .emptyOmitted: if isEmpty(value) { return }
    case .structure:
      if value.isNull {
        output.writeMemberKey(key)
        writeStruct(table[field.type], &output)
        return
      }
    }
    let start = output.count
    output.writeMemberKey(key)
    let valueStart = output.count
    write(value, field.type, &output)
    // A struct with `omitzero` that came to nothing.
    if field.form == .emptyOmitted, value.isObject, table[field.type].fieldCount > 0, output.count - valueStart == 2 {
      output.truncate(to: start)
    }
  }

  /// What Go's `omitempty` leaves out.
  private func isEmpty(_ value: Cursor) -> Bool {
    switch value.kind {
    case .null: true
    case .bool: value.bool == false
    case .integer, .double: value.double == 0
    case .string: value.rawText.isEmpty
    case .array, .object: value.count == 0
    }
  }

  private mutating func writeElements(
    _ array: Cursor, _ type: SchemaTable.TypeRecord, _ output: inout ByteBuffer
  ) {
    guard let elementType = type.listElement else { return output.writeValue(array) }
    output.writeArrayStart()
    var index = 0
    for element in array.elements {
      path.push(.index(index))
      write(element, elementType, &output)
      path.pop()
      index += 1
    }
    output.writeArrayEnd()
  }

  private mutating func writeScalar(
    _ value: Cursor, _ type: SchemaTable.TypeRecord, _ output: inout ByteBuffer
  ) {
    let isRight: Bool =
      switch type.scalar {
      case .string: value.isString
      case .numeric: value.kind == .integer || value.kind == .double
      case .boolean: value.kind == .bool
      case .untyped: true
      case .quantity: value.isString || value.kind == .integer || value.kind == .double
      case .none: false
      }
    guard isRight else { return refuse(value) }
    if type.scalar == .quantity { return writeQuantity(value, &output) }
    if type.scalar == .numeric, value.kind == .double, let number = value.double, number == number.rounded(),
      number.magnitude < 0x20_0000_0000_0000
    {
      // Go writes a whole number without a fraction, whether it is an integer to it or not.
      return output.writeInteger(Int64(number))
    }
    output.writeValue(value)
  }

  private mutating func writeQuantity(_ value: Cursor, _ output: inout ByteBuffer) {
    switch CanonicalQuantity.of(value.string(in: arena), arena: arena) {
    case .text(let text): output.writeString(text)
    case .failed(let problem): if mismatch == nil { mismatch = problem }
    }
  }

  /// `null` is the zero value of a scalar; where the table does not know what the scalar is, or in place of a list or a map, it stays.
  private mutating func writeNull(_ type: SchemaTable.TypeRecord, _ output: inout ByteBuffer) {
    guard type.map == .none, type.list == .none else { return output.writeNull() }
    switch type.scalar {
    case .string: output.writeString("")
    case .numeric: output.writeInteger(0)
    case .boolean: output.writeBool(false)
    case .quantity: output.writeString("0")
    case .untyped, .none: output.writeNull()
    }
  }

  // MARK: Structs

  private mutating func addStructs(
    _ type: SchemaTable.TypeRecord, to object: Cursor?, _ output: inout ByteBuffer
  ) {
    for index in Int(type.firstField)..<Int(type.firstField + type.fieldCount) {
      let field = table.fields[index]
      guard field.form == .structure, object?.member(field.name) == nil else { continue }
      output.writeKey(field.name)
      writeStruct(table[field.type], &output)
    }
  }

  /// A struct's zero value: `{}`, with the structs in it. A struct does not contain itself, so this ends.
  private mutating func writeStruct(_ type: SchemaTable.TypeRecord, _ output: inout ByteBuffer) {
    output.writeObjectStart()
    if addingStructs { addStructs(type, to: nil, &output) }
    output.writeObjectEnd()
  }

  // MARK: Problems

  private mutating func noteUnknownField() {
    unknownCount += 1
    guard unknownCount <= Self.maximumUnknownFields else { return }
    if unknownCount > 1 { unknown.append(", ") }
    unknown.append("unknown field \"")
    path.appendPlain(to: &unknown)
    unknown.append("\"")
  }

  /// The first value of a kind that does not fit. Go names the type of the field as well, which the table does not know.
  private mutating func refuse(_ value: Cursor) {
    guard mismatch == nil else { return }
    var text = ArenaMessage("json: cannot unmarshal ", in: arena)
    switch value.kind {
    case .object: text.append("object")
    case .array: text.append("array")
    case .string: text.append("string")
    case .bool: text.append("bool")
    default: text.append("number")
    }
    text.append(" into Go struct field ")
    path.appendPlain(to: &text)
    mismatch = text.bytes
  }
}
