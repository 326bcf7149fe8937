/// Manifest files at some paths: first where they are, then what is in them. Whoever watches for changes compares these before
/// anything is parsed or compiled.
public struct ManifestSources: Sendable {
  /// In the order in which they are loaded.
  public private(set) var files: [SourceFile] = []

  /// A path that does not exist, a folder or file that cannot be read, a folder without manifests.
  public private(set) var problems: [Problem] = []

  /// Finds and reads the files at `paths`: files, and folders (nested, `.yaml`, `.yml` and `.json`; folders named `tests` hold fixtures
  /// and are passed over).
  public init(at paths: [String]) {
    for path in paths {
      let found = ManifestFiles.find(path)
      if let problem = found.problem { report(path, problem) }
      if found.problem == nil, found.files.isEmpty { report(path, "holds no manifests", .warning) }
      for file in found.files {
        switch ManifestFiles.read(file) {
        case .success(let source): files.append(source)
        case .failure(let error): report(file, error.message)
        }
      }
    }
  }

  /// Where the files at `paths` are, and the folders that were searched, without a look into the files.
  public static func places(at paths: [String]) -> (files: [String], folders: [String]) {
    paths.reduce(into: ([], [])) { places, path in
      let found = ManifestFiles.find(path)
      places.files += found.files
      places.folders += found.folders
    }
  }

  private mutating func report(_ file: String, _ message: String, _ severity: Problem.Severity = .error) {
    problems.append(
      Problem(severity: severity, file: file, line: 1, column: 1, field: "", message: message, sourceLine: ""))
  }
}
