internal import JSON
internal import Memory

/// One operation of a patch as it was written; nothing about it is checked until it is used, as in the library.
struct PatchOperation {
  enum Kind {
    case add, remove, replace, move, copy, test
    case other(ByteSlice)
  }

  /// A path, or why there is none.
  enum Pointer {
    case text(ByteSlice)
    case missing
    /// The kind of value that stands in its place, in Go's words.
    case notAString(ByteSlice)
    /// The letter of an escape that Go's `strconv.Quote` writes and JSON does not know.
    case unreadable(UInt8)

    func problem(_ arena: Arena.Handle, isFrom: Bool) -> ByteSlice {
      var text = ArenaMessage(in: arena)
      switch self {
      case .text: break
      case .missing:
        // The library has a comma too many in one of the two.
        text.append(isFrom ? "operation, missing from field: " : "operation missing path field: ")
        text.append("missing value")
      case .notAString(let kind):
        text.append("json: cannot unmarshal ")
        text.append(kind)
        text.append(" into Go value of type string")
      case .unreadable(let letter):
        text.append("invalid character '")
        text.append(byte: letter)
        text.append("' in string escape code")
      }
      return text.bytes
    }
  }

  let kind: Kind
  let path: Pointer
  let from: Pointer
  /// Nil where the operation has none, which is not the same as `null`.
  let value: Cursor?

  init(_ operation: Cursor, arena: Arena.Handle) {
    kind = Self.kind(operation.member("op"), arena: arena)
    path = Self.pointer(operation.member("path"), arena: arena)
    from = Self.pointer(operation.member("from"), arena: arena)
    value = operation.member("value")
  }

  private static func kind(_ op: Cursor?, arena: Arena.Handle) -> Kind {
    guard case .text(let name) = pointer(op, arena: arena) else { return .other(ByteSlice("unknown")) }
    if name == "add" { return .add }
    if name == "remove" { return .remove }
    if name == "replace" { return .replace }
    if name == "move" { return .move }
    if name == "copy" { return .copy }
    if name == "test" { return .test }
    return .other(name)
  }

  private static func pointer(_ value: Cursor?, arena: Arena.Handle) -> Pointer {
    guard let value, !value.isNull else { return .missing }
    guard value.isString else {
      let kind: StaticString =
        switch value.kind {
        case .bool: "bool"
        case .array: "array"
        case .object: "object"
        default: "number"
        }
      return .notAString(ByteSlice(kind))
    }
    let text = value.string(in: arena)
    // An API server hands the library a string that Go, not JSON, has quoted.
    for byte in text.buffer {
      switch byte {
      case 0x07: return .unreadable(UInt8(ascii: "a"))
      case 0x0B: return .unreadable(UInt8(ascii: "v"))
      case 0x08, 0x09, 0x0A, 0x0C, 0x0D: continue
      case ..<0x20, 0x7F: return .unreadable(UInt8(ascii: "x"))
      default: continue
      }
    }
    return .text(text)
  }

  /// A reference token of RFC 6901: `~1` is a slash and `~0` a tilde. A tilde before anything else stands for itself.
  static func decodedToken(_ token: ByteSlice, arena: Arena.Handle) -> ByteSlice {
    guard token.firstIndex(of: UInt8(ascii: "~")) != nil else { return token }
    let target = arena.allocate(UInt8.self, count: token.count)
    var read = 0
    var written = 0
    while read < token.count {
      var byte = token[read]
      read += 1
      if byte == UInt8(ascii: "~"), read < token.count {
        if token[read] == UInt8(ascii: "1") {
          byte = UInt8(ascii: "/")
          read += 1
        } else if token[read] == UInt8(ascii: "0") {
          read += 1
        }
      }
      target[written] = byte
      written += 1
    }
    return ByteSlice(start: target, count: written)
  }
}
