import AllocationCounter
import CEL
import Memory
import TestSupport
import Testing

/// The parsers of Kubernetes' libraries on texts that are almost right: no crash, no hang, and what a parser takes it
/// takes again from its own output.
@Suite("Fuzzing of quantities, addresses, URLs, versions and formats")
struct LibraryFuzzTests {
  /// A parser: what must be true of every text, valid inputs, and pieces that mean something.
  struct Subject: Sendable, CustomTestStringConvertible {
    let name: String
    let corpus: [String]
    let dictionary: [String]
    /// Expressions over `x` that are true or an error that `mayFail` lets pass.
    let properties: [String]
    let mayFail: Bool

    var testDescription: String { name }
  }

  static let subjects = [
    Subject(
      name: "quantity",
      corpus: ["1.5Gi", "100m", "12e6", "-0.0001Ki", "9223372036854775807", "1E-3", "0", "+7Ei", "5.5n"],
      dictionary: ["Ki", "Ei", "e", "E", "e-", "n", "u", "m", ".", "-", "+", "0", "999999999999999999", "2147483648"],
      properties: [
        "!isQuantity(x) || quantity(x) == quantity(x)", "!isQuantity(x) || quantity(x).compareTo(quantity(x)) == 0",
        "!isQuantity(x) || quantity(x).add(quantity('1Gi')).sub(quantity('1.5Gi')).isLessThan(quantity(x))",
        "!isQuantity(x) || sign(quantity(x)) == quantity(x).compareTo(quantity('0'))",
        "!isQuantity(x) || sign(quantity(x).sub(quantity(x))) == 0",
        "!isQuantity(x) || !quantity(x).isInteger() || quantity(x).asInteger() == int(quantity(x).asInteger())",
        "!isQuantity(x) || quantity(x).asApproximateFloat() == quantity(x).asApproximateFloat()",
      ], mayFail: true),
    Subject(
      name: "ip", corpus: ["192.168.0.1", "2001:db8::68", "::ffff:1.2.3.4", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "::"],
      dictionary: ["::", ":", ".", "%", "ffff", "0", "255", "256", "1.2.3.4", "00"],
      properties: [
        "!isIP(x) || string(ip(string(ip(x)))) == string(ip(x))", "!isIP(x) || ip.isCanonical(string(ip(x)))",
        "!isIP(x) || ip(x) == ip(string(ip(x)))", "!isIP(x) || cidr(x + '/0').containsIP(x)",
        "!isIP(x) || cidr(x + (ip(x).family() == 4 ? '/32' : '/128')).masked().ip() == ip(x)",
        "!isIP(x) || !ip(x).isLoopback() || !ip(x).isGlobalUnicast()",
      ], mayFail: false),
    Subject(
      name: "cidr", corpus: ["10.0.0.0/8", "2001:db8::/32", "::1/128", "1.2.3.4/0", "::ffff:1.2.3.4/96"],
      dictionary: ["/", "/0", "/32", "/128", "/129", "::", ".", "%"],
      properties: [
        "!isCIDR(x) || string(cidr(string(cidr(x)))) == string(cidr(x))",
        "!isCIDR(x) || cidr(x).masked() == cidr(x).masked().masked()", "!isCIDR(x) || cidr(x).containsCIDR(x)",
        "!isCIDR(x) || cidr(x).containsIP(cidr(x).ip())",
      ], mayFail: false),
    Subject(
      name: "url",
      corpus: [
        "https://user:pass@example.com:80/path?query=val&query=b#fragment", "http://[fe80::1%25en0]:80/a%2Fb", "/a b",
        "mailto:a@b?c=d", "//h/p;x", "*", "http://h/?a=%41+b&&;=",
      ],
      dictionary: [
        "%", "%25", "%zz", "%ff", "[", "]", "@", ":", "//", "?", "#", "&", "=", ";", "+", "http:", "\u{7F}",
      ],
      properties: [
        "!isURL(x) || dyn(url(x)) == dyn(url(x))", "!isURL(x) || url(x).getQuery().all(k, k in url(x).getQuery())",
        "!isURL(x) || url(x).getHost().contains(url(x).getHostname())",
        "!isURL(x) || !url(x).getEscapedPath().contains(' ')",
        "!isURL(x) || format.uri().validate(x) == optional.none()",
      ], mayFail: true),
    Subject(
      name: "semver", corpus: ["1.2.3", "v1.0", "0.1.0-alpha.1+build.2", "01.002.03-rc", "1"],
      dictionary: [".", "-", "+", "v", "0", "18446744073709551616", "a"],
      properties: [
        "!isSemver(x) || semver(x) == semver(x)", "!isSemver(x) || isSemver(x, true)",
        "!isSemver(x, true) || semver(x, true).compareTo(semver(x, true)) == 0",
        "!isSemver(x, true) || semver(x, true).isLessThan(semver('18446744073709551615.0.0'))"
          + " || semver(x, true).major() == -1",
      ], mayFail: false),
    Subject(
      name: "format",
      corpus: [
        "my-label", "example.com", "example.com/Name_1", "123e4567-e89b-12d3-a456-426614174000", "aGVsbG8=",
        "2024-02-29",
        "2021-01-01T00:00:00.5+01:00",
      ],
      dictionary: ["-", ".", "/", "_", "=", "T", "t", "Z", ":", "+", "é"],
      properties: NamedFormatTests.names.map {
        "format.named('\($0)').value().validate(x).optMap(m, m.size() > 0 && m.all(s, s != '')).orValue(true)"
      } + ["format.dns1123Label().validate(x).hasValue() || !format.dns1123Subdomain().validate(x).hasValue()"],
      mayFail: false),
    Subject(
      name: "find", corpus: ["abc 123", "aäb", "", "baac", "^$"], dictionary: ["a", " ", "1", "é", "\n"],
      properties: [
        "x.findAll('[a-z]*').join().size() <= x.size()", "x.findAll('.').all(c, x.contains(c))",
        "x.contains(x.find('[0-9]+'))", "x.findAll('', 3).size() <= 3",
      ], mayFail: false),
  ]

  private static func program(_ sources: [String]) throws -> (Program, VariableSlot, [EntryPoint]) {
    var environment = Environment(.kubernetes)
    environment.declare("x", .string)
    var builder = ProgramBuilder()
    var scope = Scope()
    let slot = builder.variable("x")
    scope.bind("x", to: slot)
    var entries: [EntryPoint] = []
    for source in sources { entries.append(try builder.add(environment.check(source), scope: scope)) }
    return (builder.finish(), slot, entries)
  }

  @Test("nothing crashes, and what is taken is taken again", arguments: subjects)
  func fuzz(subject: Subject) throws {
    let (program, slot, entries) = try Self.program(subject.properties)
    var mutator = Mutator(corpus: subject.corpus.map { Array($0.utf8) }, dictionary: subject.dictionary, seed: 36)
    var arena = Arena()
    var machine = Machine()
    for _ in 0..<2_000 {
      let text = String(decoding: mutator.next(), as: UTF8.self)
      text.withByteSlice { slice in
        arena.reset()
        machine.begin(program, arena: arena.handle)
        machine.bind(slot, .string(slice))
        for (entry, property) in zip(entries, subject.properties) {
          let value = machine.evaluate(entry)
          let isFine = value.isTrue || subject.mayFail && value.isError
          #expect(isFine, "\(property) of \(text.debugDescription): \(machine.context.description(of: value))")
        }
      }
    }
  }

  @Test("takes nothing from the heap once the worker has warmed up", arguments: subjects)
  func allocatesNothing(subject: Subject) throws {
    let (program, slot, entries) = try Self.program(subject.properties)
    var arena = Arena()
    var machine = Machine()
    for text in subject.corpus + subject.dictionary {
      text.withByteSlice { slice in
        var before: UInt64 = 0
        for round in 0..<20 {
          if round == 10 { before = allocation_count() }
          arena.reset()
          machine.begin(program, arena: arena.handle)
          machine.bind(slot, .string(slice))
          for index in 0..<entries.count { _ = machine.evaluate(entries[index]) }
        }
        let count = allocation_count() - before
        #expect(count == 0, "\(text)")
      }
    }
  }

  @Test(
    "a long text costs its length",
    arguments: [
      ("quantity(x).isInteger()", "9"), ("isQuantity(x)", "0"), ("isIP(x)", "0:"), ("isURL(x)", "/%41"),
      ("url('/?' + x).getQuery().size()", "a&"), ("isSemver('1.0.0-' + x)", "a."), ("x.findAll('a*b').size()", "a"),
      ("format.dns1123Subdomain().validate(x).hasValue()", "a."), ("format.datetime().validate(x).hasValue()", "1"),
    ])
  func longTexts(source: String, piece: String) throws {
    let (program, slot, entries) = try Self.program([source])
    let text = String(repeating: piece, count: 200_000)
    text.withByteSlice { slice in
      let arena = Arena()
      var machine = Machine()
      machine.begin(program, arena: arena.handle)
      machine.bind(slot, .string(slice))
      _ = machine.evaluate(entries[0])
      #expect(arena.bytesInUse < 64 << 20)
    }
  }
}
