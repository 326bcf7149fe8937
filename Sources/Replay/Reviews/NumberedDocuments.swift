internal import Memory

/// The documents of a file with their numbers, and whether there is only one: the ids of manifests depend on it.
package struct NumberedDocuments: ~Copyable {
  package struct Element {
    package let content: Result<ReviewDocuments.Document, ReviewDocuments.Unreadable>
    /// From 1.
    package let number: Int
    package let isOnly: Bool

    package init(
      content: Result<ReviewDocuments.Document, ReviewDocuments.Unreadable>, number: Int, isOnly: Bool
    ) {
      self.content = content
      self.number = number
      self.isOnly = isOnly
    }
  }

  private var documents: ReviewDocuments
  /// The first document waits until it is known whether there is a second.
  private var first: HeldText?
  private var firstIsYAML = false
  /// Documents that were read so far.
  package private(set) var count = 0

  /// - Throws: why the file cannot be opened.
  package init(path: String) throws(FileError) {
    documents = try ReviewDocuments(path: path)
  }

  /// Reads on; what is there to be used is given to `body`, once or twice.
  /// - Returns: false at the end of the file.
  /// - Throws: why the file cannot be read on.
  package mutating func next(_ body: (Element) -> Void) throws(FileError) -> Bool {
    let document: Result<ReviewDocuments.Document, ReviewDocuments.Unreadable>?
    do throws(FileError) {
      document = try documents.next()
    } catch {
      giveFirst(isOnly: count == 1, body)
      throw error
    }
    guard let document else {
      giveFirst(isOnly: count == 1, body)
      return false
    }
    count += 1
    if count == 1, case .success(let document) = document {
      first = HeldText(document.text, line: document.line)
      firstIsYAML = document.isYAML
      return true
    }
    giveFirst(isOnly: false, body)
    body(Element(content: document, number: count, isOnly: false))
    return true
  }

  private mutating func giveFirst(isOnly: Bool, _ body: (Element) -> Void) {
    guard let held = first.take() else { return }
    let document = ReviewDocuments.Document(text: held.text.bytes, isYAML: firstIsYAML, line: held.line)
    body(Element(content: .success(document), number: 1, isOnly: isOnly))
  }
}
