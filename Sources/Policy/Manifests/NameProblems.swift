/// What is wrong with the form of a name, in the words of an API server (`k8s.io/apimachinery/pkg/api/validate/content`).
extension Names {
  /// A label's key, a match condition's name, an annotation's key.
  static func labelKeyProblems(_ key: String) -> [String] {
    let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 2 {
      return [
        "a valid label key \(labelForm) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
      ]
    }
    var problems: [String] = []
    if parts.count == 2 {
      let prefix = parts[0].isEmpty ? ["must be non-empty"] : subdomainProblems(parts[0])
      problems += prefix.map { "prefix part \($0)" }
    }
    let name = parts.last ?? ""
    if name.isEmpty {
      problems.append("name part must be non-empty")
    } else if name.utf8.count > 63 {
      problems.append("name part must be no more than 63 bytes")
    }
    if !hasLabelForm(name) { problems.append("name part \(labelForm)") }
    return problems
  }

  static func labelValueProblems(_ value: String) -> [String] {
    let form =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    return (value.utf8.count > 63 ? ["must be no more than 63 bytes"] : [])
      + (value.isEmpty || hasLabelForm(value) ? [] : [form])
  }

  static func subdomainProblems(_ name: String) -> [String] {
    let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    let form =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '\(label)(\\.\(label))*')"
    return (name.utf8.count > 253 ? ["must be no more than 253 bytes"] : []) + (isDotted(name) ? [] : [form])
  }

  /// A version, or a kind in lower case.
  static func dns1035LabelProblems(_ name: String) -> [String] {
    let form =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    let startsWithLetter = name.utf8.first.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } ?? false
    return (name.utf8.count > 63 ? ["must be no more than 63 bytes"] : [])
      + (startsWithLetter && !name.contains(".") && isDotted(name) ? [] : [form])
  }

  /// A name that can stand in a path.
  static func pathSegmentProblems(_ name: String) -> [String] {
    if name == "." || name == ".." { return ["may not be '\(name)'"] }
    return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
  }

  private static let labelForm =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

  private static func hasLabelForm(_ name: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8?) -> Bool {
      guard let byte else { return false }
      return UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
    return isAlphanumeric(name.utf8.first) && isAlphanumeric(name.utf8.last)
      && name.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
  }
}
