package import Policy

/// A file that lists tests: `test.yaml`. policies/TESTING.md says what can stand in it.
package struct TestFile {
  /// One test, ready to be judged.
  package struct Case {
    package var name: String
    /// Where it starts in the file, from 1.
    package var line: Int
    /// A record as JSON.
    package var record: String
    package var expectation: Expectation
    package var setup: TestSetup
  }

  package let cases: [Case]

  /// - Throws: everything that is wrong in the file.
  package init(_ path: String) throws(TestFileError) {
    let (document, tests) = try Self.read(path)
    var reader = TestFileReader(path: path, document: document)
    cases = withExtendedLifetime(tests) { reader.read(tests.root) }
    if !reader.problems.isEmpty { throw TestFileError(problems: reader.problems) }
  }
}

/// What a test is judged with, besides what the command line says.
package struct TestSetup: Hashable {
  /// Files and folders with policies; empty for those of the command line, or of the folder that the test lies in.
  package var policies: [String] = []
  /// Parameters, Namespaces and exceptions that are loaded besides.
  package var manifests: [AddedManifest] = []
  /// What the clock shows that ends exceptions.
  package var now: Instant?

  package init(policies: [String] = []) {
    self.policies = policies
  }
}

/// What is wrong in a list of tests.
package struct TestFileError: Error {
  package let problems: [UnreadableReview]

  init(problems: [UnreadableReview]) {
    self.problems = problems
  }

  init(_ place: String, _ message: String) {
    problems = [UnreadableReview(place: place, message: message)]
  }
}
