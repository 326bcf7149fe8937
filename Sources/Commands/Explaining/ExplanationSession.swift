internal import Admission
internal import ArgumentParser
internal import JSON
internal import Memory
internal import Policy
internal import Replay
internal import Server

/// One run of `webhook explain`: reads reviews, explains those that are wanted, and writes the reports.
struct ExplanationSession: ~Copyable {
  private var explainer: Explainer
  private let set: PolicySet
  private let phase: Phase?
  private let ids: Set<String>
  private let reports: [any ExplanationReport]
  private var found = Set<String>()
  private var count = 0
  private var isUnreadable = false

  /// - Parameter ids: those that are wanted; empty: all.
  init(
    _ explainer: consuming Explainer, _ set: PolicySet, _ phase: Phase?, ids: [String],
    _ reports: [any ExplanationReport]
  ) {
    self.explainer = explainer
    self.set = set
    self.phase = phase
    self.ids = Set(ids)
    self.reports = reports
  }

  mutating func explain(_ path: String) {
    let files: [String]
    do throws(FileError) {
      files = try ReviewFiles.list(path)
      if files.isEmpty { report("\(path): holds no review and no manifest") }
    } catch {
      return report("\(path): \(error)")
    }
    var source = ReviewSource()
    for file in files {
      source.read(file, clock: { 0 }) { event, _ in
        switch event {
        case .unreadable(let place, let message): report("\(place): \(message)")
        case .item(let item): explain(item, of: file)
        }
      }
    }
  }

  private mutating func explain(_ item: ReviewItem, of file: String) {
    if !ids.isEmpty, !isWanted(item) { return }
    do throws(AdmissionReviewError) {
      let review = try explainer.explain(
        item.review, in: phase ?? TestRun.phase(ofPath: item.path), namespace: item.namespaceObject
      ) { request, verdict, explanation in
        ExplainedReview(
          id: (item.id ?? request.uid).string, file: file, line: item.line, request, verdict, of: set, explanation)
      }
      count += 1
      for report in reports { report.add(review) }
    } catch {
      report("\(file):\(item.line): \(error.message)")
    }
  }

  private mutating func isWanted(_ item: ReviewItem) -> Bool {
    let uid = item.review.member("request")?.member("uid")?.stringValue
    let matching = [item.id?.string, uid].compactMap(\.self).filter(ids.contains)
    found.formUnion(matching)
    return !matching.isEmpty
  }

  private mutating func report(_ problem: String) {
    isUnreadable = true
    for report in reports { report.output.flush() }
    Log.line(problem)
  }

  /// Writes what is left.
  /// - Throws: the command's status where it is not 0.
  mutating func finish() throws {
    for id in ids.subtracting(found).sorted() { report("no review has the id `\(Printable.text(id))`") }
    for report in reports { report.finish() }
    for problem in reports.compactMap(\.output.problem) {
      Log.line(problem)
      throw ExitCode.unusableInput
    }
    if isUnreadable { throw ExitCode.unusableInput }
  }
}
