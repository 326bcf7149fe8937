internal import Admission
internal import JSON
internal import Memory

/// A label selector beside the labels that it is compared with.
package struct SelectorExplanation: Sendable {
  package enum Outcome: String, Sendable {
    case matched
    case notMatched
    /// The labels are not known here.
    case unknown
  }

  /// `objectSelector` or `namespaceSelector`.
  package let name: String
  /// Whether it accepts everything.
  package let isEmpty: Bool
  package let outcome: Outcome
  package let requirements: [Requirement]
  /// Where no label decided: why.
  package let note: String?

  package struct Requirement: Sendable {
    /// `tier in (web, api)`
    package let text: String
    package let key: String
    package let isMet: Bool
    /// The label's value; nil where there is none.
    package let found: String?
    /// Whose labels: `object`, `oldObject`, `namespace shop`.
    package let owner: String
  }

  /// Why it does not match.
  func reasons(_ owner: String) -> [String] {
    if let note { return ["\(owner)\(name): \(note)"] }
    return requirements.filter { !$0.isMet }.map { requirement in
      let value = requirement.found.map { "`\($0)`" } ?? "missing"
      return
        "\(owner)\(name): wants `\(requirement.text)`, but label `\(requirement.key)` of \(requirement.owner) is \(value)"
    }
  }

  init(object constraints: CompiledConstraints, _ request: AdmissionRequest, _ metadata: Evaluator.Metadata?) {
    let selector = constraints.objectSelector
    name = "objectSelector"
    isEmpty = selector.isEmpty
    outcome = metadata.map { constraints.matchesObject(request, $0) } ?? isEmpty ? .matched : .notMatched
    if isEmpty {
      (requirements, note) = ([], nil)
    } else if request.operation == .connect {
      (requirements, note) = ([], "what is connected with has no labels to compare")
    } else {
      var all: [Requirement] = []
      func add(_ owner: String, _ metadata: Cursor?) {
        let labels = metadata?.member("labels")
        all += selector.explain(owner) { key in labels?.member(key).map { .json($0) } }
      }
      if request.object != nil { add("object", metadata?.new) }
      if request.oldObject != nil { add("oldObject", metadata?.old) }
      (requirements, note) = (all, nil)
    }
  }

  init(namespace constraints: CompiledConstraints, _ labels: NamespaceLabels, _ request: AdmissionRequest) {
    let selector = constraints.namespaceSelector
    name = "namespaceSelector"
    isEmpty = selector.isEmpty
    outcome =
      switch constraints.matchesNamespace(labels) {
      case .yes: .matched
      case .no: .notMatched
      case .unknown: .unknown
      }
    if isEmpty {
      (requirements, note) = ([], nil)
      return
    }
    let owner = "namespace \(request.namespace.isEmpty ? request.name.string : request.namespace.string)"
    switch labels.source {
    case .none: (requirements, note) = ([], "an object without a namespace matches every namespaceSelector")
    case .metadata(let metadata, let name):
      let labels = metadata?.member("labels")
      requirements = selector.explain(owner) { key in
        if !name.isEmpty, key == NamespaceLabels.nameLabel { return .text(name) }
        return labels?.member(key).map { .json($0) }
      }
      note = nil
    case .nameOnly(let name):
      // A requirement of the name that is not met decides, whatever the others say.
      requirements = selector.explain(owner) { _ in .text(name) }.filter { $0.key == NamespaceLabels.nameLabel.string }
      note = outcome == .unknown ? NamespaceLabels.unknownNamespace.string : nil
    }
  }
}

extension CompiledSelector {
  /// Each requirement beside the label that it is about.
  func explain(_ owner: String, _ label: (ByteSlice) -> Label?) -> [SelectorExplanation.Requirement] {
    requirements.map { requirement in
      let found = label(requirement.key)
      return SelectorExplanation.Requirement(
        text: requirement.text, key: requirement.key.string, isMet: requirement.isMet(by: found), found: found?.value,
        owner: owner)
    }
  }
}

extension CompiledSelector.Label {
  fileprivate var value: String {
    switch self {
    case .text(let text): return text.string
    case .json(let cursor):
      if let text = cursor.stringValue { return text }
      var buffer = ByteBuffer()
      buffer.writeValue(cursor)
      return buffer.bytes.string
    }
  }
}

extension CompiledSelector.Requirement {
  /// As `kubectl` takes it.
  fileprivate var text: String {
    let list = values.map(\.string)
    switch comparison {
    case .isIn:
      return list.count == 1 ? "\(key.string)=\(list[0])" : "\(key.string) in (\(list.joined(separator: ", ")))"
    case .notIn: return "\(key.string) notin (\(list.joined(separator: ", ")))"
    case .exists: return key.string
    case .doesNotExist: return "!\(key.string)"
    }
  }
}
