internal import Admission
internal import JSON
internal import Memory

/// Whether a configuration fits its type, and whether it keeps its hands off what is atomic.
struct ConfigurationCheck {
  private let table: SchemaTable
  private let arena: Arena.Handle
  private var path: FieldPath
  private var problems: MergeProblems
  private var atomics: ArenaMessage

  init(table: SchemaTable, arena: Arena.Handle) {
    self.table = table
    self.arena = arena
    path = FieldPath(arena: arena)
    problems = MergeProblems(table: table, arena: arena)
    atomics = ArenaMessage(in: arena)
  }

  /// The message for what is wrong, or nil.
  mutating func check(_ configuration: Cursor, as type: SchemaTable.TypeID) -> ByteSlice? {
    guard configuration.isObject else {
      return ByteSlice("error applying patch: an ApplyConfiguration must be an object")
    }
    checkMembers(configuration, type, isRoot: true)
    if let message = problems.message("error applying patch: failed to convert patch object to typed object: ") {
      return message
    }
    findAtomics(configuration, type, isRoot: true)
    if atomics.isEmpty { return nil }
    var text = ArenaMessage(
      "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ", in: arena)
    text.append(atomics.bytes)
    return text.bytes
  }

  // MARK: Types

  private mutating func check(_ value: Cursor, _ id: SchemaTable.TypeID) {
    let type = table[id]
    switch value.kind {
    case .object where type.map != .none: checkMembers(value, id, isRoot: false)
    case .array where type.list != .none: checkElements(value, id, type)
    case .array, .object, .null: mismatch(value, type)
    default: if type.scalar == .none || !isValid(value, type.scalar) { mismatch(value, type) }
    }
  }

  private mutating func checkMembers(_ object: Cursor, _ id: SchemaTable.TypeID, isRoot: Bool) {
    for (key, value) in object.members {
      let name = key.string(in: arena)
      if isRoot, ObjectMerge.isIdentity(name) { continue }
      path.push(.field(name))
      defer { path.pop() }
      guard let member = table.member(name, of: id) else {
        problems.add(at: path) { $0.append("field not declared in schema") }
        // As structured-merge-diff: the rest of this object is not looked at.
        return
      }
      check(value, member)
    }
  }

  private mutating func checkElements(_ array: Cursor, _ id: SchemaTable.TypeID, _ type: SchemaTable.TypeRecord) {
    guard let elementType = type.listElement else { return }
    let isAtomic = type.list == .atomic
    let keys = ListKeys(id, table: table, arena: arena)
    let items = arena.allocate(Cursor.self, count: array.count)
    let known = ListIndex(keys, elements: items, capacity: isAtomic ? 0 : array.count, arena: arena)
    var index = 0
    for element in array.elements {
      items[index] = element
      if isAtomic {
        path.push(.index(index))
      } else {
        if let problem = keys.problem(of: element) {
          problems.add(at: path) { text in
            text.append("element ")
            text.append(decimal: index)
            text.append(": ")
            keys.append(problem, to: &text)
          }
          return
        }
        let place: FieldPath.Element = type.list == .set ? .value(element) : .key(item: element, list: id)
        if known.find(element) != nil {
          problems.add(at: path) { text in
            text.append("duplicate entries for key ")
            path.append(place, to: &text, table: table)
          }
        } else {
          known.insert(index)
        }
        path.push(place)
      }
      check(element, elementType)
      path.pop()
      index += 1
    }
  }

  private func isValid(_ value: Cursor, _ scalar: SchemaTable.Scalar) -> Bool {
    switch scalar {
    case .string: value.isString
    case .numeric: value.kind == .integer || value.kind == .double
    case .boolean: value.kind == .bool
    case .untyped, .quantity: true
    case .none: false
    }
  }

  /// A map is what a type is first of all, then a scalar, then a list.
  private mutating func mismatch(_ value: Cursor, _ type: SchemaTable.TypeRecord) {
    let arena = arena
    problems.add(at: path) { text in
      if type.map != .none {
        text.append("expected map, got ")
        GoNotation.appendWrapped(value, to: &text, arena: arena)
        return
      }
      switch type.scalar {
      case .string:
        text.append("expected string, got ")
        GoNotation.appendSyntax(value, to: &text, arena: arena)
      case .numeric:
        text.append("expected numeric (int or float), got ")
        text.append(GoNotation.typeName(value))
      case .boolean:
        text.append("expected boolean, got ")
        GoNotation.appendWrapped(value, to: &text, arena: arena)
      case .untyped, .quantity:
        text.append("expected any scalar, got ")
        GoNotation.appendWrapped(value, to: &text, arena: arena)
      case .none:
        text.append("expected list, got ")
        GoNotation.appendWrapped(value, to: &text, arena: arena)
      }
    }
  }

  // MARK: Atomics

  /// Paths of all atomic lists, maps and structs, in the order of the configuration (an API server's order is that of a Go map:
  /// chance). Entries of maps that are no fields are not looked into.
  private mutating func findAtomics(_ value: Cursor, _ id: SchemaTable.TypeID, isRoot: Bool = false) {
    let type = table[id]
    if value.isObject, type.map != .none {
      if type.map == .atomic { noteAtomic() }
      for (key, member) in value.members {
        let name = key.string(in: arena)
        if isRoot, ObjectMerge.isIdentity(name) { continue }
        guard let memberType = table.field(name, of: id)?.type ?? (type.map == .custom ? type.mapElement : nil) else {
          continue
        }
        path.push(.field(name))
        findAtomics(member, memberType)
        path.pop()
      }
    } else if value.isArray, let elementType = type.listElement {
      if type.list == .atomic { noteAtomic() }
      var index = 0
      for element in value.elements {
        path.push(.index(index))
        findAtomics(element, elementType)
        path.pop()
        index += 1
      }
    }
  }

  private mutating func noteAtomic() {
    if !atomics.isEmpty { atomics.append(", ") }
    path.append(to: &atomics, table: table)
  }
}
