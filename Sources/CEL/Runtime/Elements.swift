internal import JSON
internal import Memory

/// Where a walk over a list or map stands: trivial, so that it fits a register of the machine and needs no allocation.
///
/// `next` gives the elements of a list, the keys of a map.
public struct Elements: BitwiseCopyable, @unchecked Sendable {
  /// How many steps are left.
  public private(set) var remaining: Int
  private var place: UnsafeRawPointer
  private let source: Value.Tag
  private let document: UInt16

  /// Nil for what cannot be walked over.
  @inline(__always)
  public init?(_ value: Value) {
    switch value.tag {
    case .list, .map: place = value.pointer
    case .jsonList, .jsonMap: place = value.pointer + MemoryLayout<Word>.stride
    default: return nil
    }
    remaining = Int(value.count)
    source = value.tag
    document = value.document
  }

  /// A walk as it was stored by `register`.
  @inline(__always)
  init(register: Value) {
    remaining = Int(register.count)
    place = register.pointer
    source = unsafeBitCast(register.detail, to: Value.Tag.self)
    document = register.document
  }

  /// The walk as a value that only ``init(register:)`` understands.
  @inline(__always)
  var register: Value {
    Value(
      tag: .opaque, detail: source.rawValue, document: document, count: UInt32(truncatingIfNeeded: remaining),
      payload: Value.address(of: place))
  }

  public var isMap: Bool { source == .map || source == .jsonMap }

  /// The next element or key. Must not be called when nothing remains.
  @inline(__always)
  public mutating func next(_ context: EvaluationContext) -> Value {
    nextEntry(context, wantsValue: false).key
  }

  /// The next key and its value; of a list, the element twice.
  @inline(__always)
  public mutating func nextEntry(_ context: EvaluationContext, wantsValue: Bool = true) -> (key: Value, value: Value) {
    assert(remaining > 0)
    remaining &-= 1
    switch source {
    case .list:
      let element = place.assumingMemoryBound(to: Value.self).pointee
      place += MemoryLayout<Value>.stride
      return (element, element)
    case .map:
      let entry = place.assumingMemoryBound(to: Value.self)
      place += 2 * MemoryLayout<Value>.stride
      return (entry[0], entry[1])
    case .jsonList:
      let word = place.assumingMemoryBound(to: Word.self)
      place += word.pointee.span * MemoryLayout<Word>.stride
      let element = context.value(Cursor(word: word, text: context.documents[Int(document)]), document: document)
      return (element, element)
    default:
      let key = place.assumingMemoryBound(to: Word.self)
      let value = key + 1
      place += (1 + value.pointee.span) * MemoryLayout<Word>.stride
      let text = context.documents[Int(document)]
      return (
        context.value(Cursor(word: key, text: text), document: document),
        wantsValue ? context.value(Cursor(word: value, text: text), document: document) : .null
      )
    }
  }
}
