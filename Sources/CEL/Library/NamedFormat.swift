internal import Memory

/// The named formats that a text can be validated against.
///
/// https://pkg.go.dev/k8s.io/apiserver/pkg/cel/library#Format
enum NamedFormat: UInt32, CaseIterable {
  case dns1123Label = 1
  case dns1123Subdomain, dns1035Label, qualifiedName, dns1123LabelPrefix, dns1123SubdomainPrefix, dns1035LabelPrefix,
    labelValue, uri, uuid, byte, date, datetime

  /// The name in an expression, behind `format.`.
  var name: StaticString {
    switch self {
    case .dns1123Label: "dns1123Label"
    case .dns1123Subdomain: "dns1123Subdomain"
    case .dns1035Label: "dns1035Label"
    case .qualifiedName: "qualifiedName"
    case .dns1123LabelPrefix: "dns1123LabelPrefix"
    case .dns1123SubdomainPrefix: "dns1123SubdomainPrefix"
    case .dns1035LabelPrefix: "dns1035LabelPrefix"
    case .labelValue: "labelValue"
    case .uri: "uri"
    case .uuid: "uuid"
    case .byte: "byte"
    case .date: "date"
    case .datetime: "datetime"
    }
  }

  /// The length of the regular expression that an API server counts for a validation, which it has or might have.
  var patternSize: Int {
    switch self {
    case .dns1123Label, .dns1035Label, .dns1123LabelPrefix, .dns1035LabelPrefix: 30
    case .dns1123Subdomain, .dns1123SubdomainPrefix, .qualifiedName: 60
    case .labelValue: 40
    case .uri: 1103
    case .uuid: 70
    case .byte: 84
    case .date, .datetime: 71
    }
  }

  var title: ByteSlice { ByteSlice(name) }

  /// The format that `format.NAME()` gives.
  init?(_ function: Function) {
    guard function.rawValue >= Function.formatDNS1123Label.rawValue else { return nil }
    self.init(rawValue: UInt32(function.rawValue - Function.formatDNS1123Label.rawValue) + 1)
  }

  init?(named name: ByteSlice) {
    var number: UInt32 = 1
    while let format = NamedFormat(rawValue: number) {
      if format.title == name {
        self = format
        return
      }
      number += 1
    }
    return nil
  }
}

/// `format.named`, `format.NAME()` and `validate`.
extension EvaluationContext {
  func formatFunction(_ function: Function, _ arguments: UnsafeBufferPointer<Value>) -> Value {
    switch (function, arguments.count) {
    case (.formatNamed, 1):
      guard arguments[0].tag == .string else { return noOverload(function, arguments) }
      guard let format = NamedFormat(named: arguments[0].slice) else { return .none }
      return arena.some(Self.format(format))
    case (.validate, 2):
      guard arguments[0].opaqueType == .format, let format = NamedFormat(rawValue: arguments[0].count),
        arguments[1].tag == .string
      else { return noOverload(function, arguments) }
      return validate(arguments[1].slice, format)
    default:
      guard let format = NamedFormat(function) else { return noOverload(function, arguments) }
      return Self.format(format)
    }
  }

  private static func format(_ format: NamedFormat) -> Value {
    Value(tag: .opaque, detail: OpaqueType.format.rawValue, count: format.rawValue)
  }

  /// None where the text is of the format; otherwise what is wrong with it.
  private func validate(_ text: ByteSlice, _ format: NamedFormat) -> Value {
    var mistakes = FormatMistakes()
    switch format {
    case .dns1123Label: NameRules.checkLabel(text, &mistakes)
    case .dns1123Subdomain: NameRules.checkSubdomain(text, &mistakes)
    case .dns1035Label: NameRules.checkLabel1035(text, &mistakes)
    case .dns1123LabelPrefix: NameRules.checkLabel(withoutDash(text), &mistakes)
    case .dns1123SubdomainPrefix: NameRules.checkSubdomain(withoutDash(text), &mistakes)
    case .dns1035LabelPrefix: NameRules.checkLabel1035(withoutDash(text), &mistakes)
    case .qualifiedName: NameRules.checkQualifiedName(text, &mistakes)
    case .labelValue: NameRules.checkLabelValue(text, &mistakes)
    case .uri: if let failure = requestFailure(text) { mistakes.append(failure) }
    case .uuid: if !TextRules.isUUID(text) { mistakes.append(ByteSlice("does not match the UUID format")) }
    case .byte: if !TextRules.isBase64(text) { mistakes.append(ByteSlice("invalid base64")) }
    case .date: if !TextRules.isDate(text) { mistakes.append(ByteSlice("invalid date")) }
    case .datetime: if !TextRules.isDateTime(text) { mistakes.append(ByteSlice("invalid datetime")) }
    }
    guard mistakes.count > 0 else { return .none }
    let place = arena.allocate(Value.self, count: mistakes.count)
    for index in 0..<mistakes.count { place[index] = .string(mistakes[index]) }
    return arena.some(.list(place, count: mistakes.count))
  }

  /// A prefix that ends in a dash, with an `a` in the place of the dash and of the character in front of it, as
  /// Kubernetes does it, so that what would be appended makes it a name.
  private func withoutDash(_ text: ByteSlice) -> ByteSlice {
    guard text.count > 1, text.last == UInt8(ascii: "-") else { return text }
    return arena.concatenate(text.prefix(text.count - 2), ByteSlice("a"))
  }
}

/// What is wrong with a text, a few messages at most.
struct FormatMistakes {
  private(set) var count = 0
  // A qualified name has at most two for its prefix and two for its name.
  private var messages: InlineArray<4, ByteSlice> = .init(repeating: .empty)

  mutating func append(_ message: ByteSlice) {
    messages[count] = message
    count += 1
  }

  subscript(index: Int) -> ByteSlice { messages[index] }
}
