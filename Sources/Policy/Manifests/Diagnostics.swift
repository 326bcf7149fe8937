/// Collects what is wrong in one document, so that a run reports every mistake.
struct Diagnostics {
  let source: SourceFile
  private(set) var problems: [Problem] = []

  init(_ source: SourceFile) { self.source = source }

  mutating func error(_ node: ManifestNode, _ message: String) {
    report(.error, node.path, node.place, message)
  }

  mutating func error(_ node: ManifestNode, at place: ManifestPlace, _ message: String) {
    report(.error, node.path, place, message)
  }

  mutating func warning(_ node: ManifestNode, _ message: String) {
    report(.warning, node.path, node.place, message)
  }

  private mutating func report(_ severity: Problem.Severity, _ field: String, _ place: ManifestPlace, _ message: String)
  {
    problems.append(
      Problem(
        severity: severity, file: source.name, line: place.line, column: place.column, field: field, message: message,
        sourceLine: source.line(place.line)))
  }
}

/// A line and a column, both from 1, the column in Unicode scalars.
struct ManifestPlace: Equatable, Sendable {
  var line: Int
  var column: Int
}
