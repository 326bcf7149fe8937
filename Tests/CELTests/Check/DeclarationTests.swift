import CEL
import Testing

@Suite("Declarations")
struct DeclarationTests {
  /// Calls of every declared overload, its arguments dynamic.
  private static func calls(_ profile: Environment.Profile) -> [(id: String, source: String)] {
    Environment(profile).declaredFunctions.flatMap { function in
      function.overloads.map { overload in
        (overload.id, call(function.name, overload.isMember, overload.parameters.indices.map { "x\($0)" }))
      }
    }
  }

  private static func call(_ name: String, _ isMember: Bool, _ arguments: [String]) -> String {
    // What macros call, which no expression can name.
    if name == "@sortByAssociatedKeys" { return "\(arguments[0]).sortBy(x, x)" }
    let name = name.replacing("math.@min", with: "math.least").replacing("math.@max", with: "math.greatest")
    if name == "@in" { return "\(arguments[0]) in \(arguments[1])" }
    // `_+_`, `_?_:_`: the underscores stand for the operands.
    if name.contains("_") {
      var rest = arguments[...]
      return name.map { $0 == "_" ? " \(rest.removeFirst()) " : "\($0)" }.joined()
    }
    return isMember
      ? "\(arguments[0]).\(name)(\(arguments.dropFirst().joined(separator: ", ")))"
      : "\(name)(\(arguments.joined(separator: ", ")))"
  }

  @Test("are all implemented", arguments: [Environment.Profile.kubernetes, .full])
  func implemented(profile: Environment.Profile) throws {
    var environment = Environment(profile)
    var builder = ProgramBuilder()
    var scope = Scope()
    for name in ["x0", "x1", "x2", "x3"] {
      environment.declare(name, .dyn)
      scope.bind(name, to: builder.variable(name))
    }
    for (id, source) in Self.calls(profile) {
      let checked = try environment.check(source)
      do throws(CompileErrors) {
        _ = try builder.add(checked, scope: scope)
      } catch {
        Issue.record("overload \(id) is declared but not implemented: \(error)")
      }
    }
  }

  @Test("have ids of their own", arguments: [Environment.Profile.kubernetes, .full])
  func ids(profile: Environment.Profile) {
    let ids = Self.calls(profile).map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids.count > 150)
  }
}
