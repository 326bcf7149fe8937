/// What a folder of manifests holds: a report per document, and the compiled set where nothing in it is wrong.
public struct LoadedManifests: Sendable {
  /// In the order of files and documents.
  public internal(set) var manifests: [ManifestReport] = []

  /// Problems that belong to no document: a path that does not exist, a file that is no YAML.
  public internal(set) var problems: [Problem] = []

  /// The compiled policies; nil where anything has an error.
  public internal(set) var set: PolicySet?

  /// Every problem, first those that belong to no document, then those of documents in the order of files.
  public var allProblems: [Problem] { problems + manifests.flatMap(\.problems) }

  /// Whether anything is an error, not only a warning.
  public var hasErrors: Bool { allProblems.contains { $0.severity == .error } }

  /// Reads files and folders (nested, `.yaml`, `.yml` and `.json`; folders named `tests` hold fixtures and are passed over), checks every
  /// manifest and compiles the policies.
  ///
  /// Nothing is thrown: what is wrong is in the reports, all of it.
  /// - Parameter rules: what exceptions may be, and the clock that tells whether they have ended.
  public static func load(_ paths: [String], rules: ExceptionRules = ExceptionRules()) -> LoadedManifests {
    load(ManifestSources(at: paths), rules: rules)
  }

  /// As ``load(_:rules:)`` for files that were read before.
  public static func load(_ sources: ManifestSources, rules: ExceptionRules = ExceptionRules()) -> LoadedManifests {
    load(sources, rules: rules, isTraced: false)
  }

  /// - Parameter isTraced: whether the policies' evaluations note what they compute, for explanations.
  package static func load(_ sources: ManifestSources, rules: ExceptionRules, isTraced: Bool) -> LoadedManifests {
    var loader = ManifestLoader(rules: rules, isTraced: isTraced)
    loader.read(sources)
    return loader.finish()
  }

  /// As ``load(_:rules:)`` for texts that are no files, under the names given.
  public static func load(
    texts: [(name: String, text: String)], rules: ExceptionRules = ExceptionRules()
  ) -> LoadedManifests {
    load(texts: texts, rules: rules, isTraced: false)
  }

  package static func load(
    texts: [(name: String, text: String)], rules: ExceptionRules, isTraced: Bool
  ) -> LoadedManifests {
    var loader = ManifestLoader(rules: rules, isTraced: isTraced)
    for (name, text) in texts { loader.read(SourceFile(name: name, text: text)) }
    return loader.finish()
  }
}

/// One document of a manifest file.
public struct ManifestReport: Sendable {
  public let file: String
  public let kind: String
  public let name: String
  public internal(set) var problems: [Problem]

  public var isAccepted: Bool { !problems.contains { $0.severity == .error } }
}
