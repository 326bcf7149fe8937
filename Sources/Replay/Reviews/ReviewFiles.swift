#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The files that a path stands for: itself, or what a folder holds.
package enum ReviewFiles {
  /// The endings of files that are taken from folders. A file that is named itself is read whatever it is called.
  package static let endings = [".yaml", ".yml", ".json", ".jsonl", ".ndjson"]

  /// Folders in one another.
  static let maximumDepth = 64

  /// The files of `path` in the order of their names, byte by byte, folders in their place; `-` stands for itself. Names that start
  /// with a dot are left out, and so is a folder that a link leads to once more.
  /// - Parameter report: called for each folder below `path` that cannot be read; the rest goes on.
  /// - Throws: why `path` itself cannot be read.
  package static func list(
    _ path: String, _ report: (_ folder: String, _ error: FileError) -> Void = { _, _ in }
  ) throws(FileError) -> [String] {
    if path == "-" { return [path] }
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError(errno) }
    guard isFolder(status) else { return [path] }
    var found = Found()
    _ = found.isNew(status)
    try collect(path, depth: 0, into: &found, report)
    return found.files
  }

  private struct Found {
    var files: [String] = []
    private var folders: Set<Identity> = []

    /// What tells a folder from all others, by whatever path it is reached.
    private struct Identity: Hashable {
      let device: dev_t
      let inode: ino_t
    }

    mutating func isNew(_ status: stat) -> Bool {
      folders.insert(Identity(device: status.st_dev, inode: status.st_ino)).inserted
    }
  }

  private static func collect(
    _ folder: String, depth: Int, into found: inout Found, _ report: (String, FileError) -> Void
  ) throws(FileError) {
    guard depth < maximumDepth else { throw FileError("folders are nested more than \(maximumDepth) deep") }
    for name in try entries(of: folder) where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      var status = stat()
      if stat(path, &status) == 0, isFolder(status) {
        guard found.isNew(status) else { continue }
        do throws(FileError) {
          try collect(path, depth: depth + 1, into: &found, report)
        } catch {
          report(path, error)
        }
      } else if isReview(name) {
        // A link to nothing, say: whoever opens it reports it.
        found.files.append(path)
      }
    }
  }

  /// The names in a folder, in order.
  private static func entries(of folder: String) throws(FileError) -> [String] {
    guard let stream = opendir(folder) else { throw FileError(errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw FileError(errno) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      }
      names.append(
        withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
  }

  /// A rotated recording is one too: `traffic.jsonl.1`.
  private static func isReview(_ name: String) -> Bool {
    if endings.contains(where: name.hasSuffix) { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, let number = parts.last, !number.isEmpty, number.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
    else { return false }
    return [".jsonl", ".ndjson"].contains { name.dropLast(number.count + 1).hasSuffix($0) }
  }

  private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }
}
