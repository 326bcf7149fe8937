internal import Policy
internal import Replay

/// What is judged, under which policies, and what is expected of it.
struct TestInputs {
  /// At least one; inputs name theirs by its index.
  private(set) var sets: [PolicySet] = []
  private(set) var inputs: [ReplayInput] = []

  /// - Parameter policies: what the command line names; where that is nothing, each test is judged under the policies in the folder
  ///   that holds its folder `tests`, and under them alone.
  init(_ found: InputCollector, policies: [String]) throws {
    if policies.isEmpty {
      for owner in found.owners { try addTests(of: owner, found) }
    } else {
      sets = [try TestPolicyOptions.load(policies)]
      var fixtures = FixtureFolders(sets[0])
      inputs = found.files.map { path in
        ReplayInput(name: path, content: .file(path), expectation: fixtures.expectation(of: path))
      }
    }
  }

  private mutating func addTests(of owner: String, _ found: InputCollector) throws {
    let files = found.files.filter { InputCollector.owner(of: $0) == owner }
    sets.append(try TestPolicyOptions.load([owner]))
    for path in files {
      let decision = FixtureFolders.fixture(path)?.decision
      inputs.append(
        ReplayInput(
          name: path, content: .file(path), expectation: decision.map { Expectation(decision: $0) },
          set: sets.count - 1))
    }
  }
}
