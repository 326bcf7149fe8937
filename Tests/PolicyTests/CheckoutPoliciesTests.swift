import Foundation
import Policy
import TestSupport
import Testing

@Suite("The policies of the checkout")
struct CheckoutPoliciesTests {
  @Test("load without a problem")
  func load() {
    let loaded = LoadedManifests.load([SharedData.checkout.appending(path: "policies").path])
    #expect(loaded.allProblems.map(\.rendered) == [])
    #expect(
      loaded.set?.policies.map(\.name) == [
        "default-owner-label", "default-run-as-non-root", "disallow-host-network", "pin-image-digests",
        "require-image-digest", "require-owner-label", "require-run-as-non-root",
      ])
  }
}
