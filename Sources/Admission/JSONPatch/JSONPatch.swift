public import JSON
public import Memory

/// JSON Patch (RFC 6902) on tapes: applying a patch, writing the patch between two documents, and checking one.
///
/// Everything works in a request's arena and takes nothing from the heap. What is odd about applying is odd on purpose: it does
/// what `gopkg.in/evanphx/json-patch.v4` does, in an API server's words, because that library runs MutatingAdmissionPolicies.
public enum JSONPatch {
  /// Operations in one patch: what an API server accepts in a PATCH request.
  public static var maximumOperations: Int { 10_000 }

  /// Bytes that all `copy` operations of a patch may add: what an API server allows.
  public static var maximumCopiedBytes: Int { 3 << 20 }

  /// How applying ended. Messages live in the arena.
  @frozen
  public enum Outcome: BitwiseCopyable, Sendable {
    /// The result was written.
    case applied
    /// A `test` did not hold: nothing was written, and a MutatingAdmissionPolicy leaves the object as it was.
    case testFailed(ByteSlice)
    /// An operation does not apply: nothing was written. The text is the library's; an API server puts `JSON Patch: ` before it.
    case failed(ByteSlice)
  }

  /// Applies `operations`, an array of `{op, path, from, value}`, to `document` and appends the result to `output`.
  public static func apply(
    _ operations: Cursor, to document: Cursor, into output: inout ByteBuffer, arena: Arena.Handle
  ) -> Outcome {
    var text = ByteBuffer(capacity: 64)
    text.append("patches cannot be applied yet")
    return .failed(arena.copy(text.bytes))
  }

  /// Appends a minimal patch, a JSON array (`[]` where nothing differs), that turns `from` into `to`. The same input always
  /// gives the same patch.
  /// - Parameter prefix: a JSON pointer that every path starts with, for documents that are part of a larger one.
  public static func diff(
    from: Cursor, to: Cursor, at prefix: ByteSlice = .empty, into output: inout ByteBuffer, arena: Arena.Handle
  ) {
    output.writeArrayStart()
    output.writeArrayEnd()
  }

  /// Whether `patch`, applied to `from`, gives exactly `to` (numbers as written, the order of members aside).
  public static func verify(_ patch: Cursor, from: Cursor, gives to: Cursor, arena: Arena.Handle) -> Bool {
    false
  }
}
