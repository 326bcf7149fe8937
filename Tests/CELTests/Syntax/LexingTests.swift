import CEL
import Testing

@Suite("Lexing")
struct LexingTests {
  @Test(
    "reads literals",
    arguments: [
      ("0", "0"), ("42", "42"), ("-42", "-42"), ("0xff", "255"), ("-0x10", "-16"), ("0xFFu", "255u"),
      ("123u", "123u"), ("123U", "123u"), ("9223372036854775807", "9223372036854775807"),
      ("-9223372036854775808", "-9223372036854775808"), ("18446744073709551615u", "18446744073709551615u"),
      ("1.5", "1.5"), ("-1.5", "-1.5"), (".5", "0.5"), ("1e3", "1000.0"), ("1.5E-2", "0.015"), ("2e+1", "20.0"),
      ("0.0", "0.0"), ("- 5", "-5"), ("true", "true"), ("false", "false"), ("null", "null"),
      ("'a'", "\"a\""), ("\"a\"", "\"a\""), ("''", "\"\""), ("'''a'''", "\"a\""), ("\"\"\"a\"\"\"", "\"a\""),
      ("''''a'''", "\"\\'a\""), ("'''a\nb'''", "\"a\\nb\""), ("'''a\r\nb\rc'''", "\"a\\nb\\nc\""),
      ("'\"'", "\"\\\"\""), ("r'a\\nb'", "\"a\\\\nb\""), ("R\"\\\"", "\"\\\\\""), ("r'''\\a'b'''", "\"\\\\a\\'b\""),
      ("b'a'", "b\"\\x61\""), ("B\"\\377\"", "b\"\\xff\""), ("br'\\n'", "b\"\\x5c\\x6e\""), ("b'é'", "b\"\\xc3\\xa9\""),
      ("'ÿ' // and a comment", "\"ÿ\""), ("\t\u{0C}1\n//x\n+//y\n2", "(_+_ 1 2)"),
    ])
  func literals(source: String, tree: String) throws {
    #expect(try Environment(.full).parse(source).description == tree)
  }

  @Test(
    "replaces every escape",
    arguments: [
      ("\\a", "\u{7}"), ("\\b", "\u{8}"), ("\\f", "\u{C}"), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"),
      ("\\v", "\u{B}"), ("\\\\", "\\"), ("\\'", "'"), ("\\\"", "\""), ("\\`", "`"), ("\\?", "?"), ("\\x41", "A"),
      ("\\X41", "A"), ("\\xff", "\u{FF}"), ("\\u00e9", "é"), ("\\U0001F431", "🐱"), ("\\101", "A"), ("\\377", "\u{FF}"),
      ("\\u270c\\x41\\102", "✌AB"),
    ])
  func escapes(escape: String, text: String) throws {
    for quote in ["'", "\"", "'''", "\"\"\""] where !(quote.count == 3 && escape == "\\\(quote.prefix(1))") {
      #expect(try Self.literal(quote + escape + quote) == .string(text))
    }
  }

  @Test("reads the escapes of bytes as bytes, not as code points")
  func byteEscapes() throws {
    #expect(
      try Self.literal("b'\\xff\\377\\x00\\001\\u'".replacing("\\u", with: "u")) == .bytes([255, 255, 0, 1, 117]))
  }

  @Test("takes names in backticks for fields, and reserved words too")
  func fieldNames() throws {
    #expect(
      try Environment(.full).parse("a.`app.kubernetes.io/name`.?`b-c`.while").description
        == "a.app.kubernetes.io/name.?b-c.while")
  }

  @Test(
    "refuses literals that mean nothing",
    arguments: [
      ("9223372036854775808", 1, "invalid int literal"), ("x + -9223372036854775809", 5, "invalid int literal"),
      ("0x1FFFFFFFFFFFFFFFF", 1, "invalid int literal"), ("18446744073709551616u", 1, "invalid uint literal"),
      ("1e400", 1, "invalid double literal"), ("'\\ud800'", 1, "invalid unicode code point"),
      ("'\\U00110000'", 1, "invalid unicode code point"), ("b'\\u0041'", 1, "unable to unescape string"),
      ("while", 1, "reserved identifier: while"), ("1 + .as", 5, "reserved identifier: as"),
      ("for(1)", 1, "reserved identifier: for"),
    ])
  func meaningless(source: String, column: Int, message: String) {
    #expect(throws: CompileErrors.self) { try Environment(.full).parse(source) }
    let issues = Rejection.issues(source)
    #expect(issues == ["1:\(column): \(message)"])
  }

  private static func literal(_ source: String) throws -> Literal? {
    guard case .literal(let literal) = try Environment(.full).parse(source).kind else { return nil }
    return literal
  }
}

/// What the parser or the checker says of an expression that it refuses.
enum Rejection {
  static func issues(_ source: String, _ environment: Environment = Environment(.full)) -> [String] {
    rejection(source, environment)?.issues.map { "\($0.line):\($0.column): \($0.message)" } ?? []
  }

  static func rejection(_ source: String, _ environment: Environment = Environment(.full)) -> CompileErrors? {
    do throws(CompileErrors) {
      _ = try environment.check(source)
      return nil
    } catch {
      return error
    }
  }
}
