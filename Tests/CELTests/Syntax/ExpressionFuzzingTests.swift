import CEL
import Foundation
import TestSupport
import Testing

/// The entry point of fuzzing: any text, as an expression. Nothing it does may crash, and what it says must have a place.
enum ExpressionFuzzing {
  static func run(_ bytes: [UInt8], _ environments: [Environment]) {
    let source = String(decoding: bytes, as: UTF8.self)
    for environment in environments {
      do throws(CompileErrors) {
        let checked = try environment.check(source)
        #expect(checked.types.indices.contains(checked.root.id), "\(source)")
        #expect(checked.types.allSatisfy { !$0.description.contains("_var") }, "\(source)")
      } catch {
        #expect(!error.issues.isEmpty, "\(source)")
        for issue in error.issues {
          #expect(issue.offset >= 0 && issue.offset <= source.utf8.count && !issue.message.isEmpty, "\(source)")
        }
        #expect(!error.description.isEmpty)
      }
    }
  }

  static let dictionary = [
    "(", ")", "[", "]", "{", "}", ".", ".?", "[?", "?", ":", ",", "!", "-", "+", "&&", "||", "==", " in ", "0x", "1e9",
    "u",
    "'", "\"", "'''", "\"\"\"", "\\", "\\u", "\\x", "r'", "b'", "`", "//", "\n", "é", "has(", ".all(x, ", ".map(x, ",
    "dyn(",
    "optional.of(", ".optMap(", "true", "null", "while", "Type{", "x", "9223372036854775808",
  ]

  /// Expressions of users, for where the recorded ones are absent.
  static let examples = [
    "object.spec.containers.all(c, c.image.contains('@sha256:') && !c.?securityContext.privileged.orValue(false))",
    "has(object.metadata.labels) && 'owner' in object.metadata.labels ? object.metadata.labels.owner != '' : false",
    "variables.containers.map(c, {'name': c.name, ?'ports': c[?'ports']}).size() > 0x1F - -1 || 1.5e3 < 2u",
    "[1, 2, 3].exists_one(x, x % 2 == 0) && timestamp('2024-01-01T00:00:00Z').getHours('UTC') == 0",
    "'''multi\nline''' + r'\\raw' + \"\\u00e9\\x41\\101\" == string(b'\\xff')",
  ]
}

@Suite("Fuzzing of expressions")
struct ExpressionFuzzingTests {
  private static func environments() -> [Environment] {
    [Environment.Profile.kubernetes, .full].map { profile in
      var environment = CheckingTests.environment(profile)
      for name in ["object", "oldObject", "request", "params", "variables", "namespaceObject"] {
        environment.declare(name, .dyn)
      }
      return environment
    }
  }

  /// Expressions of policies and of the conformance tests, if they are there.
  private static func corpus() throws -> [[UInt8]] {
    var corpus = ExpressionFuzzing.examples
    if SharedData.isPresent {
      corpus += try FrontConformanceTests.rows().map(\.expr).filter { $0.utf8.count < 500 }
      let policies = try String(contentsOf: SharedData.folder.appending(path: "vap/policies.yaml"), encoding: .utf8)
      corpus += policies.split(separator: "\n").compactMap { line in
        line.firstRange(of: "xpression: ").map { String(line[$0.upperBound...]) }
      }
    }
    return corpus.map { Array($0.utf8) }
  }

  @Test("nothing crashes, and every mistake has a place", arguments: [1, 2, 3, 4] as [UInt64])
  func fuzz(seed: UInt64) throws {
    let environments = Self.environments()
    var mutator = Mutator(corpus: try Self.corpus(), dictionary: ExpressionFuzzing.dictionary, seed: seed)
    for _ in 0..<1_000 { ExpressionFuzzing.run(mutator.next(), environments) }
  }

  @Test("every beginning of an expression is an expression or a mistake")
  func beginnings() {
    let environments = Self.environments()
    for example in ExpressionFuzzing.examples {
      let bytes = Array(example.utf8)
      for count in 0...bytes.count { ExpressionFuzzing.run(Array(bytes.prefix(count)), environments) }
    }
  }
}
