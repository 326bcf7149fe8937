/// What an API server says of a field that it refuses, in its words (`k8s.io/apimachinery/pkg/util/validation/field`).
extension Diagnostics {
  mutating func required(_ node: ManifestNode, _ detail: String = "") {
    error(node, "Required value" + Self.suffix(detail))
  }

  mutating func invalid(_ node: ManifestNode, _ value: String, _ detail: String) {
    error(node, "Invalid value: \(value.goQuoted)" + Self.suffix(detail))
  }

  mutating func invalid(_ node: ManifestNode, _ values: [String], _ detail: String) {
    let list = values.map(\.goQuoted).joined(separator: ",")
    error(node, "Invalid value: [\(list)]" + Self.suffix(detail))
  }

  /// - Parameter supported: in the order in which they are named.
  mutating func notSupported(_ node: ManifestNode, _ value: String, _ supported: [String]) {
    let list = supported.map(\.goQuoted).joined(separator: ", ")
    error(
      node, "Unsupported value: \(value.goQuoted): supported values: \(list)\(suggestion(for: value, among: supported))"
    )
  }

  mutating func duplicate(_ node: ManifestNode, _ value: String) {
    error(node, "Duplicate value: \(value.goQuoted)")
  }

  mutating func forbidden(_ node: ManifestNode, _ detail: String) { error(node, "Forbidden: \(detail)") }

  mutating func tooMany(_ node: ManifestNode, _ count: Int, maximum: Int) {
    error(node, "Too many: \(count): must have at most \(maximum) items")
  }

  /// One error for each thing that is wrong with the form of a value.
  mutating func invalid(_ node: ManifestNode, _ value: String, each details: [String]) {
    for detail in details { invalid(node, value, detail) }
  }

  private static func suffix(_ detail: String) -> String { detail.isEmpty ? "" : ": \(detail)" }
}

extension String {
  /// In quotes, as Go's `%q` writes it: what cannot be printed as an escape.
  var goQuoted: String {
    var result = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{7}": result += "\\a"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{B}": result += "\\v"
      case _ where scalar.isGoPrintable: result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x80: result += "\\x" + scalar.hexadecimal(digits: 2)
      case _ where scalar.value < 0x10000: result += "\\u" + scalar.hexadecimal(digits: 4)
      default: result += "\\U" + scalar.hexadecimal(digits: 8)
      }
    }
    return result + "\""
  }
}

extension Unicode.Scalar {
  /// Letters, marks, numbers, punctuation, symbols and the space of ASCII.
  fileprivate var isGoPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: self == " "
    default: true
    }
  }

  fileprivate func hexadecimal(digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(digits - text.count, 0)) + text
  }
}
