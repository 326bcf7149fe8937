import Foundation
import Memory
import Policy
import Replay
import TestSupport
import Testing

@Suite("Replaying")
struct ReplayEngineTests {
  private let folder: TemporaryFolder
  private let set: PolicySet

  init() throws {
    folder = try TemporaryFolder()
    set = try Fixture.set(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: small}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
        validations: [{expression: "object.data.n != '7'", message: no seven}]
      """)
  }

  private func lines(_ configuration: ReplayConfiguration, _ inputs: [ReplayInput]) -> (String, TestSummary) {
    var configuration = configuration
    configuration.collectsLines = true
    configuration.collectsResults = false
    configuration.clock = { 0 }
    var text = ""
    let summary = ReplayEngine(configuration, inputs).run { text += $0.lines.bytes.string }
    return (text, summary)
  }

  @Test("gives the results in the order of the input, whatever the number of threads")
  func order() throws {
    // Several batches, each of a different weight.
    var text = ""
    for number in 0..<6000 {
      text += Fixture.review(
        id: "r\(number)", data: "{\"n\":\"\(number % 10)\",\"x\":\"\(String(repeating: "x", count: number % 700))\"}")
      text += "\n"
    }
    let path = try folder.write(text, to: "a.jsonl")
    let (one, summary) = lines(ReplayConfiguration(sets: [set], workers: 1), [ReplayInput(file: path)])
    let (four, other) = lines(ReplayConfiguration(sets: [set], workers: 4), [ReplayInput(file: path)])
    #expect(one == four)
    let ids = one.split(separator: "\n").map { $0.dropFirst(7).prefix { $0 != "\"" } }
    #expect(ids.elementsEqual((0..<6000).map { "r\($0)" }, by: { $0 == $1 }))
    #expect(summary.reviews == 6000 && summary.denied == 600)
    #expect(other.policies[0].matched == 6000 && other.policies[0].denied == 600)
    #expect(other.latency.total == 6000)
  }

  @Test("goes on behind a broken line, which is told with its place, and ends there where it is strict")
  func broken() throws {
    let path = try folder.write(
      "\(Fixture.review(id: "a", data: "{}"))\n{\"review\":\n\(Fixture.review(id: "b", data: "{}"))\n", to: "a.jsonl")
    var configuration = ReplayConfiguration(sets: [set], workers: 2)
    var problems: [String] = []
    let summary = ReplayEngine(configuration, [ReplayInput(file: path), ReplayInput(file: "/nowhere")]).run {
      problems += $0.problems.map { "\($0.place): \($0.message)" }
    }
    #expect(summary.reviews == 2 && summary.unreadable == 2)
    #expect(problems.count == 2 && problems[0].hasPrefix("\(path):2:11: is not JSON: "))
    #expect(problems.last == "/nowhere: no such file or directory")

    // The first thing that cannot be read is in the first of many batches.
    let many = String(
      repeating: Fixture.review(id: "c", data: "{\"x\":\"\(String(repeating: "x", count: 2000))\"}") + "\n", count: 5000
    )
    let second = try folder.write("nonsense\n" + many, to: "b.jsonl")
    configuration.isStrict = true
    let strict = ReplayEngine(configuration, [ReplayInput(file: second), ReplayInput(file: path)]).run { _ in }
    #expect(strict.unreadable == 1)
    #expect(strict.reviews < 5000)
  }

  @Test("needs no more memory for much input than for some")
  func memory() throws {
    let review = Fixture.review(id: "a", data: "{\"n\":\"7\",\"x\":\"\(String(repeating: "x", count: 3000))\"}") + "\n"
    let small = try folder.write(String(repeating: review, count: 4_000), to: "small.jsonl")
    let configuration = ReplayConfiguration(sets: [set], workers: 2)
    _ = lines(configuration, [ReplayInput(file: small)])
    let before = try residentBytes()
    var reviews = 0
    let inputs = [ReplayInput](repeating: ReplayInput(file: small), count: 10)
    let summary = ReplayEngine(configuration, inputs).run { reviews += $0.events.count }
    #expect(summary.reviews == 40_000 && reviews == 40_000)
    // 120 MB went through.
    #expect(try residentBytes() - before < 40 << 20)
  }

  private func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(text[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  @Test("judges under two sets, and says what differs and which policy makes the difference")
  func baseline() throws {
    let before = try Fixture.set(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: small}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
        validations: [{expression: "object.data.n != '3' && object.data.n != '7'", message: "not three, not seven"}]
      """)
    let text = (0..<10).map { Fixture.review(id: "r\($0)", data: "{\"n\":\"\($0)\"}") }.joined(separator: "\n")
    var configuration = ReplayConfiguration(sets: [set])
    configuration.baseline = before
    configuration.collectsResults = false
    var found: [String] = []
    let summary = ReplayEngine(configuration, [ReplayInput(file: try folder.write(text, to: "a.jsonl"))]).run { batch in
      for case .review(let result) in batch.events {
        found += result.differences.map { "\(result.id) \($0.kind.rawValue) \($0.policies)" }
      }
    }
    #expect(found == [#"r3 newlyAllowed ["small"]"#, #"r7 otherMessage ["small"]"#])
    #expect(summary.compared == 10 && summary.changed == 2)
  }

  @Test("compares with the answers that records hold")
  func recorded() throws {
    let allowed = #"{"uid":"r1","allowed":true}"#
    let denied =
      #"{"uid":"r7","allowed":false,"status":{"code":403,"message":"small: no seven","reason":"Forbidden","status":"Failure"}}"#
    let text = [
      Fixture.review(id: "r1", data: #"{"n":"1"}"#, response: allowed),
      Fixture.review(id: "r7", data: #"{"n":"7"}"#, response: #"{"response":\#(denied)}"#),
      Fixture.review(id: "r8", data: #"{"n":"7"}"#, response: allowed),
      Fixture.review(id: "r9", data: #"{"n":"1"}"#, response: denied),
      Fixture.review(id: "r0", data: #"{"n":"7"}"#, response: denied.replacing("no seven", with: "no 7")),
    ].joined(separator: "\n")
    var found: [String] = []
    let configuration = ReplayConfiguration(sets: [set])
    let path = try folder.write(text, to: "a.jsonl")
    let summary = ReplayEngine(configuration, [ReplayInput(file: path)]).run { batch in
      for case .review(let result) in batch.events {
        found += result.differences.map { "\(result.id) \($0.kind.rawValue) \($0.policies)" }
      }
    }
    #expect(
      found == [#"r8 newlyDenied ["small"]"#, #"r9 newlyAllowed ["small"]"#, #"r0 otherMessage ["small"]"#])
    #expect(summary.compared == 5 && summary.changed == 3)
  }
}

/// Policies and reviews for tests.
enum Fixture {
  static func set(_ text: String) throws -> PolicySet {
    let loaded = LoadedManifests.load(texts: [(name: "policies.yaml", text: text)])
    return try #require(loaded.set, "\(loaded.allProblems.map(\.rendered))")
  }

  /// A record of the CREATE of a ConfigMap.
  static func review(id: String, data: String, response: String? = nil, labels: String = "{}") -> String {
    """
    {"id":"\(id)","review":{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"\(id)",\
    "kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},\
    "name":"\(id)","namespace":"shop","operation":"CREATE","userInfo":{"username":"ann"},\
    "object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\(id)","namespace":"shop","labels":\(labels)},\
    "data":\(data)}}}\(response.map { ",\"response\":\($0)" } ?? "")}
    """
  }
}
