import TestSupport
import Testing

@Suite("The text of doubles")
struct DoubleTextTests {
  @Test("has the fewest digits that tell them apart, in cel-go's layout")
  func layout() {
    Expectations.check([
      "string(0.0)": #""0""#, "string(-0.0)": #""-0""#, "string(1.0)": #""1""#,
      "string(0.1 + 0.2)": #""0.30000000000000004""#,
      "string(5e-324)": #""5e-324""#, "string(1.7976931348623157e308)": #""1.7976931348623157e+308""#,
      "string(123456.0)": #""123456""#, "string(1234567.0)": #""1.234567e+06""#, "string(0.0001)": #""0.0001""#,
      "string(0.00001)": #""1e-05""#, "string(5.684341886080802e-14)": #""5.684341886080802e-14""#,
    ])
  }

  @Test("reads back as the same double, for any of them")
  func readsBack() {
    var generator = SeededGenerator(seed: 20)
    for _ in 0..<2_000 {
      let number = Double(bitPattern: generator.next())
      guard number.isFinite else { continue }
      #expect(Expectations.result("double(string(\(number))) == \(number)") == "true", "\(number)")
    }
  }
}
