internal import Admission
public import JSON
public import Memory

/// An object as it looks after an API server has decoded it into the Go type of its kind and encoded it again, which happens
/// between mutations: an empty optional map that one mutation wrote is gone when the next one runs.
///
/// What becomes of a value is known from its field: pointers lose `null`; optional scalars, lists and maps lose what is zero or
/// empty; `null` elsewhere is the zero value; quantities are written in their canonical form. Not covered, since the table does not know
/// enough: times in other zones stay as they are, required fields that are absent do not appear with their zero value, and defaults are
/// not filled in.
public enum TypedForm {
  /// How it ended. The message lives in the arena and is an API server's (`strict decoding error: unknown field "spec.x"`).
  @frozen
  public enum Outcome: BitwiseCopyable, Sendable {
    case written
    case failed(ByteSlice)
  }

  /// Appends `object` in its typed form to `output`; nothing on failure. Objects of kinds that are not built in (`type` is nil) stay as
  /// they are. Costs O(size), and allocates in the arena only.
  ///
  /// A field that the table does not know fails, as in an API server, unless `earlier` has unknown fields, too: then the API server is
  /// newer than the table, and unknown fields stay.
  /// - Parameters:
  ///   - earlier: the object before it was changed.
  ///   - addingStructs: whether structs that Go always writes (a container's `resources`, an object's `status`) appear as `{}`.
  public static func write(
    _ object: Cursor, as type: SchemaTable.TypeID?, earlier: Cursor? = nil, addingStructs: Bool = false,
    into output: inout ByteBuffer, arena: Arena.Handle
  ) -> Outcome {
    guard let type, object.isObject else {
      output.writeValue(object)
      return .written
    }
    let start = output.count
    var writer = TypedWriter(
      table: .kubernetes, unknownFields: .refused, addingStructs: addingStructs, arena: arena)
    writer.write(object, type, &output)
    if let mismatch = writer.mismatch {
      output.truncate(to: start)
      return .failed(mismatch)
    }
    guard let unknown = writer.unknownFields else { return .written }
    output.truncate(to: start)
    if let earlier, hasUnknownFields(earlier, type, &output, arena) {
      var lenient = TypedWriter(table: .kubernetes, unknownFields: .kept, addingStructs: addingStructs, arena: arena)
      lenient.write(object, type, &output)
      return .written
    }
    return .failed(unknown)
  }

  private static func hasUnknownFields(
    _ object: Cursor, _ type: SchemaTable.TypeID, _ output: inout ByteBuffer, _ arena: Arena.Handle
  ) -> Bool {
    let start = output.count
    var writer = TypedWriter(table: .kubernetes, unknownFields: .refused, addingStructs: false, arena: arena)
    writer.write(object, type, &output)
    output.truncate(to: start)
    return writer.unknownFields != nil
  }
}
