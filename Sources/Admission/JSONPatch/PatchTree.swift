internal import JSON
internal import Memory

/// A document while operations are applied to it: nodes in the arena, made only where a path leads. The rest stays on the tape.
struct PatchTree {
  typealias Node = UnsafeMutablePointer<PatchNode>

  let arena: Arena.Handle

  /// Nil is what Go calls nil: a `null` that was read as a member or element, or a value that an operation lacks.
  var root: Node?

  /// Entries and words that may still be looked at or moved.
  var steps: Int

  init(_ document: Cursor, steps: Int, arena: Arena.Handle) {
    self.arena = arena
    self.steps = steps
    root = nil
    root = node(document)
  }

  /// A node for a value that stays on its tape.
  func node(_ value: Cursor) -> Node {
    let node = arena.allocate(PatchNode.self, count: 1)
    node.initialize(to: PatchNode(value))
    return node
  }

  /// Makes a container's children reachable; false for anything that is no container.
  ///
  /// A `null` that an operation put there is an object without members to the library, though none can be added to it.
  mutating func open(_ node: Node) -> Bool {
    guard node.pointee.form == .onTape else { return true }
    let value = node.pointee.value
    if value.isNull {
      node.pointee.form = .object
      return true
    }
    guard value.isObject || value.isArray else { return false }
    let count = value.count
    let nodes = arena.allocate(PatchNode.self, count: count)
    let entries = arena.allocate(PatchNode.Entry.self, count: count)
    var index = 0
    if value.isObject {
      for (key, member) in value.members {
        nodes[index] = PatchNode(member)
        entries[index] = PatchNode.Entry(key: key.string(in: arena), node: member.isNull ? nil : nodes + index)
        index += 1
      }
    } else {
      for element in value.elements {
        nodes[index] = PatchNode(element)
        entries[index] = PatchNode.Entry(key: .empty, node: element.isNull ? nil : nodes + index)
        index += 1
      }
    }
    steps -= count
    node.pointee.form = value.isObject ? .object : .array
    node.pointee.entries = entries
    node.pointee.count = count
    node.pointee.capacity = count
    return true
  }

  /// Where the member stands in an open object.
  mutating func place(of key: ByteSlice, in object: Node) -> Int? {
    steps -= object.pointee.count
    for index in 0..<object.pointee.count where object.pointee.entries[index].key == key { return index }
    return nil
  }

  /// Puts an entry at `index`, those behind it move on.
  mutating func insert(_ entry: PatchNode.Entry, at index: Int, in container: Node) {
    let count = container.pointee.count
    if count == container.pointee.capacity {
      let capacity = max(4, count * 2)
      let larger = arena.allocate(PatchNode.Entry.self, count: capacity)
      larger.update(from: container.pointee.entries, count: count)
      container.pointee.entries = larger
      container.pointee.capacity = capacity
      steps -= count
    }
    let place = container.pointee.entries + index
    (place + 1).update(from: place, count: count - index)
    place.initialize(to: entry)
    container.pointee.count += 1
    steps -= count - index
  }

  mutating func remove(at index: Int, from container: Node) {
    let place = container.pointee.entries + index
    let behind = container.pointee.count - index - 1
    place.update(from: place + 1, count: behind)
    container.pointee.count -= 1
    steps -= behind
  }

  /// A copy that shares nothing which an operation can change, or nil in place of one that would be nested too deep.
  mutating func copy(_ node: Node, depth: Int = 0) -> Node? {
    guard depth < Tape.maximumDepth else { return nil }
    let result = arena.allocate(PatchNode.self, count: 1)
    result.initialize(to: node.pointee)
    guard node.pointee.form != .onTape else { return result }
    let count = node.pointee.count
    result.pointee.entries = arena.allocate(PatchNode.Entry.self, count: count)
    result.pointee.capacity = count
    steps -= count
    for index in 0..<count {
      var entry = node.pointee.entries[index]
      if let child = entry.node {
        guard let copied = copy(child, depth: depth + 1) else { return nil }
        entry.node = copied
      }
      result.pointee.entries[index] = entry
    }
    return result
  }

  /// Bytes of the value as compact JSON, give or take escapes; more than `limit` where it is longer than that.
  mutating func size(of node: Node?, limit: Int, depth: Int = 0) -> Int {
    guard let node else { return 4 }
    if node.pointee.form == .onTape { return JSONSize.compact(node.pointee.value, limit: limit) }
    // Copying it will fail.
    guard depth < Tape.maximumDepth else { return 0 }
    let count = node.pointee.count
    steps -= count
    var size = 2 + max(count - 1, 0)
    for index in 0..<count where size <= limit {
      let entry = node.pointee.entries[index]
      if node.pointee.form == .object { size += entry.key.count + 3 }
      size += self.size(of: entry.node, limit: limit - size, depth: depth + 1)
    }
    return size
  }

  /// Writes the document; false, with part of it written, where it is nested too deep.
  func write(_ node: Node?, to output: inout ByteBuffer, depth: Int = 0) -> Bool {
    guard let node else {
      output.writeNull()
      return true
    }
    guard depth < Tape.maximumDepth else { return false }
    switch node.pointee.form {
    case .onTape:
      output.writeValue(node.pointee.value)
    case .object where node.pointee.isNull:
      output.writeNull()
    case .object:
      output.writeObjectStart()
      for index in 0..<node.pointee.count {
        let entry = node.pointee.entries[index]
        output.writeKey(entry.key)
        if !write(entry.node, to: &output, depth: depth + 1) { return false }
      }
      output.writeObjectEnd()
    case .array:
      output.writeArrayStart()
      for index in 0..<node.pointee.count {
        if !write(node.pointee.entries[index].node, to: &output, depth: depth + 1) { return false }
      }
      output.writeArrayEnd()
    }
    return true
  }
}

/// A value of a document that is being patched.
struct PatchNode: BitwiseCopyable {
  enum Form: UInt8, BitwiseCopyable {
    /// `value` says it all.
    case onTape
    /// `entries` have keys, and replace `value`.
    case object
    /// `entries` have no keys, and replace `value`.
    case array
  }

  struct Entry: BitwiseCopyable {
    /// Decoded; empty in an array.
    var key: ByteSlice
    /// Nil is `null`.
    var node: PatchTree.Node?
  }

  var form: Form
  var value: Cursor

  /// Whether this is a `null` that an operation put there, looked into or not.
  var isNull: Bool { value.isNull }

  var entries: UnsafeMutablePointer<Entry>
  var count: Int
  var capacity: Int

  init(_ value: Cursor) {
    form = .onTape
    self.value = value
    entries = UnsafeMutablePointer(bitPattern: MemoryLayout<Entry>.alignment).unsafelyUnwrapped
    count = 0
    capacity = 0
  }
}

enum JSONSize {
  /// Bytes of `value` as compact JSON; some number above `limit` where it is longer than that. One pass over words.
  static func compact(_ value: Cursor, limit: Int) -> Int {
    var size = 0
    let end = value.word + value.word.pointee.span
    var word = value.word
    while word < end, size <= limit {
      switch word.pointee.kind {
      case .object: size += 2 + max(2 * word.pointee.length - 1, 0)
      case .array: size += 2 + max(word.pointee.length - 1, 0)
      case .string, .escapedString: size += word.pointee.length + 2
      default: size += word.pointee.length
      }
      word += 1
    }
    return size
  }
}
