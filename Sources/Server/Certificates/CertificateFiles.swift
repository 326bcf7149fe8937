internal import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The files that `webhook certs` writes: a certificate authority and a serving certificate that it signed.
public struct CertificateFiles: Sendable {
  /// Where the files go; made where it does not exist.
  public var folder: String
  /// DNS names and IP addresses of the server.
  public var names: [String]
  /// How long both certificates are valid.
  public var days: Int
  /// Whether files that are there already are replaced.
  public var replacesExisting: Bool

  public init(folder: String, names: [String], days: Int, replacesExisting: Bool) {
    self.folder = folder
    self.names = names
    self.days = days
    self.replacesExisting = replacesExisting
  }

  public static let authorityCertificate = "ca.crt"
  public static let authorityKey = "ca.key"
  public static let certificate = "tls.crt"
  public static let key = "tls.key"

  /// How many days can be asked for.
  public static var validityRange: ClosedRange<Int> { CertificateAuthority.validityRange }

  /// Makes keys and certificates and writes the four files. Each appears whole or not at all; keys can be read by their owner alone
  /// from the moment they exist.
  /// - Returns: the paths, in the order in which they were written.
  public func write() throws(CertificateFilesError) -> [String] {
    let names = [Self.authorityCertificate, Self.authorityKey, Self.certificate, Self.key]
    if !replacesExisting {
      // Before any work; what appears meanwhile is found when the file is put in its place.
      for name in names where access(path(name), F_OK) == 0 { throw .exists(path(name)) }
    }
    let (authority, serving) = try make()
    try makeFolder()
    let files = [
      PendingFile(path: path(Self.authorityCertificate), bytes: authority.certificatePEM, mode: 0o644),
      PendingFile(path: path(Self.authorityKey), bytes: authority.keyPEM, mode: 0o600),
      PendingFile(path: path(Self.certificate), bytes: serving.certificatePEM, mode: 0o644),
      PendingFile(path: path(Self.key), bytes: serving.keyPEM, mode: 0o600),
    ]
    // All of them are written before the first is put in its place: a full disk must not leave half a set.
    defer { for file in files { file.discard() } }
    for file in files { try file.create() }
    for file in files { try file.commit(replacing: replacesExisting) }
    return files.map(\.path)
  }

  private func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }

  private func make() throws(CertificateFilesError) -> (CertificateAuthority.Pair, CertificateAuthority.Pair) {
    do {
      let authority = try CertificateAuthority(commonName: "\(Product.name) certificate authority", validDays: days)
      return (authority.pair, try authority.makeServingCertificate(names: names, validDays: days))
    } catch {
      throw .certificate("\(error)")
    }
  }

  /// Makes the folder and those above it.
  private func makeFolder() throws(CertificateFilesError) {
    var position = folder.startIndex
    while position < folder.endIndex {
      let next = folder[folder.index(after: position)...].firstIndex(of: "/") ?? folder.endIndex
      let part = String(folder[..<next])
      if mkdir(part, 0o755) != 0, errno != EEXIST { throw .system("cannot make the folder \(part)", errno) }
      position = next
    }
    var status = stat()
    guard stat(folder, &status) == 0 else { throw .system(folder, errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw .system(folder, ENOTDIR) }
  }
}

/// Why no certificates were written.
public enum CertificateFilesError: Error, CustomStringConvertible {
  /// A file is there already.
  case exists(String)
  /// The certificate cannot be made as asked.
  case certificate(String)
  /// What failed, and `errno`.
  case system(String, Int32)

  public var description: String {
    switch self {
    case .exists(let path): "\(path) exists already; nothing was written. `--force` replaces it"
    case .certificate(let problem): problem
    case .system(let what, let code): "\(what): \(String(cString: strerror(code)).lowercased())"
    }
  }
}

/// A file under a name of its own until it is complete.
private struct PendingFile {
  let path: String
  let bytes: [UInt8]
  let mode: mode_t

  private var temporary: String { "\(path).new-\(getpid())" }

  func create() throws(CertificateFilesError) {
    // A left-over of an earlier process of the same number is nobody's any more.
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw .system("cannot write \(path)", errno) }
    defer { close(descriptor) }
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { write(descriptor, $0 + offset, buffer.count - offset) } ?? 0
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .system("cannot write \(path)", errno) }
      offset += count
    }
    guard fsync(descriptor) == 0 else { throw .system("cannot write \(path)", errno) }
  }

  func commit(replacing: Bool) throws(CertificateFilesError) {
    if replacing {
      guard rename(temporary, path) == 0 else { throw .system("cannot replace \(path)", errno) }
      return
    }
    // Unlike a rename, a link never replaces what another process has put there meanwhile.
    guard link(temporary, path) == 0 else {
      if errno == EEXIST { throw .exists(path) }
      throw .system("cannot write \(path)", errno)
    }
  }

  func discard() { unlink(temporary) }
}

extension CertificateFiles {
  /// Whether a text is an IPv4 or IPv6 address rather than a name.
  public static func isAddress(_ text: String) -> Bool {
    var bytes = in6_addr()
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
  }
}
