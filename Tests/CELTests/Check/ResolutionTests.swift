import CEL
import Testing

@Suite("Name resolution")
struct ResolutionTests {
  /// What the names and calls of an expression stand for, in the order of their places.
  private static func references(_ source: String, _ environment: Environment) throws -> [Reference] {
    let checked = try environment.check(source)
    var pending = [checked.root]
    var found: [(Int, Reference)] = []
    while let node = pending.popLast() {
      pending += node.children
      if let reference = checked.references[node.id] { found.append((node.offset, reference)) }
    }
    return found.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private static func function(_ name: String, _ overloads: String..., isNamespaced: Bool = false) -> Reference {
    .function(name: name, overloads: overloads, isNamespaced: isNamespaced)
  }

  @Test("prefers the longest declared name, and reads the rest as fields")
  func longestName() throws {
    let environment = CheckingTests.environment()
    #expect(try Self.references("a.b.c", environment) == [.variable("a.b.c")])
    #expect(try Self.references("a.b.d", environment) == [.variable("a.b")])
    #expect(try Self.references("has(a.b.c)", environment) == [.variable("a.b")])
  }

  @Test("looks from the inside of the container outwards, and only at the root behind a dot")
  func container() throws {
    var environment = CheckingTests.environment(container: "ns.inner")
    environment.declare("ns.x", .int)
    environment.declare("ns.inner.y", .int)
    environment.declare("y", .string)
    #expect(try Self.references("x", environment) == [.variable("ns.x")])
    #expect(try Self.references("y", environment) == [.variable("ns.inner.y")])
    #expect(try Self.references(".y", environment) == [.variable("y")])
    #expect(try Self.references("Thing{}", environment) == [.type(.object("ns.Thing"))])
    #expect(Rejection.issues("z", environment) == ["1:1: undeclared reference to 'z' (in container 'ns.inner')"])
  }

  @Test("lets a macro's variable hide others, and nothing after the macro")
  func scopes() throws {
    var environment = CheckingTests.environment()
    environment.declare("e", .string)
    environment.declare("e.f", .string)
    let equals = Self.function("_==_", "equals")
    #expect(
      try Self.references("[{'f': 1}].all(e, e.f == 1) && e.f == ''", environment)
        == [.local("e"), equals, Self.function("_&&_", "logical_and"), .variable("e.f"), equals])
    #expect(try environment.check("[1].map(e, [2u].map(e, e))").resultType == .list(.list(.uint)))
    #expect(try environment.check("[1].map(e, .e)").resultType == .list(.string))
  }

  @Test("names types, overloads, and functions with the namespace that is part of their name")
  func typesAndFunctions() throws {
    let environment = CheckingTests.environment()
    #expect(try Self.references("google.protobuf.Duration", environment) == [.type(.duration)])
    #expect(
      try Self.references("optional.of(i)", environment)
        == [Self.function("optional.of", "optional_of", isNamespaced: true), .variable("i")])
    #expect(try Self.references("s.size()", environment).last == Self.function("size", "string_size"))
    #expect(
      try Self.references("x % x", environment).contains(Self.function("_%_", "modulo_int64", "modulo_uint64")))
  }
}
