import JSON
import Memory
import Testing

@Suite("The writer")
struct WriterTests {
  @Test("places commas by itself")
  func commas() {
    var buffer = ByteBuffer()
    buffer.writeObjectStart()
    buffer.writeKey("a")
    buffer.writeArrayStart()
    buffer.writeInteger(-1)
    buffer.writeUnsigned(.max)
    buffer.writeString("")
    buffer.writeBool(false)
    buffer.writeNull()
    buffer.writeArrayStart()
    buffer.writeArrayEnd()
    buffer.writeArrayEnd()
    buffer.writeKey("b")
    buffer.writeObjectStart()
    buffer.writeObjectEnd()
    buffer.writeKey("c")
    buffer.writeDouble(1.5)
    buffer.writeObjectEnd()
    #expect(buffer.bytes.string == #"{"a":[-1,18446744073709551615,"",false,null,[]],"b":{},"c":1.5}"#)
  }

  @Test("does not mistake a bracket in a string for an open container")
  func bracketInString() {
    var buffer = ByteBuffer()
    buffer.writeArrayStart()
    buffer.writeString("[")
    buffer.writeString("x:")
    buffer.writeString("{")
    buffer.writeArrayEnd()
    #expect(buffer.bytes.string == #"["[","x:","{"]"#)
  }

  @Test("escapes what must be escaped, and what it writes reads back")
  func escapes() throws {
    let text = "q\" b\\ n\n r\r t\t nul\0 esc\u{1b} é€😀 \u{7f}"
    var buffer = ByteBuffer()
    buffer.writeString(text)
    #expect(buffer.bytes.string == #""q\" b\\ n\n r\r t\t nul\u0000 esc\u001b é€😀 "# + "\u{7f}\"")
    var tape = Tape()
    try tape.parse(buffer.bytes)
    #expect(tape.root.stringValue == text)
  }

  @Test("writes U+FFFD for bytes that are not UTF-8")
  func invalidUTF8() {
    let bytes: [UInt8] = [0x61, 0xFF, 0x62, 0xC3, 0xE2, 0x82]
    var buffer = ByteBuffer()
    bytes.withUnsafeBufferPointer { buffer.writeString(ByteSlice($0)) }
    #expect(buffer.bytes.string == "\"a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}\"")
  }

  @Test(
    "writes doubles that read back as themselves",
    arguments: [0, -0.0, 1, 0.1, 1e300, -Double.leastNonzeroMagnitude, 1.0 / 3])
  func doubles(number: Double) throws {
    var buffer = ByteBuffer()
    buffer.writeDouble(number)
    var tape = Tape()
    try tape.parse(buffer.bytes)
    #expect(tape.root.double == number)
  }
}
