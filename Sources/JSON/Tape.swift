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

extension Tape {
  /// The words, and what the parser needs on the way: the open containers and their keys' signatures.
  struct Storage: ~Copyable {
    var words: UnsafeMutablePointer<Word>
    var count = 0
    var capacity: Int
    let frames: UnsafeMutablePointer<Frame>
    var signatures: UnsafeMutablePointer<UInt64>
    var signatureCapacity: Int

    init() {
      capacity = 1024
      words = .allocate(capacity: capacity)
      frames = .allocate(capacity: Tape.maximumDepth)
      signatureCapacity = 256
      signatures = .allocate(capacity: signatureCapacity)
    }

    deinit {
      words.deallocate()
      frames.deallocate()
      signatures.deallocate()
    }

    mutating func removeAll(keepingWords limit: Int) {
      count = 0
      if capacity > limit {
        words.deallocate()
        capacity = limit
        words = .allocate(capacity: limit)
      }
      if signatureCapacity > limit {
        signatures.deallocate()
        signatureCapacity = limit
        signatures = .allocate(capacity: limit)
      }
    }

    mutating func growWords(count: Int) {
      let larger = UnsafeMutablePointer<Word>.allocate(capacity: capacity * 2)
      larger.update(from: words, count: count)
      words.deallocate()
      words = larger
      capacity *= 2
    }

    mutating func growSignatures(count: Int) {
      let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: signatureCapacity * 2)
      larger.update(from: signatures, count: count)
      signatures.deallocate()
      signatures = larger
      signatureCapacity *= 2
    }
  }

  /// A container that is still open.
  struct Frame: BitwiseCopyable {
    /// Where its word stands on the tape.
    var word: Int
    /// Elements or members so far.
    var count: Int
    /// Where its keys' signatures start.
    var signatures: Int
    var isObject: Bool
    var hasEscapedKey: Bool
  }
}
