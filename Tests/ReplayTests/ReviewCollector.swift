import Admission
import JSON
import Memory
import Replay

/// Reads review files and keeps what was found, for comparison.
struct ReviewCollector {
  var items: [Item] = []
  var problems: [String] = []

  struct Item: Equatable {
    var id: String?
    var line: Int
    var path: String?
    var review: String
    var namespaceObject: String?
  }

  init(_ path: String) {
    var items: [Item] = []
    var problems: [String] = []
    var source = ReviewSource()
    source.read(path, clock: { 0 }) { event, _ in
      switch event {
      case .unreadable(let place, let message): problems.append("\(place): \(message)")
      case .item(let item):
        items.append(
          Item(
            id: item.id?.string, line: item.line, path: item.path?.string, review: Self.text(item.review),
            namespaceObject: item.namespaceObject.map(Self.text)))
      }
    }
    self.items = items
    self.problems = problems
  }

  var ids: [String?] { items.map(\.id) }

  private static func text(_ value: Cursor) -> String {
    var buffer = ByteBuffer()
    buffer.writeValue(value)
    return buffer.bytes.string
  }
}
