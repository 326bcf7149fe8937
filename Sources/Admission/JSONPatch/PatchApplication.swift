internal import JSON
internal import Memory

/// One patch on its way through a document. An error is the text that the library gives, nil is none.
struct PatchApplication {
  var tree: PatchTree
  private let arena: Arena.Handle
  private var copied = 0

  init(_ document: Cursor, arena: Arena.Handle) {
    self.arena = arena
    tree = PatchTree(document, steps: JSONPatch.maximumSteps, arena: arena)
  }

  mutating func run(_ operations: Cursor) -> JSONPatch.Outcome {
    guard operations.isArray else { return .failed(message("a patch must be an array of operations")) }
    guard operations.count <= JSONPatch.maximumOperations else {
      var text = ArenaMessage("a patch may have at most ", in: arena)
      text.append(decimal: JSONPatch.maximumOperations)
      text.append(" operations")
      return .failed(text.bytes)
    }
    guard let root = tree.root, tree.open(root) else {
      return .failed(message("only an object or an array can be patched"))
    }
    for operation in operations.elements {
      let outcome = apply(PatchOperation(operation, arena: arena))
      guard case .applied = outcome else { return outcome }
      if tree.steps < 0 {
        var text = ArenaMessage("applying the patch takes more than ", in: arena)
        text.append(decimal: JSONPatch.maximumSteps)
        text.append(" steps")
        return .failed(text.bytes)
      }
    }
    return .applied
  }

  var tooDeep: ByteSlice {
    var text = ArenaMessage("the result would be nested deeper than ", in: arena)
    text.append(decimal: Tape.maximumDepth)
    text.append(" levels")
    return text.bytes
  }

  private mutating func apply(_ operation: PatchOperation) -> JSONPatch.Outcome {
    let error: ByteSlice?
    switch operation.kind {
    case .add: error = add(operation)
    case .remove: error = remove(operation)
    case .replace: error = replace(operation)
    case .move: error = move(operation)
    case .copy: error = copy(operation)
    case .test: return test(operation)
    case .other(let name):
      var text = ArenaMessage("Unexpected kind: ", in: arena)
      text.append(name)
      error = text.bytes
    }
    return error.map { .failed($0) } ?? .applied
  }

  // MARK: Operations

  private mutating func add(_ operation: PatchOperation) -> ByteSlice? {
    guard case .text(let path) = operation.path else {
      return message("add operation failed to decode path: missing value")
    }
    guard let target = find(path) else {
      return message("add operation does not apply: doc is missing path: \"", path, "\": missing value")
    }
    return add(value(operation), at: target).map {
      message("error in add for path: '", path, "': ", $0)
    }
  }

  private mutating func remove(_ operation: PatchOperation) -> ByteSlice? {
    guard case .text(let path) = operation.path else {
      return message("remove operation failed to decode path: missing value")
    }
    guard let target = find(path) else {
      return message("remove operation does not apply: doc is missing path: \"", path, "\": missing value")
    }
    return remove(at: target).map { message("error in remove for path: '", path, "': ", $0) }
  }

  private mutating func replace(_ operation: PatchOperation) -> ByteSlice? {
    guard case .text(let path) = operation.path else {
      return message("replace operation failed to decode path: ", operation.path.problem(arena, isFrom: false))
    }
    if path.isEmpty { return replaceDocument(operation) }
    guard let target = find(path) else {
      return message("replace operation does not apply: doc is missing path: ", path, ": missing value")
    }
    guard case .success = get(target) else {
      return message("replace operation does not apply: doc is missing key: ", path, ": missing value")
    }
    let entry = PatchNode.Entry(key: target.key, node: value(operation))
    if target.container.pointee.form == .array {
      // There, or `get` had failed.
      if case .success(let index) = ArrayIndex.existing(target.key, count: target.container.pointee.count) {
        target.container.pointee.entries[index].node = entry.node
      }
    } else if target.container.pointee.isNull {
      return message("error in replace for path: '", path, "': assignment to entry in nil map")
    } else {
      set(entry, in: target.container)
    }
    return nil
  }

  private mutating func replaceDocument(_ operation: PatchOperation) -> ByteSlice? {
    guard let node = value(operation), tree.open(node) else {
      return message("replace operation value must be object or array: %!w(<nil>)")
    }
    tree.root = node
    return nil
  }

  private mutating func move(_ operation: PatchOperation) -> ByteSlice? {
    guard case .text(let from) = operation.from else {
      return message("move operation failed to decode from: ", operation.from.problem(arena, isFrom: true))
    }
    guard let source = find(from) else {
      return message("move operation does not apply: doc is missing from path: ", from, ": missing value")
    }
    let moved: PatchTree.Node?
    switch get(source) {
    case .success(let node): moved = node
    case .failure(let problem):
      return message("error in move for path: '", source.key, "': ", text(problem, source.key))
    }
    if let error = remove(at: source) { return message("error in move for path: '", source.key, "': ", error) }
    guard case .text(let path) = operation.path else {
      return message("move operation failed to decode path: ", operation.path.problem(arena, isFrom: false))
    }
    guard let target = find(path) else {
      return message("move operation does not apply: doc is missing destination path: ", path, ": missing value")
    }
    return add(moved, at: target).map { message("error in move for path: '", path, "': ", $0) }
  }

  private mutating func copy(_ operation: PatchOperation) -> ByteSlice? {
    guard case .text(let from) = operation.from else {
      return message("copy operation failed to decode from: ", operation.from.problem(arena, isFrom: true))
    }
    guard let source = find(from) else {
      return message("copy operation does not apply: doc is missing from path: ", from, ": missing value")
    }
    let original: PatchTree.Node?
    switch get(source) {
    case .success(let node): original = node
    case .failure(let problem): return message("error in copy for from: '", from, "': ", text(problem, source.key))
    }
    guard case .text(let path) = operation.path else {
      return message("copy operation failed to decode path: missing value")
    }
    guard let target = find(path) else {
      return message("copy operation does not apply: doc is missing destination path: ", path, ": missing value")
    }
    var copy: PatchTree.Node?
    if let original {
      copied += tree.size(of: original, limit: JSONPatch.maximumCopiedBytes)
      if copied > JSONPatch.maximumCopiedBytes {
        var text = ArenaMessage("Unable to complete the copy, the accumulated size increase of copy is ", in: arena)
        text.append(decimal: copied)
        text.append(", exceeding the limit ")
        text.append(decimal: JSONPatch.maximumCopiedBytes)
        return text.bytes
      }
      copy = tree.copy(original)
      if copy == nil { return tooDeep }
    }
    return add(copy, at: target).map { message("error while adding value during copy: ", $0) }
  }

  private mutating func test(_ operation: PatchOperation) -> JSONPatch.Outcome {
    guard case .text(let path) = operation.path else {
      let problem = operation.path.problem(arena, isFrom: false)
      return .failed(message("test operation failed to decode path: ", problem))
    }
    let found: PatchTree.Node?
    if path.isEmpty {
      found = tree.root
    } else {
      guard let target = find(path) else {
        return .failed(message("test operation does not apply: is missing path: ", path, ": missing value"))
      }
      switch get(target) {
      case .success(let node): found = node
      case .failure(let problem):
        return .failed(message("error in test for path: '", path, "': ", text(problem, target.key)))
      }
    }
    if isEqual(found, operation.value) { return .applied }
    return .testFailed(message("testing value ", path, " failed: test failed"))
  }

  /// Nothing equals nothing only: a member that is `null` or not there fails the test for the value `null`. A value `null` passes
  /// for what is empty, and for a `null` that an earlier operation put there.
  private mutating func isEqual(_ node: PatchTree.Node?, _ value: Cursor?) -> Bool {
    guard let node, let value else { return node == nil && value == nil }
    let isOpen = node.pointee.form != .onTape
    if !isOpen, node.pointee.value.isNull { return value.isNull || (value.isObject && value.count == 0) }
    if value.isNull {
      let isContainer = isOpen || node.pointee.value.isObject || node.pointee.value.isArray
      return isContainer && (isOpen ? node.pointee.count : node.pointee.value.count) == 0
    }
    return tree.node(node, equals: value, numbers: .byValue)
  }

  // MARK: Places

  /// An open container, and a key or index in it that need not be there.
  private struct Target {
    let container: PatchTree.Node
    let key: ByteSlice
  }

  /// Follows all of `path` but its last token; nil where that leads to no container. What stands before the first slash counts for
  /// nothing.
  private mutating func find(_ path: ByteSlice) -> Target? {
    guard var container = tree.root, var slash = path.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    while true {
      let rest = path.dropFirst(slash + 1)
      guard let length = rest.firstIndex(of: UInt8(ascii: "/")) else {
        return Target(container: container, key: PatchOperation.decodedToken(rest, arena: arena))
      }
      let token = PatchOperation.decodedToken(rest.prefix(length), arena: arena)
      guard case .success(let node?) = get(Target(container: container, key: token)), tree.open(node) else {
        return nil
      }
      container = node
      slash += length + 1
    }
  }

  /// What stands there. A member that is not there is nil, as one that is `null`; an element that is not there is a problem.
  private mutating func get(_ target: Target) -> ArrayIndex.Result<PatchTree.Node?, ArrayIndex.Problem> {
    let container = target.container
    guard container.pointee.form == .array else {
      return .success(tree.place(of: target.key, in: container).flatMap { container.pointee.entries[$0].node })
    }
    switch ArrayIndex.existing(target.key, count: container.pointee.count) {
    case .success(let index): return .success(container.pointee.entries[index].node)
    case .failure(let problem): return .failure(problem)
    }
  }

  private mutating func set(_ entry: PatchNode.Entry, in object: PatchTree.Node) {
    if let index = tree.place(of: entry.key, in: object) {
      object.pointee.entries[index].node = entry.node
    } else {
      tree.insert(entry, at: object.pointee.count, in: object)
    }
  }

  private mutating func add(_ node: PatchTree.Node?, at target: Target) -> ByteSlice? {
    let container = target.container
    guard container.pointee.form == .array else {
      // Go panics, and the request fails.
      if container.pointee.isNull { return message("assignment to entry in nil map") }
      set(PatchNode.Entry(key: target.key, node: node), in: container)
      return nil
    }
    let index: Int
    if target.key == "-" {
      index = container.pointee.count
    } else {
      switch ArrayIndex.insertion(target.key, count: container.pointee.count) {
      case .success(let place): index = place
      case .failure(.invalid(let number)): return text(.invalid(number), target.key)
      case .failure(let problem):
        return message("value was not a proper array index: '", target.key, "': ", text(problem, target.key))
      }
    }
    tree.insert(PatchNode.Entry(key: .empty, node: node), at: index, in: container)
    return nil
  }

  private mutating func remove(at target: Target) -> ByteSlice? {
    let container = target.container
    if container.pointee.form == .array {
      switch ArrayIndex.existing(target.key, count: container.pointee.count) {
      case .success(let index): tree.remove(at: index, from: container)
      case .failure(let problem): return text(problem, target.key)
      }
    } else {
      guard let index = tree.place(of: target.key, in: container) else {
        return message("Unable to remove nonexistent key: ", target.key, ": missing value")
      }
      tree.remove(at: index, from: container)
    }
    return nil
  }

  private func value(_ operation: PatchOperation) -> PatchTree.Node? { operation.value.map { tree.node($0) } }
}
