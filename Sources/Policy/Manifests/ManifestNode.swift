internal import Yams

/// A value in a manifest, with its field path and its place in the file.
struct ManifestNode {
  let yaml: Node
  /// `spec.validations[0].expression`; empty for the document itself.
  let path: String

  var place: ManifestPlace {
    ManifestPlace(line: yaml.mark?.line ?? 1, column: yaml.mark?.column ?? 1)
  }

  /// What it is, in the words of a message.
  var kindName: String {
    switch yaml {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(let scalar):
      switch PlainScalar(scalar) {
      case .null: "null"
      case .bool: "a boolean"
      case .integer, .double: "a number"
      case .string: "a string"
      }
    case .alias: "an alias"
    }
  }

  var isNull: Bool {
    if case .scalar(let scalar) = yaml, case .null = PlainScalar(scalar) { true } else { false }
  }

  var isEmptyList: Bool {
    if case .sequence(let sequence) = yaml { sequence.isEmpty } else { false }
  }

  /// The value of a key, whatever the mapping's other keys are; nil where it is absent or null.
  func member(_ key: String) -> ManifestNode? {
    guard case .mapping(let mapping) = yaml else { return nil }
    for (candidate, value) in mapping where candidate.scalar?.string == key {
      let node = ManifestNode(yaml: value, path: path.isEmpty ? key : "\(path).\(key)")
      return node.isNull ? nil : node
    }
    return nil
  }

  /// The scalar's text, whatever its type; for finding out what a document is before it is decoded.
  var text: String? { yaml.scalar?.string }
}

// MARK: Reading with a type

extension ManifestNode {
  func string(_ diagnostics: inout Diagnostics) -> String? {
    guard case .scalar(let scalar) = yaml, case .string(let text) = PlainScalar(scalar) else {
      diagnostics.error(self, "must be a string, but is \(kindName)\(quotingAdvice)")
      return nil
    }
    return text
  }

  /// A number or boolean without quotes where a string belongs is the most frequent slip of all.
  private var quotingAdvice: String {
    guard case .scalar(let scalar) = yaml, !isNull else { return "" }
    return "; write \"\(scalar.string)\" with quotes"
  }

  func list(_ diagnostics: inout Diagnostics) -> [ManifestNode] {
    guard case .sequence(let sequence) = yaml else {
      diagnostics.error(self, "must be a list, but is \(kindName)")
      return []
    }
    return sequence.enumerated().map { ManifestNode(yaml: $1, path: "\(path)[\($0)]") }
  }

  func strings(_ diagnostics: inout Diagnostics) -> [String] {
    list(&diagnostics).compactMap { $0.string(&diagnostics) }
  }

  /// The members of a mapping that may have any keys: labels.
  func stringMap(_ diagnostics: inout Diagnostics) -> [String: String] {
    guard case .mapping(let mapping) = yaml else {
      diagnostics.error(self, "must be a mapping, but is \(kindName)")
      return [:]
    }
    var result: [String: String] = [:]
    for (key, value) in mapping {
      guard let name = key.scalar?.string else { continue }
      result[name] = ManifestNode(yaml: value, path: "\(path).\(name)").string(&diagnostics)
    }
    return result
  }

  /// One of the raw values of an enumeration.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type, _ diagnostics: inout Diagnostics
  ) -> Choice? where Choice.RawValue == String {
    guard let text = string(&diagnostics) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    diagnostics.notSupported(self, text, Choice.allCases.map(\.rawValue).sorted())
    return nil
  }

  /// The members of a mapping with known keys; others are reported. A null member counts as absent.
  func fields(_ known: [String], _ diagnostics: inout Diagnostics) -> [String: ManifestNode] {
    guard case .mapping(let mapping) = yaml else {
      diagnostics.error(self, "must be a mapping, but is \(kindName)")
      return [:]
    }
    var result: [String: ManifestNode] = [:]
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard known.contains(name) else {
        let field = ManifestNode(yaml: key, path: path.isEmpty ? name : "\(path).\(name)")
        diagnostics.error(
          field,
          "strict decoding error: unknown field \(field.path.goQuoted)\(suggestion(for: name, among: known))")
        continue
      }
      let node = ManifestNode(yaml: value, path: path.isEmpty ? name : "\(path).\(name)")
      if !node.isNull { result[name] = node }
    }
    return result
  }
}

/// `; did you mean …?` where a known name is close to what was written.
package func suggestion(for name: String, among known: [String]) -> String {
  let limit = max(name.count / 3, 1)
  let best = known.map { ($0, editDistance($0.lowercased(), name.lowercased())) }.min { $0.1 < $1.1 }
  guard let best, best.1 <= limit else { return "" }
  return "; did you mean `\(best.0)`?"
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
private func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left)
  let right = Array(right)
  if left.count > 100 || right.count > 100 { return .max }
  var beforePrevious: [Int] = []
  var previous = Array(0...right.count)
  for row in 0..<left.count {
    var current = [row + 1]
    for column in 0..<right.count {
      var best = min(previous[column + 1], current[column]) + 1
      best = min(best, previous[column] + (left[row] == right[column] ? 0 : 1))
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        best = min(best, beforePrevious[column - 1] + 1)
      }
      current.append(best)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[right.count]
}
