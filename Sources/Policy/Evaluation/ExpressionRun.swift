package import Admission
package import CEL
package import JSON
package import Memory

/// One expression that belongs to no policy, with the variables that a policy's expressions have.
package struct StandaloneExpression: Sendable {
  fileprivate let program: Program
  fileprivate let entry: EntryPoint
  fileprivate let slots: PolicySet.Slots

  /// - Parameter profile: `kubernetes` for what a policy may say, `full` for all of CEL.
  package init(_ source: String, profile: Environment.Profile = .kubernetes) throws(CompileErrors) {
    let checked = try PolicyEnvironment.base(profile).check(source)
    var builder = ProgramBuilder(.init(isStrict: profile == .full))
    var scope = Scope()
    slots = PolicySet.Slots(&builder, &scope)
    entry = try builder.add(checked, scope: scope)
    program = builder.finish()
  }

  /// The program, an instruction a line.
  package var disassembly: String { program.disassembly }
}

/// Evaluates an expression on one request after the other, or on none.
package struct ExpressionRun: ~Copyable {
  private let expression: StandaloneExpression
  private var requestArena = Arena()
  private var machine = Machine()

  package init(_ expression: StandaloneExpression) { self.expression = expression }

  /// Ends what belonged to the previous request.
  package mutating func begin() {
    requestArena.reset()
    machine.begin(expression.program, arena: requestArena.handle)
  }

  /// Memory of the current request: for decoding its review.
  package var arena: Arena.Handle { requestArena.handle }

  /// What the value is read with.
  package var context: EvaluationContext { machine.context }

  /// The value, or the error that it is. Without a request no variable has a value.
  package mutating func evaluate(_ request: AdmissionRequest?, namespace: Cursor?) -> Value {
    if let request {
      let document = machine.addDocument(text: request.json.text)
      let view = ObjectView(request, (document, document), machine.context)
      expression.slots.bind(request, document: document, view, namespace, to: &machine)
    }
    return machine.evaluate(expression.entry)
  }
}
