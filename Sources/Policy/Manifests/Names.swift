/// The forms of names in Kubernetes and CEL.
enum Names {
  /// RFC 1123: labels of lower-case letters, digits and inner `-`, joined by dots, at most 253 characters.
  static func isSubdomain(_ name: String) -> Bool { name.utf8.count <= 253 && isDotted(name) }

  static func isDotted(_ name: String) -> Bool {
    name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.utf8.first, let last = label.utf8.last else { return false }
      return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
        && label.utf8.allSatisfy { isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// A name that CEL code can speak of: no reserved word.
  static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first), !reservedWords.contains(name) else { return false }
    return name.utf8.allSatisfy { isLetter($0) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || byte == UInt8(ascii: "_")
  }

  /// https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax
  private static let reservedWords: Set<String> = [
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
    "namespace",
    "null", "package", "return", "true", "var", "void", "while",
  ]
}
