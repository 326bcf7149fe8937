import Admission
import AllocationCounter
import JSON
import Memory
import TestSupport
import Testing

@Suite("Patches in the steady state")
struct PatchAllocationTests {
  @Test("take nothing from the heap, applied, written or refused")
  func steadyState() throws {
    let document = try ParsedText(DiffTests.pod)
    let operations = try ParsedText(
      """
      [{"op":"test","path":"/spec/containers/0/name","value":"a"},{"op":"add","path":"/metadata/labels/a~1b","value":"\\u0078"},
      {"op":"copy","from":"/spec/containers/0","path":"/spec/containers/-"},{"op":"remove","path":"/spec/containers/1/args"},
      {"op":"move","from":"/metadata/labels/app","path":"/metadata/labels/\\u0062"}]
      """)
    let failing = try ParsedText(#"[{"op":"remove","path":"/spec/nothing/here"}]"#)
    let changed = try ParsedText(DiffTests.pod.replacing("redis:7", with: "redis:8"))
    var output = ByteBuffer()
    var tape = Tape()
    var arena = Arena()
    var allocations: UInt64 = 0
    for round in 0..<3 {
      let before = allocation_count()
      arena.reset()
      output.removeAll()
      let outcome = JSONPatch.apply(operations.root, to: document.root, into: &output, arena: arena.handle)
      guard case .applied = outcome else {
        Issue.record("the patch applies")
        return
      }
      guard case .failed = JSONPatch.apply(failing.root, to: document.root, into: &output, arena: arena.handle) else {
        Issue.record("the patch does not apply")
        return
      }
      output.removeAll()
      JSONPatch.diff(from: document.root, to: changed.root, into: &output, arena: arena.handle)
      try tape.parse(output.bytes)
      let holds = JSONPatch.verify(tape.root, from: document.root, gives: changed.root, arena: arena.handle)
      allocations = allocation_count() - before
      #expect(holds)
      if round == 2 { #expect(allocations == 0) }
    }
  }
}
