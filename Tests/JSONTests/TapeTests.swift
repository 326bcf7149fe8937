import JSON
import Memory
import TestSupport
import Testing

/// Parses `text`, and calls `body` with the root while the text is alive.
func withParsed<Result>(_ text: String, _ body: (Cursor) throws -> Result) throws -> Result {
  var bytes = ByteBuffer()
  bytes.append(text)
  var tape = Tape()
  try tape.parse(bytes.bytes)
  return try body(tape.root)
}

/// The text written back from the tape.
func rewritten(_ text: String) throws -> String {
  try withParsed(text) { root in
    var output = ByteBuffer()
    output.writeValue(root)
    return output.bytes.string
  }
}

@Suite("The tape")
struct TapeTests {
  @Test(
    "accepts every form of RFC 8259 and writes it back compact",
    arguments: [
      ("null", "null"), (" true ", "true"), ("\t\r\nfalse\n", "false"), ("0", "0"), ("-0", "-0"), ("12", "12"),
      ("-1.5e+10", "-1.5e+10"), ("1E2", "1E2"), (#""""#, #""""#), (#""a\"b""#, #""a\"b""#),
      (#""\u00e9é€😀""#, #""\u00e9é€😀""#), ("[]", "[]"), ("[ ]", "[]"), ("{}", "{}"), ("{ }", "{}"),
      ("[1 , 2,[3],{}]", "[1,2,[3],{}]"), (#"{"a" : {"b":[ ]} , "c":null}"#, #"{"a":{"b":[]},"c":null}"#),
    ])
  func accepts(text: String, expected: String) throws {
    #expect(try rewritten(text) == expected)
  }

  @Test(
    "refuses what is not RFC 8259, and says where",
    arguments: [
      ("", 0), (" ", 1), ("nul", 3), ("nulL", 3), ("True", 0), ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3),
      ("[,1]", 1),
      ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{'a':1}", 1),
      ("{\"a\" 1}", 5), ("{\"a\":1]", 6), ("[1}", 2), ("1 2", 2), ("[]]", 2), ("01", 1), ("-", 1), ("+1", 0), (".5", 0),
      ("1.", 2), ("1.e3", 2), ("1e", 2), ("1e+", 3), ("0x10", 1), ("NaN", 0), ("Infinity", 0), ("-Infinity", 1),
      ("\"", 1), ("\"a", 2), ("\"\t\"", 1), ("\"\\x\"", 1), ("\"\\u12g4\"", 1), ("\"\\", 2), ("/**/1", 0),
      ("\u{FEFF}1", 0),
      ("1e999", 0), ("\u{00A0}1", 0), ("[1\u{000B}]", 2),
    ])
  func refuses(text: String, offset: Int) {
    let error = #expect(throws: JSONError.self) { try rewritten(text) }
    #expect(error?.offset == offset)
  }

  @Test(
    "refuses bytes that are not UTF-8",
    arguments: [
      [0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xFF], [0xC3, 0x28],
    ] as [[UInt8]])
  func refusesInvalidUTF8(bytes: [UInt8]) {
    for padding in 0..<9 {
      var text = ByteBuffer()
      text.append(UInt8(ascii: "\""))
      for _ in 0..<padding { text.append(UInt8(ascii: "x")) }
      for byte in bytes { text.append(byte) }
      text.append("\"")
      var tape = Tape()
      do throws(JSONError) {
        try tape.parse(text.bytes)
        Issue.record("accepted \(bytes) behind \(padding) bytes")
      } catch {
        #expect(error == JSONError(.invalidUTF8, at: 1 + padding))
      }
    }
  }

  @Test(
    "decodes escapes, with U+FFFD for a lone surrogate",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00!""#, "😀!"),
      (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83dA""#, "\u{FFFD}A"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\u0000""#, "\0"),
    ])
  func decodes(text: String, expected: String) throws {
    try withParsed(text) { root in
      var arena = Arena()
      #expect(root.string(in: arena.handle).string == expected)
      expected.withByteSlice { #expect(root.isString($0)) }
      #expect(root.stringValue == expected)
      arena.reset()
    }
  }

  @Test(
    "keeps the last of equal keys, however they are written",
    arguments: [
      (#"{"a":1,"a":2}"#, #"{"a":2}"#), (#"{"a":1,"b":2,"a":3}"#, #"{"b":2,"a":3}"#),
      (#"{"a":{"x":[1,2]},"b":[{}],"a":null}"#, #"{"b":[{}],"a":null}"#), (#"{"a":1,"\u0061":2}"#, #"{"\u0061":2}"#),
      (#"{"\u0061":1,"a":2}"#, #"{"a":2}"#), (#"{"a":{"k":1,"k":2,"k":3},"b":0}"#, #"{"a":{"k":3},"b":0}"#),
      (#"[{"a":1,"a":2},{"a":1}]"#, #"[{"a":2},{"a":1}]"#), (#"{"":1,"":2}"#, #"{"":2}"#),
      (#"{"a":1,"A":2}"#, #"{"a":1,"A":2}"#),
      (#"{"abcdefghi":1,"abcdefghj":2,"abcdefghi":3}"#, #"{"abcdefghj":2,"abcdefghi":3}"#),
    ])
  func lastKeyWins(text: String, expected: String) throws {
    #expect(try rewritten(text) == expected)
  }

  @Test("keeps the last of equal keys among thousands")
  func lastKeyWinsInLargeObjects() throws {
    let members = (0..<5000).map { "\"k\($0 % 2500)\":\($0)" }
    try withParsed("{\(members.joined(separator: ","))}") { root in
      #expect(root.count == 2500)
      #expect(root.member("k0")?.integer == 2500)
      #expect(root.member("k2499")?.integer == 4999)
    }
  }

  @Test("refuses repetition on many levels around many values, whose time would grow with the square")
  func nestedRepetition() {
    let levels = 400
    let values = String(repeating: "0,", count: 100_000) + "0"
    let text =
      String(repeating: #"{"a":0,"a":"#, count: levels) + "[\(values)]" + String(repeating: "}", count: levels)
    let error = #expect(throws: JSONError.self) { try rewritten(text) }
    #expect(error?.reason == .tooManyRepeatedKeys)
  }

  @Test(
    "tells integers from doubles by their text",
    arguments: [
      ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min), ("9223372036854775808", nil),
      ("-9223372036854775809", nil), ("1.0", nil), ("1e0", nil), ("100000000000000000000", nil),
    ] as [(String, Int64?)])
  func integers(text: String, expected: Int64?) throws {
    try withParsed(text) { root in
      #expect(root.integer == expected)
      #expect(root.kind == (expected == nil ? .double : .integer))
      #expect(root.double == Double(text))
    }
  }

  @Test("accepts the deepest nesting and refuses one more")
  func depth() throws {
    let limit = Tape.maximumDepth
    let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(try rewritten(deepest) == deepest)
    let error = #expect(throws: JSONError.self) { try rewritten("[" + deepest + "]") }
    #expect(error == JSONError(.tooDeep(limit: limit), at: limit))
  }

  @Test("is null before it holds a text and after a text that was refused")
  func emptyTape() throws {
    var tape = Tape()
    #expect(tape.root.isNull)
    var bytes = ByteBuffer()
    bytes.append("[1,2")
    #expect((try? tape.parse(bytes.bytes)) == nil)
    #expect(tape.root.isNull && tape.wordCount == 0)
  }

  @Test("is laid out as its README draws it")
  func layout() throws {
    try withParsed(#"{"a":[1,"x"],"b":null}"#) { root in
      let words = (0..<7).map { root.word[$0] }
      #expect(words.map(\.kind) == [.object, .string, .array, .integer, .string, .string, .null])
      #expect(words.map(\.length) == [2, 1, 2, 1, 1, 1, 4])
      #expect(words.map(\.offset) == [7, 2, 3, 6, 9, 14, 17])
    }
  }

  @Test("names line and column of a mistake")
  func place() {
    let text = "{\n  \"a\": tru\n}"
    text.withByteSlice { bytes in
      var tape = Tape()
      do throws(JSONError) {
        try tape.parse(bytes)
        Issue.record("accepted")
      } catch {
        #expect(error.description(in: bytes) == "unexpected byte 0xa at line 2, column 11")
      }
    }
  }
}
