import CEL
import Foundation
import Memory
import TestSupport
import Testing

@Suite("format")
struct FormatTests {
  @Test(
    "writes numbers exactly, rounding half to even",
    arguments: [
      ("'%.2f'.format([0.155])", "0.15"), ("'%.0f'.format([0.5])", "0"), ("'%.0f'.format([1.5])", "2"),
      ("'%.1f'.format([0.25])", "0.2"), ("'%.3f'.format([9.9996])", "10.000"), ("'%.2f'.format([-0.001])", "-0.00"),
      ("'%.20f'.format([0.1])", "0.10000000000000000555"), ("'%.3e'.format([0.0])", "0.000e+00"),
      ("'%.0e'.format([95.0])", "1e+02"), ("'%.2e'.format([1e-300])", "1.00e-300"),
      ("'%.0f'.format([1e22])", "10000000000000000000000"),
      ("'%.1f'.format([5e-324])", "0.0"), ("'%.3e'.format([5e-324])", "4.941e-324"),
      ("'%.1e'.format([1.7976931348623157e308])", "1.8e+308"),
      ("'%d'.format([1e21])", "1000000000000000000000"), ("'%d'.format([0.1])", "0.1"), ("'%x'.format([-255])", "-ff"),
      ("'%b'.format([-9223372036854775808])", "-1000000000000000000000000000000000000000000000000000000000000000"),
    ])
  func numbers(source: String, expected: String) {
    #expect(Evaluating.result(source, options: .init(isStrict: true)) == "\"\(expected)\"")
  }

  @Test("writes all digits of the largest number")
  func largest() {
    let result = Evaluating.result("'%.0f'.format([1.7976931348623157e308])", options: .init(isStrict: true))
    #expect(
      result.hasPrefix("\"1797693134862315708145274237317043567980") && result.hasSuffix("50404026184124858368\""))
    #expect(result.utf8.count == 311)
  }

  @Test(
    "speaks an API server's dialect unless the specification is asked for",
    arguments: [
      ("'%s'.format([['a', 'b\\n']])", #"["a", "b\n"]"#, #"[a, b\#n]"#),
      ("'%s'.format([{'k': 2.71}])", #"{"k":2.710000}"#, "{k: 2.71}"),
      ("'%s'.format([[b'x']])", #"[b"x"]"#, "[x]"),
      ("'%s'.format([[duration('2h')]])", #"[duration("7200s")]"#, "[7200s]"),
      ("'%s'.format([[int]])", "[type(int)]", "[int]"), ("'%.1f'.format([1234567.0])", "1,234,567.0", "1234567.0"),
      ("'%.2e'.format([1052.0])", "1.05\u{202F}×\u{202F}10⁰³", "1.05e+03"),
      ("'%.1e'.format([0.001])", "1.0\u{202F}×\u{202F}10⁻⁰³", "1.0e-03"),
      ("'%f'.format([double('-Infinity')])", "-∞", "-Infinity"), ("'%s'.format([1e7])", "1e+07", "10000000"),
      ("'%s'.format([timestamp('2024-01-01T00:00:00+01:00')])", "2024-01-01T00:00:00+01:00", "2023-12-31T23:00:00Z"),
    ])
  func dialects(source: String, localized: String, standard: String) {
    let checked = FormatTests.checked(source)
    #expect(FormatTests.text(checked, isStrict: false) == localized)
    #expect(FormatTests.text(checked, isStrict: true) == standard)
  }

  @Test(
    "says which clause is wrong while evaluating",
    arguments: [
      ("f.format([])", "%s", "index 0 out of range"), ("f.format([1])", "%", "unexpected end of string"),
      ("f.format([1])", "%a", #"could not parse formatting clause: unrecognized formatting clause "a""#),
      (
        "f.format([1.0])", "%.f",
        #"could not parse formatting clause: error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax"#
      ),
      (
        "f.format([1.0])", "%.3",
        "could not parse formatting clause: error while parsing precision: could not find end of precision specifier"
      ),
      (
        "f.format([1.0])", "%.1000001f",
        "could not parse formatting clause: error while parsing precision: precision 1000001 exceeds maximum allowed precision 1000000"
      ),
      (
        "f.format(['a'])", "%d",
        "error during formatting: decimal clause can only be used on integers, was given string"
      ),
      (
        "f.format([optional.none()])", "%s",
        "error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given optional_type"
      ),
    ])
  func runtimeErrors(source: String, format: String, expected: String) {
    let quoted = "\"\(format)\""
    #expect(Evaluating.result(source, ["f": quoted], profile: .kubernetes) == "error: \(expected)")
  }

  @Test(
    "is checked where format and arguments are literals",
    arguments: [
      (
        "'%d'.format(['a'])",
        "1:14: error during formatting: decimal clause can only be used on integers, was given string"
      ),
      ("'%d'.format([1, 2])", "1:12: too many arguments supplied to string.format (expected 1, got 2)"),
      ("'%d %d'.format([1])", "1:15: index 1 out of range"),
      ("'%q'.format([1])", "1:12: could not parse formatting clause: unrecognized formatting clause \"q\""),
      ("'%s'.format([[optional.none()]])", "1:28: error during formatting: string clause can only be used on"),
      ("'%'.format([1])", "1:11: unexpected end of string"),
    ])
  func validation(source: String, expected: String) {
    #expect(Evaluating.result(source, profile: .kubernetes).contains(expected))
  }

  @Test("takes arguments of all types also where literals must have one")
  func exemption() {
    #expect(Evaluating.result("'%s %d'.format([dyn('a'), 1])", profile: .kubernetes) == "\"a 1\"")
  }

  @Test("agrees with the C library on the digits of any number")
  func differential() throws {
    var environment = Environment(.full)
    environment.declare("x", .double)
    var generator = SeededGenerator(seed: 3)
    for precision in [0, 1, 2, 6, 17, 40, 100] {
      for verb in ["f", "e"] {
        let checked = try environment.check("'%.\(precision)\(verb)'.format([x])")
        for _ in 0..<300 {
          // Any bits, and numbers of the size that people have.
          let bits = Double(bitPattern: generator.next())
          let small = Double(generator.number(below: 2_000_001) - 1_000_000) / 1_000
          for number in [bits, small] where number.isFinite {
            let expected = String(format: "%.\(precision)\(verb)", number)
            #expect(Self.value(checked, ["x": .double(number)], isStrict: true) == expected)
          }
        }
      }
    }
  }

  @Test("survives any format")
  func fuzz() throws {
    var environment = Environment(.full)
    environment.declare("f", .string)
    let checked = try environment.check("f.format([1, 2.5, 'a', [b'x', {'k': null}], timestamp(0), 7u])")
    var mutator = Mutator(
      corpus: ["%s %d %f %e %x %o", "%.3f%% %b%X", "100%", "%.99999f", "%s%s%s%s"].map { Array($0.utf8) },
      dictionary: ["%", "%%", ".", "%.0f", "%.10e", "9999999999999999999", "é"], seed: 11)
    for _ in 0..<2_000 {
      let format = String(decoding: mutator.next(), as: UTF8.self)
      for isStrict in [false, true] { _ = Self.text(checked, isStrict: isStrict, format: format) }
    }
  }

  private static func checked(_ source: String) -> Result<CheckedExpression, CompileErrors> {
    Result { () throws(CompileErrors) in try Environment(.full).check(source) }
  }

  private static func text(_ checked: Result<CheckedExpression, CompileErrors>, isStrict: Bool) -> String {
    switch checked {
    case .success(let checked): text(checked, isStrict: isStrict, format: "")
    case .failure(let error): "\(error)"
    }
  }

  /// The result's text as it is, with the variable `f`.
  private static func text(_ checked: CheckedExpression, isStrict: Bool, format: String) -> String {
    let arena = Arena()
    return value(
      checked, ["f": .string(format.withByteSlice { arena.handle.copy($0) })], isStrict: isStrict)
  }

  private static func value(_ checked: CheckedExpression, _ variables: [String: Value], isStrict: Bool) -> String {
    var builder = ProgramBuilder(.init(isStrict: isStrict))
    var scope = Scope()
    let slots = variables.map { (builder.variable($0.key), $0.key, $0.value) }
    for (slot, name, _) in slots { scope.bind(name, to: slot) }
    guard let entry = try? builder.add(checked, scope: scope) else { return "rejected" }
    let arena = Arena()
    var machine = Machine()
    machine.begin(builder.finish(), arena: arena.handle)
    for (slot, _, value) in slots { machine.bind(slot, value) }
    return machine.context.text(of: machine.evaluate(entry)).string
  }
}
