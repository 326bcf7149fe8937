import JSON
import Memory
import Server
import TestSupport
import Testing

/// The fuzz entry point of the whole request path behind the sockets: any bytes are a body.
enum AdmissionHandlerFuzzing {
  /// Judges `body` and checks what must hold of every answer.
  static func run(_ body: [UInt8], _ fixture: HandlerFixture) {
    let answer = fixture.ask(body)
    var tape = Tape()
    let isJSON: Bool = answer.body.withByteSlice { text in
      do {
        try tape.parse(text)
      } catch {
        return false
      }
      let kind: StaticString = answer.status == 200 ? "AdmissionReview" : "Status"
      guard tape.root.member("kind")?.isString(kind) == true else { return false }
      if answer.status == 200 {
        guard let response = tape.root.member("response"), response.member("allowed")?.bool != nil else { return false }
        return response.member("uid")?.isString == true
      }
      return tape.root.member("code")?.integer == Int64(answer.status)
        && tape.root.member("message")?.stringValue?.isEmpty == false
    }
    #expect(isJSON, "\(answer.status) \(answer.body) for \(String(decoding: body, as: UTF8.self))")
    #expect(answer.status == 200 || answer.status == 400)
  }
}

@Suite("The admission handler, fuzzed")
struct AdmissionHandlerFuzzTests {
  private static let dictionary = [
    #""request":"#, #""uid":"#, #""object":null"#, #""operation":"DELETE""#, "null", "true", "1e999", "[[[[", "{}",
    "\\ud800",
    #""metadata":"#, #""spec":[]"#, #""containers":{}"#,
  ]

  private static let policies =
    HandlerFixture.policies + """

      ---
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata:
        name: everything-has-a-name
      spec:
        matchConstraints:
          resourceRules:
            - apiGroups: ["*"]
              apiVersions: ["*"]
              operations: ["*"]
              resources: ["*/*"]
        validations:
          - expression: object.metadata.name.size() < 200
          - expression: "!has(object.spec) || !has(object.spec.containers) || object.spec.containers.all(c, c.name != 'x')"
          - expression: oldObject == null || oldObject.metadata.name == object.metadata.name
          - expression: allContainers.all(c, c.image.contains(':'))
      """

  @Test("always answers with a decision or a Status")
  func ownReviews() throws {
    let fixture = try HandlerFixture(Self.policies)
    let corpus = [HandlerFixture.review(), HandlerFixture.review(name: "forbidden", operation: "UPDATE")]
    var mutator = Mutator(corpus: corpus.map { Array($0.utf8) }, dictionary: Self.dictionary, seed: 1)
    for _ in 0..<4_000 { AdmissionHandlerFuzzing.run(mutator.next(), fixture) }
  }

  @Test(
    "does so for recorded reviews too",
    .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"))
  func recordedReviews() throws {
    let fixture = try HandlerFixture(Self.policies)
    var corpus: [[UInt8]] = []
    for line in try SharedData.lines("operations.jsonl") + SharedData.lines("reviews.jsonl") where line.count < 8_000 {
      guard let range = line.firstRange(of: Array(#""review":"#.utf8)) else { continue }
      // Up to the record's end: what follows the review makes it malformed now and then, which is welcome.
      corpus.append(Array(line[range.upperBound...].dropLast()))
    }
    var mutator = Mutator(corpus: corpus, dictionary: Self.dictionary, seed: 2)
    for _ in 0..<2_000 { AdmissionHandlerFuzzing.run(mutator.next(), fixture) }
  }
}
