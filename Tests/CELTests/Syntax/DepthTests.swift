import CEL
import Foundation
import Testing

/// Hostile nesting and length: an error or an answer, in time that grows with the text, on a small stack.
@Suite("Depth")
struct DepthTests {
  /// What is done on a thread with a stack of 512 KiB, as the smallest that an expression is ever looked at on: parsing, checking,
  /// printing, and the end of the tree.
  private static func outcome(_ source: String) -> String {
    nonisolated(unsafe) var outcome = ""
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      do throws(CompileErrors) {
        var environment = Environment(.full)
        environment.declare("a", .dyn)
        environment.declare("i", .int)
        let checked = try environment.check(source)
        _ = checked.root.description
        outcome = checked.resultType.description
      } catch {
        outcome = error.issues.first?.message ?? ""
      }
      done.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    done.wait()
    return outcome
  }

  private static func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

  private static let tooNested = "expression recursion limit exceeded: 250"
  private static let tooDeep = "max recursion depth exceeded"

  @Test("of brackets is limited, the limit itself allowed")
  func brackets() {
    #expect(Self.outcome(Self.times(249, "(") + "1" + Self.times(249, ")")) == "int")
    #expect(Self.outcome(Self.times(250, "(") + "1" + Self.times(250, ")")) == Self.tooNested)
    #expect(Self.outcome(Self.times(10_000, "(") + "1" + Self.times(10_000, ")")) == Self.tooNested)
    #expect(Self.outcome(Self.times(10_000, "(")) == Self.tooNested)
    #expect(Self.outcome(Self.times(249, "[") + Self.times(249, "]")).hasPrefix("type exceeds"))
    #expect(Self.outcome(Self.times(124, "dyn([") + Self.times(124, "])")) == "dyn")
    #expect(Self.outcome(Self.times(10_000, "[") + Self.times(10_000, "]")) == Self.tooNested)
    #expect(Self.outcome(Self.times(10_000, "{1: ") + Self.times(10_000, "}")) == Self.tooNested)
    #expect(Self.outcome(Self.times(249, "a[") + "0" + Self.times(249, "]")) == "dyn")
    #expect(Self.outcome(Self.times(10_000, "a[")) == Self.tooNested)
    #expect(Self.outcome(Self.times(10_000, "dyn(") + "1" + Self.times(10_000, ")")) == Self.tooNested)
    #expect(Self.outcome(Self.times(10_000, "A{x: ") + "1" + Self.times(10_000, "}")) == Self.tooNested)
  }

  @Test("of chains is limited, the limit itself allowed")
  func chains() {
    #expect(Self.outcome("a" + Self.times(250, ".b")) == "dyn")
    #expect(Self.outcome("a" + Self.times(251, ".b")) == Self.tooDeep)
    #expect(Self.outcome("a" + Self.times(40_000, ".b")) == Self.tooDeep)
    #expect(Self.outcome("i" + Self.times(250, "+i")) == "int")
    #expect(Self.outcome("i" + Self.times(40_000, "+i")) == Self.tooDeep)
    #expect(Self.outcome("a" + Self.times(20_000, ".f()")) == Self.tooDeep)
    #expect(Self.outcome("a" + Self.times(20_000, "[0]")) == Self.tooDeep)
    #expect(Self.outcome("a" + Self.times(250, ".map(x, x)")) == "list(dyn)")
    #expect(Self.outcome("i" + Self.times(10_000, " ? i : i")) == Self.tooNested)
    #expect(Self.outcome("true ? 1 : " + Self.times(248, "true ? 1 : ") + "2") == "int")
  }

  @Test("of signs and logical operators is none")
  func flat() {
    #expect(Self.outcome(Self.times(50_001, "!") + "a") == "bool")
    #expect(Self.outcome(Self.times(50_001, "-") + "i") == "int")
    #expect(Self.outcome("true" + Self.times(16_000, "&&true")) == "bool")
    #expect(Self.outcome("true" + Self.times(5_000, " || a && true")) == "bool")
    #expect(Self.outcome("[" + Self.times(40_000, "1,") + "]") == "list(int)")
    #expect(Self.outcome("{" + Self.times(20_000, "1:1,") + "}") == "map(int, int)")
    #expect(Self.outcome("[" + Self.times(10_000, "b == 1,") + "]").hasPrefix("undeclared reference to 'b'"))
    #expect(Self.outcome("[" + Self.times(6_000, "[] == [a],") + "]") == "list(bool)")
  }

  @Test("of what is wrong is limited too")
  func wrong() {
    #expect(Self.outcome(Self.times(10_000, ")")) == "error recovery token lookahead limit exceeded: 256")
    #expect(Self.outcome(Self.times(10_000, "(") + "*") == Self.tooNested)
    #expect(Self.outcome("*" + Self.times(10_000, "(")) == Self.tooNested)
    #expect(Self.outcome(Self.times(40_000, "a ")) == "error recovery token lookahead limit exceeded: 256")
    #expect(Self.outcome(Self.times(100_000, "@")).hasPrefix("Syntax error: token recognition error"))
    #expect(Self.outcome(Self.times(30_000, "a.(")).contains("rror"))
  }

  @Test("ends with the longest expression")
  func size() {
    #expect(Self.outcome(Self.times(99_997, " ") + "'é'") == "string")
    #expect(
      Self.outcome(Self.times(99_998, " ") + "'é'")
        == "expression code point size exceeds limit: size: 100001, limit 100000")
  }

  @Test("shows no place for a mistake of the whole")
  func place() {
    #expect(
      Rejection.rejection(Self.times(300, "("))?.description == "ERROR: <input>:-1:0: \(Self.tooNested)")
  }

  @Test("of recovery is limited: after a hundred mistakes no more are reported")
  func reports() {
    let issues = Rejection.rejection(Self.times(200, "@ "))?.issues ?? []
    #expect(issues.count == 101)
    #expect(issues.last?.message == "Syntax error: More than 100 syntax errors")
    let recoveries = Rejection.rejection(Self.times(40, "* * "))?.issues ?? []
    #expect(recoveries.last?.message == "Syntax error: error recovery attempt limit exceeded: 30")
  }
}
