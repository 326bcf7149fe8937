package import CEL
internal import JSON
package import Memory

/// The same expressions compiled twice: with what they have in common computed once, and with everything computed where it is
/// needed. Both must give the same values and errors at the same costs.
package struct TwinPrograms {
  private let shared: Program
  private let plain: Program
  private let slots: [VariableSlot]
  private let entries: [EntryPoint]

  /// - Parameters:
  ///   - variables: the names of the input variables, which `add` finds in its scope.
  ///   - add: adds the expressions, and gives those to evaluate, in the order in which that is to happen.
  package init(
    variables: [String], isStrict: Bool = false, sharing: SharingMode = .everything,
    _ add: (inout ProgramBuilder, Scope) throws(CompileErrors) -> [EntryPoint]
  ) throws(CompileErrors) {
    func build(_ sharing: SharingMode) throws(CompileErrors) -> (Program, [VariableSlot], [EntryPoint]) {
      var options = ProgramBuilder.Options(isStrict: isStrict)
      options.sharing = sharing
      var builder = ProgramBuilder(options)
      var scope = Scope()
      let slots = variables.map { builder.variable($0) }
      for (name, slot) in zip(variables, slots) { scope.bind(name, to: slot) }
      let entries = try add(&builder, scope)
      return (builder.finish(), slots, entries)
    }
    (shared, slots, entries) = try build(sharing)
    (plain, _, _) = try build(.none)
  }

  /// An expression and everything that it is made of, in one program, so that all of it occurs at least twice.
  /// - Parameter lazies: lazy slots by name, which every other phase has for itself, as if it were another policy's.
  package init(
    partsOf checked: CheckedExpression, variables: [String], lazies: [String: CheckedExpression] = [:],
    isStrict: Bool = false
  ) throws(CompileErrors) {
    let parts = [checked.root] + checked.root.parts.prefix(Self.maximumParts)
    try self.init(variables: variables, isStrict: isStrict) { (builder, inputs) throws(CompileErrors) in
      var scopes: [Scope] = []
      for _ in 0..<2 {
        var scope = inputs
        for (name, lazy) in lazies.sorted(by: { $0.key < $1.key }) {
          scope.bind(name, to: try builder.lazy(lazy, name: name, scope: inputs))
        }
        scopes.append(scope)
      }
      var entries: [EntryPoint] = []
      for (index, part) in parts.enumerated() {
        let part = CheckedExpression(
          source: checked.source, root: part, types: checked.types, references: checked.references)
        entries.append(try builder.add(part, scope: scopes[index / Self.phaseLength % 2]))
      }
      return entries
    }
  }

  private static var maximumParts: Int { 40 }

  /// How many expressions are evaluated before another phase begins.
  package static var phaseLength: Int { 5 }

  /// How many sub-expressions are computed once.
  package var sharedCount: Int { shared.disassembly.split(separator: "\n").count { $0.contains("  share ") } }

  /// Evaluates all expressions for one set of inputs after the other.
  /// - Parameters:
  ///   - inputs: for each round, JSON for each variable. The program that shares is told of a change only by binding what
  ///     has changed.
  ///   - cost: what an evaluation may cost.
  /// - Returns: what is different, or nil.
  package func difference(_ inputs: [[ByteSlice]], cost: Int = 1_000_000, steps: Int = 50_000_000) -> String? {
    var tapes: [[ParsedInput]] = []
    for round in inputs { tapes.append(round.map { ParsedInput($0) }) }
    let found = outcomes(shared, tapes, .init(cost: cost, steps: steps), restarts: false)
    let wanted = outcomes(plain, tapes, .init(cost: cost, steps: steps), restarts: true)
    for (index, pair) in zip(found, wanted).enumerated() {
      // What is computed once takes fewer steps, so that it ends where the other has run out of them.
      if pair.1.hasRunOutOfSteps { return nil }
      if pair.0 != pair.1 { return "evaluation \(index): \(pair.0) and not \(pair.1)" }
    }
    return nil
  }

  private struct Outcome: Equatable {
    let text: String
    let own: Int
    let lazies: Int
    let hasRunOutOfSteps: Bool
  }

  private func outcomes(
    _ program: Program, _ inputs: [[ParsedInput]], _ limits: Machine.Limits, restarts: Bool
  ) -> [Outcome] {
    let arena = Arena()
    var machine = Machine(limits)
    var outcomes: [Outcome] = []
    for (round, values) in inputs.enumerated() {
      if restarts || round == 0 { machine.begin(program, arena: arena.handle) } else { machine.beginPhase() }
      for (index, value) in values.enumerated()
      where restarts || round == 0 || value.text != inputs[round - 1][index].text {
        let document = machine.addDocument(text: value.text.start)
        machine.bind(slots[index], machine.context.value(value.tape.root, document: document))
      }
      for (index, entry) in entries.enumerated() {
        if index % Self.phaseLength == 0 { machine.beginPhase() }
        let value = machine.evaluate(entry)
        let text = value.errorMessage.map { "error: \($0.string)" } ?? machine.context.description(of: value)
        outcomes.append(
          Outcome(
            text: text, own: machine.cost.own, lazies: machine.cost.lazies,
            hasRunOutOfSteps: value.errorCode == .costExceeded && machine.cost.own <= limits.cost))
      }
    }
    return outcomes
  }
}

/// JSON that stays where it is.
private final class ParsedInput {
  let text: ByteSlice
  private(set) var tape = Tape()

  init(_ text: ByteSlice) {
    self.text = text
    try? tape.parse(text)
  }
}

extension Expression {
  /// All that the expression is computed from, and what that is computed from.
  var parts: [Expression] { children.flatMap { [$0] + $0.parts } }
}
