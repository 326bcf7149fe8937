import Admission
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// What an API server made of recorded objects under its own MutatingAdmissionPolicies, one policy at a time: the same object, the same
/// error, or no change.
@Suite("An API server's mutations", .enabled(if: SharedData.isPresent, "needs the recorded results"))
struct RecordedMutationsTests {
  @Test("come out the same for every policy and review")
  func results() throws {
    let sets = try policySets()
    let reviews = try reviews()
    var different = 0
    var seen = 0
    for line in try SharedData.lines("map/results.jsonl") {
      let expected = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      let policy = try #require(expected["policy"] as? String)
      let id = try #require(expected["id"] as? String)
      let found = try mutate(try #require(reviews[id]), under: try #require(sets[policy]))
      seen += 1
      let problem = try compare(found, expected)
      if let problem {
        different += 1
        if different <= 10 { Issue.record("\(policy) on \(id): \(problem)") }
      }
    }
    #expect(seen == 445)
    #expect(different == 0)
  }

  /// What an evaluator gave: the review's object, the object that the patch makes of it, and failures.
  private struct Found {
    var original: NSDictionary
    var object: NSDictionary?
    var allowed: Bool
    var failures: [String]
  }

  /// - Returns: what is different; nil for nothing.
  private func compare(_ found: Found, _ expected: [String: Any]) throws -> String? {
    if let error = expected["error"] as? String {
      return !found.allowed && found.failures.contains(error) ? nil : "found \(found.failures), expected \(error)"
    }
    guard found.allowed else { return "denied: \(found.failures)" }
    if expected["unchanged"] != nil {
      return found.object == nil ? nil : "changed to \(found.object.map(json) ?? "")"
    }
    let object = try #require(expected["object"] as? NSDictionary)
    guard let changed = found.object else { return "not changed" }
    let canonical = Canonical.object(changed)
    return canonical == object ? nil : "is \(json(canonical)), expected \(json(object))"
  }

  private func mutate(_ line: Data, under set: PolicySet) throws -> Found {
    var evaluator = Evaluator()
    var tape = Tape()
    return try line.withUnsafeBytes { bytes in
      try tape.parse(ByteSlice(bytes))
      let root = tape.root
      evaluator.begin()
      let review = try AdmissionReview(#require(root.member("review")), arena: evaluator.arena)
      let namespace = root.member("namespaceObject").flatMap { $0.isNull ? nil : $0 }
      let (verdict, object) = evaluator.mutate(review.request, under: set, namespace: namespace, deadline: nil)
      #expect((verdict.patch == nil) == (object == nil))
      return Found(
        original: try dictionary(review.request.object), object: try object.map { try dictionary($0) },
        allowed: verdict.allowed, failures: verdict.outcomes.flatMap { $0.failures.map(\.message.string) })
    }
  }

  private func dictionary(_ value: Cursor?) throws -> NSDictionary {
    try #require(
      JSONSerialization.jsonObject(with: Data(text(value ?? .null).utf8)) as? NSDictionary)
  }

  private func json(_ object: NSDictionary) -> String {
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// A set for each policy, which is how the results were taken.
  private func policySets() throws -> [String: PolicySet] {
    let manifests = try String(contentsOf: SharedData.folder.appending(path: "map/policies.yaml"), encoding: .utf8)
    let documents = manifests.components(separatedBy: "\n---\n")
    var sets: [String: PolicySet] = [:]
    for (policy, binding) in zip(documents, documents.dropFirst())
    where policy.contains("kind: MutatingAdmissionPolicy\n") {
      let set = try policySet(policy + "\n---\n" + binding)
      sets[try #require(set.policies.first?.name)] = set
    }
    return sets
  }

  private func reviews() throws -> [String: Data] {
    var reviews: [String: Data] = [:]
    for line in try SharedData.lines("map/reviews.jsonl") {
      let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
      reviews[try #require(record["id"] as? String)] = line
    }
    return reviews
  }
}

/// The form in which the results are recorded, since an API server fills in defaults after its policies.
private enum Canonical {
  static func object(_ object: NSDictionary) -> NSDictionary {
    var object = object as? [String: Any] ?? [:]
    object["status"] = nil
    if var metadata = object["metadata"] as? [String: Any] {
      for key in ["uid", "creationTimestamp", "managedFields"] { metadata[key] = nil }
      object["metadata"] = metadata
    }
    return value(object) as? NSDictionary ?? [:]
  }

  private static func value(_ value: Any) -> Any {
    if let list = value as? [Any] { return list.map { Self.value($0) } as NSArray }
    guard var object = value as? [String: Any] else { return value }
    for key in ["containers", "initContainers"] {
      guard let containers = object[key] as? [[String: Any]] else { continue }
      object[key] = containers.map(container)
    }
    if let ports = object["ports"] as? [[String: Any]] {
      object["ports"] = ports.map { port in
        var port = port
        port["nodePort"] = nil
        if port["protocol"] as? String == "TCP" { port["protocol"] = nil }
        return port
      }
    }
    if object["sessionAffinity"] as? String == "None" { object["sessionAffinity"] = nil }
    return object.mapValues { Self.value($0) } as NSDictionary
  }

  private static func container(_ container: [String: Any]) -> [String: Any] {
    var container = container
    container["terminationMessagePath"] = nil
    container["terminationMessagePolicy"] = nil
    if (container["resources"] as? [String: Any])?.isEmpty == true { container["resources"] = nil }
    if container["imagePullPolicy"] as? String == "IfNotPresent" { container["imagePullPolicy"] = nil }
    return container
  }
}
