/// The names of a serving certificate, checked.
struct SubjectAlternativeNames {
  /// As OpenSSL's configuration notation has it: `DNS:a.example,IP:10.0.0.1`. Nothing that means something in it gets in.
  let extensionText: String

  init(_ names: [String]) throws(TransportError) {
    if names.isEmpty {
      throw .subjectAlternativeName(
        text: "", problem: "a serving certificate needs at least one DNS name or IP address")
    }
    var parts: [String] = []
    for name in names {
      if let address = IPAddress.bytes(of: name) {
        parts.append("IP:\(IPAddress.text(of: address))")
      } else if let problem = Self.problem(ofDNSName: name) {
        throw .subjectAlternativeName(text: name, problem: problem)
      } else {
        parts.append("DNS:\(name.lowercased())")
      }
      if parts.dropLast().contains(parts[parts.count - 1]) { parts.removeLast() }
    }
    extensionText = parts.joined(separator: ",")
  }

  /// What is wrong with a DNS name (RFC 1123; a wildcard as in RFC 9525), or nil.
  static func problem(ofDNSName name: String) -> String? {
    if name.isEmpty { return "it is empty" }
    if name.utf8.count > 253 { return "a DNS name has at most 253 characters" }
    if name.contains(":") || name.contains("/") {
      return "it is neither a DNS name nor an IP address; write it without scheme, port, brackets and path"
    }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    for (position, label) in labels.enumerated() {
      if label == "*" {
        if position == 0, labels.count > 2 { continue }
        return "a `*` stands for the first label only, before at least two others"
      }
      if label.isEmpty { return "a label between the dots is empty" }
      if label.utf8.count > 63 { return "the label `\(label)` has more than 63 characters" }
      if !label.utf8.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }) {
        return "the label `\(label)` has a character other than letters, digits and `-`"
      }
      if label.hasPrefix("-") || label.hasSuffix("-") { return "the label `\(label)` begins or ends with `-`" }
    }
    if let last = labels.last, last.utf8.allSatisfy(isDigit) {
      return "it is not an IP address, and no DNS name ends in a number"
    }
    return nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
