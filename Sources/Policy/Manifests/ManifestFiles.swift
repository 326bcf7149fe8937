#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Finds and reads manifest files.
enum ManifestFiles {
  static let extensions: Set<String> = ["yaml", "yml", "json"]

  /// Folders of fixtures, which are no policies.
  static let fixtureFolder = "tests"

  /// Folders in one another that are searched.
  static let maximumDepth = 32

  /// The files at `path`: itself, or those in the folder, sorted by name, nested folders included. Hidden entries are passed over
  /// (a mounted ConfigMap keeps its real files in one), and so are kustomization files.
  static func find(_ path: String) -> (files: [String], folders: [String], problem: String?) {
    var found = Found()
    switch kind(of: path) {
    case .nothing: return ([], [], "there is no such file or folder")
    // Such as what `<(…)` gives in a shell.
    case .file, .other: return ([path], [], nil)
    case .folder:
      let problem = search(path, depth: 0, &found)
      return (found.files, found.folders, problem)
    }
  }

  private enum Kind {
    case nothing, file, folder
    /// A pipe, a socket, a device.
    case other
  }

  private struct Found {
    var files: [String] = []
    var folders: [String] = []
    private var identities: Set<Identity> = []

    /// What tells a folder from all others, by whatever path it is reached.
    private struct Identity: Hashable {
      let device: dev_t
      let inode: ino_t
    }

    mutating func isNew(_ folder: String) -> Bool {
      var status = stat()
      guard stat(folder, &status) == 0 else { return true }
      return identities.insert(Identity(device: status.st_dev, inode: status.st_ino)).inserted
    }
  }

  /// Follows links.
  private static func kind(of path: String) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else { return .nothing }
    return switch status.st_mode & S_IFMT {
    case S_IFDIR: .folder
    case S_IFREG: .file
    default: .other
    }
  }

  private static func search(
    _ folder: String, depth: Int, _ found: inout Found
  ) -> String? {
    // A folder that a link leads to once more, perhaps from within itself, has been read.
    guard found.isNew(folder) else { return nil }
    guard depth < maximumDepth else { return "folders are nested more than \(maximumDepth) deep at `\(folder)`" }
    found.folders.append(folder)
    guard let names = entries(of: folder) else {
      return "the folder `\(folder)` cannot be read: \(systemMessage(errno))"
    }
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      // A link to nothing is not there, and still named: reading it tells, where passing over it would enforce less.
      switch kind(of: path) {
      case .folder:
        if name == fixtureFolder { continue }
        if let problem = search(path, depth: depth + 1, &found) { return problem }
      case .file, .nothing:
        if isManifest(name) { found.files.append(path) }
      case .other:
        // To open a pipe would wait for somebody to write, and who waits would take up no change any more.
        if isManifest(name) { return "`\(path)` is neither a file nor a folder" }
      }
    }
    return nil
  }

  /// The names in a folder; nil, with `errno` set, where it cannot be read.
  private static func entries(of folder: String) -> [String]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { return errno == 0 ? names : nil }
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
  }

  private static func isManifest(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: "."), extensions.contains(String(name[name.index(after: dot)...])) else {
      return false
    }
    return name[..<dot] != "kustomization"
  }

  /// The file's text, or why it cannot be had.
  static func read(_ path: String) -> Result<SourceFile, ManifestReadError> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return failure("the file cannot be read: \(systemMessage(errno))") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Self.read(descriptor, &block)
      if count == 0 { break }
      guard count > 0 else { return failure("the file cannot be read: \(systemMessage(errno))") }
      bytes.append(contentsOf: block[..<count])
      // Not to read what is refused anyway.
      if bytes.count > ManifestDocument.maximumFileLength {
        return failure("the file is longer than \(ManifestDocument.maximumFileLength) bytes")
      }
    }
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    guard let text = String(validating: bytes.dropFirst(hasMark ? 3 : 0), as: UTF8.self) else {
      return failure("the file is not UTF-8")
    }
    return .success(SourceFile(name: path, text: text))
  }

  private static func read(_ descriptor: Int32, _ block: inout [UInt8]) -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &block, block.count)
      #else
        let count = Musl.read(descriptor, &block, block.count)
      #endif
      if count >= 0 || errno != EINTR { return count }
    }
  }

  private static func failure(_ message: String) -> Result<SourceFile, ManifestReadError> {
    .failure(ManifestReadError(message: message))
  }

  private static func systemMessage(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text).lowercased()
  }
}

struct ManifestReadError: Error {
  let message: String
}
