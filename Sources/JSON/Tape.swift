public import Memory

/// A parsed JSON text: words that say where each value stands in it. See README.md for the format.
///
/// A tape belongs to one owner and is used again and again: it keeps its memory, so that parsing texts of a like size
/// allocates nothing.
///
///     var tape = Tape()
///     try tape.parse(body)
///     let request = tape.root.member("request")
///
/// Trap: the tape points into the text, which must stay where it is for as long as cursors are used.
public struct Tape: ~Copyable, @unchecked Sendable {
  /// Containers in one another. Readers follow the nesting on their stack; the deepest real objects (CRD schemas) stay under 50.
  public static var maximumDepth: Int { 512 }

  /// Bytes of a text; a length on the tape has 28 bits.
  public static var maximumTextLength: Int { Word.maximumLength }

  /// Words that may be moved because keys were given twice: 128 MiB of memory, a few hundredths of a second. Nobody means to
  /// repeat keys; nested repetition in a large text would cost time with the square of its size.
  public static var maximumMovedWords: Int { 1 << 24 }

  /// Words that the tape keeps between texts: 4 MiB, enough for a 3 MB object.
  public static var retainedWords: Int { 1 << 19 }

  var storage: Storage
  private var text: ByteSlice = .empty

  public init() {
    storage = Storage()
  }

  /// Reads `text` and replaces what the tape held. Costs one pass over the text.
  /// - Throws: where and why the text is not JSON. The tape is then empty: its root is `null`.
  public mutating func parse(_ text: ByteSlice) throws(JSONError) {
    storage.removeAll(keepingWords: Tape.retainedWords)
    self.text = text
    do {
      try Parser.parse(text, into: &storage)
    } catch {
      storage.removeAll(keepingWords: Tape.retainedWords)
      throw error
    }
  }

  /// The text's value; `null` before anything was parsed.
  public var root: Cursor {
    storage.count == 0 ? .null : Cursor(word: UnsafePointer(storage.words), text: text.start)
  }

  /// Words in use.
  public var wordCount: Int { storage.count }
}
