import Admission
import AllocationCounter
import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

@Suite("A mutation in the steady state")
struct MutationAllocationTests {
  /// Parses, changes and answers each body, and returns in which of them memory was taken from the heap in the
  /// last of some rounds: the texts of a mutation change places, until each has grown to the largest object.
  private func allocatingBodies(_ bodies: [ByteSlice], under set: PolicySet) throws -> [String] {
    var tape = Tape()
    var evaluator = Evaluator()
    var output = ByteBuffer()
    var found: [String] = []
    for round in 0...7 {
      for body in bodies {
        let before = allocation_count()
        evaluator.begin()
        try tape.parse(body)
        let review = try AdmissionReview(tape.root, arena: evaluator.arena)
        let namespace = set.namespace(named: review.request.namespace)
        let (verdict, _) = evaluator.mutate(review.request, under: set, namespace: namespace, deadline: nil)
        output.removeAll()
        verdict.response(uid: review.request.uid).write(to: &output, as: review.version)
        let count = allocation_count() - before
        if round == 7, count > 0 {
          found.append("\(count) in \(review.request.resource.resource.string) \(review.request.name.string)")
        }
      }
    }
    return found
  }

  private static let mutations = Mutations.policy(
    "a",
    [
      Mutations.apply(
        "Object{spec: Object.spec{securityContext: Object.spec.securityContext{runAsNonRoot: true}, containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, env: [Object.spec.containers.env{name: 'X', value: 'y'}]})}}"
      ), Mutations.patch("[JSONPatch{op: 'add', path: '/metadata/annotations', value: {'a': variables.b}}]"),
    ],
    spec: "reinvocationPolicy: IfNeeded\nvariables: [{name: b, expression: \"object.metadata.name + '-b'\"}]",
    annotations: "{policy.example.com/pod-templates: Include}")

  private static let pod = """
    {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},
    "resource":{"group":"","version":"v1","resource":"pods"},"namespace":"shop","name":"web","operation":"CREATE",
    "userInfo":{"username":"ada"},"object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},
    "spec":{"containers":[{"name":"a","image":"nginx"},{"name":"b","image":"x"}]}}}}
    """

  @Test("takes nothing from the heap for a Pod that is changed, nor for one that is not")
  func pod() throws {
    var body = ByteBuffer()
    body.append(Self.pod)
    #expect(try allocatingBodies([body.bytes], under: policySet(Self.mutations)) == [])
    let unchanged = try policySet(
      Mutations.policy("a", [Mutations.patch("object.metadata.name == '' ? [JSONPatch{op: 'test'}] : []")]))
    #expect(try allocatingBodies([body.bytes], under: unchanged) == [])
  }

  @Test(
    "takes nothing from the heap for every recorded review",
    .enabled(if: SharedData.isPresent, "needs the recorded reviews"))
  func recordedReviews() throws {
    let recorded = try RecordedBodies()
    #expect(try allocatingBodies(recorded.slices, under: policySet(Self.mutations)) == [])
    let own = try #require(LoadedManifests.load([SharedData.checkout.appending(path: "policies").path]).set)
    let found = try allocatingBodies(recorded.slices, under: own)
    #expect(found == [])
  }
}
