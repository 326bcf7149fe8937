import Foundation
import TestSupport
import Testing

@Suite("Dependencies")
struct DependencyTests {
  @Test("hold no SwiftNIO, near or far: the resolved graph lists every package there is")
  func noSwiftNIO() throws {
    let file = SharedData.checkout.appending(path: "Package.resolved")
    let resolved = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    let pins = try #require(resolved["pins"] as? [[String: Any]])
    let names = pins.compactMap { ($0["identity"] as? String)?.lowercased() }
    #expect(names.count == pins.count && !names.isEmpty)
    #expect(names.filter { $0.contains("nio") }.isEmpty)
  }

  @Test("are not in the program either", .enabled(if: TestProcess.find("nm") != nil, "nm is not installed"))
  func program() throws {
    let nm = try #require(TestProcess.find("nm"))
    let symbols = try TestProcess.run(nm, [WebhookProgram.path])
    // Swift's mangling puts a module's length before its name: `7NIOCore`, `8NIOPosix`.
    #expect(symbols.text.firstMatch(of: /\$s[0-9]+NIO[A-Z]/) == nil)
  }
}
