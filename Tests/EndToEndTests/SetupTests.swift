import Foundation
import TestSupport
import Testing

@Suite("Setting up")
struct SetupTests {
  /// Without what the `make` that runs the tests leaves in the environment.
  private static let environment = ProcessInfo.processInfo.environment.filter {
    !$0.key.hasPrefix("MAKE") && $0.key != "MFLAGS"
  }

  @Test("make alone lists the targets", .enabled(if: Tool.find("make") != nil, "make is not installed"))
  func list() throws {
    let make = try #require(Tool.find("make"))
    let outcome = try Tool.run(make, [], in: SharedData.checkout, environment: Self.environment)
    #expect(outcome.status == 0)
    for target in ["run", "test", "build", "certs", "lint", "format", "clean"] {
      #expect(outcome.output.contains("  make \(target) "))
    }
  }

  @Test(
    "the review that make run tells to send is in the checkout",
    .enabled(if: Tool.find("make") != nil, "make is not installed"))
  func review() throws {
    let make = try #require(Tool.find("make"))
    let outcome = try Tool.run(make, ["--dry-run", "run"], in: SharedData.checkout, environment: Self.environment)
    let word = try #require(outcome.output.split(whereSeparator: \.isWhitespace).first { $0.contains("@policies/") })
    let path = try #require(word.split(separator: "@").last)
    let review = try Data(contentsOf: SharedData.checkout.appending(path: String(path)))
    let object = try #require(try JSONSerialization.jsonObject(with: review) as? [String: Any])
    #expect(object["kind"] as? String == "AdmissionReview")
  }

  @Test("a machine without Swift is told where to get it")
  func noSwift() throws {
    let outcome = try setup(with: [:])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("there is no `swift` on the PATH"))
    #expect(outcome.errors.contains("https://www.swift.org/install/linux/"))
  }

  @Test("an old Swift is named with the version that is needed", arguments: ["5.10.1", "6.1"])
  func oldSwift(_ version: String) throws {
    let outcome = try setup(with: ["swift": "echo 'Swift version \(version) (swift-\(version)-RELEASE)'"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Swift 6.2 or later is needed; this is Swift \(version)."))
  }

  @Test(
    "missing packages are installed, by name, also without the network to update the lists", arguments: ["6.2", "6.10"])
  func install(_ version: String) throws {
    let outcome = try setup(with: [
      "swift": "echo 'Swift version \(version) (swift-\(version)-RELEASE)'",
      "dpkg-query": "case $* in *re2*) exit 1 ;; *) printf installed ;; esac",
      "id": "echo 0",
      "apt-get": "echo \"apt-get $*\"; [ \"$1\" = install ]",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("installing Debian packages: libre2-dev\n"))
    #expect(outcome.output.contains("apt-get install --quiet=2 --yes --no-install-recommends libre2-dev\n"))
  }

  @Test("packages that cannot be installed are named with the command that installs them")
  func failure() throws {
    let outcome = try setup(with: [
      "swift": "echo 'Swift version 6.3.1 (swift-6.3.1-RELEASE)'",
      "dpkg-query": "exit 1",
      "id": "echo 0",
      "apt-get": "exit 100",
    ])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("apt-get install --yes --no-install-recommends g++ git libnghttp2-dev"))
  }

  /// Runs `tools/setup build` where nothing but `commands` and the plainest tools are on the PATH.
  private func setup(with commands: [String: String]) throws -> Tool.Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, script) in commands {
      let file = folder.appending(path: name)
      try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    for name in ["env", "head", "sed", "sort"] {
      let tool = try #require(Tool.find(name))
      try FileManager.default.createSymbolicLink(at: folder.appending(path: name), withDestinationURL: tool)
    }
    return try Tool.run(
      URL(filePath: "/bin/sh"), [SharedData.checkout.appending(path: "tools/setup").path, "build"], in: folder,
      environment: ["PATH": folder.path])
  }
}
