import Foundation
import Memory
import Replay
import TestSupport
import Testing

/// The pieces of text that reports are made of.
@Suite("Text of reports")
struct ReportTextTests {
  @Test(
    "shows no control characters on a terminal, wherever they stand among others",
    arguments: ["\u{0}", "\u{1B}", "\n", "\u{7F}", "\u{85}", "\u{9B}", "\u{2028}", "\u{202E}", "\u{2066}"])
  func printable(_ control: String) {
    for length in 0..<20 {
      let text = String(repeating: "x", count: length)
      #expect(Printable.text(text + control + text) == "\(text)\u{FFFD}\(text)")
    }
  }

  @Test(
    "leaves everything else as it is",
    arguments: ["", "a", "~ !", "größer", "名前", "👩‍👩‍👧", String(repeating: "é", count: 99)])
  func kept(_ text: String) {
    #expect(Printable.text(text) == text)
  }

  @Test("says how far a run is")
  func progress() {
    #expect(
      ProgressBar.text(reviews: 120_000, bytes: 30, of: 120, nanoseconds: 1_200_000_000)
        == "[======                  ] 25% 120,000 reviews, 100,000/s, 1 s, 4 s left")
    // Nobody knows how long standard input is.
    #expect(
      ProgressBar.text(reviews: 1_234_567, bytes: 30, of: nil, nanoseconds: 2_000_000_000)
        == "1,234,567 reviews, 617,283/s, 2 s")
    #expect(
      ProgressBar.text(reviews: 0, bytes: 0, of: 10, nanoseconds: 0).hasPrefix(
        "[                        ] 0% 0 reviews"))
  }

  @Test(
    "is escaped in XML, and holds no character that XML has none for",
    arguments: [
      ("a<b>&\"'c", "a&lt;b&gt;&amp;&quot;'c", "a&lt;b&gt;&amp;&quot;'c"),
      ("\n\t\r", "\n\t&#13;", "&#10;&#9;&#13;"), ("\u{0}\u{1B}x", "\u{FFFD}\u{FFFD}x", "\u{FFFD}\u{FFFD}x"),
      ("\u{FFFE}\u{FFFF}\u{FFFD}\u{FF0C}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FF0C}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FF0C}"),
      ("größer 👩‍👩‍👧 <\u{338}", "größer 👩‍👩‍👧 &lt;\u{338}", "größer 👩‍👩‍👧 &lt;\u{338}"),
    ])
  func xml(_ text: String, _ content: String, _ attribute: String) {
    var buffer = ByteBuffer()
    XMLText.write(text, to: &buffer)
    #expect(buffer.bytes.string == content)
    buffer.removeAll()
    XMLText.writeAttribute(text, to: &buffer)
    #expect(buffer.bytes.string == attribute)
  }
}
