internal import Memory
package import Replay

/// The certificates by which a cluster recognises the server.
package enum CertificateBundle {
  /// A bundle larger than this is none: it goes into an object of the API server, which takes 1.5 MiB.
  package static let maximumBytes = 1 << 20

  /// Reads a PEM file with one certificate or more.
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    var lines = try LineReader(path: path, maximumLength: 4096)
    var bytes: [UInt8] = []
    var hasCertificate = false
    while let line = try lines.next() {
      if line.isTooLong { throw FileError("line \(line.number) is too long for PEM") }
      if line.bytes == "-----BEGIN CERTIFICATE-----" { hasCertificate = true }
      if line.bytes.firstIndex(of: ByteSlice("PRIVATE KEY-----")) != nil {
        throw FileError("holds a private key, which must stay with the authority")
      }
      bytes.append(contentsOf: line.bytes.buffer)
      bytes.append(UInt8(ascii: "\n"))
      if bytes.count > maximumBytes { throw FileError("is longer than \(maximumBytes) bytes") }
    }
    guard hasCertificate else { throw FileError("holds no certificate in PEM (`-----BEGIN CERTIFICATE-----`)") }
    return bytes
  }
}
