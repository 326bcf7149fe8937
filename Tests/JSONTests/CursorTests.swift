import JSON
import Memory
import Testing

@Suite("A cursor")
struct CursorTests {
  @Test("finds members and elements, and nothing where there is none")
  func navigation() throws {
    try withParsed(#"{"list":[{"a":1},[2],"three"],"text":"x","esc\u0061ped":true}"#) { root in
      #expect(root.count == 3)
      let list = try #require(root.member("list"))
      #expect(list.count == 3)
      #expect(list.element(at: 0)?.member("a")?.integer == 1)
      #expect(list.element(at: 1)?.element(at: 0)?.integer == 2)
      #expect(list.element(at: 2)?.isString("three") == true)
      #expect(list.element(at: 3) == nil)
      #expect(list.element(at: -1) == nil)
      #expect(root.member("escaped")?.bool == true)
      #expect(root.member("missing") == nil)
      #expect(root.member("text")?.member("x") == nil)
      #expect(list.member("a") == nil)
      #expect(root.element(at: 0) == nil)
    }
  }

  @Test("knows how much there is of a value, without going through it")
  func size() throws {
    try withParsed(#"{"a":[1,22],"b":"text","c":[[],{}]}"#) { root in
      #expect(root.wordCount == 11)
      #expect(root.member("a")?.wordCount == 3 && root.member("a")?.approximateByteCount == 4)
      #expect(root.member("b")?.wordCount == 1 && root.member("b")?.approximateByteCount == 4)
      #expect(root.member("c")?.approximateByteCount == 0)
      // From the first key to the last.
      #expect(root.approximateByteCount == 23)
    }
    let long = String(repeating: "x", count: 100_000)
    try withParsed("[\(String(repeating: "[],", count: 63))\"\(long)\",[]]") { root in
      #expect(root.approximateByteCount == 0)
    }
    try withParsed("[\(String(repeating: "[],", count: 62))\"\(long)\",[]]") { root in
      #expect(root.approximateByteCount == 100_000)
    }
  }

  @Test("finds a key whatever part of it is written as escapes")
  func escapedKeys() throws {
    for key in [#"\u0061\u0062"#, #"a\u0062"#, #"\u0061b"#] {
      try withParsed(#"{"\u0061\u0062\u0063":0,"\n":0,"\#(key)":1}"#) { root in
        #expect(root.member("ab")?.integer == 1)
        #expect(root.member("a") == nil)
        #expect(root.member("") == nil)
      }
    }
    try withParsed(#"{"\ud83d\ude00":1,"\u00e9":2,"":3}"#) { root in
      #expect(root.member("😀")?.integer == 1)
      #expect(root.member("é")?.integer == 2)
      #expect(root.member("")?.integer == 3)
    }
  }

  @Test("walks members and elements in order")
  func iteration() throws {
    try withParsed(#"{"a":[1,[2,3],{"x":4}],"b":{},"c":5}"#) { root in
      #expect(root.members.map { $0.key.stringValue } == ["a", "b", "c"])
      #expect(root.members.map { $0.value.count } == [3, 0, 0])
      #expect(root.member("a")?.elements.map(\.count) == [0, 2, 1])
      #expect(Array(root.elements.map(\.count)).isEmpty)
    }
  }

  @Test("compares strings exactly, also long ones and prefixes")
  func comparison() throws {
    try withParsed(#"["","abc","abcdefgh","abcdefghijklmnopq"]"#) { root in
      for element in root.elements {
        let value = element.rawText.string
        value.withByteSlice { #expect(element.isString($0)) }
        (value + "x").withByteSlice { #expect(!element.isString($0)) }
        value.uppercased().withByteSlice { #expect(value.isEmpty || !element.isString($0)) }
      }
    }
  }
}
