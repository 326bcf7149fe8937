internal import JSON
internal import Memory

/// The label selectors of many policies, asked at once: what labels leave of the policies costs what the labels cost, however many
/// policies there are.
///
/// A requirement that only a label can meet (`In`, `Exists`) is a demand, filed under each label that meets it. One that only a
/// label can break (`NotIn`, `DoesNotExist`) is filed under each label that breaks it. The demands of a policy are numbered: its first is of
/// level 0, its second of level 1, and so on. A policy stays where a label has met its demand on each level and none has broken a requirement.
///
/// What stays is a superset of the policies whose selectors accept the labels, and all but equal to it: demands past
/// ``maximumLevels`` are not filed.
struct SelectorIndex: BitwiseCopyable {
  static let maximumLevels = 4

  fileprivate let keys: LabelTable<Key>
  /// By level, the policies that demand nothing on it.
  fileprivate let undemanding: UnsafeBufferPointer<PolicyGroup>

  /// What is filed under a key.
  struct Key: BitwiseCopyable {
    /// Under any value of it.
    let present: Filed
    let values: LabelTable<Filed>
  }

  struct Filed: BitwiseCopyable {
    let demands: UnsafeBufferPointer<Demand>
    /// Those whose requirement is broken.
    let broken: PolicyGroup
  }

  /// Those whose demand of a level is met.
  struct Demand: BitwiseCopyable {
    let level: Int
    let policies: PolicyGroup
  }

  init(keys: LabelTable<Key>, undemanding: UnsafeBufferPointer<PolicyGroup>) {
    self.keys = keys
    self.undemanding = undemanding
  }

  /// Whether there is no selector, so that all labels leave all policies.
  var isEmpty: Bool { keys.isEmpty }

  /// Labels of an object that are looked up each; past that, selectors are compared one by one.
  static let maximumLabels = 64

  /// Takes the marks from policies whose selectors do not accept an object's labels.
  /// - Parameter labels: as they stand in the object; nil where it has none.
  func restrict(_ marks: CandidateMarks, to labels: Cursor?) {
    guard !isEmpty, labels?.count ?? 0 <= Self.maximumLabels else { return }
    let pass = SelectorPass(self, marks)
    if let labels { pass.take(labels) }
    pass.finish()
  }
}

/// One set of labels on its way through a ``SelectorIndex``: `take` each label, then `finish`.
struct SelectorPass {
  private let index: SelectorIndex
  private let marks: CandidateMarks
  /// A row for each level: the policies that demand nothing on it, or have it met.
  private let met: UnsafeMutablePointer<CandidateMarks>

  /// - Parameter marks: of the policies that are asked; what the labels do not leave loses its mark.
  init(_ index: SelectorIndex, _ marks: CandidateMarks) {
    self.index = index
    self.marks = marks
    met = marks.arena.allocate(CandidateMarks.self, count: index.undemanding.count)
    for (level, policies) in index.undemanding.enumerated() {
      met[level] = CandidateMarks(count: 64 * marks.words.count, marks.arena)
      met[level].insert(policies)
    }
  }

  /// - Parameter value: nil where it is no text, and so none that a selector names.
  func take(_ key: ByteSlice, _ value: ByteSlice?) {
    guard let known = index.keys.find(key) else { return }
    take(known.present)
    if let value, let known = known.values.find(value) { take(known) }
  }

  /// Labels as they stand in an object.
  func take(_ labels: Cursor) {
    for (key, value) in labels.members {
      take(key.string(in: marks.arena), value.isString ? value.string(in: marks.arena) : nil)
    }
  }

  private func take(_ filed: SelectorIndex.Filed) {
    for demand in filed.demands { met[demand.level].insert(demand.policies) }
    marks.remove(filed.broken)
  }

  func finish() {
    for level in index.undemanding.indices { marks.formIntersection(met[level]) }
  }
}
