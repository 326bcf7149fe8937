import Foundation
import TestSupport
import Testing

@Suite("webhook eval")
struct EvalTests {
  private static let pod = "policies/require-image-digest/tests/pass/init-container.yaml"

  private func eval(_ arguments: String...) throws -> Tool.Outcome {
    try Tool.run(Tool.webhook, ["eval"] + arguments, in: SharedData.checkout)
  }

  @Test("prints values of nothing, of a manifest, and of every object of a folder")
  func values() throws {
    #expect(try eval("[3, 1, 2].sort()").output == "[1,2,3]\n")
    #expect(try eval("object.spec.containers[0].name", "--input", Self.pod).output == "\"app\"\n")
    #expect(try eval("object.metadata", "--input", Self.pod, "-o", "yaml").output.hasPrefix("name: checkout-api\n"))
    #expect(try eval("object.metadata", "--input", Self.pod, "-o", "table").output.hasPrefix("KEY        VALUE\n"))
    #expect(try eval("request.operation", "--input", Self.pod).output == "\"CREATE\"\n")
    #expect(try eval("allContainers.size()", "--input", Self.pod).output == "2\n")
    #expect(try eval("type(1)").output == "int\n")
    let all = try eval("object.kind", "--input", "policies/require-image-digest/tests/pass")
    #expect(all.output.split(separator: "\n").count > 10 && all.status == 0, "\(all.errors)")
  }

  @Test("ends with 1 where evaluating fails, and says why")
  func failure() throws {
    let outcome = try eval("object.spec.missing", "--input", Self.pod)
    #expect(outcome.status == 1)
    #expect(
      outcome.errors == "ERROR: <input>:1:12: no such key: missing\n | object.spec.missing\n | ...........^\n")
    let unbound = try eval("object.spec")
    #expect(unbound.status == 1)
    #expect(unbound.errors.contains("--input gives the variables values"))
  }

  @Test("ends with 2 where the expression does not compile or a file cannot be read, and shows the place")
  func unusable() throws {
    let outcome = try eval("object.spec + + 1")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains(" | object.spec + + 1\n | ..............^"), "\(outcome.errors)")
    #expect(try eval("1", "--input", "no-such-file").status == 2)
    #expect(try eval("math.sqrt(4)").status == 2)
    #expect(try eval("math.sqrt(4)", "--environment", "full").output == "2.0\n")
  }

  @Test("shows the program of an expression")
  func disassemble() throws {
    let outcome = try eval("--disassemble", "object.spec.replicas > 3")
    #expect(outcome.output.contains("select") && outcome.output.contains("greater") && outcome.status == 0)
  }

  @Test("goes on behind a broken line of a batch, and ends with 2")
  func batch() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("{\"name\":\"a\",\"expr\":\"1\"}\nnonsense\n\n{\"name\":\"b\",\"expr\":\"1 / 0\"}".utf8).write(to: file)
    let outcome = try eval("--batch", "--input", file.path)
    #expect(
      outcome.output == """
        {"name":"a","value":{"int64_value":"1"}}
        {"name":"b","error":"division by zero"}

        """)
    #expect(outcome.errors.contains(":2: is not JSON"))
    #expect(outcome.status == 2)
  }

  @Test(
    "takes the whole conformance suite as a batch", .enabled(if: SharedData.isPresent, "needs ../shared/data"))
  func suite() throws {
    let path = SharedData.folder.appending(path: "cel/conformance.jsonl").path
    let outcome = try eval("--batch", "--environment", "full", path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count == 1_233)
  }
}
