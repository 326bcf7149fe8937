internal import Memory

/// What an evaluation computed on its way: every sub-expression that was reached, with its place, its value and its cost.
///
/// Programs that are compiled with ``ProgramBuilder/Options/isTraced`` note this; they are slow, and for people.
///
///     var options = ProgramBuilder.Options()
///     options.isTraced = true
///     var builder = ProgramBuilder(options)
///     …
///     let value = machine.evaluate(entry)
///     let trace = machine.trace
///     for step in trace.steps { print(step.text, step.value.map { machine.context.description(of: $0) } ?? "…") }
public struct Trace {
  /// The most that is noted of one evaluation; a loop over a large object has millions of steps.
  public static let maximumSteps = 10_000

  /// One computation of a sub-expression. Constants are not computed, and of a loop's parts each step is one.
  public struct Step {
    /// The whole expression that it is part of: what was evaluated, or that of a lazy slot.
    public let source: String
    /// The name of the lazy slot (a policy's variable) that was computed; nil for what was evaluated.
    public let variable: String?
    /// Its place in `source`, in UTF-8 bytes.
    public let range: Range<Int>
    /// Of the program's expressions, its node.
    public let node: Expression
    /// In how many other steps it lies; those that lie in it follow it.
    public let depth: Int
    /// Nil where the computation did not come to its end: the cost limit or the deadline was exceeded in it.
    ///
    /// Lives as long as what the evaluation gave.
    public fileprivate(set) var value: Value?
    /// What it has cost, parts included. A lazy slot pays for itself: its steps' costs are not in those around it.
    public fileprivate(set) var cost: Int
    /// Whether its value is an error that the result does not show: `false && x` is false whatever `x` is.
    public fileprivate(set) var isAbsorbed = false

    /// Its text.
    public var text: String {
      let bytes = source.utf8
      let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
      return String(source[start..<bytes.index(bytes.startIndex, offsetBy: range.upperBound)])
    }

    /// As an error of the text is reported: place, message, the line and a caret below the place.
    public func rendered(_ message: String) -> String {
      let place = SourceText(source)
      return place.issue(at: node.offset, message).rendered(in: place)
    }
  }

  /// In the order in which they began: a step's parts follow it, one deeper.
  public let steps: [Step]
  /// Whether there were more than ``maximumSteps``.
  public let isTruncated: Bool

  /// Where the error that is the result has come into being; nil where the result is none.
  public var failure: Step? {
    guard var index = steps.indices.first, steps[0].hasFailed else { return nil }
    // From each step to the first part that failed alike.
    while let part = parts(of: index).first(where: { steps[$0].hasFailed && steps[$0].isSame(as: steps[index]) }) {
      index = part
    }
    return steps[index]
  }

  /// The steps directly in one.
  public func parts(of index: Int) -> [Int] {
    let depth = steps[index].depth
    return steps.indices[(index + 1)...].prefix { steps[$0].depth > depth }.filter { steps[$0].depth == depth + 1 }
  }

  init(_ log: TraceLog, _ nodes: TraceTable, cost finalCost: Int) {
    var steps: [Step] = []
    var open: [(step: Int, cost: Int)] = []
    for event in log.events {
      switch event.kind {
      case .begins:
        let (expression, node, range) = nodes[Int(event.node)]
        steps.append(
          Step(
            source: expression.source, variable: expression.variable, range: range, node: node, depth: open.count,
            value: nil, cost: 0))
        open.append((steps.count - 1, event.cost))
      case .ends:
        // A lazy slot that was abandoned has left steps open.
        while let (step, cost) = open.popLast() {
          steps[step].cost = event.cost - cost
          if steps[step].isOf(nodes[Int(event.node)].node, nodes[Int(event.node)].expression.source) {
            steps[step].value = event.value
            break
          }
          steps[step].cost = 0
        }
      }
    }
    for (step, cost) in open { steps[step].cost = max(finalCost - cost, 0) }
    self.steps = Self.withAbsorption(steps)
    isTruncated = log.isFull
  }

  /// Marks errors that the step around them does not have.
  private static func withAbsorption(_ steps: [Step]) -> [Step] {
    var steps = steps
    var around: [Int] = []
    for index in steps.indices {
      around.removeSubrange(steps[index].depth...)
      if let outer = around.last, let value = steps[index].value, value.isError {
        steps[index].isAbsorbed = steps[outer].isAbsorbed || !(steps[outer].value?.isError ?? true)
      }
      around.append(index)
    }
    return steps
  }
}

extension Trace.Step {
  fileprivate var hasFailed: Bool { value?.isError ?? true }

  fileprivate func isOf(_ node: Expression, _ source: String) -> Bool {
    self.node.id == node.id && self.source == source
  }

  /// Whether both failed for one reason: that of a lazy slot has its name before it where it is used.
  fileprivate func isSame(as outer: Trace.Step) -> Bool {
    guard let message = value?.errorMessage?.string else { return true }
    return outer.value?.errorMessage?.string.hasSuffix(message) ?? false
  }
}

/// What a traced evaluation notes while it runs.
struct TraceLog {
  struct Event {
    enum Kind { case begins, ends }

    let kind: Kind
    let node: UInt32
    let value: Value
    let cost: Int
  }

  private(set) var events: [Event] = []
  private(set) var isFull = false
  private var begun = 0
  private var skipped = 0

  mutating func begin(_ node: UInt32, cost: Int) {
    // What has not begun here does not end here either.
    if begun == Trace.maximumSteps {
      isFull = true
      skipped += 1
    } else {
      begun += 1
      events.append(Event(kind: .begins, node: node, value: .null, cost: cost))
    }
  }

  mutating func end(_ node: UInt32, _ value: Value, cost: Int) {
    if skipped > 0 { skipped -= 1 } else { events.append(Event(kind: .ends, node: node, value: value, cost: cost)) }
  }
}

/// What the numbers of a traced program's nodes stand for.
struct TraceTable: Sendable {
  struct Source: Sendable {
    let source: String
    let variable: String?
    let ranges: [Int: Range<Int>]
  }

  var sources: [Source] = []
  private var nodes: [(source: Int, node: Expression)] = []

  mutating func add(_ node: Expression) -> Int {
    nodes.append((sources.count - 1, node))
    return nodes.count - 1
  }

  subscript(number: Int) -> (expression: Source, node: Expression, range: Range<Int>) {
    let (source, node) = nodes[number]
    return (sources[source], node, sources[source].ranges[node.id] ?? node.offset..<node.offset)
  }
}
