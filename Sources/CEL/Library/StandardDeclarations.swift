/// The signatures of CEL's standard library, by the ids of its definition.
///
/// https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
package enum StandardDeclarations {
  package static let functions: [FunctionDeclaration] = operators + comparisons + conversions + strings + times

  private static let a = CELType.parameter("A")
  private static let b = CELType.parameter("B")
  private static let listOfA = CELType.list(a)
  private static let mapOfAB = CELType.map(a, b)

  private static let operators = [
    FunctionDeclaration("_?_:_", [.init("conditional", [.bool, a, a], a)]),
    FunctionDeclaration("_&&_", [.init("logical_and", [.bool, .bool], .bool)]),
    FunctionDeclaration("_||_", [.init("logical_or", [.bool, .bool], .bool)]),
    FunctionDeclaration("!_", [.init("logical_not", [.bool], .bool)]),
    FunctionDeclaration("_==_", [.init("equals", [a, a], .bool)]),
    FunctionDeclaration("_!=_", [.init("not_equals", [a, a], .bool)]),
    FunctionDeclaration(
      "_+_",
      [
        .init("add_bytes", [.bytes, .bytes], .bytes),
        .init("add_double", [.double, .double], .double),
        .init("add_duration_duration", [.duration, .duration], .duration),
        .init("add_duration_timestamp", [.duration, .timestamp], .timestamp),
        .init("add_timestamp_duration", [.timestamp, .duration], .timestamp),
        .init("add_int64", [.int, .int], .int),
        .init("add_list", [listOfA, listOfA], listOfA),
        .init("add_string", [.string, .string], .string),
        .init("add_uint64", [.uint, .uint], .uint),
      ]),
    FunctionDeclaration(
      "_-_",
      [
        .init("subtract_double", [.double, .double], .double),
        .init("subtract_duration_duration", [.duration, .duration], .duration),
        .init("subtract_int64", [.int, .int], .int),
        .init("subtract_timestamp_duration", [.timestamp, .duration], .timestamp),
        .init("subtract_timestamp_timestamp", [.timestamp, .timestamp], .duration),
        .init("subtract_uint64", [.uint, .uint], .uint),
      ]),
    FunctionDeclaration("_*_", arithmetic("multiply")),
    FunctionDeclaration("_/_", arithmetic("divide")),
    FunctionDeclaration(
      "_%_", [.init("modulo_int64", [.int, .int], .int), .init("modulo_uint64", [.uint, .uint], .uint)]),
    FunctionDeclaration("-_", [.init("negate_double", [.double], .double), .init("negate_int64", [.int], .int)]),
    FunctionDeclaration("_[_]", [.init("index_list", [listOfA, .int], a), .init("index_map", [mapOfAB, a], b)]),
    FunctionDeclaration("@in", [.init("in_list", [a, listOfA], .bool), .init("in_map", [a, mapOfAB], .bool)]),
    FunctionDeclaration(
      "size",
      [
        .init("size_bytes", [.bytes], .int), .init("bytes_size", isMember: true, [.bytes], .int),
        .init("size_list", [listOfA], .int), .init("list_size", isMember: true, [listOfA], .int),
        .init("size_map", [mapOfAB], .int), .init("map_size", isMember: true, [mapOfAB], .int),
        .init("size_string", [.string], .int), .init("string_size", isMember: true, [.string], .int),
      ]),
  ]

  private static func arithmetic(_ name: String) -> [FunctionDeclaration.Overload] {
    [
      .init("\(name)_double", [.double, .double], .double),
      .init("\(name)_int64", [.int, .int], .int),
      .init("\(name)_uint64", [.uint, .uint], .uint),
    ]
  }

  private static let comparisons = [
    comparison("_<_", "less"), comparison("_<=_", "less_equals"), comparison("_>_", "greater"),
    comparison("_>=_", "greater_equals"),
  ]

  private static func comparison(_ function: String, _ name: String) -> FunctionDeclaration {
    let pairs: [(String, CELType, CELType)] = [
      ("bool", .bool, .bool),
      ("int64", .int, .int), ("int64_double", .int, .double), ("int64_uint64", .int, .uint),
      ("uint64", .uint, .uint), ("uint64_double", .uint, .double), ("uint64_int64", .uint, .int),
      ("double", .double, .double), ("double_int64", .double, .int), ("double_uint64", .double, .uint),
      ("string", .string, .string), ("bytes", .bytes, .bytes), ("timestamp", .timestamp, .timestamp),
      ("duration", .duration, .duration),
    ]
    return FunctionDeclaration(function, pairs.map { .init("\(name)_\($0.0)", [$0.1, $0.2], .bool) })
  }

  private static let conversions = [
    FunctionDeclaration("type", [.init("type", [a], .type(a))]),
    FunctionDeclaration("dyn", [.init("to_dyn", [a], .dyn)]),
    conversion("bool", .bool, [("bool_to_bool", .bool), ("string_to_bool", .string)]),
    conversion("bytes", .bytes, [("bytes_to_bytes", .bytes), ("string_to_bytes", .string)]),
    conversion(
      "double", .double,
      [
        ("double_to_double", .double), ("int64_to_double", .int), ("string_to_double", .string),
        ("uint64_to_double", .uint),
      ]),
    conversion("duration", .duration, [("duration_to_duration", .duration), ("string_to_duration", .string)]),
    conversion(
      "int", .int,
      [
        ("int64_to_int64", .int), ("double_to_int64", .double), ("duration_to_int64", .duration),
        ("string_to_int64", .string), ("timestamp_to_int64", .timestamp), ("uint64_to_int64", .uint),
      ]),
    conversion(
      "string", .string,
      [
        ("string_to_string", .string), ("bool_to_string", .bool), ("bytes_to_string", .bytes),
        ("double_to_string", .double), ("duration_to_string", .duration), ("int64_to_string", .int),
        ("timestamp_to_string", .timestamp), ("uint64_to_string", .uint),
      ]),
    conversion(
      "timestamp", .timestamp,
      [("timestamp_to_timestamp", .timestamp), ("int64_to_timestamp", .int), ("string_to_timestamp", .string)]),
    conversion(
      "uint", .uint,
      [
        ("uint64_to_uint64", .uint), ("double_to_uint64", .double), ("int64_to_uint64", .int),
        ("string_to_uint64", .string),
      ]),
  ]

  private static func conversion(
    _ name: String, _ result: CELType, _ sources: [(String, CELType)]
  ) -> FunctionDeclaration {
    FunctionDeclaration(name, sources.map { .init($0.0, [$0.1], result) })
  }

  private static let strings = [
    FunctionDeclaration("contains", [.init("contains_string", isMember: true, [.string, .string], .bool)]),
    FunctionDeclaration("endsWith", [.init("ends_with_string", isMember: true, [.string, .string], .bool)]),
    FunctionDeclaration("startsWith", [.init("starts_with_string", isMember: true, [.string, .string], .bool)]),
    FunctionDeclaration(
      "matches",
      [
        .init("matches", [.string, .string], .bool),
        .init("matches_string", isMember: true, [.string, .string], .bool),
      ]),
  ]

  private static let times = [
    timestampPart("getFullYear", "year"), timestampPart("getMonth", "month"),
    timestampPart("getDayOfYear", "day_of_year"), timestampPart("getDayOfMonth", "day_of_month"),
    timestampPart("getDate", "day_of_month_1_based"), timestampPart("getDayOfWeek", "day_of_week"),
    timestampPart("getHours", "hours", isOfDuration: true),
    timestampPart("getMinutes", "minutes", isOfDuration: true),
    timestampPart("getSeconds", "seconds", zoned: "timestamp_to_seconds_tz", isOfDuration: true),
    timestampPart("getMilliseconds", "milliseconds", isOfDuration: true),
  ]

  private static func timestampPart(
    _ function: String, _ part: String, zoned: String? = nil, isOfDuration: Bool = false
  ) -> FunctionDeclaration {
    let ofDuration = FunctionDeclaration.Overload("duration_to_\(part)", isMember: true, [.duration], .int)
    return FunctionDeclaration(
      function,
      [
        .init("timestamp_to_\(part)", isMember: true, [.timestamp], .int),
        .init(zoned ?? "timestamp_to_\(part)_with_tz", isMember: true, [.timestamp, .string], .int),
      ] + (isOfDuration ? [ofDuration] : []))
  }
}
