import Admission
import Foundation
import JSON
import Memory
import Testing

@Suite("Writing a response")
struct AdmissionResponseTests {
  private func written(
    _ response: AdmissionResponse, warnings: [String] = [], annotations: [(String, String)] = [],
    version: AdmissionReviewVersion = .v1
  ) -> String {
    let arena = Arena()
    func slice(_ text: String) -> ByteSlice { text.withByteSlice { arena.handle.copy($0) } }
    var response = response
    return warnings.map(slice).withUnsafeBufferPointer { warnings in
      annotations.map { AdmissionResponse.AuditAnnotation(key: slice($0.0), value: slice($0.1)) }
        .withUnsafeBufferPointer { annotations in
          response.warnings = warnings
          response.auditAnnotations = annotations
          var buffer = ByteBuffer()
          response.write(to: &buffer, as: version)
          return buffer.bytes.string
        }
    }
  }

  @Test("allows")
  func allow() {
    #expect(
      written(AdmissionResponse(uid: ByteSlice("u"), allowed: true))
        == #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u","allowed":true}}"#)
    #expect(
      written(AdmissionResponse(uid: ByteSlice("u\""), allowed: true), version: .v1beta1)
        == #"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","response":{"uid":"u\"","allowed":true}}"#
    )
  }

  @Test("denies with code, reason and message, the code never below 400")
  func deny() {
    let status = AdmissionResponse.Status(code: 200, reason: ByteSlice("Forbidden"), message: ByteSlice("a: b\nc"))
    #expect(
      written(AdmissionResponse(uid: ByteSlice("u"), allowed: false, status: status)).hasSuffix(
        #""allowed":false,"status":{"status":"Failure","message":"a: b\nc","reason":"Forbidden","code":400}}}"#))
  }

  @Test("carries a patch in base64", arguments: ["", "a", "ab", "abc", "abcd", #"[{"op":"remove","path":"/spec/é"}]"#])
  func patch(text: String) throws {
    let patch = Array(text.utf8)
    let output = patch.withUnsafeBufferPointer {
      written(AdmissionResponse(uid: ByteSlice("u"), allowed: true, patch: ByteSlice($0)))
    }
    let encoded = Data(patch).base64EncodedString()
    #expect(output.hasSuffix(#""patchType":"JSONPatch","patch":"\#(encoded)"}}"#))
  }

  @Test("keeps warnings within what the API server passes on, and free of control characters")
  func warnings() throws {
    let output = written(
      AdmissionResponse(uid: ByteSlice("u"), allowed: true),
      warnings: ["line\nbreak\u{7f}", String(repeating: "é", count: 200)]
        + Array(repeating: String(repeating: "w", count: 250), count: 30))
    var buffer = ByteBuffer()
    buffer.append(output)
    var tape = Tape()
    try tape.parse(buffer.bytes)
    let warnings = try #require(tape.root.member("response")?.member("warnings"))
    let texts = warnings.elements.map { $0.stringValue ?? "" }
    #expect(texts[0] == "line break ")
    #expect(texts[1] == String(repeating: "é", count: 128))
    #expect(texts.reduce(0) { $0 + $1.utf8.count } <= WarningLimits.maximumTotalLength)
    #expect(texts.allSatisfy { $0.utf8.count <= WarningLimits.maximumLength })
  }

  @Test("cuts audit annotations at their limit, between characters")
  func annotations() {
    let output = written(
      AdmissionResponse(uid: ByteSlice("u"), allowed: true),
      annotations: [("a", String(repeating: "€", count: 4000)), ("b", "x")])
    let kept = AuditAnnotationLimits.maximumValueLength / 3
    #expect(
      output.hasSuffix(#""auditAnnotations":{"a":"\#(String(repeating: "€", count: kept))","b":"x"}}}"#))
  }

  @Test(
    "knows which annotation keys the API server takes",
    arguments: [
      ("exception", true), ("a.b-c_d", true), ("A1", true), ("", false), ("a/b", false), ("-a", false), ("a.", false),
      ("é", false),
      (String(repeating: "a", count: 63), true), (String(repeating: "a", count: 64), false),
    ])
  func annotationKeys(key: String, isValid: Bool) {
    key.withByteSlice { #expect(AuditAnnotationLimits.isValid(key: $0) == isValid) }
  }

  @Test("answers what is no decision with a Status")
  func failureStatus() {
    var buffer = ByteBuffer()
    FailureStatus.write(code: 400, reason: "BadRequest", message: "a \"b\"", to: &buffer)
    #expect(
      buffer.bytes.string
        == #"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"a \"b\"","reason":"BadRequest","code":400}"#
    )
  }
}
