import CELFuzz
import Testing

/// What `cel-fuzz` runs for hours, for a bounded number of inputs.
@Suite("Fuzzing of parser, checker and evaluator")
struct StageFuzzTests {
  @Test("nothing crashes or gives two values, and every mistake has a place", arguments: CELFuzzer.Subject.allCases)
  func fuzz(subject: CELFuzzer.Subject) {
    var fuzzer = CELFuzzer(subject, seed: 11)
    for _ in 0..<1_000 {
      let input = fuzzer.next()
      let complaint = fuzzer.run(input)
      #expect(complaint == nil, "\(String(decoding: input, as: UTF8.self))")
    }
    #expect(fuzzer.accepted > 50)
  }
}
