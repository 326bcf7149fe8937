public import JSON
public import Memory

/// What operations need besides their operands: where to put what they make, and the texts behind JSON values.
///
/// Trivial and passed by value. Valid until the machine's next `begin`.
@frozen
public struct EvaluationContext: BitwiseCopyable, @unchecked Sendable {
  public let arena: Arena.Handle
  /// The text of each document, by the number in a value's `document`.
  @usableFromInline let documents: UnsafePointer<UnsafePointer<UInt8>>

  /// The machine's state, to which long work is charged; nil while constants are computed.
  @usableFromInline let state: UnsafeMutableRawPointer?

  @inlinable
  init(
    arena: Arena.Handle, documents: UnsafePointer<UnsafePointer<UInt8>>, state: UnsafeMutableRawPointer? = nil
  ) {
    self.arena = arena
    self.documents = documents
    self.state = state
  }

  /// Charges for work inside an operation that may be long, as ``MachineState/charge(_:)`` does.
  /// - Returns: false where the operation shall end, with whatever result: the evaluation ends with it.
  @inline(__always)
  func goesOn(after steps: Int) -> Bool {
    guard let state else { return true }
    return state.assumingMemoryBound(to: MachineState.self).pointee.goesOn(after: steps)
  }

  /// Whether there is time, inside long work that was charged for before it began. Every 1,024th round looks at the clock.
  /// - Returns: false where the operation shall end, with whatever result: the evaluation ends with it.
  @inline(__always)
  func isInTime(_ round: Int) -> Bool { round & 1023 != 0 || looksInTime() }

  @inline(never)
  private func looksInTime() -> Bool {
    guard let state else { return true }
    return state.assumingMemoryBound(to: MachineState.self).pointee.isInTime()
  }

  /// How many bytes are worked on between two looks at the clock.
  static var bytesInTime: Int { 1 << 16 }

  /// Copies bytes, as long as there is time.
  func copy(_ bytes: ByteSlice, to place: UnsafeMutablePointer<UInt8>) {
    var done = 0
    while done < bytes.count {
      let part = min(bytes.count - done, Self.bytesInTime)
      (place + done).update(from: bytes.start + done, count: part)
      done += part
      if part == Self.bytesInTime, !isInTime(0) { return }
    }
  }

  /// A value of a JSON text. Containers are read when they are looked into; a string with escapes is decoded into the
  /// arena.
  ///
  /// Integers that fit 64 bits are `int`, all other numbers `double`, as in the API server.
  @inlinable @inline(__always)
  public func value(_ cursor: Cursor, document: UInt16) -> Value {
    let word = cursor.word.pointee
    switch word.kind {
    case .string:
      return .string(ByteSlice(start: cursor.text + word.offset, count: word.length))
    case .object:
      return Value(
        tag: .jsonMap, document: document, count: UInt32(truncatingIfNeeded: word.length),
        payload: Value.address(of: UnsafeRawPointer(cursor.word)))
    case .array:
      return Value(
        tag: .jsonList, document: document, count: UInt32(truncatingIfNeeded: word.length),
        payload: Value.address(of: UnsafeRawPointer(cursor.word)))
    case .true: return .bool(true)
    case .false: return .bool(false)
    case .null: return .null
    case .integer, .double, .escapedString: return decodedScalar(cursor)
    }
  }

  @usableFromInline @inline(never)
  func decodedScalar(_ cursor: Cursor) -> Value {
    if let integer = cursor.integer { return .int(integer) }
    if let double = cursor.double { return .double(double) }
    return .string(cursor.string(in: arena))
  }

  /// The place on the tape that a `jsonList` or `jsonMap` stands for.
  @inlinable @inline(__always)
  public func cursor(_ value: Value) -> Cursor {
    assert(value.tag == .jsonList || value.tag == .jsonMap)
    return Cursor(
      word: value.pointer.assumingMemoryBound(to: Word.self), text: documents[Int(value.document)])
  }

  /// An error whose message ends in `detail`.
  @inline(never)
  func error(_ message: StaticString, _ detail: ByteSlice, _ end: StaticString = "") -> Value {
    .error(arena.concatenate(arena.concatenate(ByteSlice(message), detail), ByteSlice(end)))
  }
}
