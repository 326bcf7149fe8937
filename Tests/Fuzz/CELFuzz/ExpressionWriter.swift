public import CEL
internal import TestSupport

/// Writes random expressions that call every function of an environment, and random JSON texts. Deterministic for a seed.
///
/// Most operands have the type that the place asks for, so that calls get past the checker and do their work; the others
/// have any type, so that what refuses them is run too.
public struct ExpressionWriter {
  private var random: SeededGenerator
  private var locals: [String] = []
  private let calls: [Call]
  private let callsByResult: [CELType: [Call]]

  private struct Call {
    let name: String
    let overload: FunctionDeclaration.Overload
  }

  public init(_ environment: Environment, seed: UInt64) {
    random = SeededGenerator(seed: seed)
    // Operators are declared under names that no expression can write.
    let named = environment.declaredFunctions.filter { !$0.name.contains("@") && !$0.name.contains("_") }
    calls = named.flatMap { function in function.overloads.map { Call(name: function.name, overload: $0) } }
    callsByResult = Dictionary(grouping: calls, by: \.overload.result)
  }

  /// A number for a decision of the caller.
  public mutating func number(below bound: Int) -> Int { random.number(below: bound) }

  /// An expression of about the type; `depth` bounds how deep it is nested.
  public mutating func expression(_ type: CELType = .dyn, depth: Int) -> String {
    if depth <= 0 { return leaf(type) }
    if random.number(below: 10) < 4, let fitting = callsByResult[type] {
      return call(fitting[random.number(below: fitting.count)], depth: depth - 1)
    }
    let inner = depth - 1
    switch random.number(below: 18) {
    case 0...2: return "(\(expression(type, depth: inner)) \(pick(Self.operators)) \(expression(type, depth: inner)))"
    case 3: return "(\(expression(.bool, depth: inner)) \(pick(["&&", "||"])) \(expression(.bool, depth: inner)))"
    case 4:
      return
        "(\(expression(.bool, depth: inner)) ? \(expression(type, depth: inner)) : \(expression(type, depth: inner)))"
    case 5: return "\(operand(.dyn, inner)).\(pick(Self.fields))"
    case 6: return "\(operand(.dyn, inner)).?\(pick(Self.fields))"
    case 7: return "\(operand(.list(type), inner))[\(pick(["", "?"]))\(expression(.int, depth: inner))]"
    case 8: return "[\(expression(type, depth: inner)), ?\(expression(.optional(type), depth: inner)), \(leaf(type))]"
    case 9: return "{\(expression(.string, depth: inner)): \(leaf(type)), ?\(leaf(.string)): \(leaf(.optional(type)))}"
    case 10: return "\(pick(["!", "-"]))\(expression(type, depth: inner))"
    case 11: return "has(\(operand(.dyn, inner)).\(pick(Self.fields)))"
    case 12...14: return macro(type, depth: inner)
    default: return call(calls[random.number(below: calls.count)], depth: inner)
    }
  }

  /// JSON text, to bind to a variable.
  public mutating func json(depth: Int) -> String {
    switch random.number(below: depth <= 0 ? 7 : 10) {
    case 0: return "null"
    case 1: return pick(["true", "false"])
    case 2...3: return pick(["0", "-1", "9223372036854775807", "1e300", "0.5", "12345678901234567890", "3"])
    case 4...6: return pick(Self.jsonTexts)
    case 7: return "[\(json(depth: depth - 1)), \(json(depth: depth - 1)), \(json(depth: depth - 1))]"
    default:
      return
        "{\"a\": \(json(depth: depth - 1)), \"b\": \(json(depth: depth - 1)), \"\\u0063\": \(json(depth: depth - 1))}"
    }
  }

  // MARK: - Parts

  private mutating func pick(_ choices: [String]) -> String { choices[random.number(below: choices.count)] }

  private mutating func operand(_ type: CELType, _ depth: Int) -> String {
    depth <= 0 ? leaf(type) : "(\(expression(type, depth: depth)))"
  }

  private mutating func call(_ call: Call, depth: Int) -> String {
    var types = call.overload.parameters
    if random.number(below: 12) == 0, !types.isEmpty { types[random.number(below: types.count)] = .dyn }
    var arguments = types.map { expression($0, depth: depth) }
    if call.overload.isMember, !arguments.isEmpty {
      let receiver = arguments.removeFirst()
      return "(\(receiver)).\(call.name)(\(arguments.joined(separator: ", ")))"
    }
    return "\(call.name)(\(arguments.joined(separator: ", ")))"
  }

  private mutating func macro(_ type: CELType, depth: Int) -> String {
    let range = operand(pick(["", "m"]).isEmpty ? .list(type) : .map(.string, type), depth)
    let (first, second) = ("v\(locals.count)", "w\(locals.count)")
    locals += [first, second]
    defer { locals.removeLast(2) }
    let body = expression(type, depth: depth)
    let condition = expression(.bool, depth: depth)
    switch random.number(below: 9) {
    case 0: return "\(range).map(\(first), \(condition), \(body))"
    case 1: return "\(range).map(\(first), \(body))"
    case 2: return "\(range).transformMap(\(first), \(second), \(body))"
    case 3: return "\(range).transformMapEntry(\(first), \(second), {\(first): \(body)})"
    case 4: return "\(range).transformList(\(first), \(second), \(condition), \(body))"
    case 5: return "\(operand(.optional(type), depth)).\(pick(["optMap", "optFlatMap"]))(\(first), \(body))"
    case 6: return "cel.bind(\(first), \(range), \(body))"
    case 7: return "\(range).sortBy(\(first), \(body))"
    default: return "\(range).\(pick(["all", "exists", "exists_one", "filter"]))(\(first), \(condition))"
    }
  }

  private mutating func leaf(_ type: CELType) -> String {
    if !locals.isEmpty, random.number(below: 4) == 0 { return pick(locals) }
    if random.number(below: 5) == 0 { return pick(Self.variables) }
    switch type {
    case .bool: return pick(["true", "false", "object.a == null"])
    case .int: return pick(["0", "1", "-1", "2", "7", "64", "-9223372036854775808", "9223372036854775807", "1000000"])
    case .uint: return pick(["0u", "2u", "18446744073709551615u"])
    case .double: return pick(["0.5", "-0.0", "1e308", "double('NaN')", "double('-inf')", "9223372036854775807.0"])
    case .string: return pick(Self.texts)
    case .bytes: return pick(["b''", "b'\\xff'", "b'abc'"])
    case .timestamp:
      return pick([
        "timestamp('2024-02-29T23:59:59.5Z')", "timestamp('9999-12-31T23:59:59.999999999Z')", "timestamp(0)",
      ])
    case .duration: return pick(["duration('1h')", "duration('-2562047h47m16s')", "duration('0.000000001s')"])
    case .null: return "null"
    case .list(let element):
      return random.number(below: 3) == 0
        ? pick(["[]", "object", "['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']", "[3, 1, 2]"])
        : "[\(leaf(element)), \(leaf(element))]"
    case .map(let key, let value): return random.number(below: 3) == 0 ? "{}" : "{\(leaf(key)): \(leaf(value))}"
    case .optional(let wrapped):
      return random.number(below: 3) == 0 ? "optional.none()" : "optional.of(\(leaf(wrapped)))"
    case .type: return pick(["int", "string", "list", "type(object)"])
    default: return pick(Self.anything)
    }
  }

  private static let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in"]
  private static let fields = ["a", "b", "c", "missing"]
  private static let variables = ["object", "object.a", "object.b.c", "other", "other[0]"]
  private static let anything = [
    "object", "other", "0", "1.5", "2u", "'a'", "b'a'", "true", "null", "[]", "{}", "[1, 'a']", "{'a': 1}", "int",
    "optional.none()", "duration('1s')",
  ]
  private static let texts = [
    "''", "'a'", "'é'", "'a*'", "'(a|b)+'", "'%d %s %.3f %x'", "'%'", "'Europe/Berlin'", "'1h'",
    "'2024-02-29T00:00:00Z'",
    "'YWJj'", "'10.0.0.1'", "'::1/64'", "'1.5Gi'", "'https://a.b:80/c?d=e#f'", "'v1.2.3-rc.1+b'", "'\\U0001F600 x'",
    "'a,b,,c'", "'dns1123Label'", "'Aa-1'", "'12'", "'true'",
  ]
  private static let jsonTexts = [
    "\"\"", "\"a\"", "\"é\\u00e9\\n\"", "\"@sha256:\"", "\"1h\"", "\"2024-02-29T00:00:00Z\"", "\"[a-z]+\"",
    "\"10.0.0.0/8\"",
  ]
}
