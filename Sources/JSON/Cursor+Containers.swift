public import Memory

extension Cursor {
  /// Words of the tape that the value takes, those of everything in it included: what going through it costs. O(1).
  @inlinable @inline(__always)
  public var wordCount: Int { word.pointee.span }

  /// About how many bytes of the text the value takes: from the first of its scalars to the last. Looks at few words: where none of
  /// the first or of the last 64 is a scalar, it is 0. O(1).
  public var approximateByteCount: Int {
    let few = min(wordCount, 64)
    var (first, last) = (0, 1)
    while first < few, word[first].isContainer { first += 1 }
    while last <= few, word[wordCount - last].isContainer { last += 1 }
    if first == few || last > few { return 0 }
    let lastWord = word[wordCount - last]
    return lastWord.offset + lastWord.length - word[first].offset
  }

  /// The value of an object's member, or nil where there is none or this is no object. Costs O(members), containers passed
  /// over in one step.
  @inlinable
  public func member(_ name: ByteSlice) -> Cursor? {
    guard word.pointee.kind == .object else { return nil }
    let end = word + word.pointee.span
    var key = word + 1
    while key < end {
      let value = key + 1
      if Cursor(word: key, text: text).isString(name) { return Cursor(word: value, text: text) }
      key = value + value.pointee.span
    }
    return nil
  }

  @inlinable @inline(__always)
  public func member(_ name: StaticString) -> Cursor? { member(ByteSlice(name)) }

  /// The element at `index` of an array, or nil where there is none. Costs O(index).
  @inlinable
  public func element(at index: Int) -> Cursor? {
    guard isArray, index >= 0, index < count else { return nil }
    var element = word + 1
    for _ in 0..<index { element += element.pointee.span }
    return Cursor(word: element, text: text)
  }

  /// The elements of an array in order; nothing for anything else.
  @inlinable
  public var elements: Elements { Elements(self, isArray) }

  /// The members of an object in the order of the text; nothing for anything else.
  @inlinable
  public var members: Members { Members(elements: Elements(self, isObject)) }

  /// Values one behind the other on the tape.
  @frozen
  public struct Elements: Sequence, IteratorProtocol, BitwiseCopyable {
    @usableFromInline var next_: UnsafePointer<Word>
    @usableFromInline let end: UnsafePointer<Word>
    @usableFromInline let text: UnsafePointer<UInt8>

    @inlinable
    init(_ container: Cursor, _ isRightKind: Bool) {
      next_ = container.word + 1
      end = isRightKind ? container.word + container.word.pointee.span : next_
      text = container.text
    }

    @inlinable @inline(__always)
    public mutating func next() -> Cursor? {
      if next_ >= end { return nil }
      let element = Cursor(word: next_, text: text)
      next_ += next_.pointee.span
      return element
    }
  }

  @frozen
  public struct Members: Sequence, IteratorProtocol, BitwiseCopyable {
    @usableFromInline var elements: Elements

    @inlinable
    init(elements: Elements) { self.elements = elements }

    @inlinable @inline(__always)
    public mutating func next() -> (key: Cursor, value: Cursor)? {
      guard let key = elements.next(), let value = elements.next() else { return nil }
      return (key, value)
    }
  }
}
