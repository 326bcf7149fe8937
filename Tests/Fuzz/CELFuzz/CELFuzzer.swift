internal import CEL
internal import JSON
internal import Memory
internal import TestSupport

/// Feeds hostile inputs to one stage of CEL. Tests run it for a bounded number of inputs, `cel-fuzz` for a time.
///
///     var fuzzer = CELFuzzer(.checker, seed: 1)
///     let input = fuzzer.next()
///     if let complaint = fuzzer.run(input) { … }
///
/// An input is the text of an expression; for the evaluator a zero byte and JSON for its variables follow.
public struct CELFuzzer: ~Copyable {
  public enum Subject: String, CaseIterable, Sendable {
    /// Any bytes are a tree or mistakes with a place.
    case parser
    /// What parses, checks and compiles to a program or to mistakes with a place; no type remains to be found.
    case checker
    /// What compiles gives a value or an error within its steps, and the same twice. What the checker refuses is run
    /// unchecked.
    case evaluator
  }

  public let subject: Subject
  private let environments: [Environment]
  private var writers: [ExpressionWriter]
  private var mutator: Mutator
  private var arena = Arena()
  private var machine = Machine(.init(steps: 20_000))
  /// How many inputs the stage took: parsed, checked, evaluated to a value.
  public private(set) var accepted = 0

  /// - Parameter corpus: expressions to change, besides the built-in ones.
  public init(_ subject: Subject, seed: UInt64, corpus: [String] = []) {
    self.subject = subject
    environments = [Environment.Profile.full, .kubernetes].map { profile in
      var environment = Environment(profile)
      environment.declare("object", .dyn)
      environment.declare("other", .dyn)
      return environment
    }
    writers = environments.map { ExpressionWriter($0, seed: seed) }
    mutator = Mutator(corpus: (corpus + Self.examples).map { Array($0.utf8) }, dictionary: Self.dictionary, seed: seed)
  }

  /// The next input.
  public mutating func next() -> [UInt8] {
    let which = mutator.number(below: writers.count)
    switch subject {
    case .parser: return mutator.next()
    case .checker: return mutator.number(below: 2) == 0 ? mutator.next() : written(which, depth: 5)
    case .evaluator:
      var input = mutator.number(below: 4) == 0 ? mutator.next() : written(which, depth: 4)
      input.removeAll { $0 == 0 }
      return input + [0] + Array(writers[which].json(depth: 4).utf8)
    }
  }

  private mutating func written(_ which: Int, depth: Int) -> [UInt8] {
    let depth = 1 + mutator.number(below: depth)
    return Array(writers[which].expression(depth: depth).utf8)
  }

  /// Runs the stage on an input; nil, or what is wrong with what it did.
  public mutating func run(_ input: [UInt8]) -> String? {
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let source = String(decoding: parts.first ?? [], as: UTF8.self)
    // Which environment and options come from the input, so that an input says all.
    let choice = input.reduce(UInt8(0)) { $0 &* 31 &+ $1 }
    let environment = environments[choice & 4 == 0 ? 0 : 1]
    switch subject {
    case .parser: return parse(source, environment)
    case .checker: return check(source, environment, isStrict: choice & 8 == 0)
    case .evaluator:
      return evaluate(source, parts.count > 1 ? Array(parts[1]) : [], environment, isStrict: choice & 8 == 0)
    }
  }

  private mutating func parse(_ source: String, _ environment: Environment) -> String? {
    do throws(CompileErrors) {
      _ = try environment.parse(source)
      accepted += 1
      return nil
    } catch {
      return Self.complaint(error, source)
    }
  }

  private mutating func check(_ source: String, _ environment: Environment, isStrict: Bool) -> String? {
    do throws(CompileErrors) {
      let checked = try environment.check(source)
      guard checked.types.indices.contains(checked.root.id) else { return "the root has no type" }
      guard checked.types.allSatisfy({ !$0.description.contains("_var") }) else { return "a type is not found" }
      var builder = ProgramBuilder(.init(isStrict: isStrict))
      _ = try builder.add(checked, scope: Scope())
      _ = builder.finish()
      accepted += 1
      return nil
    } catch {
      return Self.complaint(error, source)
    }
  }

  private mutating func evaluate(
    _ source: String, _ json: [UInt8], _ environment: Environment, isStrict: Bool
  ) -> String? {
    var builder = ProgramBuilder(.init(isStrict: isStrict))
    var scope = Scope()
    let slots = [builder.variable("object"), builder.variable("other")]
    scope.bind("object", to: slots[0])
    scope.bind("other", to: slots[1])
    let entry: EntryPoint
    do throws(CompileErrors) {
      let checked: CheckedExpression
      do throws(CompileErrors) {
        checked = try environment.check(source)
      } catch {
        checked = try environment.resolve(source)
      }
      entry = try builder.add(checked, scope: scope)
    } catch {
      return Self.complaint(error, source)
    }
    let program = builder.finish()
    var texts: [String] = []
    json.withUnsafeBufferPointer { json in
      var tape = Tape()
      let text = ByteSlice(json)
      guard (try? tape.parse(text)) != nil else { return }
      for _ in 0..<2 {
        arena.reset()
        machine.begin(program, arena: arena.handle)
        let document = machine.addDocument(text: text.start)
        for slot in slots { machine.bind(slot, machine.context.value(tape.root, document: document)) }
        let value = machine.evaluate(entry)
        if !value.isError { accepted += 1 }
        texts.append(machine.context.description(of: value))
      }
    }
    return texts.count == 2 && texts[0] != texts[1] ? "two values: \(texts[0]) and \(texts[1])" : nil
  }

  /// What is wrong with a refusal: every mistake has a place in the text and a message.
  private static func complaint(_ errors: CompileErrors, _ source: String) -> String? {
    if errors.issues.isEmpty { return "refused without a mistake" }
    for issue in errors.issues {
      if issue.offset < 0 || issue.offset > source.utf8.count { return "a mistake at \(issue.offset)" }
      if issue.message.isEmpty { return "a mistake without a message" }
    }
    return errors.description.isEmpty ? "mistakes without a description" : nil
  }
}

extension CELFuzzer {
  static let dictionary = [
    "(", ")", "[", "]", "{", "}", ".", ".?", "[?", "?", ":", ",", "!", "-", "+", "&&", "||", "==", " in ", "0x", "1e9",
    "u", "'", "\"", "'''", "\"\"\"", "\\", "\\u", "\\x", "r'", "b'", "`", "//", "\n", "é", "has(", ".all(x, ",
    ".map(x, ",
    "dyn(", "optional.of(", ".optMap(", "true", "null", "while", "Type{", "x", "9223372036854775808", "object.",
    ".format([",
    "timestamp(", "duration(", ".matches(", "cel.bind(x, ", ".transformMap(k, v, ",
  ]

  /// What authors of policies write.
  static let examples = [
    "object.spec.containers.all(c, c.image.contains('@sha256:') && !c.?securityContext.privileged.orValue(false))",
    "has(object.metadata.labels) && 'owner' in object.metadata.labels ? object.metadata.labels.owner != '' : false",
    "other.containers.map(c, {'name': c.name, ?'ports': c[?'ports']}).size() > 0x1F - -1 || 1.5e3 < 2u",
    "[1, 2, 3].exists_one(x, x % 2 == 0) && timestamp('2024-01-01T00:00:00Z').getHours('UTC') == 0",
    "'''multi\nline''' + r'\\raw' + \"\\u00e9\\x41\\101\" == string(b'\\xff')",
    "object.filter(x, x != null).map(x, [x, x].map(y, [y, y])).size() == 2 && [other].exists(i, v, i == v)",
    "'%s is %d, %.2f and %x'.format([object.a, 42, 1.5, b'abc']).matches('^[a-z ]+$')",
    "optional.of({'a': [1, 2]}).optMap(m, m.a[?0].orValue(3)).or(optional.none()).hasValue()",
    "duration('1h30m') + duration('1.5s') < timestamp('2024-02-29T12:00:00Z') - timestamp(object.a)",
    "{'a': 1, 'b': [2.0, 3u]}.transformMap(k, v, v == 1, [k]).a[0].split('').join('-').upperAscii()",
  ]
}
