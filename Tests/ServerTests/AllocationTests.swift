import AllocationCounter
import Foundation
import JSON
import Memory
import Policy
import Server
import TestSupport
import Testing
import Transport

@Suite("The admission handler in the steady state")
struct AllocationTests {
  /// Asks each body's question `rounds` times and once more, and returns which of them took memory from the heap that time.
  private func allocating(_ bodies: [ByteSlice], rounds: Int) throws -> [String] {
    let loaded = LoadedManifests.load([SharedData.checkout.appending(path: "policies").path])
    let holder = PolicyHolder(try #require(loaded.set), workers: 1)
    let metrics = ServerMetrics(workers: 1, policies: holder)
    let handler = AdmissionHandler(
      worker: 0, policies: holder, metrics: metrics.workers[0], budget: LatencyBudget(nanoseconds: 1_000_000_000))
    var response = Response()
    var found: [String] = []
    for round in 0...rounds {
      for (index, body) in bodies.enumerated() {
        response.reset(keepingCapacity: 1 << 20)
        let request = Request(
          method: .post, path: ByteSlice("/validate"), query: ByteSlice("timeout=5s"),
          contentType: ByteSlice("application/json"), body: body, receivedAt: .now())
        let before = allocation_count()
        handler.handle(request, &response)
        let count = allocation_count() - before
        #expect(response.status == 200)
        if round == rounds, count > 0 { found.append("\(count) in review \(index)") }
      }
    }
    return found
  }

  @Test("takes nothing from the heap to allow and to deny")
  func ownReviews() throws {
    var text = ByteBuffer()
    text.append(HandlerFixture.review())
    let end = text.count
    text.append(
      try String(
        contentsOf: SharedData.checkout.appending(
          path: "policies/require-image-digest/tests/fail/review-for-curl.json"), encoding: .utf8))
    let found = try allocating([text.bytes[0..<end], text.bytes[end..<text.count]], rounds: 2)
    #expect(found == [])
  }

  @Test(
    "takes nothing from the heap for every recorded review",
    .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"))
  func recordedReviews() throws {
    let recorded = try RecordedBodies()
    let found = try allocating(recorded.slices, rounds: 2)
    #expect(found == [])
  }
}
