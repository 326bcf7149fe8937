internal import ArgumentParser
internal import CEL
internal import Foundation
internal import Policy
internal import Replay
internal import Server

/// What is judged, under which policies, and what is expected of it.
struct TestInputs {
  /// At least one; inputs name theirs by its index.
  private(set) var sets: [PolicySet] = []
  private(set) var inputs: [ReplayInput] = []
  /// Sets of tests that say more than which policies, by what they say.
  private var known: [TestSetup: Int] = [:]
  /// Problems that were told; many tests load the same policies.
  private var told: Set<String> = []
  /// Which of them; nil for all.
  private let chosen: TextPattern?
  /// What exceptions may be.
  private let rules: ExceptionRules

  /// - Parameter policies: what the command line names; where that is nothing, each test is judged under the policies in the folder
  ///   that holds its folder `tests`, and under them alone.
  init(_ found: InputCollector, policies: [String], chosen: TextPattern?, rules: ExceptionRules) throws {
    self.chosen = chosen
    self.rules = rules
    if policies.isEmpty {
      for owner in found.owners { try addTests(of: owner, found) }
    } else {
      let main = try set(TestSetup(policies: policies))
      var fixtures = FixtureFolders(sets[main])
      inputs = found.files.filter(isChosen).map { path in
        ReplayInput(name: path, content: .file(path), expectation: fixtures.expectation(of: path))
      }
      for path in found.testFiles { try addCases(of: path, policies) }
    }
    if inputs.isEmpty, let chosen {
      Log.line("--run `\(chosen.text)` finds none")
      throw ExitCode.unusableInput
    }
  }

  private mutating func addTests(of owner: String, _ found: InputCollector) throws {
    let files = found.files.filter { InputCollector.owner(of: $0) == owner && isChosen($0) }
    let testFiles = found.testFiles.filter { InputCollector.owner(of: $0) == owner }
    if !files.isEmpty {
      // The Namespaces that fixtures live in, where it matters what they are.
      let namespaces = "\(owner)/tests/namespaces.yaml"
      let policies = FileManager.default.fileExists(atPath: namespaces) ? [owner, namespaces] : [owner]
      let index = try set(TestSetup(policies: policies))
      for path in files {
        let fixture = FixtureFolders.fixture(path)
        inputs.append(
          ReplayInput(
            name: path, content: .file(path), expectation: fixture.map { FixtureFolders.expectation($0, scope: nil) },
            set: index))
      }
    }
    for path in testFiles { try addCases(of: path, [owner]) }
  }

  private mutating func addCases(of path: String, _ policies: [String]) throws {
    let file: TestFile
    do throws(TestFileError) {
      file = try TestFile(path)
    } catch {
      for problem in error.problems { Log.line("\(problem.place): \(problem.message)") }
      throw ExitCode.unusableInput
    }
    for test in file.cases where isChosen("\(path)/\(test.name)") {
      var setup = test.setup
      if setup.policies.isEmpty { setup.policies = policies }
      inputs.append(
        ReplayInput(
          name: path, content: .record(test.record, line: test.line), expectation: test.expectation,
          set: try set(setup), now: setup.now))
    }
  }

  private func isChosen(_ name: String) -> Bool { chosen?.isFound(in: name) ?? true }

  /// The index of the policies; loads them where they are not known yet.
  private mutating func set(_ setup: TestSetup) throws -> Int {
    if let index = known[setup] { return index }
    var rules = rules
    if let now = setup.now {
      rules.clock = DecisionClock(at: now)
      rules.warnsOfTime = false
    }
    sets.append(try TestPolicyOptions.load(setup.policies, setup.manifests, rules: rules, told: &told))
    known[setup] = sets.count - 1
    return sets.count - 1
  }
}
