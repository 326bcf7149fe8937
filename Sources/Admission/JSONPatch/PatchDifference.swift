internal import JSON
internal import Memory

/// Writes the patch between two documents.
///
/// A container is written as what differs in it, and then, if that took more bytes than the whole, as a replacement of the whole. So
/// nothing that is written is longer than replacing the document.
struct PatchDifference {
  private let prefix: ByteSlice
  let arena: Arena.Handle
  private let comparison: CursorComparison
  var steps = JSONPatch.maximumSteps
  private var operations = 0

  /// Where the walk is: a stack of tokens below the prefix.
  private let tokens: UnsafeMutablePointer<Token>
  private var depth = 0

  private struct Token: BitwiseCopyable {
    /// A member's key, or nil.
    var key: Cursor?
    var index: Int
  }

  init(prefix: ByteSlice, arena: Arena.Handle) {
    self.prefix = prefix
    self.arena = arena
    comparison = CursorComparison(numbers: .asWritten, arena: arena)
    tokens = arena.allocate(Token.self, count: Tape.maximumDepth)
  }

  mutating func write(from: Cursor, to: Cursor, output: inout ByteBuffer) {
    output.writeArrayStart()
    let start = output.count
    compare(from, to, &output)
    if steps < 0 || operations > JSONPatch.maximumOperations {
      output.truncate(to: start)
      depth = 0
      write(.replace, to, &output)
    }
    output.writeArrayEnd()
  }

  // MARK: Values

  private mutating func compare(_ from: Cursor, _ to: Cursor, _ output: inout ByteBuffer) {
    steps -= 1
    if steps < 0 { return }
    let start = output.count
    let operationsBefore = operations
    if from.isObject, to.isObject {
      compareMembers(from, to, &output)
    } else if from.isArray, to.isArray {
      compareElements(from, to, &output)
    } else if !comparison.scalarsAreEqual(from, to) {
      write(.replace, to, &output)
      return
    }
    if isLonger(than: to, since: start, &output) {
      output.truncate(to: start)
      operations = operationsBefore
      write(.replace, to, &output)
    }
  }

  /// Whether what was written since `start` has more bytes than a replacement by `whole`.
  private mutating func isLonger(than whole: Cursor, since start: Int, _ output: inout ByteBuffer) -> Bool {
    let written = output.count - start
    guard written > Self.replacementOverhead else { return false }
    let size = JSONSize.compact(whole, limit: written)
    return size + Self.replacementOverhead + pathSize(&output) < written
  }

  /// When a container's pieces are next compared with the whole, so that they never grow far beyond it: at twice the bytes each time.
  private struct Checkpoint {
    let start: Int
    var next: Int

    init(_ output: borrowing ByteBuffer) {
      start = output.count
      next = start + 4_096
    }
  }

  private mutating func isHopeless(_ to: Cursor, _ checkpoint: inout Checkpoint, _ output: inout ByteBuffer) -> Bool {
    if steps < 0 { return true }
    if output.count < checkpoint.next { return false }
    checkpoint.next = checkpoint.start + 2 * (output.count - checkpoint.start)
    return isLonger(than: to, since: checkpoint.start, &output)
  }

  /// Bytes of a replacement besides its path and value: `{"op":"replace","path":"","value":}`.
  private static var replacementOverhead: Int { 35 }

  private mutating func compareMembers(_ from: Cursor, _ to: Cursor, _ output: inout ByteBuffer) {
    var checkpoint = Checkpoint(output)
    var lookup = MemberLookup(to)
    for (key, value) in from.members {
      tokens[depth] = Token(key: key, index: 0)
      depth += 1
      if let other = lookup.value(of: key, arena: arena, steps: &steps) {
        compare(value, other, &output)
      } else {
        write(.remove, nil, &output)
      }
      depth -= 1
      if isHopeless(to, &checkpoint, &output) { return }
    }
    var known = MemberLookup(from)
    for (key, value) in to.members where known.value(of: key, arena: arena, steps: &steps) == nil {
      tokens[depth] = Token(key: key, index: 0)
      depth += 1
      write(.add, value, &output)
      depth -= 1
      if isHopeless(to, &checkpoint, &output) { return }
    }
  }

  // MARK: Arrays

  private mutating func compareElements(_ from: Cursor, _ to: Cursor, _ output: inout ByteBuffer) {
    var start = 0
    var left = from.elements
    var right = to.elements
    var leftRest = left
    var rightRest = right
    while let first = left.next(), let second = right.next(), comparison.areEqual(first, second, steps: &steps) {
      start += 1
      leftRest = left
      rightRest = right
    }
    let old = elements(leftRest, count: from.count - start)
    let new = elements(rightRest, count: to.count - start)
    var oldCount = old.count
    var newCount = new.count
    while oldCount > 0, newCount > 0, comparison.areEqual(old[oldCount - 1], new[newCount - 1], steps: &steps) {
      oldCount -= 1
      newCount -= 1
    }
    if steps < 0 { return }
    var alignment = ArrayAlignment(
      old: UnsafeBufferPointer(rebasing: old[..<oldCount]), new: UnsafeBufferPointer(rebasing: new[..<newCount]),
      comparison: comparison, arena: arena, steps: &steps)
    var checkpoint = Checkpoint(output)
    // Everything before `place` is as it will be.
    var place = start
    while let step = alignment.next() {
      tokens[depth] = Token(key: nil, index: place)
      depth += 1
      switch step {
      case .same(let old, let new):
        compare(old, new, &output)
        place += 1
      case .remove: write(.remove, nil, &output)
      case .add(let new):
        write(.add, new, &output)
        place += 1
      }
      depth -= 1
      if isHopeless(to, &checkpoint, &output) { return }
    }
  }

  private func elements(_ elements: Cursor.Elements, count: Int) -> UnsafeBufferPointer<Cursor> {
    let space = arena.allocate(Cursor.self, count: count)
    var rest = elements
    for index in 0..<count {
      guard let element = rest.next() else { break }
      space[index] = element
    }
    return UnsafeBufferPointer(start: space, count: count)
  }

  // MARK: Operations

  private enum Operation {
    case add, remove, replace

    var name: StaticString {
      switch self {
      case .add: "add"
      case .remove: "remove"
      case .replace: "replace"
      }
    }
  }

  private mutating func write(_ operation: Operation, _ value: Cursor?, _ output: inout ByteBuffer) {
    operations += 1
    output.writeObjectStart()
    output.writeKey("op")
    output.writeString(operation.name)
    output.writeKey("path")
    output.writeStringStart()
    writePath(&output)
    output.writeStringEnd()
    if let value {
      output.writeKey("value")
      output.writeValue(value)
    }
    output.writeObjectEnd()
  }

  private func writePath(_ output: inout ByteBuffer) {
    output.writeStringPart(prefix)
    for level in 0..<depth {
      output.append(UInt8(ascii: "/"))
      if let key = tokens[level].key {
        writeToken(key.string(in: arena), &output)
      } else {
        output.append(decimal: UInt64(tokens[level].index))
      }
    }
  }

  /// A key as a reference token: RFC 6901 escapes tilde and slash.
  private func writeToken(_ key: ByteSlice, _ output: inout ByteBuffer) {
    var start = 0
    for index in 0..<key.count {
      let byte = key[index]
      guard byte == UInt8(ascii: "~") || byte == UInt8(ascii: "/") else { continue }
      output.writeStringPart(key[start..<index])
      output.append(byte == UInt8(ascii: "~") ? "~0" : "~1")
      start = index + 1
    }
    output.writeStringPart(key.dropFirst(start))
  }

  private func pathSize(_ output: inout ByteBuffer) -> Int {
    let start = output.count
    writePath(&output)
    let size = output.count - start
    output.truncate(to: start)
    return size
  }
}
