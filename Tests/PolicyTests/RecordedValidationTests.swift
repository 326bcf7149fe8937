import Foundation
import JSON
import Memory
import Policy
import TestSupport
import Testing

/// Manifests that an API server accepted or rejected: the same happens here, and the fields at fault are those that it names.
@Suite("An API server's validation", .enabled(if: SharedData.isPresent, "needs the recorded manifests"))
struct RecordedValidationTests {
  @Test("accepts and rejects the same manifests, and names the same fields")
  func manifests() throws {
    for line in try SharedData.lines("vap/validation.jsonl") {
      var tape = Tape()
      try line.withUnsafeBytes { bytes in
        try tape.parse(ByteSlice(bytes))
        let name = try #require(tape.root.member("name")?.stringValue)
        let isAccepted = tape.root.member("accepted")?.bool == true
        let message = tape.root.member("message")?.stringValue ?? ""
        var manifest = ByteBuffer()
        manifest.writeValue(try #require(tape.root.member("manifest")))
        let loaded = LoadedManifests.load(texts: [(name, manifest.bytes.string)])
        let errors = loaded.allProblems.filter { $0.severity == .error }
        #expect(errors.isEmpty == isAccepted, "\(name): \(errors.map(\.message))")
        for error in errors {
          // Advice of our own follows what the server says.
          let words = error.message.split(separator: "; ").first ?? ""
          #expect(message.contains(words), "\(name): \(words) is not in \(message)")
          #expect(
            !error.field.isEmpty && message.contains("\(error.field):"), "\(name): \(error.field) is not in \(message)")
        }
      }
    }
  }
}
