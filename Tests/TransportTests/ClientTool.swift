import Foundation

/// A real client from the system: curl, openssl, nghttp, h2load. Tests that need one are skipped where it is missing.
struct ClientTool: Sendable {
  let path: String

  static let curl = ClientTool("curl")
  static let openssl = ClientTool("openssl")
  static let nghttp = ClientTool("nghttp")
  static let h2load = ClientTool("h2load")

  private init(_ name: String) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
    path = folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) } ?? ""
  }

  var isPresent: Bool { !path.isEmpty }

  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Runs the tool to its end. Output goes through files, so that no pipe can fill up.
  func run(_ arguments: [String], input: Data? = nil) throws -> Outcome {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let outputFile = try folder.write("out", [])
    let errorFile = try folder.write("err", [])
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: outputFile))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errorFile))
    let inputFile = try folder.write("in", Array(input ?? Data()))
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: inputFile))
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: URL(filePath: outputFile)), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: URL(filePath: errorFile)), as: UTF8.self))
  }
}

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "transport-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// - Returns: the file's path.
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }
}
