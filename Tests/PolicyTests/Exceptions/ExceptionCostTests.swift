import Admission
import AllocationCounter
import JSON
import Memory
import Policy
import Testing

@Suite("Exceptions cost")
struct ExceptionCostTests {
  private static func body(_ request: String) -> ByteBuffer {
    var body = ByteBuffer()
    body.append("{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":\(request)}")
    return body
  }

  /// Judges one request `rounds` times and once more.
  /// - Returns: how often memory was taken from the heap in the last round, and the shortest time of one in nanoseconds.
  private static func measure(_ request: String, under fixture: ExceptionFixture, rounds: Int) throws -> (Int, UInt64) {
    let body = body(request)
    var tape = Tape()
    var evaluator = Evaluator()
    evaluator.exceptionSettings.rules.clock = fixture.clock
    var output = ByteBuffer()
    var count = 0
    var shortest = UInt64.max
    let clock = ContinuousClock()
    for _ in 0...rounds {
      let start = clock.now
      let before = allocation_count()
      evaluator.begin()
      try tape.parse(body.bytes)
      let review = try AdmissionReview(tape.root, arena: evaluator.arena)
      let verdict = evaluator.validate(review.request, under: fixture.set, namespace: nil, deadline: nil)
      output.removeAll()
      verdict.response(uid: review.request.uid).write(to: &output, as: review.version)
      count = Int(allocation_count() - before)
      let elapsed = clock.now - start
      shortest = min(shortest, UInt64(max(elapsed.components.attoseconds / 1_000_000_000, 1)))
    }
    return (count, shortest)
  }

  @Test("nothing from the heap, where one applies, where one has ended, and where none does")
  func allocations() throws {
    let manifests =
      ExceptionFixture.policies + "\n"
      + exception(
        "policies: [net, other]\n" + ExceptionCase.labels
          + "\nmatchConditions: [{name: c, expression: \"object.spec.hostNetwork == true\"}]")
    for now in ["2026-09-01", "2026-09-30", "2026-10-02"] {
      let fixture = try ExceptionFixture(manifests, now: now)
      for request in [ExceptionCase.pod(), ExceptionCase.workload(), ExceptionCase.pod("{}")] {
        let (count, _) = try Self.measure(request, under: fixture, rounds: 3)
        #expect(count == 0, "\(now) \(request)")
      }
    }
  }

  @Test("little more with ten thousand of them than with one")
  func many() throws {
    let one = exception(ExceptionCase.labels)
    let others = (0..<9_999).map { number in
      exception(
        "namespace: team-\(number % 2000)\nresourceSelector: {matchLabels: {app: a\(number)}}", name: "x\(number)")
    }
    let few = try ExceptionFixture(ExceptionFixture.policies + "\n" + one, now: "2026-09-01")
    let many = try ExceptionFixture(ExceptionFixture.policies + "\n" + one + others.joined(), now: "2026-09-01")
    #expect(many.set.exceptions.count == 10_000)
    let (_, alone) = try Self.measure(ExceptionCase.pod(), under: few, rounds: 300)
    let (_, among) = try Self.measure(ExceptionCase.pod(), under: many, rounds: 300)
    // The shortest of many rounds, both in one run: a search through all of them would take a hundred times as long.
    #expect(among < 3 * alone, "\(among) and \(alone) nanoseconds")
  }
}
