package import Policy

/// Where reviews come from: a file, or text that was made of a test.
package struct ReplayInput: Sendable {
  package enum Content: Sendable {
    /// A path; `-` is standard input.
    case file(String)
    /// A record as JSON, and the line that it stands for.
    case record(String, line: Int)
  }

  /// What reports call it.
  package var name: String
  package var content: Content
  /// What must be true of every review in it.
  package var expectation: Expectation?
  /// The policies it is judged under: an index into ``ReplayConfiguration/sets``.
  package var set: Int
  /// What the clock shows that ends exceptions; nil for that of the run.
  package var now: Instant?

  package init(name: String, content: Content, expectation: Expectation? = nil, set: Int = 0, now: Instant? = nil) {
    self.name = name
    self.content = content
    self.expectation = expectation
    self.set = set
    self.now = now
  }

  /// A file without expectations.
  package init(file path: String) {
    self.init(name: path, content: .file(path))
  }
}
