internal import Foundation

/// Finds the files that a command line names, and sorts tests from plain reviews.
package struct InputCollector {
  /// Files with reviews, in order.
  package private(set) var files: [String] = []
  /// Files that list tests: `test.yaml`.
  package private(set) var testFiles: [String] = []
  /// What cannot be listed.
  package private(set) var problems: [UnreadableReview] = []

  /// - Parameters:
  ///   - paths: files, folders, `-`.
  ///   - onlyTests: whether folders are searched for tests only: where the policies are found by their tests.
  package init(_ paths: [String], onlyTests: Bool) {
    for path in paths {
      do throws(FileError) {
        let found = try ReviewFiles.list(path) { problems.append(UnreadableReview(place: $0, message: "\($1)")) }
        add(found, of: path, onlyTests: onlyTests)
      } catch {
        problems.append(UnreadableReview(place: path, message: "\(error)"))
      }
    }
  }

  /// Whether a file lists tests.
  package static func isTestFile(_ path: String) -> Bool {
    let name = path.split(separator: "/").last
    return name == "test.yaml" || name == "test.yml"
  }

  /// The folders whose policies the tests among the files belong to: those that hold a folder `tests`.
  package var owners: [String] {
    var owners: [String] = []
    for file in files + testFiles {
      guard let owner = Self.owner(of: file), !owners.contains(owner) else { continue }
      owners.append(owner)
    }
    return owners
  }

  /// The folder that holds the `tests` folder that a file lies in, as the path says it; nil where there is none.
  package static func owner(of path: String) -> String? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    if let index = parts.dropLast().lastIndex(of: "tests") {
      return index == 0 ? "." : parts[..<index].joined(separator: "/")
    }
    // `webhook test pass/a.yaml` in the folder itself.
    let absolute = FixtureFolders.absolute(path).split(separator: "/", omittingEmptySubsequences: false)
    guard let index = absolute.dropLast().lastIndex(of: "tests") else { return nil }
    return absolute[..<index].joined(separator: "/")
  }

  private mutating func add(_ found: [String], of path: String, onlyTests: Bool) {
    let isFolder = found != [path]
    let tests = found.filter(Self.isTestFile)
    testFiles += tests
    // What lies beside a list of tests is what it refers to.
    let folders = tests.map {
      $0.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/"
    }
    var count = tests.count
    for file in found where !Self.isTestFile(file) {
      // What is expected of the file beside it.
      if isFolder, file.hasSuffix(FixtureFolders.patchEnding) { continue }
      if isFolder, FixtureFolders.fixture(file) == nil {
        if onlyTests || folders.contains(where: { file.hasPrefix($0) }) { continue }
      }
      files.append(file)
      count += 1
    }
    if count == 0 {
      let what =
        onlyTests
        ? "holds no tests (`tests/pass`, `tests/fail`, `tests/change`, `test.yaml`)" : "holds no review and no manifest"
      problems.append(UnreadableReview(place: path, message: what))
    }
  }
}
