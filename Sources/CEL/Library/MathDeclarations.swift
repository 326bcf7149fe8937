/// The signatures of the math extension, by the ids of its definition.
///
/// https://pkg.go.dev/github.com/google/cel-go/ext#Math. `math.least` and `math.greatest` are macros that call `math.@min` and
/// `math.@max`.
package enum MathDeclarations {
  /// Version 2, the latest.
  package static let functions =
    [
      extreme("min"), extreme("max"),
      double("ceil", .double), double("floor", .double), double("round", .double), double("trunc", .double),
      double("isInf", .bool), double("isNaN", .bool), double("isFinite", .bool),
      each("abs", [.double, .int, .uint]) { $0 }, each("sign", [.double, .int, .uint]) { $0 },
      each("sqrt", [.double, .int, .uint]) { _ in .double },
    ] + bitwise

  private static let numbers: [CELType] = [.double, .int, .uint]

  private static func extreme(_ name: String) -> FunctionDeclaration {
    var overloads: [FunctionDeclaration.Overload] = numbers.map { .init("math_@\(name)_\($0)", [$0], $0) }
    for first in numbers {
      for second in numbers {
        overloads.append(
          .init("math_@\(name)_\(first)_\(second)", [first, second], first == second ? first : .dyn))
      }
    }
    overloads += numbers.map { .init("math_@\(name)_list_\($0)", [.list($0)], $0) }
    return FunctionDeclaration("math.@\(name)", overloads)
  }

  private static func double(_ name: String, _ result: CELType) -> FunctionDeclaration {
    FunctionDeclaration("math.\(name)", [.init("math_\(name)_double", [.double], result)])
  }

  private static func each(
    _ name: String, _ types: [CELType], result: (CELType) -> CELType
  ) -> FunctionDeclaration {
    FunctionDeclaration("math.\(name)", types.map { .init("math_\(name)_\($0)", [$0], result($0)) })
  }

  private static let bitwise =
    ["bitAnd", "bitOr", "bitXor"].map { name in
      FunctionDeclaration(
        "math.\(name)",
        [CELType.int, .uint].map { .init("math_\(name)_\($0)_\($0)", [$0, $0], $0) })
    } + [
      FunctionDeclaration("math.bitNot", [CELType.int, .uint].map { .init("math_bitNot_\($0)_\($0)", [$0], $0) })
    ]
    + ["bitShiftLeft", "bitShiftRight"].map { name in
      FunctionDeclaration(
        "math.\(name)", [CELType.int, .uint].map { .init("math_\(name)_\($0)_int", [$0, .int], $0) })
    }
}
