internal import Memory

/// Kubernetes' rules for names and labels, without regular expressions; the messages show them since Kubernetes' do.
///
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
enum NameRules {
  private static let labelLength = 63
  private static let subdomainLength = 253

  static func checkLabel(_ text: ByteSlice, _ mistakes: inout FormatMistakes) {
    if text.count > labelLength { mistakes.append(ByteSlice("must be no more than 63 characters")) }
    if isLabel(text) { return }
    // A subdomain that is no label has dots.
    mistakes.append(isSubdomain(text) ? ByteSlice("must not contain dots") : Self.labelMessage)
  }

  static func checkSubdomain(_ text: ByteSlice, _ mistakes: inout FormatMistakes) {
    if text.count > subdomainLength { mistakes.append(ByteSlice("must be no more than 253 characters")) }
    if !isSubdomain(text) { mistakes.append(ByteSlice(Self.subdomainMessage)) }
  }

  static func checkLabel1035(_ text: ByteSlice, _ mistakes: inout FormatMistakes) {
    if text.count > labelLength { mistakes.append(ByteSlice("must be no more than 63 characters")) }
    guard let first = text.isEmpty ? nil : text[0], first &- UInt8(ascii: "a") < 26, isLabel(text) else {
      return mistakes.append(
        ByteSlice(
          """
          a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
          character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
          validation is '[a-z]([-a-z0-9]*[a-z0-9])?')
          """))
    }
  }

  static func checkLabelValue(_ text: ByteSlice, _ mistakes: inout FormatMistakes) {
    if text.count > labelLength { mistakes.append(ByteSlice("must be no more than 63 bytes")) }
    if text.isEmpty || isQualifiedPart(text) { return }
    mistakes.append(
      ByteSlice(
        """
        a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
        start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
        validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
        """))
  }

  /// `example.com/name` or `name`.
  static func checkQualifiedName(_ text: ByteSlice, _ mistakes: inout FormatMistakes) {
    var name = text
    if let slash = text.firstIndex(of: UInt8(ascii: "/")) {
      let prefix = text.prefix(slash)
      name = text.dropFirst(slash + 1)
      if name.firstIndex(of: UInt8(ascii: "/")) != nil {
        return mistakes.append(
          ByteSlice(
            """
            a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
            an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
            '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
            'example.com/MyName')
            """))
      }
      if prefix.isEmpty {
        mistakes.append(ByteSlice("prefix part must be non-empty"))
      } else {
        if prefix.count > subdomainLength {
          mistakes.append(ByteSlice("prefix part must be no more than 253 bytes"))
        }
        if !isSubdomain(prefix) { mistakes.append(ByteSlice(Self.prefixMessage)) }
      }
    }
    if name.isEmpty {
      mistakes.append(ByteSlice("name part must be non-empty"))
    } else if name.count > labelLength {
      mistakes.append(ByteSlice("name part must be no more than 63 bytes"))
    }
    if !isQualifiedPart(name) {
      mistakes.append(
        ByteSlice(
          """
          name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
          alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
          '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
          """))
    }
  }

  // MARK: Messages

  private static var labelMessage: ByteSlice {
    ByteSlice(
      """
      a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
      with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
      '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
      """)
  }

  private static let subdomainMessage: StaticString = #"""
    a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \#
    and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \#
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
    """#

  private static let prefixMessage: StaticString = #"""
    prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \#
    must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \#
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
    """#

  // MARK: Rules

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
  }

  /// Lower case letters, digits and, inside, dashes; not empty.
  static func isLabel(_ text: ByteSlice) -> Bool {
    guard let last = text.last, isLowerOrDigit(text[0]), isLowerOrDigit(last) else { return false }
    for index in 0..<text.count where !isLowerOrDigit(text[index]) && text[index] != UInt8(ascii: "-") { return false }
    return true
  }

  /// Labels with dots between them.
  static func isSubdomain(_ text: ByteSlice) -> Bool {
    var rest = text
    while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
      guard isLabel(rest.prefix(dot)) else { return false }
      rest = rest.dropFirst(dot + 1)
    }
    return isLabel(rest)
  }

  /// Letters, digits and, inside, `-`, `_` and `.`; not empty.
  static func isQualifiedPart(_ text: ByteSlice) -> Bool {
    guard let last = text.last, isAlphanumeric(text[0]), isAlphanumeric(last) else { return false }
    for index in 0..<text.count {
      let byte = text[index]
      let isSeparator = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
      if !isAlphanumeric(byte), !isSeparator { return false }
    }
    return true
  }
}

/// The formats of OpenAPI that Kubernetes knows.
enum TextRules {
  /// 32 hexadecimal digits, with or without each of the usual dashes.
  static func isUUID(_ text: ByteSlice) -> Bool {
    var rest = text
    for index in 0..<5 {
      let length = index == 0 ? 8 : index == 4 ? 12 : 4
      if index > 0, rest.hasPrefix(ByteSlice("-")) { rest = rest.dropFirst(1) }
      guard rest.count >= length else { return false }
      for place in 0..<length where rest[place].hexadecimalDigit == nil { return false }
      rest = rest.dropFirst(length)
    }
    return rest.isEmpty
  }

  /// Base64 with padding; not empty.
  static func isBase64(_ text: ByteSlice) -> Bool {
    guard !text.isEmpty, text.count % 4 == 0 else { return false }
    var count = text.count
    if text[count - 1] == UInt8(ascii: "=") { count -= text[count - 2] == UInt8(ascii: "=") ? 2 : 1 }
    for index in 0..<count {
      let byte = text[index]
      let isAlphanumeric = (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
      if !isAlphanumeric, byte != UInt8(ascii: "+"), byte != UInt8(ascii: "/") { return false }
    }
    return true
  }

  /// `2024-02-29`: a day that there is.
  static func isDate(_ text: ByteSlice) -> Bool {
    guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      let year = number(text.prefix(4)), let month = number(text[5..<7]), let day = number(text[8..<10])
    else { return false }
    return month >= 1 && month <= 12 && day >= 1 && day <= CivilTime.daysInMonth(month, year: year)
  }

  /// A date, a `T` in either case, and a time of day with a zone; a fraction may begin with any character.
  static func isDateTime(_ text: ByteSlice) -> Bool {
    let mark = placeOfT(text)
    guard mark < text.count, isDate(text.prefix(mark)) else { return false }
    var rest = text.dropFirst(mark + 1)
    // What follows a second `T` is not looked at.
    rest = rest.prefix(placeOfT(rest))
    guard rest.count >= 9, rest[2] == UInt8(ascii: ":"), rest[5] == UInt8(ascii: ":"),
      let hour = number(rest.prefix(2)), let minute = number(rest[3..<5]), let second = number(rest[6..<8]),
      hour <= 23, minute <= 59, second <= 59
    else { return false }
    rest = rest.dropFirst(8)
    if isZone(rest) { return true }
    let separator = rest.characterLength(at: 0)
    guard separator > 0, rest[0] != 0x0A else { return false }
    rest = rest.dropFirst(separator)
    var digits = 0
    while digits < rest.count, rest[digits] &- UInt8(ascii: "0") < 10 { digits += 1 }
    return digits > 0 && isZone(rest.dropFirst(digits))
  }

  /// Where the first `T` or `t` stands; the text's end where there is none.
  private static func placeOfT(_ text: ByteSlice) -> Int {
    var index = 0
    while index < text.count, text[index] | 0x20 != UInt8(ascii: "t") { index += 1 }
    return index
  }

  /// `Z` or `+01:00`.
  private static func isZone(_ text: ByteSlice) -> Bool {
    if text.count == 1 { return text[0] | 0x20 == UInt8(ascii: "z") }
    return text.count == 6 && (text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"))
      && text[3] == UInt8(ascii: ":") && number(text[1..<3]) != nil && number(text[4..<6]) != nil
  }

  private static func number(_ text: ByteSlice) -> Int64? {
    var number: Int64 = 0
    for index in 0..<text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number * 10 + Int64(digit)
    }
    return number
  }
}
