internal import Admission
internal import JSON
internal import Memory

/// The way from an object's root to a value, for messages: a stack that lies in the arena.
struct FieldPath {
  enum Element: BitwiseCopyable {
    case field(ByteSlice)
    case index(Int)
    /// An element of a keyed list, by its keys.
    case key(item: Cursor, list: SchemaTable.TypeID)
    /// An element of a set.
    case value(Cursor)
  }

  private let arena: Arena.Handle
  private let elements: UnsafeMutablePointer<Element>
  private var depth = 0

  init(arena: Arena.Handle) {
    self.arena = arena
    elements = arena.allocate(Element.self, count: Tape.maximumDepth + 1)
  }

  mutating func push(_ element: Element) {
    // INVARIANT: a path is never longer than a tape is deep.
    assert(depth <= Tape.maximumDepth)
    elements[depth] = element
    depth += 1
  }

  mutating func pop() { depth -= 1 }

  /// As structured-merge-diff writes it: `.spec.containers[name="a"].args`, and nothing for the root.
  func append(to message: inout ArenaMessage, table: SchemaTable) {
    for level in 0..<depth { append(elements[level], to: &message, table: table) }
  }

  func append(_ element: Element, to message: inout ArenaMessage, table: SchemaTable) {
    switch element {
    case .field(let name):
      message.append(".")
      message.append(name)
    case .index(let index):
      message.append("[")
      message.append(decimal: index)
      message.append("]")
    case .key(let item, let list):
      message.append("[")
      var isFirst = true
      for (key, value) in ListKeys(list, table: table, arena: arena).values(of: item) {
        guard let value else { continue }
        if !isFirst { message.append(",") }
        isFirst = false
        message.append(key)
        message.append("=")
        GoNotation.appendKey(value, to: &message, arena: arena)
      }
      message.append("]")
    case .value(let value):
      message.append("[=")
      GoNotation.appendKey(value, to: &message, arena: arena)
      message.append("]")
    }
  }

  /// As Go's strict decoder writes it: `spec.containers[0].x`.
  func appendPlain(to message: inout ArenaMessage) {
    for level in 0..<depth {
      switch elements[level] {
      case .field(let name):
        if level > 0 { message.append(".") }
        message.append(name)
      case .index(let index):
        message.append("[")
        message.append(decimal: index)
        message.append("]")
      case .key, .value: break
      }
    }
  }
}
