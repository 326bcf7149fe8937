internal import JSON
internal import Memory

/// A label selector as labels are compared with it. Its memory belongs to the policy set.
///
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
struct CompiledSelector: BitwiseCopyable {
  let requirements: UnsafeBufferPointer<Requirement>

  struct Requirement: BitwiseCopyable {
    let key: ByteSlice
    let comparison: LabelSelector.Comparison
    let values: UnsafeBufferPointer<ByteSlice>
  }

  init(_ selector: LabelSelector, _ arena: Arena.Handle) {
    let labels = selector.matchLabels.sorted { $0.key < $1.key }.map { label in
      Requirement(key: arena.slice(label.key), comparison: .isIn, values: arena.slices([label.value]))
    }
    let expressions = selector.matchExpressions.map { expression in
      Requirement(
        key: arena.slice(expression.key), comparison: expression.comparison, values: arena.slices(expression.values))
    }
    requirements = arena.buffer(labels + expressions)
  }

  var isEmpty: Bool { requirements.isEmpty }

  /// Whether every requirement is about `key`.
  func isOnly(about key: ByteSlice) -> Bool { requirements.allSatisfy { $0.key == key } }

  /// - Parameter label: the value of a label, nil where there is none.
  func matches(_ label: (ByteSlice) -> Label?) -> Bool {
    for requirement in requirements where !requirement.isMet(by: label(requirement.key)) { return false }
    return true
  }

  /// Labels as they stand in an object's `metadata`; no labels where it has none.
  func matches(labelsOf metadata: Cursor?) -> Bool {
    let labels = metadata?.member("labels")
    return matches { key in labels?.member(key).map { .json($0) } }
  }

  /// A label's value, on the tape or known otherwise.
  enum Label {
    case json(Cursor)
    case text(ByteSlice)

    func equals(_ value: ByteSlice) -> Bool {
      switch self {
      case .json(let cursor): cursor.isString(value)
      case .text(let text): text == value
      }
    }
  }
}

extension CompiledSelector.Requirement {
  /// As in Kubernetes, `NotIn` holds for an object without the label.
  func isMet(by label: CompiledSelector.Label?) -> Bool {
    switch comparison {
    case .exists: return label != nil
    case .doesNotExist: return label == nil
    case .isIn:
      guard let label else { return false }
      return values.contains { label.equals($0) }
    case .notIn:
      guard let label else { return true }
      return !values.contains { label.equals($0) }
    }
  }
}
