package import JSON
package import Memory

/// One question, however it was written down.
package struct ReviewItem: BitwiseCopyable {
  /// The AdmissionReview as JSON: where it is part of `json`, that part.
  package let review: Cursor
  /// The Namespace of the record, where it has one.
  package let namespaceObject: Cursor?
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
      var documents = try ReviewDocuments(path: path)
      // The first document's id depends on whether there is a second: it waits until that is known.
      var first: HeldText?
      var count = 0
      var objects = 0
      while let document = try documents.next() {
        count += 1
        if let held = first.take() {
          read(path, held.text.bytes, held.line, isOnly: false, &objects, clock, body)
        }
        switch document {
        case .failure(let problem):
          body(.unreadable(place: "\(path):\(problem.line)", message: problem.message), 0)
        case .success(let document) where count == 1:
          first = HeldText(document.json, line: document.line)
        case .success(let document):
          read(path, document.json, document.line, isOnly: false, &objects, clock, body)
        }
      }
      if let held = first.take() {
        read(path, held.text.bytes, held.line, isOnly: count == 1, &objects, clock, body)
      }
      if count == 0 { body(.unreadable(place: path, message: "holds no review and no manifest"), 0) }
    } catch {
      body(.unreadable(place: path, message: "\(error)"), 0)
    }
  }

  private mutating func read(
    _ path: String, _ json: ByteSlice, _ line: Int, isOnly: Bool, _ objects: inout Int, _ clock: () -> UInt64,
    _ body: (Event, UInt64) -> Void
  ) {
    arena.reset()
    let startedAt = clock()
    do {
      try tape.parse(json)
    } catch {
      let place = JSONError.place(of: error.offset, in: json)
      body(
        .unreadable(
          place: "\(path):\(line + place.line - 1):\(place.column)", message: "is not JSON: \(error.message)"),
        startedAt)
      return
    }
    let root = tape.root
    if root.isNull { return }
    if root.member("kind")?.isString("AdmissionReview") == true {
      body(.item(ReviewItem(review: root, namespaceObject: nil, path: nil, id: nil, line: line)), startedAt)
    } else if let review = root.member("review"), root.member("kind") == nil {
      body(.item(record(root, review, line)), startedAt)
    } else if let items = root.member("items"), items.isArray, let kind = root.member("kind")?.stringValue,
      kind.hasSuffix("List")
    {
      let isTyped = kind != "List"
      for item in items.elements {
        objects += 1
        wrap(
          item, id: "\(path)#\(objects)", place: "\(path):\(line)",
          listVersion: isTyped ? root.member("apiVersion")?.stringValue : nil,
          listKind: isTyped ? String(kind.dropLast(4)) : nil, line, clock, body)
      }
    } else {
      objects += 1
      wrap(
        root, id: isOnly ? path : "\(path)#\(objects)", place: "\(path):\(line)", listVersion: nil, listKind: nil, line,
        clock, body)
    }
  }

  private func record(_ root: Cursor, _ review: Cursor, _ line: Int) -> ReviewItem {
    let namespaceObject = root.member("namespaceObject").flatMap { $0.isObject ? $0 : nil }
    let path = root.member("path").flatMap { $0.isString ? $0.string(in: arena.handle) : nil }
    let id = root.member("id").flatMap { $0.isString ? $0.string(in: arena.handle) : nil }
    return ReviewItem(review: review, namespaceObject: namespaceObject, path: path, id: id, line: line)
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
        review: manifestTape.root, namespaceObject: nil, path: nil, id: arena.handle.copy(id), line: line)
      body(.item(item), startedAt)
    }
  }
}
