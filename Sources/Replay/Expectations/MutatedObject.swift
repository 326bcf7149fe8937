internal import Admission
internal import JSON
internal import Memory
internal import Policy

/// The object that a review's patch makes, beside the one that is expected.
enum MutatedObject {
  static func unmet(_ expected: String, _ judged: JudgedReview) -> [String] {
    guard let object = judged.request.object else { return ["expected an object, but the request has none"] }
    var actual = ByteBuffer()
    actual.writeValue(object)
    var actualTape = Tape()
    var expectedTape = Tape()
    return expected.withByteSlice { expected in
      guard let _ = try? actualTape.parse(actual.bytes), let _ = try? expectedTape.parse(expected) else {
        return ["the object cannot be compared"]
      }
      if actualTape.root.isEqual(to: expectedTape.root) { return [] }
      return ["expected the object \(expected.string), but it is \(actual.bytes.string)"]
    }
  }
}
