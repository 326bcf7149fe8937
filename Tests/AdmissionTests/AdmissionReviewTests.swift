import Admission
import Foundation
import JSON
import Memory
import TestSupport
import Testing

/// Decodes a review and calls `body` with it while its memory is alive.
func withReview<Result>(_ text: String, _ body: (AdmissionReview) throws -> Result) throws -> Result {
  var bytes = ByteBuffer()
  bytes.append(text)
  var tape = Tape()
  try tape.parse(bytes.bytes)
  let arena = Arena()
  return try body(AdmissionReview(tape.root, arena: arena.handle))
}

@Suite("Reading an AdmissionReview")
struct AdmissionReviewTests {
  static let full = """
    {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a-b","kind":{"group":"autoscaling","version":"v1",
    "kind":"Scale"},"resource":{"group":"apps","version":"v1","resource":"deployments"},"subResource":"scale",
    "requestKind":{"group":"autoscaling","version":"v2","kind":"Scale"},"requestResource":{"group":"apps","version":"v1beta1",
    "resource":"deployments"},"requestSubResource":"scale2","name":"web","namespace":"sh\\u006fp","operation":"UPDATE",
    "userInfo":{"username":"ada","uid":"1","groups":["g"],"extra":{"k":["v"]}},"object":{"spec":{"replicas":2}},
    "oldObject":{"spec":{"replicas":1}},"dryRun":true,"options":{"kind":"UpdateOptions"}}}
    """

  @Test("gives every field")
  func allFields() throws {
    try withReview(Self.full) { review in
      let request = review.request
      #expect(review.version == .v1)
      #expect(request.uid == "a-b")
      #expect(request.kind.group == "autoscaling" && request.kind.version == "v1" && request.kind.kind == "Scale")
      #expect(request.resource.group == "apps" && request.resource.resource == "deployments")
      #expect(request.subResource == "scale")
      #expect(request.requestKind.version == "v2" && request.requestResource.version == "v1beta1")
      #expect(request.requestSubResource == "scale2")
      #expect(request.name == "web" && request.namespace == "shop")
      #expect(request.operation == .update && request.dryRun)
      #expect(request.username == "ada" && request.userInfo?.member("groups")?.count == 1)
      #expect(request.object?.member("spec")?.member("replicas")?.integer == 2)
      #expect(request.oldObject?.member("spec")?.member("replicas")?.integer == 1)
      #expect(request.options?.member("kind")?.isString("UpdateOptions") == true)
    }
  }

  static let minimal = """
    {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"u","operation":"DELETE","kind":{"kind":"Pod"},
    "resource":{"resource":"pods"},"object":null,"name":null}}
    """

  @Test("takes absent and null fields as empty, and the request's own resource as the one asked for")
  func minimalFields() throws {
    try withReview(Self.minimal) { review in
      let request = review.request
      #expect(review.version == .v1beta1)
      #expect(request.object == nil && request.oldObject == nil && request.userInfo == nil && request.options == nil)
      #expect(request.name.isEmpty && request.namespace.isEmpty && request.username.isEmpty && !request.dryRun)
      #expect(request.requestResource == request.resource && request.requestKind == request.kind)
    }
  }

  @Test(
    "refuses what cannot be answered, naming the field",
    arguments: [
      ("[]", "the body is not a JSON object; send an AdmissionReview"),
      ("{}", "`kind` is not `AdmissionReview`"),
      (#"{"kind":"Pod"}"#, "`kind` is not `AdmissionReview`"),
      (
        #"{"kind":"AdmissionReview","apiVersion":"v1"}"#,
        "`apiVersion` is not one of `admission.k8s.io/v1`, `admission.k8s.io/v1beta1`"
      ),
      (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#, "`request` is missing or empty"),
      (#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]}"#, "`request` is missing or empty"),
    ])
  func refusals(text: String, message: String) {
    let error = #expect(throws: AdmissionReviewError.self) { try withReview(text) { _ in } }
    #expect(error?.message == message)
  }

  @Test(
    "refuses a request with a field missing or of a wrong type",
    arguments: [
      (#""uid":"u","#, "", "`request.uid` is missing or empty"),
      (#""uid":"u""#, #""uid":"""#, "`request.uid` is missing or empty"),
      (#""uid":"u""#, #""uid":7"#, "`request.uid` is not a string"),
      (#""operation":"DELETE","#, "", "`request.operation` is missing or empty"),
      (#""DELETE""#, #""delete""#, "`request.operation` is not one of `CREATE`, `UPDATE`, `DELETE`, `CONNECT`"),
      (#"{"kind":"Pod"}"#, "null", "`request.kind` is missing or empty"),
      (#"{"kind":"Pod"}"#, "{}", "`request.kind.kind` is missing or empty"),
      (#"{"kind":"Pod"}"#, "3", "`request.kind` is not an object"),
      (#"{"resource":"pods"}"#, "{}", "`request.resource.resource` is missing or empty"),
      (#""object":null"#, #""object":[]"#, "`request.object` is not an object"),
      (#""object":null"#, #""oldObject":"x""#, "`request.oldObject` is not an object"),
      (#""object":null"#, #""dryRun":"yes""#, "`request.dryRun` is not a boolean"),
      (#""object":null"#, #""userInfo":{"username":1}"#, "`request.userInfo.username` is not a string"),
      (#""name":null"#, #""name":{}"#, "`request.name` is not a string"),
    ])
  func wrongFields(part: String, replacement: String, message: String) {
    let text = Self.minimal.replacing(part, with: replacement)
    let error = #expect(throws: AdmissionReviewError.self) { try withReview(text) { _ in } }
    #expect(error?.message == message)
  }

  @Test("takes a uid of the greatest length and refuses one more")
  func uidLength() throws {
    let limit = AdmissionReview.maximumUIDLength
    func text(_ length: Int) -> String {
      Self.minimal.replacing(#""uid":"u""#, with: "\"uid\":\"\(String(repeating: "u", count: length))\"")
    }
    try withReview(text(limit)) { #expect($0.request.uid.count == limit) }
    let error = #expect(throws: AdmissionReviewError.self) { try withReview(text(limit + 1)) { _ in } }
    #expect(error?.message == "`request.uid` is longer than \(limit) bytes")
  }

  @Test("is case-sensitive, as the API server is, so that nothing hides behind another spelling")
  func caseSensitivity() {
    let text = Self.minimal.replacing(#""uid""#, with: #""UID""#)
    #expect(throws: AdmissionReviewError.self) { try withReview(text) { _ in } }
  }

  @Test("takes every recorded review", .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func recordedReviews() throws {
    for line in try SharedData.lines("reviews.jsonl") + SharedData.lines("operations.jsonl") {
      var tape = Tape()
      try line.withUnsafeBytes { bytes in
        try tape.parse(ByteSlice(bytes))
        let arena = Arena()
        let review = try AdmissionReview(#require(tape.root.member("review")), arena: arena.handle)
        #expect(review.request.uid.count == 36)
      }
    }
  }

  @Test("takes mutated reviews without a crash")
  func fuzz() {
    var mutator = Mutator(
      corpus: [Array(Self.full.utf8), Array(Self.minimal.utf8)],
      dictionary: ["null", "\"uid\":", "{}", "[]", "\"\\u0000\"", "\"request\":{"], seed: 1)
    var tape = Tape()
    for _ in 0..<20_000 {
      mutator.next().withUnsafeBufferPointer { bytes in
        guard (try? tape.parse(ByteSlice(bytes))) != nil else { return }
        let arena = Arena(blockSize: 1024)
        _ = try? AdmissionReview(tape.root, arena: arena.handle)
      }
    }
  }
}
