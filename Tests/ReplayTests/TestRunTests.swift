import Foundation
import JSON
import Memory
import Policy
import Replay
import Synchronization
import TestSupport
import Testing

@Suite("Judging files")
struct TestRunTests {
  private let folder: TemporaryFolder
  private let set: PolicySet

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: b-named}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}
        validations:
        - {expression: "object.metadata.name != 'bad'", message: choose another name}
        - {expression: "object.data.x == 'ok'", message: no x}
      ---
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: a-unused}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [nodes]}]}
        validations: [{expression: "true"}]
      """, to: "policies/a.yaml")
    let loaded = LoadedManifests.load([folder.url.appending(path: "policies").path])
    set = try #require(loaded.set, "\(loaded.allProblems.map(\.rendered))")
  }

  private struct Outcome {
    var lines: [String] = []
    /// Rows and, behind an empty line, the numbers.
    var table = ""
    var summary: TestSummary
  }

  private func run(_ text: String, as name: String, phase: Phase? = nil) throws -> Outcome {
    let path = try folder.write(text, to: name)
    var configuration = ReplayConfiguration(sets: [set], phase: phase)
    configuration.collectsLines = true
    // Each reading is one review later.
    let clock = Atomic<UInt64>(0)
    configuration.clock = { clock.add(11_440, ordering: .relaxed).newValue }
    let lines = LinesReport(ReportOutput())
    let table = TableReport(ReportOutput(), FailureRules())
    let summary = ReplayEngine(configuration, [ReplayInput(file: path)]).run { batch in
      lines.add(batch)
      table.add(batch)
    }
    table.finish(RunOutcome(summary: summary, impact: Impact(), comparison: nil, elapsed: 0))
    return Outcome(
      lines: lines.output.buffer.bytes.string.split(separator: "\n").map(String.init),
      table: table.output.buffer.bytes.string, summary: summary)
  }

  private static let manifests = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: bad}
    data: {x: z}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: good, namespace: shop}
    data: {x: ok}
    ---
    apiVersion: v1
    kind: Service
    metadata: {generateName: web-}
    """

  @Test("writes lines whose members and their order are fixed")
  func lines() throws {
    let lines = try run(Self.manifests, as: "a.yaml").lines
    let path = folder.url.appending(path: "a.yaml").path
    try #require(lines.count == 3)
    let uids = (1...3).map { ManifestReview.uid(of: "\(path)#\($0)") }
    #expect(
      lines[0] == """
        {"id":"\(path)#1","uid":"\(uids[0])","allowed":false,"code":403,"reason":"Forbidden",\
        "message":"b-named: choose another name\\nb-named: no x","warnings":[],"auditAnnotations":{},"patch":[],\
        "micros":11.4,"policies":[{"policy":"b-named","binding":"","result":"fail","failures":[\
        {"index":0,"message":"choose another name","reason":"Forbidden"},\
        {"index":1,"message":"no x","reason":"Forbidden"}],"exception":""}]}
        """)
    #expect(
      lines[1] == """
        {"id":"\(path)#2","uid":"\(uids[1])","allowed":true,"code":200,"reason":"","message":"","warnings":[],\
        "auditAnnotations":{},"patch":[],"micros":11.4,"policies":[{"policy":"b-named","binding":"","result":"pass",\
        "failures":[],"exception":""}]}
        """)
    #expect(lines[2].hasSuffix(#""micros":11.4,"policies":[]}"#))
  }

  @Test("shows rows in columns, and every failure")
  func table() throws {
    let path = folder.url.appending(path: "a.yaml").path
    let outcome = try run(Self.manifests, as: "a.yaml")
    let rows = outcome.table.replacing(path, with: "F").split(separator: "\n").prefix(5).map(String.init)
    let decision = try #require(rows.first?.firstRange(of: "DECISION")?.lowerBound)
    try #require(rows.count == 5)
    #expect(rows[0].hasPrefix("REVIEW"))
    #expect(
      rows[1].hasPrefix("F#1") && rows[1].contains("CREATE ConfigMap default/bad")
        && rows[1].hasSuffix("b-named: choose another name"))
    #expect(rows[2].hasSuffix("   b-named: no x"))
    #expect(rows[3].contains("CREATE ConfigMap shop/good") && rows[3].hasSuffix("allowed   passed b-named"))
    #expect(rows[4].contains("CREATE Service default/web-*") && rows[4].hasSuffix("allowed   no policy matched"))
    let denied = try #require(rows[1].firstRange(of: "denied")?.lowerBound)
    #expect(decision.utf16Offset(in: rows[0]) == denied.utf16Offset(in: rows[1]) + path.count - 1)
  }

  @Test("sums up, with a line for a policy that matched nothing")
  func summary() throws {
    let text = try run(Self.manifests + "\n---\nkind: x\n", as: "a.yaml").table
    #expect(
      text.hasSuffix(
        """

        3 reviews: 2 allowed, 1 denied, 0 with errors, 1 unreadable

        POLICY    MATCHED  DENIED  ERRORS
        a-unused        0       0       0
        b-named         2       1       0

        """))
  }

  @Test("counts what could not be evaluated")
  func errors() throws {
    let outcome = try run("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", as: "a.yaml")
    #expect(outcome.summary.denied == 1)
    #expect(outcome.summary.errors == 1)
    #expect(outcome.lines[0].contains("resulted in error: no such key: data"))
  }

  @Test(
    "runs the phase that a record's path names, unless told otherwise",
    arguments: [
      ("/validate?timeout=5s", nil, 1), ("/mutate?timeout=5s", nil, 0), ("/elsewhere", nil, 1), ("/mutate", .both, 1),
      ("/mutate", .validate, 1), ("/validate", .mutate, 0), ("/validatex", nil, 1),
    ] as [(String, Phase?, Int)])
  func phases(_ path: String, _ phase: Phase?, _ denied: Int) throws {
    let review = """
      {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":"v1",\
      "kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},"name":"bad","operation":"CREATE",\
      "object":{"metadata":{"name":"bad"},"data":{"x":"ok"}}}}
      """
    let outcome = try run(#"{"id":"r","path":"\#(path)","review":\#(review)}"#, as: "a.jsonl", phase: phase)
    #expect(outcome.summary.denied == denied)
    #expect(outcome.summary.reviews == 1)
    #expect(outcome.lines[0].hasPrefix(#"{"id":"r","uid":"u","allowed":\#(denied == 0),"#))
  }

  @Test("takes the uid for the id of a bare review, and shows no control characters of a review on a terminal")
  func controlCharacters() throws {
    let review = """
      {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1","kind":{"group":"","version":"v1",\
      "kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"name":"\\u001b[31m","operation":"DELETE"}}
      """
    let outcome = try run(review, as: "a.json")
    #expect(outcome.lines[0].hasPrefix(#"{"id":"u1","uid":"u1","#))
    #expect(!outcome.table.contains("\u{1B}"))
    #expect(outcome.table.contains("DELETE Pod \u{FFFD}[31m"))
  }

  @Test(
    "judges every recorded review, none unreadable",
    .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"))
  func recorded() throws {
    let files = ["reviews.jsonl", "operations.jsonl"].map { SharedData.folder.appending(path: $0).path }
    let summary = ReplayEngine(ReplayConfiguration(sets: [set], workers: 2), files.map { ReplayInput(file: $0) }).run {
      batch in
      for problem in batch.problems { Issue.record("\(problem.place): \(problem.message)") }
    }
    #expect(summary.reviews == 569)
  }
}
