#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The files that a path stands for: itself, or what a folder holds.
package enum ReviewFiles {
  /// The endings of files that are taken from folders. A file that is named itself is read whatever it is called.
  package static let endings = [".yaml", ".yml", ".json", ".jsonl", ".ndjson"]

  /// Folders in one another; a folder that links to itself ends here.
  static let maximumDepth = 64

  /// The files of `path` in the order of their names, byte by byte, folders in their place; `-` stands for itself. Names that start
  /// with a dot are left out.
  package static func list(_ path: String) throws(FileError) -> [String] {
    if path == "-" { return [path] }
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(errno) }
    guard isFolder(status) else { return [path] }
    var files: [String] = []
    try collect(path, depth: 0, into: &files)
    return files
  }

  private static func collect(_ folder: String, depth: Int, into files: inout [String]) throws(FileError) {
    guard depth < maximumDepth else { throw FileError("folders are nested more than \(maximumDepth) deep") }
    guard let stream = opendir(folder) else { throw FileError(errno) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    closedir(stream)
    names.sort { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    for name in names {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      let isReview = endings.contains(where: path.hasSuffix)
      var status = stat()
      // A link to nothing, say: whoever opens it reports it, and the other files are read.
      guard stat(path, &status) == 0 || isReview else { throw FileError(errno) }
      if isFolder(status) {
        try collect(path, depth: depth + 1, into: &files)
      } else if isReview {
        files.append(path)
      }
    }
  }

  private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }
}
