internal import Memory

/// How an API server charges for operations whose cost depends on their operands: cel-go's `interpreter/runtimecost.go`, the
/// cost trackers of its extensions, and the API server's `pkg/cel/library/cost.go`.
///
/// The size of a string is its code points, of bytes their number, of a list or map its elements or entries, of anything
/// else 1. A traversal costs a tenth of a size, rounded up.
enum CostRule: UInt8, Sendable {
  /// A traversal of the operand.
  case traversal
  /// A traversal of the operand, and of a result of its size.
  case doubleTraversal
  /// A traversal of the shorter of two.
  case shorter
  /// A traversal of both of two.
  case both
  /// The size of the second of two.
  case membership
  /// The traversals of two, multiplied.
  case search
  /// The first of two matched with the second as a regular expression.
  case pattern
  /// Everything that is in the operand.
  case tree
  /// A new list of the operand's size.
  case newList
  /// A new list of the first's size, for each level of the second, an int; one level where there is none.
  case flattening
  /// A new list, for which each two elements of the operand were compared.
  case pairwise
  /// Each element of one list looked for in the other.
  case setOperation
  /// The same in both directions.
  case setEquivalence
  /// An address, given as a value, looked for in a network.
  case network
  /// The same for an address that is a text.
  case networkText
  /// A network looked for in a network.
  case subnetwork
  /// The same for a network that is a text.
  case subnetworkText
  /// A text validated against a format.
  case format

  /// The rule of a call, or nil where its cost is 1.
  /// - Parameters:
  ///   - overload: the only overload that fits the types of the arguments, by cel-go's id; nil where there are several.
  static func of(_ function: String, overload: String?) -> (rule: CostRule, isOfResult: Bool)? {
    // Reading a field.
    if overload == "cidr_ip" { return nil }
    if let overload, let rule = byOverload[overload] { return (rule, resultOverloads.contains(overload)) }
    return byFunction[function].map { ($0, function == "join") }
  }

  /// What the API server charges by a function's name, whatever the overload.
  private static let byFunction: [String: CostRule] = [
    "isSorted": .tree, "sum": .tree, "max": .tree, "min": .tree, "indexOf": .tree, "lastIndexOf": .tree,
    "includes": .tree,
    "url": .traversal, "lowerAscii": .traversal, "upperAscii": .traversal, "substring": .traversal, "trim": .traversal,
    "jsonpatch.escapeKey": .traversal,
    "replace": .doubleTraversal, "split": .doubleTraversal, "join": .doubleTraversal,
    "find": .pattern, "findAll": .pattern,
    "cidr": .traversal, "isIP": .traversal, "isCIDR": .traversal, "ip": .traversal, "ip.isCanonical": .doubleTraversal,
    "quantity": .traversal, "isQuantity": .traversal, "semver": .traversal, "isSemver": .traversal,
    "containsIP": .network, "containsCIDR": .subnetwork, "validate": .format,
  ]

  private static let resultOverloads: Set<String> = ["list_slice", "lists_range", "list_reverse"]

  private static let byOverload: [String: CostRule] = {
    var rules: [String: CostRule] = [
      "starts_with_string": .traversal, "ends_with_string": .traversal, "string_to_bytes": .traversal,
      "bytes_to_string": .traversal, "strings_quote": .traversal, "string_format": .traversal,
      "in_list": .membership, "add_string": .both, "add_bytes": .both,
      "less_string": .shorter, "greater_string": .shorter, "less_equals_string": .shorter,
      "greater_equals_string": .shorter, "less_bytes": .shorter, "greater_bytes": .shorter,
      "less_equals_bytes": .shorter, "greater_equals_bytes": .shorter,
      "matches_string": .pattern, "contains_string": .search,
      "list_slice": .newList, "lists_range": .newList, "list_reverse": .newList,
      "list_flatten": .flattening, "list_flatten_int": .flattening, "list_distinct": .pairwise,
      "list_sets_contains_list": .setOperation, "list_sets_intersects_list": .setOperation,
      "list_sets_equivalent_list": .setEquivalence,
      "cidr_contains_ip_string": .networkText, "cidr_contains_cidr_string": .subnetworkText,
    ]
    for type in sortableTypes { rules["list_\(type)_sort"] = .pairwise }
    return rules
  }()

  /// The types whose lists can be sorted, as the overloads' ids name them.
  private static let sortableTypes = [
    "int", "uint", "double", "bool", "google.protobuf.Duration", "google.protobuf.Timestamp", "string", "bytes",
  ]
}

extension EvaluationContext {
  /// What an operation costs. `b` is anything for a rule of one operand.
  @inline(never)
  func cost(_ rule: CostRule, _ a: Value, _ b: Value) -> Int {
    switch rule {
    case .traversal: return Self.traversal(costSize(a))
    case .doubleTraversal: return Self.traversal(2 * costSize(a))
    case .shorter: return Self.traversal(min(costSize(a), costSize(b)))
    case .both: return Self.traversal(costSize(a) + costSize(b))
    case .membership: return costSize(b)
    case .search: return Self.traversal(costSize(a)) * Self.traversal(costSize(b))
    case .pattern:
      // About four code points of a pattern are a state.
      return Self.traversal(1 + costSize(a)) * ((costSize(b) + 3) / 4)
    case .format:
      guard let format = a.opaqueType == .format ? NamedFormat(rawValue: a.count) : nil else { return 1 }
      return Self.traversal(1 + costSize(b)) * ((format.patternSize + 3) / 4)
    case .tree: return treeCost(a)
    case .newList: return Self.listCost + 1 + costSize(a)
    case .flattening:
      let depth = b.tag == .int ? Double(b.intValue) : 1
      return Self.listCost + 1 + Int(min(max(Double(costSize(a)) * depth, 0), 1e15))
    case .pairwise:
      let size = Double(costSize(a))
      return Self.listCost + 1 + Int(min(size * size * (startsWithText(a) ? 2.1 : 2), 1e15))
    case .setOperation: return 1 + costSize(a) * costSize(b)
    case .setEquivalence: return 1 + 2 * costSize(a) * costSize(b)
    case .network: return Self.traversal(2 * costSize(a))
    case .networkText: return Self.traversal(2 * costSize(a)) + Self.traversal(costSize(b))
    case .subnetwork: return Self.traversal(2 * costSize(a)) + Self.traversal(costSize(a)) + 1
    case .subnetworkText:
      return Self.traversal(2 * costSize(a)) + Self.traversal(costSize(a)) + 1 + Self.traversal(costSize(b))
    }
  }

  /// Of making a list.
  static let listCost = 10
  /// Of making a map.
  static let mapCost = 30
  /// Of making an object.
  static let objectCost = 40

  // The API server multiplies by 0.1 in floating point, which gives the same: the product is never off by so much that it crosses
  // a whole number.
  @inline(__always)
  static func traversal(_ size: Int) -> Int { (size + 9) / 10 }

  /// A long text takes time to count. An interruption is noticed where the loop goes on.
  private func codePoints(of text: Value) -> Int {
    if text.count > 1024, !goesOn(after: Int(text.count >> 4)) { return Int(text.count) }
    return text.slice.codePointCount
  }

  func costSize(_ value: Value) -> Int {
    switch value.tag {
    case .string: codePoints(of: value)
    case .bytes, .list, .jsonList, .map, .jsonMap: Int(value.count)
    case .optional:
      // Not `map(costSize)`: a bound method is a closure, which unoptimised builds take from the heap.
      if let wrapped = value.wrapped { costSize(wrapped) } else { 1 }
    case .opaque: opaqueCostSize(value)
    default: 1
    }
  }

  /// Of an address and a network the bytes, of which a network's length has them; of other types 1.
  private func opaqueCostSize(_ value: Value) -> Int {
    switch value.opaqueType {
    case .address: value.opaque(as: IPAddress.self).bitCount / 8
    case .network: (value.opaque(as: IPNetwork.self).length + 7) / 8
    default: 1
    }
  }

  /// What `==` costs, without looking at short texts and at scalars.
  @inline(__always)
  func costOfComparing(_ a: Value, _ b: Value) -> Int {
    let shorter = min(a.count, b.count)
    if a.tag == .string, b.tag == .string, shorter <= 10 { return shorter == 0 ? 0 : 1 }
    if (Self.scalars >> UInt32(a.tag.rawValue)) & (Self.scalars >> UInt32(b.tag.rawValue)) & 1 != 0 { return 1 }
    return cost(.shorter, a, b)
  }

  /// A bit for each tag of a value that costs 1 to compare.
  @inline(__always)
  private static var scalars: UInt32 {
    1 << Value.Tag.error.rawValue | 1 << Value.Tag.null.rawValue | 1 << Value.Tag.bool.rawValue
      | 1 << Value.Tag.int.rawValue | 1 << Value.Tag.uint.rawValue | 1 << Value.Tag.double.rawValue
      | 1 << Value.Tag.timestamp.rawValue | 1 << Value.Tag.duration.rawValue | 1 << Value.Tag.type.rawValue
      | 1 << Value.Tag.opaque.rawValue
  }

  private func startsWithText(_ list: Value) -> Bool {
    guard list.isList, list.count > 0 else { return false }
    let first = element(0, of: list)
    return first.tag == .string || first.tag == .bytes
  }

  /// A tenth of each text, rounded down, and 1 for anything else that is no container. The recursion ends as that of
  /// ``equal(_:_:)`` does.
  private func treeCost(_ value: Value) -> Int {
    switch value.tag {
    case .string, .bytes: return value.slice.count / 10
    case .list, .jsonList, .map, .jsonMap:
      guard var elements = Elements(value) else { return 1 }
      var sum = 0
      while elements.remaining > 0 {
        if elements.remaining & 15 == 0, !goesOn(after: 16) { return sum }
        let (key, value) = elements.nextEntry(self)
        sum += elements.isMap ? treeCost(key) + treeCost(value) : treeCost(key)
      }
      return sum
    default: return 1
    }
  }
}
