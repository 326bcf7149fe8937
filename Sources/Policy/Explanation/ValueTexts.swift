internal import Admission
internal import CEL
internal import JSON
internal import Memory

/// Writes values for people: as long as wanted, and without what a Secret holds.
///
/// Where the object of a request is a Secret, the texts in its `data` and `stringData`, and those that `data` stands for in base64, are
/// replaced wherever they occur. What an expression makes of such a text (a part of it, say) is not shown either, unless it is a number
/// or a boolean.
struct ValueTexts {
  /// Bytes of a value.
  let limit: Int
  /// Turns of a macro that are listed, where all of them decided.
  var shownTurns: Int { limit > Self.longValue ? 1_000 : 8 }
  private static let longValue = 1 << 16
  /// What must not be shown, the longest first.
  private let secrets: [String]

  /// A text that is shorter is replaced only where it is the whole of a value: two letters occur everywhere.
  private static let shortestPart = 4

  static let hidden = "(from a Secret, not shown)"

  init(limit: Int, _ request: AdmissionRequest) {
    self.limit = limit
    guard
      request.resource.group.isEmpty && request.resource.resource == "secrets"
        || request.kind.group.isEmpty && request.kind.kind == "Secret"
    else {
      secrets = []
      return
    }
    var found = Set<String>()
    for object in [request.object, request.oldObject] {
      for name in ["data", "stringData"] as [StaticString] {
        guard let data = object?.member(name), data.isObject else { continue }
        for (_, value) in data.members { Self.add(value, to: &found) }
      }
    }
    secrets = found.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  /// Without secrets.
  init(limit: Int) {
    self.limit = limit
    secrets = []
  }

  private static func add(_ value: Cursor, to found: inout Set<String>) {
    switch value.kind {
    case .object: for (_, member) in value.members { add(member, to: &found) }
    case .array: for element in value.elements { add(element, to: &found) }
    default:
      var texts = [value.stringValue ?? value.rawText.string]
      if let text = texts.first, let decoded = Base64.decode(text) { texts.append(decoded) }
      for text in texts where !text.isEmpty {
        found.insert(text)
        // As CEL and JSON write it between quotes.
        var quoted = ByteBuffer()
        quoted.writeString(text)
        found.insert(String(quoted.bytes.string.dropFirst().dropLast()))
      }
    }
  }

  var hasSecrets: Bool { !secrets.isEmpty }

  /// Whether a text holds something that must not be shown.
  func holdsSecret(_ text: ByteSlice) -> Bool { hasSecrets && redacted(text.string) != text.string }

  func redacted(_ text: String) -> String {
    if secrets.isEmpty { return text }
    var text = text
    for secret in secrets {
      if text == secret { return Self.hidden }
      if secret.utf8.count >= Self.shortestPart, text.utf8.count > secret.utf8.count {
        text = text.replacing(secret, with: Self.hidden)
      } else {
        text = text.replacing("\"\(secret)\"", with: "\"\(Self.hidden)\"")
      }
    }
    return text
  }

  func text(_ value: Value, _ context: EvaluationContext) -> String {
    if let message = value.errorMessage { return redacted(message.string) }
    if !hasSecrets { return context.excerpt(of: value, limit: limit) }
    // Replaced first and then cut, so that no part of a secret is left.
    let whole = redacted(context.description(of: value))
    guard whole.utf8.count > limit else { return whole }
    return "\(whole.prefix(limit))… (\(value.size ?? "\(whole.utf8.count) bytes"))"
  }

  func explained(_ value: Value, _ context: EvaluationContext) -> ExplainedValue {
    ExplainedValue(text: text(value, context), kind: value.explainedKind, size: value.size)
  }
}

extension Value {
  fileprivate var size: String? {
    switch tag {
    case .string, .bytes: "\(count) bytes"
    case .list, .jsonList: "\(count) element\(count == 1 ? "" : "s")"
    case .map, .jsonMap: "\(count) \(count == 1 ? "entry" : "entries")"
    case .optional: wrapped?.size
    default: nil
    }
  }

  var explainedKind: ExplainedValue.Kind {
    if isTrue { return .yes }
    if isFalse { return .no }
    return isError ? .error : .other
  }
}

/// Standard base64, read leniently: for telling what a Secret's data stands for.
private enum Base64 {
  /// nil where it is none, or stands for no text.
  static func decode(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 where byte != UInt8(ascii: "=") && byte != 0x0A && byte != 0x0D {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(digit)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
