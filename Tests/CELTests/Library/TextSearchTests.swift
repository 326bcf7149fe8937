import Testing

/// Texts of some hundred kilobytes are searched in parts, or by a hash.
@Suite("Searching in long texts")
struct TextSearchTests {
  private static let part = String(repeating: "ab", count: 50_000)

  /// `t`: 300,001 characters, `c` only in the middle; `u`: half of them; `v`: the same but for its last.
  private static let variables = [
    "t": "\"\(part)\(part)c\(part)\"", "u": "\"\(part)c\(part)\"", "v": "\"\(part)c\(String(part.dropLast()))x\"",
    "w": "\"\(part)\(part)\(part)\(part)\"",
  ]

  @Test(
    "finds what is there, and nothing else",
    arguments: [
      ("t.indexOf('c')", "200000"), ("t.indexOf('bca')", "199999"), ("t.indexOf('d')", "-1"),
      ("t.lastIndexOf('c')", "200000"),
      ("t.indexOf(u)", "100000"), ("t.indexOf(u, 100001)", "-1"), ("t.indexOf(v)", "-1"),
      ("t.lastIndexOf(u)", "100000"),
      ("u.indexOf(t)", "-1"), ("t.indexOf(t)", "0"), ("t.split('c').map(s, s.size())", "[200000, 100000]"),
      ("t.split(u).map(s, s.size())", "[100000, 0]"), ("t.replace(u, 'x').size()", "100001"),
      ("t.replace('a', 'xy').size()", "450001"), ("w.split(v).size()", "1"),
      ("t.contains(u) && !t.contains(v)", "true"),
      ("w.indexOf(w.substring(1))", "1"), ("w.lastIndexOf(w.substring(1))", "1"),
      ("w.split(w.substring(0, 100000)).size()", "5"), ("t.charAt(200000)", "\"c\""),
      ("t.upperAscii().indexOf('C')", "200000"),
    ])
  func finds(source: String, expected: String) {
    #expect(Evaluating.result(source, Self.variables) == expected)
  }
}
