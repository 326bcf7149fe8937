import Foundation
import TestSupport

/// The instructions as a table, from the comments beside their declarations.
enum InstructionTable {
  static func markdown() throws -> String {
    let file = SharedData.checkout.appending(path: "Sources/CEL/Compile/Opcode.swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    var text = "\n| instruction | d | a | b | meaning |\n|---|---|---|---|---|\n"
    for line in source.split(separator: "\n") {
      let parts = line.split(separator: "//", maxSplits: 1)
      guard parts.count == 2, line.hasPrefix("  case ") else { continue }
      let name = parts[0].split(separator: " ").last ?? ""
      let fields = parts[1].split(separator: " ", maxSplits: 3, omittingEmptySubsequences: true)
      guard fields.count == 4 else { continue }
      let meaning = fields[3].trimmingCharacters(in: .whitespaces)
      text += "| `\(name)` | \(fields[0]) | \(fields[1]) | \(fields[2]) | \(meaning.replacing("|", with: "\\|")) |\n"
    }
    return text
  }
}
