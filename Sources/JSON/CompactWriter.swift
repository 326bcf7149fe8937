internal import Memory

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Values of a tape as text, into room that is there: one pass to know how much, one to write, without a check for each token.
enum CompactWriter {
  /// Bytes that ``write(_:to:)`` takes. One look at each word.
  static func size(of value: Cursor) -> Int {
    var size = 0
    let end = value.word + value.word.pointee.span
    var word = value.word
    while word < end {
      let current = word.pointee
      switch current.kind {
      // Brackets, and between the elements commas, between keys and values colons.
      case .object: size += 2 + max(2 * current.length - 1, 0)
      case .array: size += 2 + max(current.length - 1, 0)
      case .string, .escapedString: size += current.length + 2
      default: size += current.length
      }
      word += 1
    }
    return size
  }

  /// Writes the value and returns the place behind it.
  static func write(_ value: Cursor, to start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
    write(value.word, value.text, to: start)
  }

  private static func write(
    _ word: UnsafePointer<Word>, _ text: UnsafePointer<UInt8>, to start: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    var place = start
    let current = word.pointee
    switch current.kind {
    case .object:
      place.pointee = UInt8(ascii: "{")
      place += 1
      let end = word + current.span
      var key = word + 1
      while key < end {
        place = writeString(key.pointee, text, to: place)
        place.pointee = UInt8(ascii: ":")
        place = write(key + 1, text, to: place + 1)
        key += 1 + key[1].span
        if key < end {
          place.pointee = UInt8(ascii: ",")
          place += 1
        }
      }
      place.pointee = UInt8(ascii: "}")
      return place + 1
    case .array:
      place.pointee = UInt8(ascii: "[")
      place += 1
      let end = word + current.span
      var element = word + 1
      while element < end {
        place = write(element, text, to: place)
        element += element.pointee.span
        if element < end {
          place.pointee = UInt8(ascii: ",")
          place += 1
        }
      }
      place.pointee = UInt8(ascii: "]")
      return place + 1
    case .string, .escapedString:
      return writeString(current, text, to: place)
    default:
      memcpy(place, text + current.offset, current.length)
      return place + current.length
    }
  }

  @inline(__always)
  private static func writeString(
    _ word: Word, _ text: UnsafePointer<UInt8>, to start: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    // The quotes stand around the text that is copied.
    memcpy(start, text + (word.offset - 1), word.length + 2)
    return start + word.length + 2
  }
}
