import Foundation
import JSON
import Memory
import TestSupport
import Testing

/// The fuzz entry point of the parser: whatever the bytes, it ends; what it accepts can be written and read back to the same
/// tape, and is JSON to an independent parser too.
func fuzzParser(_ input: [UInt8]) throws {
  try input.withUnsafeBufferPointer { bytes in
    var tape = Tape()
    do throws(JSONError) {
      try tape.parse(ByteSlice(bytes))
    } catch {
      try #require(error.offset >= 0 && error.offset <= bytes.count)
      return
    }
    var first = ByteBuffer()
    first.writeValue(tape.root)
    var again = Tape()
    try again.parse(first.bytes)
    var second = ByteBuffer()
    second.writeValue(again.root)
    let isSame = first.bytes == second.bytes && tape.wordCount == again.wordCount
    try #require(isSame)
    // Foundation refuses a lone surrogate; there is none without an escape.
    if !bytes.contains(UInt8(ascii: "\\")) {
      _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }
  }
}

@Suite("The parser, fuzzed,")
struct FuzzTests {
  static let small = [
    #"{"a":[1,-2.5e3,true,false,null,"x\u00e9\n",{}],"a":{"b":[]},"":0}"#,
    #"["\ud83d\ude00","é€😀",9223372036854775808,1e-5]"#,
    "  {\"k\" : \"v\" }\n", "12345678901234567890", "\"\\\\\"",
  ].map { Array($0.utf8) }

  static let dictionary = ["\\u", "\\ud800", "\"", "[[", "{\"a\":", "null", "1e999", "\u{FEFF}", "é", "-", "0"]

  @Test("takes 30,000 mutated texts without a crash", arguments: 0..<3 as Range<UInt64>)
  func mutations(seed: UInt64) throws {
    var mutator = Mutator(corpus: Self.small, dictionary: Self.dictionary, seed: seed)
    for _ in 0..<10_000 { try fuzzParser(mutator.next()) }
  }

  @Test("takes every truncation of a text")
  func truncations() throws {
    for text in Self.small { for length in 0...text.count { try fuzzParser(Array(text[..<length])) } }
  }

  @Test("takes recorded reviews, whole and mutated", .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func reviews() throws {
    let corpus = try SharedData.lines("operations.jsonl").map { Array($0) }
    for text in corpus { try fuzzParser(text) }
    var mutator = Mutator(corpus: corpus.filter { $0.count < 8192 }, dictionary: Self.dictionary, seed: 7)
    for _ in 0..<500 { try fuzzParser(mutator.next()) }
  }
}
