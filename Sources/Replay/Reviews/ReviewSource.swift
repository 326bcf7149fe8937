package import JSON
package import Memory
internal import Policy

/// One question, however it was written down.
package struct ReviewItem: BitwiseCopyable {
  /// The AdmissionReview as JSON: where it is part of `json`, that part.
  package let review: Cursor
  /// The Namespace of the record, where it has one.
  package let namespaceObject: Cursor?
  /// The answer that the record has: an object with `allowed`.
  package let response: Cursor?
  /// The `path` of the record.
  package let path: ByteSlice?
  /// The record's id or the manifest's place; nil where the review's own uid stands for it.
  package let id: ByteSlice?
  package let line: Int
}

/// Turns review files into questions: AdmissionReviews, records, manifests and lists of manifests.
///
/// The text that a question points to is in the reader's memory, until the next one.
package struct ReviewSource: ~Copyable {
  private var tape = Tape()
  private var manifestTape = Tape()
  private var written = ByteBuffer()
  private var converted = ByteBuffer()
  private var arena = Arena()

  package init() {}

  /// What is found in a file.
  package enum Event {
    case item(ReviewItem)
    /// The place (`file:line`) and what is wrong there.
    case unreadable(place: String, message: String)
  }

  /// Reads a file to its end. What cannot be read is told, and the rest goes on.
  ///
  /// - Parameter body: called for each question. `startedAt` is the reading of `clock` before the question's text was parsed.
  package mutating func read(
    _ path: String, clock: () -> UInt64, _ body: (_ event: Event, _ startedAt: UInt64) -> Void
  ) {
    do throws(FileError) {
      var documents = try NumberedDocuments(path: path)
      while try documents.next({ read($0, of: path, clock: clock, body) }) {}
      if documents.count == 0 { body(.unreadable(place: path, message: "holds no review and no manifest"), 0) }
    } catch {
      body(.unreadable(place: path, message: "\(error)"), 0)
    }
  }

  /// Reads one document of a file.
  package mutating func read(
    _ document: NumberedDocuments.Element, of path: String, clock: () -> UInt64,
    _ body: (_ event: Event, _ startedAt: UInt64) -> Void
  ) {
    switch document.content {
    case .failure(let problem): body(.unreadable(place: "\(path):\(problem.line)", message: problem.message), 0)
    case .success(let content):
      let place = Place(path: path, line: content.line, number: document.number, isOnly: document.isOnly)
      guard content.isYAML else { return read(content.text, at: place, clock, body) }
      switch convert(content, of: path) {
      case .none: return
      case .failure(let problem): body(.unreadable(place: "\(path):\(problem.line)", message: problem.message), 0)
      case .success:
        // Taken out so that the text and what reads it are not of one value.
        var text = ByteBuffer(capacity: 0)
        swap(&text, &converted)
        read(text.bytes, at: place, clock, body)
        swap(&text, &converted)
      }
    }
  }

  /// YAML to JSON; nil where there is nothing in it after all.
  private mutating func convert(
    _ document: ReviewDocuments.Document, of path: String
  ) -> Result<Void, ReviewDocuments.Unreadable>? {
    guard let yaml = String(validating: document.text.buffer, as: UTF8.self) else {
      return .failure(ReviewDocuments.Unreadable(line: document.line, message: "is not UTF-8"))
    }
    converted.removeAll(keepingCapacity: 4 << 20)
    if let problem = YAMLText.writeJSON(yaml, name: path, firstLine: document.line, to: &converted) {
      return .failure(ReviewDocuments.Unreadable(line: problem.line, message: problem.message))
    }
    return converted.isEmpty ? nil : .success(())
  }

  /// Where a document stands. A manifest is called by its file, and by its number where there are several.
  private struct Place {
    let path: String
    let line: Int
    let number: Int
    let isOnly: Bool

    var description: String { "\(path):\(line)" }

    var id: String { isOnly ? path : "\(path)#\(number)" }

    /// Of an element of a list, from 0.
    func id(ofElement index: Int) -> String { isOnly ? "\(path)#\(index + 1)" : "\(path)#\(number).\(index + 1)" }
  }

  private mutating func read(
    _ json: ByteSlice, at position: Place, _ clock: () -> UInt64, _ body: (Event, UInt64) -> Void
  ) {
    let line = position.line
    arena.reset()
    let startedAt = clock()
    do {
      try tape.parse(json)
    } catch {
      let place = JSONError.place(of: error.offset, in: json)
      body(
        .unreadable(
          place: "\(position.path):\(line + place.line - 1):\(place.column)", message: "is not JSON: \(error.message)"),
        startedAt)
      return
    }
    let root = tape.root
    if root.isNull { return }
    if root.member("kind")?.isString("AdmissionReview") == true {
      body(
        .item(ReviewItem(review: root, namespaceObject: nil, response: nil, path: nil, id: nil, line: line)), startedAt)
    } else if let review = root.member("review"), root.member("kind") == nil {
      body(.item(record(root, review, line)), startedAt)
    } else if let items = root.member("items"), items.isArray, let kind = root.member("kind")?.stringValue,
      kind.hasSuffix("List")
    {
      let isTyped = kind != "List"
      for (index, item) in items.elements.enumerated() {
        wrap(
          item, id: position.id(ofElement: index), place: position.description,
          listVersion: isTyped ? root.member("apiVersion")?.stringValue : nil,
          listKind: isTyped ? String(kind.dropLast(4)) : nil, line, clock, body)
      }
    } else {
      wrap(root, id: position.id, place: position.description, listVersion: nil, listKind: nil, line, clock, body)
    }
  }

  private func record(_ root: Cursor, _ review: Cursor, _ line: Int) -> ReviewItem {
    let namespaceObject = root.member("namespaceObject").flatMap { $0.isObject ? $0 : nil }
    let path = root.member("path").flatMap { $0.isString ? $0.string(in: arena.handle) : nil }
    let id = root.member("id").flatMap { $0.isString ? $0.string(in: arena.handle) : nil }
    return ReviewItem(
      review: review, namespaceObject: namespaceObject, response: Self.response(root), path: path, id: id, line: line)
  }

  /// The answer of a record: what an AdmissionReview calls `response`, by itself or in its review.
  private static func response(_ root: Cursor) -> Cursor? {
    guard let response = root.member("response"), response.isObject else { return nil }
    let inner = response.member("response") ?? response
    return inner.member("allowed")?.bool == nil ? nil : inner
  }

  private mutating func wrap(
    _ manifest: Cursor, id: String, place: String, listVersion: String?, listKind: String?, _ line: Int,
    _ clock: () -> UInt64, _ body: (Event, UInt64) -> Void
  ) {
    written.removeAll(keepingCapacity: 4 << 20)
    do throws(ManifestError) {
      try ManifestReview.write(manifest, id: id, listVersion: listVersion, listKind: listKind, to: &written)
    } catch {
      body(.unreadable(place: place, message: "\(error)"), 0)
      return
    }
    let startedAt = clock()
    do {
      try manifestTape.parse(written.bytes)
    } catch {
      // Longer or deeper by the few brackets of the review than a tape holds.
      body(.unreadable(place: place, message: error.message), 0)
      return
    }
    id.withByteSlice { id in
      let item = ReviewItem(
        review: manifestTape.root, namespaceObject: nil, response: nil, path: nil, id: arena.handle.copy(id),
        line: line)
      body(.item(item), startedAt)
    }
  }
}
