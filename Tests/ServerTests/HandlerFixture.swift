import JSON
import Memory
import Policy
import Server
import TestSupport
import Testing
import Transport

/// A handler over a small set of policies, driven without sockets.
final class HandlerFixture {
  let holder: PolicyHolder
  let metrics: ServerMetrics
  let handler: AdmissionHandler

  struct Answer {
    let status: Int
    let contentType: String
    let allow: String?
    let body: String
  }

  /// Denies objects named `forbidden`, and one whose evaluation fails without a `name`.
  static let policies = """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata:
      name: no-forbidden
    spec:
      matchConstraints:
        resourceRules:
          - apiGroups: [""]
            apiVersions: [v1]
            operations: [CREATE, UPDATE]
            resources: [configmaps]
      validations:
        - expression: object.metadata.name != 'forbidden'
          message: choose another name
    """

  static func load(_ text: String) throws -> PolicySet {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "policy.yaml")
    let loaded = LoadedManifests.load([folder.path])
    return try #require(loaded.set, "\(loaded.allProblems.map(\.rendered))")
  }

  init(
    _ policies: String = HandlerFixture.policies, latencyBudget: UInt64 = 10_000_000_000, recorder: Recorder? = nil
  ) throws {
    holder = PolicyHolder(try Self.load(policies), workers: 1)
    metrics = ServerMetrics(workers: 1, policies: holder)
    handler = AdmissionHandler(
      worker: 0, policies: holder, metrics: metrics.workers[0], budget: LatencyBudget(nanoseconds: latencyBudget),
      recorder: recorder)
  }

  func ask(
    _ body: [UInt8], path: String = "/validate", query: String = "timeout=5s", method: HTTPMethod = .post,
    contentType: String = "application/json"
  ) -> Answer {
    var response = Response()
    path.withByteSlice { path in
      query.withByteSlice { query in
        contentType.withByteSlice { contentType in
          body.withUnsafeBytes { body in
            let request = Request(
              method: method, path: path, query: query, contentType: contentType, body: ByteSlice(body),
              receivedAt: .now())
            handler.handle(request, &response)
          }
        }
      }
    }
    return Answer(
      status: response.status, contentType: response.contentType.description, allow: response.allow?.description,
      body: response.body.bytes.string)
  }

  func ask(
    _ body: String, path: String = "/validate", method: HTTPMethod = .post, contentType: String = "application/json"
  ) -> Answer {
    ask(Array(body.utf8), path: path, method: method, contentType: contentType)
  }

  static func review(
    name: String = "allowed", uid: String = "u1", version: String = "v1", operation: String = "CREATE"
  ) -> String {
    """
    {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/\(version)","request":{"uid":"\(uid)",\
    "kind":{"group":"","version":"v1","kind":"ConfigMap"},"resource":{"group":"","version":"v1","resource":"configmaps"},\
    "name":"\(name)","namespace":"default","operation":"\(operation)","userInfo":{"username":"alice"},\
    "object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\(name)","namespace":"default"}},\
    "oldObject":null,"dryRun":false}}
    """
  }
}
