import Foundation
import Memory
import Policy
import Server
import Synchronization
import TestSupport
import Testing

@Suite("Reloading policies")
struct PolicyReloadTests {
  private let folder: TestSupport.TemporaryFolder
  private let fixture: HandlerFixture
  private let state: PolicyReloadState
  private let reloader: PolicyReloader

  private static func policy(_ message: String) -> String {
    HandlerFixture.policies.replacing("choose another name", with: message)
  }

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.policy("first"), to: "policy.yaml")
    let fixture = try HandlerFixture(Self.policy("first"))
    self.fixture = fixture
    state = PolicyReloadState(digest: ManifestSources(at: [folder.path]).digest)
    reloader = PolicyReloader(
      paths: [folder.path], digest: state.digest, holder: fixture.holder, state: state,
      refreshWorkers: { fixture.handler.refresh() })
    reloader.check(isForced: false)
  }

  /// The message with which a request is denied at this moment.
  private func answer() -> String { fixture.ask(HandlerFixture.review(name: "forbidden")).body }

  @Test("takes a new set into service between two requests, and says so")
  func reload() throws {
    #expect(answer().contains("first"))
    #expect(state.status.successCount == 0)
    let digest = state.digest
    try folder.write(Self.policy("second"), to: "policy.yaml")
    reloader.check(isForced: false)
    #expect(answer().contains("second"))
    #expect(state.status.successCount == 1)
    #expect(state.digest != digest)
    #expect(fixture.holder.snapshot.generation == 2)
  }

  @Test("compiles nothing where files were written and are what they were")
  func unchanged() throws {
    try folder.write(Self.policy("first"), to: "policy.yaml")
    reloader.check(isForced: false)
    #expect(fixture.holder.snapshot.generation == 1)
    reloader.check(isForced: true)
    #expect(fixture.holder.snapshot.generation == 2)
  }

  @Test("keeps the set in service where there is a mistake, and counts it once")
  func mistake() throws {
    try folder.write(Self.policy("second").replacing("object.metadata.name", with: "object."), to: "policy.yaml")
    reloader.check(isForced: false)
    reloader.check(isForced: false)
    #expect(answer().contains("first"))
    #expect(state.status.failureCount == 1)
    #expect(!state.status.isUpToDate)
    // Taken back: what is in service is what the files say.
    try folder.write(Self.policy("first"), to: "policy.yaml")
    reloader.check(isForced: false)
    #expect(state.status.isUpToDate)
    #expect(fixture.holder.snapshot.generation == 1)
    try folder.write(Self.policy("third"), to: "policy.yaml")
    reloader.check(isForced: false)
    #expect(answer().contains("third"))
    #expect(state.status.failureCount == 1)
  }

  @Test("keeps the set in service where the folder is emptied or gone, which would allow everything")
  func emptied() throws {
    try FileManager.default.removeItem(atPath: "\(folder.path)/policy.yaml")
    reloader.check(isForced: false)
    #expect(answer().contains("first"))
    try FileManager.default.removeItem(atPath: folder.path)
    reloader.check(isForced: false)
    #expect(answer().contains("first"))
    #expect(state.status.failureCount == 2)
  }

  @Test("takes parameters, namespaces and nested folders along")
  func others() throws {
    try folder.write(
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: payments, labels: {team: a}}
      """, to: "more/namespace.yaml")
    reloader.check(isForced: false)
    #expect(fixture.holder.snapshot.generation == 2)
    let places = reloader.places()
    #expect(places.contains(WatchedPlace(folder: "\(folder.path)/more", name: nil)))
    "payments".withByteSlice { #expect(fixture.holder.snapshot.set.namespace(named: $0) != nil) }
  }

  @Test("frees every set that was replaced, over 1,000 of them, and never judges by one of those")
  func freeing() throws {
    /// Counts the sets that are there.
    struct Weak {
      weak var snapshot: PolicySnapshot?
    }
    let sets = [
      try HandlerFixture.load(Self.policy("number 0;")), try HandlerFixture.load(Self.policy("number 1;")),
    ]
    var past: [Weak] = []
    for number in 0..<1_000 {
      fixture.holder.replace(with: sets[number % 2])
      past.append(Weak(snapshot: fixture.holder.snapshot))
      #expect(answer().contains("number \(number % 2);"))
      _ = fixture.holder.releaseRetired()
    }
    #expect(past.count { $0.snapshot != nil } == 1)
    // A worker without requests lets go when it is told to.
    fixture.holder.replace(with: sets[0])
    #expect(fixture.holder.releaseRetired() == 1)
    fixture.handler.refresh()
    #expect(fixture.holder.releaseRetired() == 0)
  }
}
