internal import Admission
internal import JSON
internal import Memory

/// What is wrong with a configuration, as structured-merge-diff lists it: one problem alone, or all below `errors:`.
struct MergeProblems {
  /// Problems that are listed; the rest is only more of the same.
  static var maximum: Int { 100 }

  private let table: SchemaTable
  private let arena: Arena.Handle
  private(set) var count = 0
  private var list: ArenaMessage
  private var single: ByteSlice = .empty

  init(table: SchemaTable, arena: Arena.Handle) {
    self.table = table
    self.arena = arena
    list = ArenaMessage("errors:", in: arena)
  }

  /// A problem at `path`: `.spec.replicas: expected numeric …`.
  mutating func add(at path: FieldPath, _ write: (inout ArenaMessage) -> Void) {
    count += 1
    guard count <= Self.maximum else { return }
    var text = ArenaMessage(in: arena)
    path.append(to: &text, table: table)
    if !text.isEmpty { text.append(": ") }
    write(&text)
    single = text.bytes
    list.append("\n  ")
    list.append(text.bytes)
  }

  /// The whole message behind `prefix`, or nil where there is no problem.
  func message(_ prefix: StaticString) -> ByteSlice? {
    guard count > 0 else { return nil }
    var text = ArenaMessage(prefix, in: arena)
    text.append(count == 1 ? single : list.bytes)
    return text.bytes
  }
}
