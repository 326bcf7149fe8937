internal import JSON
internal import Memory
internal import Policy

/// Writes the record that a test stands for.
enum TestRecord {
  /// Fields that go with `resource`; a `review` says such things itself.
  static let resourceFields = ["operation", "oldResource", "subResource", "user", "dryRun"]

  /// - Returns: the record as JSON; nil where the reader was told what is wrong.
  static func text(of test: Cursor, id: String, _ place: String, _ reader: inout TestFileReader) -> String? {
    var buffer = ByteBuffer()
    buffer.writeObjectStart()
    buffer.write("id", id)
    if let text = reader.string(test, "phase", place) {
      guard let phase = Phase(rawValue: text) else {
        reader.wrong("\(place).phase", "is not one of `mutate`, `validate`, `both`")
        return nil
      }
      if phase != .both { buffer.write("path", "/\(phase.rawValue)") }
    }
    buffer.writeKey("review")
    let namespace: String?
    switch (test.member("resource"), test.member("review")) {
    case (let resource?, nil): namespace = write(resource, of: test, id: id, place, &reader, to: &buffer)
    case (nil, let review?): namespace = write(review: review, of: test, place, &reader, to: &buffer)
    default:
      reader.wrong(place, "must have either `resource` or `review`")
      return nil
    }
    guard let namespace else { return nil }
    if let labels = test.member("namespaceLabels"), !labels.isNull {
      guard labels.isObject else {
        reader.wrong("\(place).namespaceLabels", "must be an object")
        return nil
      }
      buffer.writeKey("namespaceObject")
      write(namespace: namespace, labels, to: &buffer)
    }
    buffer.writeObjectEnd()
    return buffer.bytes.string
  }

  private static func write(namespace: String, _ labels: Cursor, to buffer: inout ByteBuffer) {
    buffer.writeObjectStart()
    buffer.write("apiVersion", "v1")
    buffer.write("kind", "Namespace")
    buffer.writeKey("metadata")
    buffer.writeObjectStart()
    buffer.write("name", namespace)
    buffer.writeKey("labels")
    buffer.writeValue(labels)
    buffer.writeObjectEnd()
    buffer.writeObjectEnd()
  }

  /// - Returns: the review's namespace.
  private static func write(
    review: Cursor, of test: Cursor, _ place: String, _ reader: inout TestFileReader, to buffer: inout ByteBuffer
  ) -> String? {
    for field in resourceFields where field.withByteSlice({ test.member($0) }) != nil {
      reader.wrong("\(place).\(field)", "goes with `resource`; a `review` says it itself")
    }
    guard let document = reader.object(review, "\(place).review") else { return nil }
    // A value points into its document, which must live as long.
    return withExtendedLifetime(document) {
      buffer.writeValue(document.root)
      return document.root.member("request")?.member("namespace")?.stringValue ?? ""
    }
  }

  /// - Returns: the namespace that the object is in.
  private static func write(
    _ resource: Cursor, of test: Cursor, id: String, _ place: String, _ reader: inout TestFileReader,
    to buffer: inout ByteBuffer
  ) -> String? {
    guard let manifest = reader.object(resource, "\(place).resource") else { return nil }
    var circumstances = ManifestReview.Circumstances()
    if let operation = reader.string(test, "operation", place) {
      guard ManifestReview.Circumstances.operations.contains(operation) else {
        reader.wrong(
          "\(place).operation", "is not one of `CREATE`, `UPDATE`, `DELETE`; for others write a `review`")
        return nil
      }
      circumstances.operation = operation
    }
    var old: ParsedDocument?
    if let value = test.member("oldResource") {
      old = reader.object(value, "\(place).oldResource")
      if old == nil { return nil }
    }
    guard (circumstances.operation == "UPDATE") == (old != nil) else {
      reader.wrong("\(place).oldResource", old == nil ? "is required with UPDATE" : "goes with UPDATE only")
      return nil
    }
    circumstances.oldObject = old?.root
    circumstances.subResource = reader.string(test, "subResource", place) ?? ""
    if let dryRun = test.member("dryRun") {
      if dryRun.bool == nil { reader.wrong("\(place).dryRun", "must be `true` or `false`") }
      circumstances.dryRun = dryRun.bool ?? false
    }
    if let user = test.member("user"), !user.isNull {
      if let text = user.stringValue {
        circumstances.username = text
      } else if user.isObject {
        circumstances.userInfo = user
      } else {
        reader.wrong("\(place).user", "must be a name, or an object as `userInfo` is one")
      }
    }
    // Values point into their documents, which must live as long.
    defer { withExtendedLifetime((manifest, old)) {} }
    do throws(ManifestError) {
      return try ManifestReview.write(manifest.root, id: id, circumstances, to: &buffer)
    } catch {
      reader.wrong("\(place).resource", "\(error)")
      return nil
    }
  }
}
