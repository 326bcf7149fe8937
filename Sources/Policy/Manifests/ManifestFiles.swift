internal import Foundation

/// Finds and reads manifest files.
enum ManifestFiles {
  static let extensions: Set<String> = ["yaml", "yml", "json"]

  /// Folders of fixtures, which are no policies.
  static let fixtureFolder = "tests"

  /// Folders in one another that are searched.
  static let maximumDepth = 32

  /// The files at `path`: itself, or those in the folder, sorted by name, nested folders included. Hidden entries are passed over
  /// (a mounted ConfigMap keeps its real files in one), and so are kustomization files.
  static func find(_ path: String) -> (files: [String], problem: String?) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return ([], "there is no such file or folder")
    }
    if !isFolder.boolValue { return ([path], nil) }
    var files: [String] = []
    let problem = search(path, depth: 0, &files)
    return (files, problem)
  }

  private static func search(_ folder: String, depth: Int, _ files: inout [String]) -> String? {
    guard depth < maximumDepth else { return "folders are nested more than \(maximumDepth) deep at `\(folder)`" }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      return "the folder `\(folder)` cannot be read: \(error.localizedDescription)"
    }
    for name in names where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      // A link to nothing is not there, and still named: reading it tells, where passing over it would enforce less.
      let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      if isThere, isFolder.boolValue {
        if name == fixtureFolder { continue }
        if let problem = search(path, depth: depth + 1, &files) { return problem }
      } else if isManifest(name) {
        files.append(path)
      }
    }
    return nil
  }

  private static func isManifest(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: "."), extensions.contains(String(name[name.index(after: dot)...])) else {
      return false
    }
    return name[..<dot] != "kustomization"
  }

  /// The file's text, or why it cannot be had.
  static func read(_ path: String) -> Result<SourceFile, ManifestReadError> {
    guard let data = FileManager.default.contents(atPath: path) else {
      return .failure(ManifestReadError(message: "the file cannot be read"))
    }
    guard let text = String(data: data, encoding: .utf8) else {
      return .failure(ManifestReadError(message: "the file is not UTF-8"))
    }
    return .success(SourceFile(name: path, text: text))
  }
}

struct ManifestReadError: Error {
  let message: String
}
