package import Policy

/// An expression with the values of its parts drawn beneath it:
///
///     object.spec.replicas <= 5 && object.spec.paused
///                 |        |    |              |
///                 3        true false          false
///
/// Each line of the expression has its own values; a line that is wider than there is room is broken between words.
package struct ExpressionDiagram {
  /// A value and the column that it belongs to.
  private struct Mark {
    let column: Int
    var text: String
    let kind: ExplainedValue.Kind
    var width: Int { TextWidth.columns(text) }
  }

  /// A piece of the expression that fits one line.
  private struct Segment {
    var text = ""
    var width = 0
    /// By byte of the expression.
    var columns: [Int: Int] = [:]
  }

  private let expression: ExplainedExpression
  private let width: Int
  /// Gives a piece of text a colour; all text goes through it.
  private let paint: (String, Colour?) -> String
  private let leavesOutResult: Bool

  /// The least room that is assumed, however narrow the terminal.
  static let minimumWidth = 30

  /// - Parameter leavesOutResult: whether the value of the whole expression is shown elsewhere.
  package init(
    _ expression: ExplainedExpression, width: Int, leavesOutResult: Bool = false,
    paint: @escaping (String, Colour?) -> String
  ) {
    self.leavesOutResult = leavesOutResult
    self.expression = expression
    self.width = max(width, Self.minimumWidth)
    self.paint = paint
  }

  package var lines: [String] {
    segments.flatMap { segment in
      let rows = rows(marks(segment))
      // What nothing was computed of stands back.
      return [paint(segment.text, rows.isEmpty && !expression.parts.isEmpty ? .dim : nil)] + rows
    }
  }

  // MARK: The expression

  private var segments: [Segment] {
    var segments: [Segment] = []
    var offset = 0
    let text = expression.source.hasSuffix("\n") ? expression.source.dropLast() : expression.source[...]
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      segments += split(line.unicodeScalars, from: offset)
      offset += line.utf8.count + 1
    }
    return segments
  }

  private func split(_ line: Substring.UnicodeScalarView, from start: Int) -> [Segment] {
    var segments = [Segment()]
    var offset = start
    var rest = line[...]
    while !rest.isEmpty {
      // The space at which a line is broken.
      if offset > start, rest.first == " " {
        rest = rest.dropFirst()
        offset += 1
        continue
      }
      // As many words as fit; a word that is wider than a line is broken.
      let piece = Self.prefix(of: rest, columns: width)
      var segment = Segment()
      for scalar in piece {
        segment.columns[offset] = segment.width
        segment.text += Printable.text(scalar == "\t" ? " " : String(scalar))
        segment.width += TextWidth.columns(scalar == "\t" ? " " : scalar)
        offset += UTF8.width(scalar)
      }
      if segment.text.hasSuffix(" ") { segment.text.removeLast() }
      if segments.count == 1, segments[0].width == 0 { segments[0] = segment } else { segments.append(segment) }
      rest = rest[piece.endIndex...]
    }
    return segments
  }

  private static func prefix(
    of text: Substring.UnicodeScalarView.SubSequence, columns limit: Int
  ) -> Substring.UnicodeScalarView.SubSequence {
    var width = 0
    var end = text.startIndex
    var word: Substring.UnicodeScalarView.Index?
    // Before `&&` and `||`, where that leaves no short line.
    var condition: Substring.UnicodeScalarView.Index?
    while end < text.endIndex {
      width += max(TextWidth.columns(text[end]), 1)
      if width > limit { return text[..<(condition ?? word ?? end)] }
      let scalar = text[end]
      end = text.index(after: end)
      guard scalar == " " else { continue }
      word = end
      let next = text[end...].prefix(2)
      if width > limit / 2, next.elementsEqual("&&".unicodeScalars) || next.elementsEqual("||".unicodeScalars) {
        condition = end
      }
    }
    return text
  }

  // MARK: The values

  private func marks(_ segment: Segment) -> [Mark] {
    var marks: [Int: Mark] = [:]
    for part in expression.parts.dropFirst(leavesOutResult ? 1 : 0) {
      guard let column = segment.columns[part.anchor] else { continue }
      let text = TextWidth.cut(Printable.text(part.value.text), to: width, size: part.value.size)
      if var mark = marks[column] {
        // Of two parts at one place the inner one follows the outer; the same value twice says nothing.
        if mark.text != text {
          mark.text = TextWidth.cut("\(mark.text), \(text)", to: width)
          marks[column] = mark
        }
      } else {
        marks[column] = Mark(column: column, text: text, kind: part.value.kind)
      }
    }
    return marks.values.sorted { $0.column < $1.column }
  }

  private func rows(_ marks: [Mark]) -> [String] {
    if marks.isEmpty { return [] }
    var rows = [row(marks.map { ($0.column, paint("|", .dim), 1) })]
    var waiting = marks
    while !waiting.isEmpty {
      var placed: [(column: Int, text: String, width: Int)] = []
      var left: [Mark] = []
      // What stands to the right begins here.
      var limit = Int.max
      for (index, mark) in waiting.enumerated().reversed() {
        let column = min(mark.column, max(width - mark.width, 0))
        let coversOther = waiting[..<index].contains { $0.column >= column - 1 }
        let isForced = placed.isEmpty && index == 0
        if mark.column < limit, column + mark.width < limit, column == mark.column || !coversOther || isForced {
          placed.append((column, paint(mark.text, mark.kind.colour), mark.width))
          limit = column
        } else {
          left.append(mark)
          if mark.column < limit - 1 {
            placed.append((mark.column, paint("|", .dim), 1))
            limit = mark.column
          }
        }
      }
      left.reverse()
      if left.count == waiting.count {
        // Too wide for its place, and others are to the left of it: it covers their lines.
        let mark = left.removeLast()
        placed = [(max(width - mark.width, 0), paint(mark.text, mark.kind.colour), mark.width)]
      }
      rows.append(row(placed.reversed()))
      waiting = left
    }
    return rows
  }

  private func row(_ pieces: [(column: Int, text: String, width: Int)]) -> String {
    var row = ""
    var column = 0
    for piece in pieces {
      row += String(repeating: " ", count: max(piece.column - column, 0)) + piece.text
      column = max(piece.column, column) + piece.width
    }
    return row
  }
}

extension ExplainedValue.Kind {
  var colour: Colour? {
    switch self {
    case .yes: .green
    case .no, .error: .red
    case .other: nil
    }
  }
}
