internal import Foundation
package import Policy

/// Fixtures by the folder that they lie in: `tests/pass` holds what a policy lets through, `tests/fail` what it denies,
/// `tests/change` what it changes. They belong to
/// the policies in the folder that holds `tests`.
package struct FixtureFolders {
  /// A file below `tests/pass` or `tests/fail`.
  package struct Fixture: Equatable {
    /// The folder that holds `tests`, absolute.
    package let owner: String
    package let decision: Expectation.Decision
    /// The file with the patch that is expected: beside `pod.yaml`, `pod.patch.json`.
    package let patchFile: String?
  }

  /// What a path says; nil where it is no fixture.
  package static func fixture(_ path: String) -> Fixture? {
    let parts = absolute(path).split(separator: "/", omittingEmptySubsequences: false)
    for index in parts.indices.dropLast().reversed() where index > 0 && parts[index - 1] == "tests" {
      let owner = parts[..<(index - 1)].joined(separator: "/")
      switch parts[index] {
      case "pass": return Fixture(owner: owner, decision: .allow, patchFile: nil)
      case "fail": return Fixture(owner: owner, decision: .deny, patchFile: nil)
      case "change": return Fixture(owner: owner, decision: .allow, patchFile: patchFile(of: path))
      default: continue
      }
    }
    return nil
  }

  /// The ending of files that hold the patch of another file.
  package static let patchEnding = ".patch.json"

  private static func patchFile(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return path + patchEnding }
    return path.dropLast(name.distance(from: dot, to: name.endIndex)) + patchEnding
  }

  static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }

  private let files: [(title: String, file: String)]
  private var scopes: [String: Set<String>?] = [:]

  /// - Parameter set: the policies that fixtures are judged under.
  package init(_ set: PolicySet) {
    files = set.policies.map { ($0.title, Self.absolute($0.file)) }
  }

  /// What a file's place says must become of the reviews in it.
  ///
  /// Where the folder of the fixtures holds policies, the fixture is about them alone: nothing is expected of it where none of
  /// them is loaded. Where it holds none, it is about all policies.
  package mutating func expectation(of path: String) -> Expectation? {
    guard path != "-", let fixture = Self.fixture(path) else { return nil }
    let scope = scopes[fixture.owner] ?? findScope(fixture.owner)
    scopes[fixture.owner] = .some(scope)
    guard let scope else { return Self.expectation(fixture, scope: nil) }
    return scope.isEmpty ? nil : Self.expectation(fixture, scope: scope)
  }

  /// - Parameter scope: the titles of the policies that the fixture is about; nil for all.
  package static func expectation(_ fixture: Fixture, scope: Set<String>?) -> Expectation {
    var expectation = Expectation(decision: fixture.decision, scope: scope)
    guard let patchFile = fixture.patchFile else { return expectation }
    do throws(FileError) {
      expectation.patch = .success(try TextFile.readPatch(patchFile))
    } catch {
      expectation.patch = .failure(FileError("\(patchFile): \(error)"))
    }
    return expectation
  }

  private func findScope(_ owner: String) -> Set<String>? {
    let own = files.filter { $0.file.hasPrefix(owner + "/") }.map(\.title)
    if !own.isEmpty { return Set(own) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: owner)) ?? []
    let holdsManifests = names.contains { name in [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } }
    return holdsManifests ? [] : nil
  }
}
