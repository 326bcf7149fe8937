package import CEL
internal import JSON
package import Memory

/// A line that is no expression to evaluate.
package struct BatchLineError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Evaluates expressions that are written as lines of JSON in the form of CEL's conformance suite.
///
/// Of a line count `expr`, `name`, `container`, `type_env`, `bindings`, `disable_check` and `check_only`. The line that comes out is
/// `{"name", "value": {…}}`, `{"name", "error": "…"}` or, for `check_only`, `{"name", "type": {…}}`.
package struct EvaluationBatch: ~Copyable {
  private let profile: Environment.Profile
  private var tape = Tape()
  private var arena = Arena()
  private var machine = Machine()

  /// - Parameter profile: in `full`, the specification decides where an API server is laxer.
  package init(profile: Environment.Profile) { self.profile = profile }

  /// Evaluates one line. What is wrong with the expression, or goes wrong while evaluating, is a result.
  /// - Throws: what is wrong with the line; then nothing is written.
  package mutating func evaluate(_ line: ByteSlice, into output: inout ByteBuffer) throws(BatchLineError) {
    arena.reset()
    do {
      try tape.parse(line)
    } catch {
      throw BatchLineError("is not JSON: \(error.message)")
    }
    let test = tape.root
    guard test.isObject, let source = test.member("expr")?.stringValue else {
      throw BatchLineError("is not an object with an `expr`")
    }
    let start = output.count
    output.writeObjectStart()
    output.writeKey("name")
    output.writeString(test.member("name")?.stringValue ?? "")
    do throws(BatchLineError) {
      try writeResult(of: source, test, to: &output)
    } catch {
      output.truncate(to: start)
      throw error
    }
    output.writeObjectEnd()
    output.append("\n")
  }

  private mutating func writeResult(
    of source: String, _ test: Cursor, to output: inout ByteBuffer
  ) throws(BatchLineError) {
    let environment = try environment(test)
    let bindings = try bindings(test)
    let checked: CheckedExpression
    let compiled: (program: CEL.Program, entry: EntryPoint, slots: [VariableSlot])
    do throws(CompileErrors) {
      checked =
        test.member("disable_check")?.bool == true
        ? try environment.resolve(source, variables: Set(bindings.map(\.name))) : try environment.check(source)
      if test.member("check_only")?.bool == true {
        output.writeKey("type")
        return SuiteType.write(checked.resultType, to: &output)
      }
      compiled = try compile(checked, bindings.map(\.name))
    } catch {
      output.writeKey("error")
      return output.writeString("\(error)")
    }
    machine.begin(compiled.program, arena: arena.handle)
    for (slot, binding) in zip(compiled.slots, bindings) {
      machine.bind(slot, try SuiteValue.read(binding.value, machine.context))
    }
    let value = machine.evaluate(compiled.entry)
    if let message = value.errorMessage {
      output.writeKey("error")
      return output.writeString(message)
    }
    output.writeKey("value")
    SuiteValue.write(value, machine.context, to: &output)
  }

  private func environment(_ test: Cursor) throws(BatchLineError) -> Environment {
    var environment = Environment(profile, container: test.member("container")?.stringValue ?? "")
    guard let declarations = test.member("type_env") else { return environment }
    for declaration in declarations.elements {
      guard let name = declaration.member("name")?.stringValue else {
        throw BatchLineError("a declaration in `type_env` has a `name`")
      }
      if let identifier = declaration.member("ident") {
        environment.declare(name, try SuiteType.read(identifier.member("type")))
      }
      guard let overloads = declaration.member("function")?.member("overloads") else { continue }
      for overload in overloads.elements {
        environment.declare(FunctionDeclaration(name, [try self.overload(overload)]))
      }
    }
    return environment
  }

  private func overload(_ json: Cursor) throws(BatchLineError) -> FunctionDeclaration.Overload {
    var parameters: [CELType] = []
    if let list = json.member("params") {
      for parameter in list.elements { parameters.append(try SuiteType.read(parameter)) }
    }
    return FunctionDeclaration.Overload(
      json.member("overload_id")?.stringValue ?? "", isMember: json.member("is_instance_function")?.bool == true,
      parameters, try SuiteType.read(json.member("result_type")))
  }

  private func bindings(_ test: Cursor) throws(BatchLineError) -> [(name: String, value: Cursor)] {
    var bindings: [(name: String, value: Cursor)] = []
    guard let members = test.member("bindings") else { return [] }
    for (key, binding) in members.members {
      guard let name = key.stringValue, let value = binding.member("value") else {
        throw BatchLineError("a binding is `{\"value\": {…}}`")
      }
      bindings.append((name, value))
    }
    return bindings
  }

  private func compile(
    _ checked: CheckedExpression, _ names: [String]
  ) throws(CompileErrors) -> (program: CEL.Program, entry: EntryPoint, slots: [VariableSlot]) {
    var builder = ProgramBuilder(.init(isStrict: profile == .full))
    var scope = Scope()
    var slots: [VariableSlot] = []
    for name in names {
      let slot = builder.variable(name)
      scope.bind(name, to: slot)
      slots.append(slot)
    }
    let entry = try builder.add(checked, scope: scope)
    return (builder.finish(), entry, slots)
  }
}
