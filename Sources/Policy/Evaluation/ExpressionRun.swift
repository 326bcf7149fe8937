package import Admission
package import CEL
package import JSON
package import Memory

/// One expression that belongs to no policy, with the variables that a policy's expressions have.
package struct StandaloneExpression: Sendable {
  fileprivate let program: Program
  fileprivate let entry: EntryPoint
  fileprivate let slots: PolicySet.Slots
  fileprivate let source: String
  fileprivate let profile: Environment.Profile

  /// - Parameters:
  ///   - profile: `kubernetes` for what a policy may say, `full` for all of CEL.
  ///   - isTraced: whether evaluations note what they compute.
  package init(
    _ source: String, profile: Environment.Profile = .kubernetes, isTraced: Bool = false
  ) throws(CompileErrors) {
    self.source = source
    self.profile = profile
    let checked = try PolicyEnvironment.base(profile).check(source)
    var options = ProgramBuilder.Options(isStrict: profile == .full)
    options.isTraced = isTraced
    var builder = ProgramBuilder(options)
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
  private var traced: StandaloneExpression?
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
    evaluate(expression, request, namespace)
  }

  /// The error of the last evaluation with its place in the expression. Evaluates once more, which notes what fails.
  package mutating func rendered(_ message: String, _ request: AdmissionRequest?, namespace: Cursor?) -> String? {
    let traced: StandaloneExpression
    do {
      traced = try self.traced ?? StandaloneExpression(expression.source, profile: expression.profile, isTraced: true)
    } catch {
      return nil
    }
    self.traced = traced
    machine.begin(traced.program, arena: requestArena.handle)
    _ = evaluate(traced, request, namespace)
    return machine.trace?.failure?.rendered(message)
  }

  private mutating func evaluate(
    _ expression: StandaloneExpression, _ request: AdmissionRequest?, _ namespace: Cursor?
  ) -> Value {
    if let request {
      let document = machine.addDocument(text: request.json.text)
      let view = ObjectView(request, (document, document), machine.context)
      expression.slots.bind(request, document: document, view, namespace, to: &machine)
    }
    return machine.evaluate(expression.entry)
  }
}
