import Foundation
import Server
import TestSupport
import Testing

@Suite("Certificate files")
struct CertificateFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func files(_ name: String = "new/certs", replacing: Bool = false) -> CertificateFiles {
    CertificateFiles(
      folder: folder.url.appending(path: name).path, names: ["localhost", "127.0.0.1"], days: 1,
      replacesExisting: replacing)
  }

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test("are four, in a folder that is made, with keys that only their owner can read")
  func written() throws {
    let paths = try files().write()
    #expect(paths.map { $0.split(separator: "/").last } == ["ca.crt", "ca.key", "tls.crt", "tls.key"])
    #expect(try paths.map { try mode($0) & 0o077 } == [0o044, 0, 0o044, 0])
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "new/certs").path)
    #expect(left.sorted() == ["ca.crt", "ca.key", "tls.crt", "tls.key"])
  }

  @Test(
    "are never overwritten unless asked, whichever is in the way",
    arguments: ["ca.crt", "ca.key", "tls.crt", "tls.key"])
  func existing(_ name: String) throws {
    let path = try folder.write("mine", to: "certs/\(name)")
    let error = #expect(throws: CertificateFilesError.self) { try files("certs").write() }
    #expect(error?.description.hasPrefix("\(path) exists already") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "certs").path) == [name])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
  }

  @Test("are replaced when asked, and a key becomes private whatever it was")
  func forced() throws {
    let path = try folder.write("mine", to: "certs/tls.key")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    _ = try files("certs", replacing: true).write()
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("-----BEGIN PRIVATE KEY-----"))
    #expect(try mode(path) == 0o600)
  }

  @Test("are not written where a name cannot stand in a certificate")
  func wrongName() throws {
    var wrong = files()
    wrong.names = ["not a name"]
    let error = #expect(throws: CertificateFilesError.self) { try wrong.write() }
    #expect(error?.description.contains("`not a name`") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("are not written into a file")
  func folderIsFile() throws {
    try folder.write("", to: "certs")
    let error = #expect(throws: CertificateFilesError.self) { try files("certs").write() }
    #expect(error?.description.contains("not a directory") == true)
  }
}
