import CEL
import Foundation
import Policy
import TestSupport
import Testing
import Yams

@Suite("The definition of PolicyException for a cluster")
struct ExceptionDefinitionTests {
  private let spec: [String: Any]

  init() throws {
    let file = SharedData.checkout.appending(path: "deploy/crds/policyexceptions.yaml")
    let definition = try #require(try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? [String: Any])
    let versions = try #require((definition["spec"] as? [String: Any])?["versions"] as? [[String: Any]])
    let schema = try #require((versions[0]["schema"] as? [String: Any])?["openAPIV3Schema"] as? [String: Any])
    spec = try #require((schema["properties"] as? [String: Any])?["spec"] as? [String: Any])
  }

  @Test("has the fields that files have, each with a type, and asks for those that are required")
  func fields() throws {
    let properties = try #require(spec["properties"] as? [String: [String: Any]])
    #expect(
      properties.keys.sorted() == [
        "approvals", "approvedBy", "compensatingControls", "expiresAt", "kinds", "matchConditions", "names",
        "namespace", "owner", "policies", "policy", "reason", "resourceSelector", "reviewBy", "riskAcceptance",
        "startsAt",
      ])
    // A structural schema names the type of every field, or keeps what it does not know.
    for (name, property) in properties {
      #expect(property["type"] != nil || property["x-kubernetes-preserve-unknown-fields"] as? Bool == true, "\(name)")
    }
    #expect((spec["required"] as? [String])?.sorted() == ["approvedBy", "expiresAt", "reason"])
    // None is missing: a file with exactly these is read without a word about unknown fields.
    let lines = properties.keys.sorted().map { "  \($0): null" }.joined(separator: "\n")
    let manifest = "apiVersion: policy.example.com/v1\nkind: PolicyException\nmetadata: {name: x}\nspec:\n\(lines)\n"
    let problems = LoadedManifests.load(texts: [("x.yaml", manifest)]).allProblems
    #expect(!problems.contains { $0.message.contains("unknown field") })
    #expect(!problems.isEmpty)
  }

  /// What KEP-1979 asks of a schema, and an API server of a definition.
  @Test("has a structural schema: types stand outside of what only narrows a value")
  func structure() {
    func look(_ schema: [String: Any], _ path: String, isNested: Bool) {
      let keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] as? Bool == true
      if isNested {
        #expect(schema["type"] == nil, "\(path)")
      } else {
        #expect(schema["type"] != nil || keepsUnknown, "\(path)")
        #expect(schema["type"] as? String != "array" || schema["items"] != nil, "\(path)")
      }
      for (name, property) in schema["properties"] as? [String: [String: Any]] ?? [:] {
        look(property, "\(path).\(name)", isNested: isNested)
      }
      for key in ["items", "additionalProperties", "not"] {
        if let inner = schema[key] as? [String: Any] {
          look(inner, "\(path).\(key)", isNested: isNested || key == "not")
        }
      }
      for key in ["anyOf", "allOf", "oneOf"] {
        for inner in schema[key] as? [[String: Any]] ?? [] { look(inner, "\(path).\(key)", isNested: true) }
      }
    }
    look(spec, "spec", isNested: false)
  }

  @Test("has rules in CEL that type-check")
  func rules() throws {
    let rules = try #require(spec["x-kubernetes-validations"] as? [[String: String]])
    #expect(rules.count == 2)
    var environment = Environment()
    environment.declare("self", .dyn)
    for rule in rules {
      let checked = try environment.check(try #require(rule["rule"]))
      #expect(checked.resultType == .bool)
      #expect(rule["message"] != nil)
    }
  }

  @Test(
    "and the examples are read without a problem at the time they were written",
    arguments: ["node-exporter", "legacy-billing"])
  func examples(_ name: String) throws {
    let policies = SharedData.checkout.appending(path: "policies")
    var rules = ExceptionRules()
    rules.clock = DecisionClock(at: try Instant(parsing: "2026-08-15"))
    let example = policies.appending(path: "exceptions/\(name).yaml.example").path
    let loaded = LoadedManifests.load([policies.path, example], rules: rules)
    #expect(loaded.allProblems.map(\.rendered) == [])
    #expect(loaded.set?.exceptions.count == 1)
  }
}
