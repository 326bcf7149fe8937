package import JSON
internal import Memory

/// A line of a comparison of two texts.
package struct DiffLine: Sendable, Equatable {
  package enum Mark: String, Sendable {
    case kept = " "
    case removed = "-"
    case added = "+"

    package var name: String {
      switch self {
      case .kept: "kept"
      case .removed: "removed"
      case .added: "added"
      }
    }
  }

  package var mark: Mark
  package var text: String
}

/// What a mutation did to an object, as lines of indented JSON with some lines around each change.
package enum ObjectDiff {
  /// Lines around a change.
  static let context = 3

  /// Lines of both texts together from which on no comparison is made, since it costs their product.
  static let maximumLines = 6_000

  package static func lines(from before: Cursor, to after: Cursor) -> [DiffLine] {
    let (old, new) = (indented(before), indented(after))
    if old == new { return [] }
    let start = zip(old, new).prefix { $0 == $1 }.count
    let end = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count
    let shared = min(end, min(old.count, new.count) - start)
    let (oldMiddle, newMiddle) = (old[start..<(old.count - shared)], new[start..<(new.count - shared)])
    var all = old[..<start].map { DiffLine(mark: .kept, text: $0) }
    if oldMiddle.count * newMiddle.count > maximumLines * maximumLines / 4 {
      all += oldMiddle.map { DiffLine(mark: .removed, text: $0) } + newMiddle.map { DiffLine(mark: .added, text: $0) }
    } else {
      all += compare(Array(oldMiddle), Array(newMiddle))
    }
    all += old[(old.count - shared)...].map { DiffLine(mark: .kept, text: $0) }
    return cut(all)
  }

  /// By the longest common subsequence.
  private static func compare(_ old: [String], _ new: [String]) -> [DiffLine] {
    let width = new.count + 1
    var lengths = [Int32](repeating: 0, count: (old.count + 1) * width)
    for row in stride(from: old.count - 1, through: 0, by: -1) {
      for column in stride(from: new.count - 1, through: 0, by: -1) {
        lengths[row * width + column] =
          old[row] == new[column]
          ? lengths[(row + 1) * width + column + 1] + 1
          : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
      }
    }
    var lines: [DiffLine] = []
    var (row, column) = (0, 0)
    while row < old.count || column < new.count {
      if row < old.count, column < new.count, old[row] == new[column] {
        lines.append(DiffLine(mark: .kept, text: old[row]))
        row += 1
        column += 1
      } else if column == new.count
        || row < old.count && lengths[(row + 1) * width + column] >= lengths[row * width + column + 1]
      {
        lines.append(DiffLine(mark: .removed, text: old[row]))
        row += 1
      } else {
        lines.append(DiffLine(mark: .added, text: new[column]))
        column += 1
      }
    }
    return lines
  }

  /// Leaves out what is far from a change.
  private static func cut(_ lines: [DiffLine]) -> [DiffLine] {
    var isNear = [Bool](repeating: false, count: lines.count)
    for (index, line) in lines.enumerated() where line.mark != .kept {
      for near in max(index - context, 0)...min(index + context, lines.count - 1) { isNear[near] = true }
    }
    var result: [DiffLine] = []
    for (index, line) in lines.enumerated() {
      if isNear[index] {
        result.append(line)
      } else if index == 0 || isNear[index - 1] {
        result.append(DiffLine(mark: .kept, text: "…"))
      }
    }
    return result
  }

  /// JSON with a value on each line.
  private static func indented(_ value: Cursor) -> [String] {
    var lines: [String] = []
    write(value, prefix: "", suffix: "", depth: 0, to: &lines)
    return lines
  }

  private static func write(_ value: Cursor, prefix: String, suffix: String, depth: Int, to lines: inout [String]) {
    let indent = String(repeating: "  ", count: depth)
    switch value.kind {
    case .object where value.count > 0:
      lines.append("\(indent)\(prefix){")
      for (index, (key, member)) in value.members.enumerated() {
        write(
          member, prefix: "\"\(key.rawText.string)\": ", suffix: index < value.count - 1 ? "," : "", depth: depth + 1,
          to: &lines)
      }
      lines.append("\(indent)}\(suffix)")
    case .array where value.count > 0:
      lines.append("\(indent)\(prefix)[")
      for (index, element) in value.elements.enumerated() {
        write(element, prefix: "", suffix: index < value.count - 1 ? "," : "", depth: depth + 1, to: &lines)
      }
      lines.append("\(indent)]\(suffix)")
    default:
      var buffer = ByteBuffer()
      buffer.writeValue(value)
      lines.append("\(indent)\(prefix)\(buffer.bytes.string)\(suffix)")
    }
  }
}
