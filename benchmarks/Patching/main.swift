import Admission
import JSON
import Memory
import Policy

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// What the pieces of a mutation take on the Pod of an AdmissionReview: a configuration that adds a sidecar, and a patch of four
// operations.
//
//   swift run -c release PatchingBenchmark REVIEW.json [ROUNDS [PIECE]]

guard CommandLine.arguments.count >= 2, let file = fopen(CommandLine.arguments[1], "r") else {
  print("usage: PatchingBenchmark REVIEW.json [ROUNDS [PIECE]]")
  exit(64)
}
var body = ByteBuffer(capacity: 1 << 20)
while body.write(atLeast: 1 << 16, { fread($0.baseAddress, 1, $0.count, file) }) > 0 {}
fclose(file)
let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1 : 100_000
let wanted = CommandLine.arguments.count > 3 ? CommandLine.arguments[3] : nil

/// JSON that stays.
struct Document: ~Copyable {
  private var text = ByteBuffer()
  private var tape = Tape()

  init(_ text: ByteSlice) throws {
    self.text.append(text)
    try tape.parse(self.text.bytes)
  }

  var root: Cursor { tape.root }
}

let review = try Document(body.bytes)
let object = review.root.member("request")?.member("object") ?? .null
let configuration = try Document(
  ByteSlice(
    """
    {"metadata":{"labels":{"owner":"ada"}},"spec":{"containers":[{"name":"mesh-proxy","image":"mesh/proxy:v1",
    "ports":[{"containerPort":15001,"name":"mesh"}],"env":[{"name":"POD","value":"web"}]}],"volumes":[{"name":"mesh","emptyDir":{}}]}}
    """))
let operations = try Document(
  ByteSlice(
    """
    [{"op":"test","path":"/kind","value":"Pod"},{"op":"add","path":"/metadata/annotations","value":{"example.com/seen":"yes"}},
    {"op":"replace","path":"/spec/containers/0/imagePullPolicy","value":"Always"},
    {"op":"copy","from":"/metadata/name","path":"/metadata/annotations/name"}]
    """))
let started = ContinuousClock.now
let type = SchemaTable.kubernetes.type(group: .empty, version: ByteSlice("v1"), kind: ByteSlice("Pod"))
print("reading the table: \(ContinuousClock.now - started)")

var arena = Arena()
var output = ByteBuffer()
_ = StructuredMerge.apply(configuration.root, to: object, as: type, into: &output, arena: arena.handle)
let merged = try Document(output.bytes)
output.removeAll()
JSONPatch.diff(from: object, to: merged.root, into: &output, arena: arena.handle)
let patch = try Document(output.bytes)
output.removeAll()
output.writeValue(object)
print("object: \(output.count) bytes, patch: \(patch.root.count) operations")

@MainActor func measure(_ name: String, _ body: (Arena.Handle, inout ByteBuffer) -> Void) {
  if let wanted, wanted != name { return }
  for _ in 0..<3 {
    let time = ContinuousClock().measure {
      for _ in 0..<rounds {
        arena.reset()
        output.removeAll()
        body(arena.handle, &output)
      }
    }
    print("\(name): \(time / rounds)")
  }
}

measure("apply") { arena, output in
  _ = JSONPatch.apply(operations.root, to: object, into: &output, arena: arena)
}
measure("merge") { arena, output in
  _ = StructuredMerge.apply(configuration.root, to: object, as: type, into: &output, arena: arena)
}
measure("typed-form") { arena, output in
  _ = TypedForm.write(merged.root, as: type, into: &output, arena: arena)
}
measure("diff") { arena, output in
  JSONPatch.diff(from: object, to: merged.root, into: &output, arena: arena)
}
measure("verify") { arena, _ in
  _ = JSONPatch.verify(patch.root, from: object, gives: merged.root, arena: arena)
}
