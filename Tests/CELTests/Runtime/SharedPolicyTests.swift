import CEL
import CELFuzz
import Foundation
import JSON
import Memory
import TestSupport
import Testing
import Yams

/// Policies as an API server has them, all in one program, on recorded reviews.
@Suite("Policies that share sub-expressions", .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
struct SharedPolicyTests {
  private static let inputs = ["object", "oldObject", "request", "namespaceObject", "allContainers", "params"]

  @Test(
    "give the values, errors and costs of policies that each compute everything",
    arguments: [
      ["vap/policies.yaml", "vap/requests-policies.yaml"],
      [
        "policies/disallow-host-network/policy.yaml", "policies/require-image-digest/policy.yaml",
        "policies/require-owner-label/policy.yaml", "policies/require-run-as-non-root/policy.yaml",
      ],
    ], [SharingMode.worthwhile, .everything])
  func policies(files: [String], sharing: SharingMode) throws {
    let policies = try files.flatMap { file in
      let folder = file.hasPrefix("policies/") ? SharedData.checkout : SharedData.folder
      return try Yams.load_all(yaml: String(contentsOf: folder.appending(path: file), encoding: .utf8))
        .compactMap { ($0 as? [String: Any])?["spec"] as? [String: Any] }.filter { $0["validations"] != nil }
    }
    try #require(policies.count >= 4)
    let twins = try TwinPrograms(variables: Self.inputs, sharing: sharing) { (builder, inputs) throws(CompileErrors) in
      var entries: [EntryPoint] = []
      for policy in policies { try Self.add(policy, to: &builder, inputs, &entries) }
      return entries
    }
    #expect(twins.sharedCount > policies.count)
    var tape = Tape()
    for line in try SharedData.lines("reviews.jsonl") {
      let difference = try line.withUnsafeBytes { bytes in
        try tape.parse(ByteSlice(bytes))
        let request = try #require(tape.root.member("review")?.member("request"))
        return try Self.difference(twins, request, tape.root.member("namespaceObject"))
      }
      #expect(difference == nil)
    }
  }

  /// Compares with the limit of an API server, and with one that some of the expressions exceed.
  private static func difference(_ twins: TwinPrograms, _ request: Cursor, _ namespace: Cursor?) throws -> String? {
    let arena = Arena()
    func text(_ value: Cursor?) -> ByteSlice {
      var buffer = ByteBuffer()
      if let value { buffer.writeValue(value) } else { buffer.append("null") }
      return arena.handle.copy(buffer.bytes)
    }
    let object = request.member("object")
    let round = [
      text(object), text(request.member("oldObject")), text(request), text(namespace),
      text(object?.member("spec")?.member("containers")), text(nil),
    ]
    return twins.difference([round]) ?? twins.difference([round], cost: 60)
  }

  private static func add(
    _ policy: [String: Any], to builder: inout ProgramBuilder, _ inputs: Scope, _ entries: inout [EntryPoint]
  ) throws(CompileErrors) {
    var environment = Environment(.kubernetes)
    for name in Self.inputs + ["variables", "authorizer"] { environment.declare(name, .dyn) }
    var scope = inputs
    func expressions(_ field: String, _ key: String) -> [(name: String, text: String)] {
      (policy[field] as? [[String: Any]] ?? []).compactMap { entry in
        (entry[key] as? String).map { (entry["name"] as? String ?? "", $0) }
      }
    }
    for variable in expressions("variables", "expression") {
      guard let checked = try? environment.check(variable.text) else { continue }
      let slot = try builder.lazy(checked, name: variable.name, scope: scope)
      scope.bind(field: variable.name, of: "variables", to: slot)
    }
    for (_, source) in expressions("matchConditions", "expression") + expressions("validations", "expression")
      + expressions("validations", "messageExpression") + expressions("auditAnnotations", "valueExpression")
    {
      guard let checked = try? environment.check(source) else { continue }
      entries.append(try builder.add(checked, scope: scope))
    }
    // A policy begins a phase.
    while entries.count % TwinPrograms.phaseLength != 0 {
      guard let nothing = try? environment.check("true") else { return }
      entries.append(try builder.add(nothing, scope: scope))
    }
  }
}
