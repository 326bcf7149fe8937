internal import Admission
public import JSON
public import Memory

/// What server-side apply does to merge an ApplyConfiguration into an object, as an API server's MutatingAdmissionPolicies do it
/// (structured-merge-diff's `Merge` behind a check for atomic lists, maps and structs).
///
/// Maps and structs merge member by member, keyed lists element by element, sets by value; anything else is replaced. A configuration
/// that has an atomic list, map or struct is refused, since it would silently drop what others put there.
public enum StructuredMerge {
  /// How merging ended. The message lives in the arena and is an API server's, from `error applying patch: ` on.
  @frozen
  public enum Outcome: BitwiseCopyable, Sendable {
    case merged
    case failed(ByteSlice)
  }

  /// Merges `configuration` into `object` and appends the result to `output`; nothing on failure. `apiVersion` and `kind` are the
  /// object's, whatever the configuration says. Costs O(size of both), and allocates in the arena only.
  /// - Parameter type: of both; nil for kinds that are not built in, see ``SchemaTable/custom``.
  public static func apply(
    _ configuration: Cursor, to object: Cursor, as type: SchemaTable.TypeID?, into output: inout ByteBuffer,
    arena: Arena.Handle
  ) -> Outcome {
    let table = SchemaTable.kubernetes
    let type = type ?? table.custom
    var validation = ConfigurationCheck(table: table, arena: arena)
    if let problem = validation.check(configuration, as: type) { return .failed(problem) }
    let start = output.count
    var merge = ObjectMerge(table: table, arena: arena)
    merge.mergeRoot(object, configuration, type, &output)
    if let problem = merge.problem {
      output.truncate(to: start)
      return .failed(problem)
    }
    return .merged
  }
}
