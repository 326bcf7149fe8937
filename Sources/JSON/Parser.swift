internal import Memory

/// Turns text into words, in one pass and without recursion.
///
/// The state is: the place in the text, the end of the tape, and the innermost open container, whose frame lies in `frame` while
/// the others wait on `storage.frames`.
enum Parser {
  static func parse(_ text: ByteSlice, into storage: inout Tape.Storage) throws(JSONError) {
    guard text.count <= Tape.maximumTextLength else {
      throw JSONError(.tooLong(limit: Tape.maximumTextLength), at: Tape.maximumTextLength)
    }
    var scanner = Scanner(text)
    try value(&scanner, &storage)
    scanner.skipWhitespace()
    if scanner.hasMore { throw JSONError(.trailingText, at: scanner.offset) }
  }

  @inline(__always)
  private static func emit(_ word: Word, _ storage: inout Tape.Storage) {
    if storage.count == storage.capacity { storage.growWords() }
    storage.words[storage.count] = word
    storage.count &+= 1
  }

  private static func value(_ scanner: inout Scanner, _ storage: inout Tape.Storage) throws(JSONError) {
    var depth = 0
    var signatures = 0
    var frame = Tape.Frame(word: 0, count: 0, signatures: 0, isObject: false)

    while true {
      // A value starts here, with its key where it is a member.
      scanner.skipWhitespace()
      if frame.isObject {
        try key(&scanner, &storage, &signatures)
        scanner.skipWhitespace()
      }
      let first = try scanner.peek()
      switch first {
      case UInt8(ascii: "\""):
        emit(try scanner.string(), &storage)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if depth == Tape.maximumDepth { throw JSONError(.tooDeep(limit: Tape.maximumDepth), at: scanner.offset) }
        scanner.advance()
        storage.frames[depth] = frame
        depth &+= 1
        frame = Tape.Frame(
          word: storage.count, count: 0, signatures: signatures, isObject: first == UInt8(ascii: "{"))
        emit(Word(frame.isObject ? .object : .array, length: 0, offset: 1), &storage)
        scanner.skipWhitespace()
        // ASCII puts both closing brackets two behind their opening ones.
        if try scanner.peek() != first &+ 2 { continue }
        scanner.advance()
        depth &-= 1
        frame = storage.frames[depth]
      case UInt8(ascii: "t"):
        emit(try scanner.literal("true", .true), &storage)
      case UInt8(ascii: "f"):
        emit(try scanner.literal("false", .false), &storage)
      case UInt8(ascii: "n"):
        emit(try scanner.literal("null", .null), &storage)
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        emit(try scanner.number(), &storage)
      default:
        throw JSONError(.unexpectedByte(first), at: scanner.offset)
      }

      // A value has ended: go on with its container, or close it, or several.
      while true {
        if depth == 0 { return }
        frame.count &+= 1
        scanner.skipWhitespace()
        let next = try scanner.peek()
        if next == UInt8(ascii: ",") {
          scanner.advance()
          break
        }
        guard next == (frame.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw JSONError(.unexpectedByte(next), at: scanner.offset)
        }
        scanner.advance()
        if frame.isObject { try Duplicates.remove(&storage, &frame, text: scanner.text, at: scanner.offset) }
        signatures = frame.signatures
        storage.words[frame.word] = Word(
          frame.isObject ? .object : .array, length: frame.count, offset: storage.count &- frame.word)
        depth &-= 1
        frame = storage.frames[depth]
      }
    }
  }

  /// A member's key and colon.
  @inline(__always)
  private static func key(
    _ scanner: inout Scanner, _ storage: inout Tape.Storage, _ signatures: inout Int
  ) throws(JSONError) {
    let first = try scanner.peek()
    guard first == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte(first), at: scanner.offset) }
    let word = try scanner.string()
    emit(word, &storage)
    if signatures == storage.signatureCapacity { storage.growSignatures(count: signatures) }
    storage.signatures[signatures] = Duplicates.signature(of: word, text: scanner.text, &storage)
    signatures &+= 1
    scanner.skipWhitespace()
    let colon = try scanner.peek()
    guard colon == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte(colon), at: scanner.offset) }
    scanner.advance()
  }
}
