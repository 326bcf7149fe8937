import Policy
import TestSupport
import Testing

/// A policy alone is compared with a request as it is; many are found by an index. Both have to say the same.
@Suite("Policies with selectors, at random,")
struct SelectorPropertyTests {
  private typealias Numbers = SeededGenerator

  private static func pick<Element>(_ values: [Element], _ numbers: inout Numbers) -> Element {
    values[Int.random(in: values.indices, using: &numbers)]
  }

  private struct Requirement {
    let key: String
    let comparison: String
    let values: [String]

    var text: String {
      values.isEmpty
        ? "{key: \(key), operator: \(comparison)}"
        : "{key: \(key), operator: \(comparison), values: [\(values.joined(separator: ", "))]}"
    }

    func isMet(_ labels: [String: String]) -> Bool {
      switch comparison {
      case "In": labels[key].map { values.contains($0) } ?? false
      case "NotIn": labels[key].map { !values.contains($0) } ?? true
      case "Exists": labels[key] != nil
      default: labels[key] == nil
      }
    }
  }

  private struct Subject {
    let name: String
    let manifest: String
    let namespaceSelectors: [[Requirement]]
    let objectSelectors: [[Requirement]]
  }

  private static let nameLabel = "kubernetes.io/metadata.name"
  private static let values = ["a", "b", "shop", "kube-system", "a-value-that-is-longer-than-a-word-1"]

  private static func selector(_ keys: [String], _ numbers: inout Numbers) -> [Requirement] {
    (0..<pick([0, 0, 1, 1, 2, 3, 7], &numbers)).map { _ in
      let comparison = pick(["In", "NotIn", "Exists", "DoesNotExist"], &numbers)
      let count = comparison.hasSuffix("In") ? Int.random(in: 1...4, using: &numbers) : 0
      return Requirement(
        key: pick(keys, &numbers), comparison: comparison,
        values: (0..<count).map { _ in pick(values, &numbers) })
    }
  }

  private static func constraints(_ namespaces: [Requirement], _ objects: [Requirement], _ rules: String) -> String {
    func list(_ requirements: [Requirement]) -> String {
      "{matchExpressions: [\(requirements.map(\.text).joined(separator: ", "))]}"
    }
    return "{\(rules)namespaceSelector: \(list(namespaces)), objectSelector: \(list(objects))}"
  }

  private static func subject(_ number: Int, _ numbers: inout Numbers) -> Subject {
    let name = "p\(number)"
    let namespaces = (0..<2).map { _ in selector([nameLabel, nameLabel, "tier", "k"], &numbers) }
    let objects = (0..<2).map { _ in selector(["app", "tier", "k", "with/prefix"], &numbers) }
    let names = Int.random(in: 0..<6, using: &numbers) == 0 ? ", resourceNames: [web, db]" : ""
    let rule = "{apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*']\(names)}"
    let rules = "resourceRules: [\(rule)], "
    if Bool.random(using: &numbers) {
      return Subject(
        name: name,
        manifest: """
          apiVersion: policy.example.com/v1
          kind: Policy
          metadata: {name: \(name)}
          spec:
            podTemplates: Ignore
            validations: [{expression: "true"}]
            matchConstraints: \(constraints(namespaces[0], objects[0], rules))
          ---

          """, namespaceSelectors: [namespaces[0]], objectSelectors: [objects[0]])
    }
    return Subject(
      name: name,
      manifest: """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: \(name)}
        spec:
          validations: [{expression: "true"}]
          matchConstraints: \(constraints(namespaces[0], objects[0], rules))
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: \(name)}
        spec:
          policyName: \(name)
          validationActions: [Deny]
          matchResources: \(constraints(namespaces[1], objects[1], ""))
        ---

        """, namespaceSelectors: namespaces, objectSelectors: objects)
  }

  private static func labels(_ keys: [String], _ numbers: inout Numbers) -> [String: String] {
    Dictionary(
      keys.filter { _ in Bool.random(using: &numbers) }.map { ($0, pick(values, &numbers)) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func object(_ labels: [String: String], name: String = "web") -> String {
    let members = labels.map { "\"\($0.key)\":\"\($0.value)\"" }.sorted().joined(separator: ",")
    return #"{"metadata":{"name":"\#(name)","labels":{\#(members)}}}"#
  }

  /// What of a request selectors see.
  private struct Asked {
    let request: String
    let namespace: String?
    /// Nil: of no namespace. Where they are not known, only the name is among them.
    let namespaceLabels: [String: String]?
    let areNamespaceLabelsKnown: Bool
    /// Of the object and of the old object; empty for CONNECT.
    let objectLabels: [[String: String]]
  }

  private static func asked(_ numbers: inout Numbers) -> Asked {
    let operation = pick(["CREATE", "CREATE", "UPDATE", "UPDATE", "DELETE", "CONNECT"], &numbers)
    let (new, old) = (
      labels(["app", "tier", "k", "with/prefix"], &numbers), labels(["app", "tier", "k", "with/prefix"], &numbers)
    )
    let namespace = pick(["shop", "kube-system", "other"], &numbers)
    let name = pick(["web", "db", "other"], &numbers)
    let isCluster = Int.random(in: 0..<6, using: &numbers) == 0
    let isKnown = Int.random(in: 0..<3, using: &numbers) != 0
    let namespaceLabels = labels(["tier", "k"], &numbers).merging([nameLabel: namespace]) { $1 }
    let hasNew = operation == "CREATE" || operation == "UPDATE"
    let hasOld = operation == "UPDATE" || operation == "DELETE"
    let written = request(
      operation, resource: isCluster ? "nodes" : "pods", kind: isCluster ? "Node" : "Pod",
      subresource: operation == "CONNECT" ? "exec" : "", namespace: isCluster ? "" : namespace, name: name,
      object: hasNew ? object(new) : operation == "CONNECT" ? #"{"kind":"PodExecOptions"}"# : "null",
      oldObject: hasOld ? object(old) : "null")
    return Asked(
      request: written, namespace: isCluster || !isKnown ? nil : object(namespaceLabels, name: namespace),
      namespaceLabels: isCluster ? nil : isKnown ? namespaceLabels : [nameLabel: namespace],
      areNamespaceLabelsKnown: isKnown,
      objectLabels: (hasNew ? [new] : []) + (hasOld ? [old] : []))
  }

  /// Whether the selectors of a policy accept a request; nil where that cannot be told.
  private static func accepts(_ subject: Subject, _ asked: Asked) -> Bool? {
    for selector in subject.objectSelectors where !selector.isEmpty {
      guard asked.objectLabels.contains(where: { labels in selector.allSatisfy { $0.isMet(labels) } }) else {
        return false
      }
    }
    guard let labels = asked.namespaceLabels else { return true }
    let requirements = subject.namespaceSelectors.flatMap { $0 }
    let known = requirements.filter { asked.areNamespaceLabelsKnown || $0.key == nameLabel }
    guard known.allSatisfy({ $0.isMet(labels) }) else { return false }
    return known.count == requirements.count ? true : nil
  }

  @Test("are found in a set as each is alone, and as its selectors say", arguments: 0..<12 as Range<UInt64>)
  func sets(seed: UInt64) throws {
    var numbers = SeededGenerator(seed: seed)
    // Some fit into a word of marks, some do not.
    let subjects = (0..<Self.pick([3, 20, 64, 65, 130], &numbers)).map { Self.subject($0, &numbers) }
    let set = try policySet(subjects.map(\.manifest).joined())
    let alone = try subjects.map { try policySet($0.manifest) }
    for _ in 0..<25 {
      let asked = Self.asked(&numbers)
      let results = try judge(asked.request, under: set, namespace: asked.namespace).results
      for (subject, alone) in zip(subjects, alone) {
        let context = Comment(rawValue: "\(subject.manifest)\n\(asked.request)\n\(asked.namespace ?? "")")
        let expected = try judge(asked.request, under: alone, namespace: asked.namespace).results[subject.name]
        #expect(results[subject.name] == expected, context)
        // Rules with names leave requests out besides.
        if subject.manifest.contains("resourceNames") { continue }
        switch Self.accepts(subject, asked) {
        case true?: #expect(expected == "pass", context)
        case false?: #expect(expected == nil, context)
        case nil: #expect(expected == "error", context)
        }
      }
    }
  }

  @Test("are told apart by whole labels, whatever their hashes are")
  func similarLabels() throws {
    let length = "a-value-of-8-bytes"
    let subjects = (0..<200).map { number in
      podPolicy(
        """
        podTemplates: Ignore
        validations: [{expression: "true"}]
        """, name: "p\(number)"
      ).replacing(
        "    resourceRules:",
        with: "    objectSelector: {matchLabels: {app: \(length)-\(number)-\(length)}}\n    resourceRules:")
    }
    let set = try policySet(subjects.joined(separator: "---\n"))
    for number in [0, 7, 99, 199] {
      let labelled = request(object: Self.object(["app": "\(length)-\(number)-\(length)"]))
      #expect(try judge(labelled, under: set).results == ["p\(number)": "pass"])
    }
    #expect(try judge(request(object: Self.object(["app": "\(length)-200-\(length)"])), under: set).results.isEmpty)
    #expect(try judge(request(object: #"{"metadata":{"labels":{"app":7}}}"#), under: set).results.isEmpty)
    #expect(try judge(request(object: #"{"metadata":{"labels":["app"]}}"#), under: set).results.isEmpty)
  }
}
