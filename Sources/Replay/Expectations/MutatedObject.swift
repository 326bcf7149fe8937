internal import Admission
internal import JSON
internal import Memory
internal import Policy

/// The object that a review's patch makes.
enum MutatedObject {
  /// Calls `body` with the object before and after.
  /// - Returns: nil where there is no object, or the patch does not apply.
  static func with<Result>(_ judged: JudgedReview, _ body: (_ before: Cursor, _ after: Cursor) -> Result) -> Result? {
    guard let object = judged.request.object else { return nil }
    guard let patch = judged.verdict.patch else { return body(object, object) }
    var arena = Arena()
    defer { arena.reset() }
    var patchTape = Tape()
    var text = ByteBuffer()
    var tape = Tape()
    guard let _ = try? patchTape.parse(patch),
      case .applied = JSONPatch.apply(patchTape.root, to: object, into: &text, arena: arena.handle),
      let _ = try? tape.parse(text.bytes)
    else { return nil }
    return body(object, tape.root)
  }

  /// How the object after mutation differs from the one that is expected.
  static func unmet(_ expected: String, _ judged: JudgedReview) -> [String] {
    var tape = Tape()
    return expected.withByteSlice { text in
      guard let _ = try? tape.parse(text) else { return ["the expected object is no JSON"] }
      let wanted = tape.root
      let difference = with(judged) { _, after in
        after.isEqual(to: wanted) ? [] : ObjectDiff.lines(from: wanted, to: after)
      }
      guard let difference else { return ["expected an object, but the request has none that a patch applies to"] }
      if difference.isEmpty { return [] }
      return [
        "the object after mutation is not the expected one (- expected, + actual):\n"
          + difference.map { "\($0.mark.rawValue) \($0.text)" }.joined(separator: "\n")
      ]
    }
  }

  /// What the patch does, line by line.
  static func diff(_ judged: JudgedReview) -> [DiffLine] {
    guard judged.verdict.patch != nil else { return [] }
    return with(judged) { ObjectDiff.lines(from: $0, to: $1) } ?? []
  }
}
