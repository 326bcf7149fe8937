public import JSON
public import Memory

/// JSON Patch (RFC 6902) on tapes: applying a patch, writing the patch between two documents, and checking one.
///
/// Everything works in a request's arena and takes nothing from the heap. What is odd about applying is odd on purpose: it does
/// what `gopkg.in/evanphx/json-patch.v4` does, in that library's words, because it runs MutatingAdmissionPolicies in an API server.
public enum JSONPatch {
  /// Operations in one patch: what an API server accepts in a PATCH request.
  public static var maximumOperations: Int { 10_000 }

  /// Bytes that all `copy` operations of a patch may add: what an API server allows.
  public static var maximumCopiedBytes: Int { 3 << 20 }

  /// Members, elements and words that applying or comparing may look at or move: a few hundredths of a second. An object of 3 MB has
  /// fewer than a million; only operations that each move a huge array, or keys in another order by the thousand, come near.
  public static var maximumSteps: Int { 1 << 24 }

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
  ///
  /// Costs what lies on the operations' paths and one writing of the result. Each `copy` is bounded by ``maximumCopiedBytes``, all
  /// work by ``maximumSteps``; past a limit, and where the result would be nested deeper than a tape allows, the patch fails.
  public static func apply(
    _ operations: Cursor, to document: Cursor, into output: inout ByteBuffer, arena: Arena.Handle
  ) -> Outcome {
    var application = PatchApplication(document, arena: arena)
    let outcome = application.run(operations)
    guard case .applied = outcome else { return outcome }
    let start = output.count
    if application.tree.write(application.tree.root, to: &output) { return .applied }
    output.truncate(to: start)
    return .failed(application.tooDeep)
  }

  /// Whether `patch`, applied to `from`, gives exactly `to`: numbers as they are written, the order of members aside. Costs no
  /// writing and no parsing of the result.
  public static func verify(_ patch: Cursor, from: Cursor, gives to: Cursor, arena: Arena.Handle) -> Bool {
    var application = PatchApplication(from, arena: arena)
    guard case .applied = application.run(patch) else { return false }
    application.tree.steps = maximumSteps
    guard let root = application.tree.root else { return to.isNull }
    return application.tree.node(root, equals: to, numbers: .asWritten)
  }

  /// Appends a minimal patch, a JSON array (`[]` where nothing differs), that turns `from` into `to`; `add`, `remove` and `replace`
  /// are all it needs, and a whole value is replaced where that takes fewer bytes than its pieces. The same input always gives the
  /// same patch.
  ///
  /// Costs O(size) for what is alike. Arrays are aligned where the differing parts have few elements (``maximumAlignment``), else
  /// compared place by place; past ``maximumSteps`` the patch replaces the whole document.
  /// - Parameter prefix: a JSON pointer that every path starts with, for documents that are part of a larger one.
  public static func diff(
    from: Cursor, to: Cursor, at prefix: ByteSlice = .empty, into output: inout ByteBuffer, arena: Arena.Handle
  ) {
    var difference = PatchDifference(prefix: prefix, arena: arena)
    difference.write(from: from, to: to, output: &output)
  }

  /// Pairs of elements that are weighed against each other to align two arrays: 64 by 64, which takes a few microseconds.
  public static var maximumAlignment: Int { 4_096 }
}
