import Admission
import AllocationCounter
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

@Suite("A request in the steady state")
struct AllocationTests {
  /// Parses, decodes, judges and answers each body, once more after `rounds` rounds to warm up, and returns in which of them
  /// memory was taken from the heap.
  private func allocatingBodies(_ bodies: [ByteSlice], under set: PolicySet, rounds: Int) throws -> [String] {
    var tape = Tape()
    var evaluator = Evaluator()
    var output = ByteBuffer()
    var found: [String] = []
    for round in 0...rounds {
      for body in bodies {
        let before = allocation_count()
        evaluator.begin()
        try tape.parse(body)
        let review = try AdmissionReview(tape.root, arena: evaluator.arena)
        let namespace = set.namespace(named: review.request.namespace)
        let verdict = evaluator.validate(review.request, under: set, namespace: namespace, deadline: nil)
        output.removeAll()
        verdict.response(uid: review.request.uid).write(to: &output, as: review.version)
        let count = allocation_count() - before
        if round == rounds, count > 0 {
          found.append("\(count) in \(review.request.resource.resource.string) \(review.request.name.string)")
        }
      }
    }
    return found
  }

  private static let policies = [SharedData.checkout.appending(path: "policies").path]

  static let pod = """
    {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},
    "resource":{"group":"","version":"v1","resource":"pods"},"namespace":"sh\\u006fp","name":"web","operation":"CREATE",
    "userInfo":{"username":"ada","groups":["dev"]},"object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web",
    "managedFields":[{"fieldsV1":{"k:{\\"type\\":\\"a\\"}":{},"k:{\\"type\\":\\"b\\"}":{}}}],"labels":{"app":"web"}},
    "spec":{"hostNetwork":true,"volumes":[{"name":"v","image":{"reference":"x"}}],"containers":[{"name":"a","image":"nginx"},
    {"name":"b","image":"nginx@sha256:0123","securityContext":{"runAsUser":0}}],"initContainers":[{"name":"i","image":"y"}]}}}}
    """

  @Test("takes nothing from the heap, denied by all four policies")
  func pod() throws {
    let set = try #require(LoadedManifests.load(Self.policies).set)
    var body = ByteBuffer()
    body.append(Self.pod)
    let found = try allocatingBodies([body.bytes], under: set, rounds: 2)
    #expect(found == [])
  }

  @Test(
    "takes nothing from the heap for every recorded review",
    .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func recordedReviews() throws {
    let set = try #require(LoadedManifests.load(Self.policies).set)
    let recorded = try RecordedBodies()
    let found = try allocatingBodies(recorded.slices, under: set, rounds: 2)
    #expect(found == [])
  }
}
