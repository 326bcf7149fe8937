import CEL
import JSON
import Memory

/// Evaluates expressions for tests: variables from JSON texts, one program for each expression.
enum Evaluating {
  /// The value of an expression as CEL text, or `error: MESSAGE`.
  static func result(
    _ source: String, _ variables: [String: String] = [:], profile: Environment.Profile = .full,
    options: ProgramBuilder.Options = .init()
  ) -> String {
    var environment = Environment(profile)
    for name in variables.keys { environment.declare(name, .dyn) }
    do {
      return evaluate(try environment.check(source), variables, options)
    } catch {
      return "rejected: \(error)"
    }
  }

  /// The value of a checked expression.
  static func evaluate(
    _ checked: CheckedExpression, _ variables: [String: String] = [:], _ options: ProgramBuilder.Options = .init()
  ) -> String {
    var builder = ProgramBuilder(options)
    var scope = Scope()
    let slots = variables.keys.sorted().map { ($0, builder.variable($0)) }
    for (name, slot) in slots { scope.bind(name, to: slot) }
    let entry: EntryPoint
    do {
      entry = try builder.add(checked, scope: scope)
    } catch {
      return "rejected: \(error.issues.map(\.message).joined(separator: "; "))"
    }
    let program = builder.finish()
    let arena = Arena()
    // Without an API server's limit, so that tests reach the others.
    var machine = Machine(.init(cost: .max))
    machine.begin(program, arena: arena.handle)
    return bind(slots[...], variables, &machine) { machine in
      let value = machine.evaluate(entry)
      if let message = value.errorMessage { return "error: \(message.string)" }
      return machine.context.description(of: value)
    }
  }

  private static func bind(
    _ slots: ArraySlice<(String, VariableSlot)>, _ variables: [String: String], _ machine: inout Machine,
    _ body: (inout Machine) -> String
  ) -> String {
    guard let (name, slot) = slots.first else { return body(&machine) }
    return (variables[name] ?? "null").withByteSlice { text in
      var tape = Tape()
      do {
        try tape.parse(text)
      } catch {
        return "not JSON: \(error)"
      }
      let document = machine.addDocument(text: text.start)
      machine.bind(slot, machine.context.value(tape.root, document: document))
      return bind(slots.dropFirst(), variables, &machine, body)
    }
  }
}
