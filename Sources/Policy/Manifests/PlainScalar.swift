internal import Yams

/// What a YAML scalar is when Kubernetes reads it: its tools turn YAML into JSON by the core schema of YAML 1.1, in which
/// `yes` is a boolean, `0644` an octal number, and a date a string.
enum PlainScalar: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case double(Double)
  case string(String)

  init(_ scalar: Node.Scalar) {
    let text = scalar.string
    // A quoted or block scalar, or one tagged so, is a string whatever it looks like.
    guard scalar.style == .plain || scalar.style == .any else {
      self = .string(text)
      return
    }
    if scalar.tag.description == Tag.Name.str.rawValue {
      self = .string(text)
      return
    }
    switch text {
    case "", "~", "null", "Null", "NULL": self = .null
    case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": self = .bool(true)
    case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": self = .bool(false)
    default:
      if let number = Self.integer(text) {
        self = .integer(number)
      } else if let number = Self.double(text) {
        self = .double(number)
      } else {
        self = .string(text)
      }
    }
  }

  private static func integer(_ text: String) -> Int64? {
    let digits = text.replacing("_", with: "")
    let isNegative = digits.hasPrefix("-")
    let body = isNegative || digits.hasPrefix("+") ? digits.dropFirst() : Substring(digits)
    guard let first = body.first, first.isASCII, first.isNumber else { return nil }
    let (radix, number): (Int, Substring) =
      if body.hasPrefix("0b") {
        (2, body.dropFirst(2))
      } else if body.hasPrefix("0x") {
        (16, body.dropFirst(2))
      } else if body.hasPrefix("0o") {
        (8, body.dropFirst(2))
      } else if body.count > 1, first == "0" {
        (8, body.dropFirst())
      } else {
        (10, body)
      }
    // A second sign (`0x-1`) would be accepted by the conversion.
    guard let lead = number.first, lead != "-", lead != "+" else { return nil }
    return Int64((isNegative ? "-" : "") + number, radix: radix)
  }

  private static func double(_ text: String) -> Double? {
    let allowed = "0123456789+-.eE_"
    guard text.contains(where: \.isNumber), text.allSatisfy({ allowed.contains($0) }) else { return nil }
    let number = text.replacing("_", with: "")
    guard let value = Double(number), value.isFinite else { return nil }
    return value
  }
}
