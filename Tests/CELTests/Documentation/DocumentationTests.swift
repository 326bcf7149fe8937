import CEL
import Foundation
import TestSupport
import Testing

/// What the documentation says of functions and instructions is what the code declares. After a change, write the tables anew and
/// read the difference:
///
///     UPDATE_GOLDEN=1 swift test --filter DocumentationTests
@Suite("Documentation", .serialized)
struct DocumentationTests {
  private static let folder = SharedData.checkout.appending(path: "Sources/CEL")

  @Test(
    "lists every function and every instruction",
    arguments: [
      ("README.md", "functions"), ("README.md", "instructions"), ("CEL.docc/Functions.md", "functions"),
      ("CEL.docc/Instructions.md", "instructions"),
    ])
  func tables(file: String, table: String) throws {
    let url = Self.folder.appending(path: file)
    let text = try String(contentsOf: url, encoding: .utf8)
    let (start, end) = ("<!-- \(table): written by DocumentationTests -->\n", "\n<!-- end of \(table) -->")
    let opening = try #require(text.range(of: start))
    let closing = try #require(text.range(of: end))
    let wanted = table == "functions" ? FunctionTable.markdown() : try InstructionTable.markdown()
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
      let new = text.replacingCharacters(in: opening.upperBound..<closing.lowerBound, with: wanted)
      try new.write(to: url, atomically: true, encoding: .utf8)
      return
    }
    #expect(text[opening.upperBound..<closing.lowerBound] == wanted)
  }

  @Test("knows the library of every function")
  func libraries() { #expect(FunctionTable.strays.isEmpty) }

  @Test("shows code that is tested")
  func example() throws {
    let article = try String(contentsOf: Self.folder.appending(path: "CEL.docc/UsingCEL.md"), encoding: .utf8)
    let test = try String(
      contentsOf: SharedData.checkout.appending(path: "Tests/CELTests/Documentation/UsageTests.swift"), encoding: .utf8)
    let tested = Set(test.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    let blocks = article.components(separatedBy: "```swift\n").dropFirst()
    #expect(blocks.count > 3)
    for block in blocks {
      let code = block.components(separatedBy: "```")[0]
      // What belongs in a manifest of a package is no code of a test.
      if code.contains(".package(") { continue }
      for line in code.split(separator: "\n") {
        #expect(tested.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
      }
    }
  }
}
