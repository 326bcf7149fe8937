internal import Admission
internal import JSON
internal import Memory

/// Writes reviews without what must not leave memory: values are replaced by a digest, equal ones by equal ones, so that a policy
/// that compares them decides as before.
///
/// Of Secrets that is everything in `data` and `stringData`; wherever anything is replaced, also the annotation in which kubectl keeps
/// the whole object as it was applied.
struct Redaction: Sendable {
  private let digest: KeyedDigest
  private let paths: [[RedactionPath.Step]]
  private static let secretPaths: [[RedactionPath.Step]] = [
    [.member("data"), .all], [.member("stringData"), .all], lastApplied,
  ]
  private static let lastApplied: [RedactionPath.Step] = [
    .member("metadata"), .member("annotations"), .member("kubectl.kubernetes.io/last-applied-configuration"),
  ]

  init(_ paths: [RedactionPath], digest: KeyedDigest) {
    self.digest = digest
    self.paths = paths.isEmpty ? [] : paths.map(\.steps) + [Self.lastApplied]
  }

  /// Whether the review must be written member by member.
  func isNeeded(_ request: AdmissionRequest) -> Bool { !paths.isEmpty || Self.isSecret(request) }

  static func isSecret(_ request: AdmissionRequest) -> Bool {
    request.resource.group.isEmpty && request.resource.resource == "secrets"
      || request.kind.group.isEmpty && request.kind.kind == "Secret"
  }

  /// Writes an AdmissionReview, its objects without what is hidden.
  func write(_ review: Cursor, _ request: AdmissionRequest, to buffer: inout ByteBuffer) {
    let isSecret = Self.isSecret(request)
    let hidden = paths + (isSecret ? Self.secretPaths : [])
    buffer.writeObjectStart()
    for (key, value) in review.members {
      buffer.writeKeyText(key)
      guard key.isString("request"), value.isObject else {
        buffer.writeValue(value)
        continue
      }
      buffer.writeObjectStart()
      for (key, value) in value.members {
        buffer.writeKeyText(key)
        if key.isString("object") || key.isString("oldObject") {
          write(value, hidden, 0, isSecret: isSecret, isBase64: false, to: &buffer)
        } else {
          buffer.writeValue(value)
        }
      }
      buffer.writeObjectEnd()
    }
    buffer.writeObjectEnd()
  }

  /// - Parameters:
  ///   - hidden: the paths that lead on from here; those of `depth` steps lead to this value.
  ///   - isBase64: whether this is the `data` of a Secret, or in it.
  private func write(
    _ value: Cursor, _ hidden: [[RedactionPath.Step]], _ depth: Int, isSecret: Bool, isBase64: Bool,
    to buffer: inout ByteBuffer
  ) {
    if hidden.isEmpty { return buffer.writeValue(value) }
    if hidden.contains(where: { $0.count == depth }) { return replace(value, isBase64: isBase64, to: &buffer) }
    switch value.kind {
    case .object:
      buffer.writeObjectStart()
      for (key, member) in value.members {
        buffer.writeKeyText(key)
        let further = hidden.filter { Self.leads($0[depth], to: key) }
        let isData = isBase64 || isSecret && depth == 0 && key.isString("data")
        write(member, further, depth + 1, isSecret: isSecret, isBase64: isData, to: &buffer)
      }
      buffer.writeObjectEnd()
    case .array:
      buffer.writeArrayStart()
      let further = hidden.filter { $0[depth] == .all }
      for element in value.elements {
        write(element, further, depth + 1, isSecret: isSecret, isBase64: isBase64, to: &buffer)
      }
      buffer.writeArrayEnd()
    default: buffer.writeValue(value)
    }
  }

  private static func leads(_ step: RedactionPath.Step, to key: Cursor) -> Bool {
    switch step {
    case .all: true
    case .member(let name): name.withByteSlice { key.isString($0) }
    }
  }

  /// `redacted:` and 32 hex digits; of what is base64 in a Secret, that in base64. What is null stays so.
  private func replace(_ value: Cursor, isBase64: Bool, to buffer: inout ByteBuffer) {
    if value.isNull { return buffer.writeNull() }
    var hash: (UInt64, UInt64)
    if value.isObject || value.isArray {
      var text = ByteBuffer()
      text.writeValue(value)
      hash = digest.digest(text.bytes)
    } else {
      hash = digest.digest(value.rawText)
    }
    var text: InlineArray<41, UInt8> = .init(repeating: 0)
    for (index, byte) in ByteSlice("redacted:").buffer.enumerated() { text[index] = byte }
    for index in 0..<32 {
      let word = index < 16 ? hash.0 : hash.1
      let nibble = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index % 16))) & 15
      text[9 + index] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }
    withUnsafeBytes(of: &text) { bytes in
      buffer.writeStringStart()
      if isBase64 { buffer.append(base64: ByteSlice(bytes)) } else { buffer.append(ByteSlice(bytes)) }
      buffer.writeStringEnd()
    }
  }
}

extension ByteBuffer {
  /// A key as it stands in another text, and its colon.
  fileprivate mutating func writeKeyText(_ key: Cursor) {
    writeValue(key)
    append(UInt8(ascii: ":"))
  }
}
