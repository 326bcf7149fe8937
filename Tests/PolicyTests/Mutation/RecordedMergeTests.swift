import Admission
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// Some of the recorded mutations, with the value of each expression written in Swift: what merging and patching alone make of it.
/// The policies themselves are run elsewhere.
@Suite("A recorded mutation", .enabled(if: SharedData.isPresent, "needs the recorded mutations"))
struct RecordedMergeTests {
  typealias Object = [String: Any]

  struct Record {
    let id: String
    let policy: String
    let object: Object
    let namespace: Object
    let error: String?
    let result: Object?
  }

  static func records(_ policy: String) throws -> [Record] {
    var reviews: [String: Object] = [:]
    for line in try SharedData.lines("map/reviews.jsonl") {
      let review = try #require(try JSONSerialization.jsonObject(with: line) as? Object)
      reviews[review["id"] as? String ?? ""] = review
    }
    return try SharedData.lines("map/results.jsonl").compactMap { line in
      let result = try #require(try JSONSerialization.jsonObject(with: line) as? Object)
      guard result["policy"] as? String == policy, let id = result["id"] as? String, let review = reviews[id] else {
        return nil
      }
      let request = (review["review"] as? Object)?["request"] as? Object
      return Record(
        id: id, policy: policy, object: request?["object"] as? Object ?? [:],
        namespace: review["namespaceObject"] as? Object ?? [:], error: result["error"] as? String,
        result: result["object"] as? Object)
    }
  }

  private func text(_ value: Any) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: value, options: .withoutEscapingSlashes), as: UTF8.self)
  }

  /// In the form of the recorded results: without what the server fills in afterwards.
  private func canonical(_ value: Any) throws -> String {
    guard var object = value as? Object else { return try text(value) }
    object["status"] = nil
    if var metadata = object["metadata"] as? Object {
      for key in ["uid", "creationTimestamp", "managedFields"] { metadata[key] = nil }
      object["metadata"] = metadata
    }
    let data = try JSONSerialization.data(withJSONObject: withoutDefaults(object), options: .sortedKeys)
    return String(decoding: data, as: UTF8.self)
  }

  private func withoutDefaults(_ value: Any) -> Any {
    if let list = value as? [Any] { return list.map { withoutDefaults($0) } }
    guard var object = value as? Object else { return value }
    for (key, member) in object { object[key] = withoutDefaults(member) }
    for key in ["containers", "initContainers"] {
      guard let containers = object[key] as? [Object] else { continue }
      object[key] = containers.map { container in
        var container = container
        container["terminationMessagePath"] = nil
        container["terminationMessagePolicy"] = nil
        if (container["resources"] as? Object)?.isEmpty == true { container["resources"] = nil }
        if container["imagePullPolicy"] as? String == "IfNotPresent" { container["imagePullPolicy"] = nil }
        return container
      }
    }
    if let ports = object["ports"] as? [Object] {
      object["ports"] = ports.map { port in
        var port = port
        port["nodePort"] = nil
        if port["protocol"] as? String == "TCP" { port["protocol"] = nil }
        return port
      }
    }
    if object["sessionAffinity"] as? String == "None" { object["sessionAffinity"] = nil }
    return object
  }

  private func type(of object: Object) -> SchemaTable.TypeID? {
    schemaType("\(object["apiVersion"] as? String ?? "") \(object["kind"] as? String ?? "")")
  }

  private func merge(_ configuration: Object, into object: Object) throws -> Merged {
    try merged(try ParsedText(text(configuration)), into: try ParsedText(text(object)), as: type(of: object))
  }

  /// The object after each of the patches, in its typed form in between.
  private func patch(_ patches: [[Object]], _ object: Object) throws -> Merged {
    var current = try ParsedText(text(object))
    for operations in patches {
      let patch = try ParsedText(text(operations))
      var output = ByteBuffer()
      var typed = ByteBuffer()
      let arena = Arena()
      switch JSONPatch.apply(patch.root, to: current.root, into: &output, arena: arena.handle) {
      case .failed(let message): return .error("JSON Patch: \(message.string)")
      case .testFailed: continue
      case .applied: break
      }
      let result = try ParsedText(Array(output.bytes.buffer))
      let outcome = TypedForm.write(
        result.root, as: type(of: object), earlier: current.root, into: &typed, arena: arena.handle)
      guard case .written = outcome else { return .error("\(outcome)") }
      withExtendedLifetime((patch, result)) {}
      current = try ParsedText(Array(typed.bytes.buffer))
    }
    var output = ByteBuffer()
    output.writeValue(current.root)
    withExtendedLifetime(current) {}
    return .object(output.bytes.string)
  }

  private func check(_ record: Record, _ result: Merged) throws {
    switch result {
    case .error(let message):
      let prefix = "policy '\(record.policy)' with binding '\(record.policy)' denied request: "
      #expect(record.error == prefix + message, "\(record.id)")
    case .object(let text):
      let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
      let expected = try canonical(record.result ?? record.object)
      #expect(try canonical(object) == expected, "\(record.id)")
    }
  }

  private func containers(_ object: Object) -> [Object] {
    let spec = object["spec"] as? Object
    let pod = (spec?["template"] as? Object)?["spec"] as? Object ?? spec
    return pod?["containers"] as? [Object] ?? []
  }

  private func has(_ name: String, _ object: Object) -> Bool {
    containers(object).contains { $0["name"] as? String == name }
  }

  @Test("merges a label and a security context")
  func labels() throws {
    for record in try Self.records("m01-owner-from-namespace") {
      let metadata = record.object["metadata"] as? Object
      guard (metadata?["labels"] as? Object)?["owner"] == nil else { continue }
      let namespace = (record.namespace["metadata"] as? Object)?["labels"] as? Object
      let owner = namespace?["team"] as? String ?? "unowned"
      try check(record, try merge(["metadata": ["labels": ["owner": owner]]], into: record.object))
    }
    for record in try Self.records("m02-default-nonroot") {
      let context = (record.object["spec"] as? Object)?["securityContext"] as? Object
      let setting: Object = ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]]
      let configuration: Object = context?["runAsNonRoot"] == nil ? ["spec": ["securityContext": setting]] : [:]
      try check(record, try merge(configuration, into: record.object))
    }
  }

  @Test("merges a sidecar, or refuses it for its arguments")
  func sidecars() throws {
    for record in try Self.records("m03-inject-sidecar") where !has("mesh-proxy", record.object) {
      let sidecar: Object = [
        "name": "mesh-proxy", "image": "mesh/proxy:v1", "args": ["proxy", "sidecar"],
        "ports": [["containerPort": 15001, "name": "mesh"]],
      ]
      try check(record, try merge(["spec": ["containers": [sidecar]]], into: record.object))
    }
    for record in try Self.records("m12-inject-sidecar-ok") where !has("mesh-proxy", record.object) {
      let name = (record.object["metadata"] as? Object)?["name"] as? String ?? "?"
      let sidecar: Object = [
        "name": "mesh-proxy", "image": "mesh/proxy:v1", "ports": [["containerPort": 15001, "name": "mesh"]],
        "env": [["name": "POD", "value": name]],
      ]
      let spec: Object = ["containers": [sidecar], "volumes": [["name": "mesh", "emptyDir": Object()]]]
      try check(record, try merge(["spec": spec], into: record.object))
    }
  }

  @Test("merges environment variables of a template's containers")
  func environment() throws {
    for record in try Self.records("m07-merge-env") {
      let changed: [Object] = containers(record.object).map {
        ["name": $0["name"] ?? "", "env": [["name": "CLUSTER", "value": "prod-1"]]]
      }
      let spec: Object = ["template": ["spec": ["containers": changed]]]
      try check(record, try merge(["spec": spec], into: record.object))
    }
  }

  @Test("patches one after the other, on the typed object")
  func chain() throws {
    for record in try Self.records("m09-chained") {
      let labels = (record.object["metadata"] as? Object)?["labels"] as? Object ?? [:]
      try check(
        record,
        try patch(
          [
            [["op": "add", "path": "/metadata/labels", "value": labels]],
            [
              ["op": "add", "path": "/metadata/labels/step", "value": "one"],
              ["op": "copy", "from": "/metadata/labels/step", "path": "/metadata/labels/copy"],
            ],
            [
              ["op": "replace", "path": "/metadata/labels/step", "value": "one-two"],
              ["op": "move", "from": "/metadata/labels/copy", "path": "/metadata/labels/moved"],
            ],
          ], record.object))
    }
  }

  @Test("patches what a test guards")
  func guarded() throws {
    for record in try Self.records("m06-test-guard") {
      try check(
        record,
        try patch(
          [
            [
              ["op": "test", "path": "/spec/replicas", "value": 1],
              ["op": "replace", "path": "/spec/replicas", "value": 3],
            ]
          ], record.object))
    }
  }
}
