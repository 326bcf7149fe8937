internal import Admission
internal import JSON
internal import Memory

/// JSON values as Go's `fmt` prints them in the messages of structured-merge-diff.
enum GoNotation {
  /// A value in a path, as the library's `ToString` has it: strings are quoted. Only scalars make sense as keys.
  static func appendKey(_ value: Cursor, to message: inout ArenaMessage, arena: Arena.Handle) {
    switch value.kind {
    case .string: message.append(quoted: value.string(in: arena))
    case .array:
      message.append("[")
      var isFirst = true
      for element in value.elements {
        if !isFirst { message.append(",") }
        isFirst = false
        appendKey(element, to: &message, arena: arena)
      }
      message.append("]")
    case .object:
      for (key, member) in value.members {
        message.append(key.string(in: arena))
        message.append("=")
        appendKey(member, to: &message, arena: arena)
      }
    default: message.append(value.rawText)
    }
  }

  /// `%v` of the library's wrapper around a value: `&{x}`.
  static func appendWrapped(_ value: Cursor, to message: inout ArenaMessage, arena: Arena.Handle) {
    message.append("&{")
    appendPlain(value, to: &message, arena: arena)
    message.append("}")
  }

  /// `%#v` of the same: `&value.valueUnstructured{Value:5}`.
  static func appendSyntax(_ value: Cursor, to message: inout ArenaMessage, arena: Arena.Handle) {
    message.append("&value.valueUnstructured{Value:")
    appendLiteral(value, to: &message, arena: arena)
    message.append("}")
  }

  /// `%T`. What CEL makes of `null` has a type of its own.
  static func typeName(_ value: Cursor) -> StaticString {
    switch value.kind {
    case .null: "structpb.NullValue"
    case .bool: "bool"
    case .integer: "int64"
    case .double: "float64"
    case .string: "string"
    case .array: "[]interface {}"
    case .object: "map[string]interface {}"
    }
  }

  private static func appendPlain(_ value: Cursor, to message: inout ArenaMessage, arena: Arena.Handle) {
    switch value.kind {
    case .null: message.append("NULL_VALUE")
    case .string: message.append(value.string(in: arena))
    case .array:
      message.append("[")
      var isFirst = true
      for element in value.elements {
        if !isFirst { message.append(" ") }
        isFirst = false
        appendPlain(element, to: &message, arena: arena)
      }
      message.append("]")
    case .object:
      message.append("map[")
      var isFirst = true
      for (key, member) in value.members {
        if !isFirst { message.append(" ") }
        isFirst = false
        message.append(key.string(in: arena))
        message.append(":")
        appendPlain(member, to: &message, arena: arena)
      }
      message.append("]")
    default: message.append(value.rawText)
    }
  }

  private static func appendLiteral(_ value: Cursor, to message: inout ArenaMessage, arena: Arena.Handle) {
    switch value.kind {
    case .null: message.append("0")
    case .string: message.append(quoted: value.string(in: arena))
    case .array:
      message.append("[]interface {}{")
      var isFirst = true
      for element in value.elements {
        if !isFirst { message.append(", ") }
        isFirst = false
        appendLiteral(element, to: &message, arena: arena)
      }
      message.append("}")
    case .object:
      message.append("map[string]interface {}{")
      var isFirst = true
      for (key, member) in value.members {
        if !isFirst { message.append(", ") }
        isFirst = false
        message.append(quoted: key.string(in: arena))
        message.append(":")
        appendLiteral(member, to: &message, arena: arena)
      }
      message.append("}")
    default: message.append(value.rawText)
    }
  }
}
