import AllocationCounter
import JSON
import Memory
import Policy
import TestSupport
import Testing

@Suite("Merging in the steady state")
struct MergeAllocationTests {
  @Test("takes nothing from the heap, merged or refused")
  func steadyState() throws {
    let object = try ParsedText(MergeFuzzTests.objects[0])
    let configuration = try ParsedText(MergeFuzzTests.configurations[0])
    let refused = try ParsedText(#"{"spec":{"containers":[{"name":"a","args":["x"],"tty":1}]}}"#)
    let type = schemaType("v1 Pod")
    var merged = ByteBuffer()
    var typed = ByteBuffer()
    var tape = Tape()
    var arena = Arena()
    for round in 0..<3 {
      let before = allocation_count()
      arena.reset()
      merged.removeAll()
      typed.removeAll()
      let first = StructuredMerge.apply(
        configuration.root, to: object.root, as: type, into: &merged, arena: arena.handle)
      try tape.parse(merged.bytes)
      let second = TypedForm.write(tape.root, as: type, into: &typed, arena: arena.handle)
      let third = StructuredMerge.apply(refused.root, to: object.root, as: type, into: &merged, arena: arena.handle)
      let count = allocation_count() - before
      guard case .merged = first, case .written = second, case .failed = third else {
        Issue.record("\(first), \(second), \(third)")
        return
      }
      if round == 2 { #expect(count == 0) }
    }
    withExtendedLifetime((object, configuration, refused)) {}
  }
}
