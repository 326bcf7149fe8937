internal import Admission
internal import Memory
package import Policy

/// What became of one review, for reports. It outlives the review.
package struct ReviewResult: Sendable {
  package var id: String
  package var uid: String
  package var file: String
  /// Where the review starts in the file, from 1.
  package var line: Int
  package var subject: ReviewSubject
  package var verdict: VerdictRecord
  /// For parsing and judging.
  package var nanoseconds: UInt64
  /// How the verdict differs from an earlier or another one.
  package var differences: [Difference] = []
  /// nil where nothing was expected; otherwise what was expected and is not so, empty where all is.
  package var unmet: [String]?
  /// What a patch does to the object.
  package var diff: [DiffLine] = []

  package init(_ judged: JudgedReview, of set: PolicySet, file: String, line: Int) {
    id = judged.id.string
    uid = judged.request.uid.string
    self.file = file
    self.line = line
    subject = ReviewSubject(judged.request)
    verdict = VerdictRecord(judged.verdict, of: set)
    nanoseconds = judged.nanoseconds
  }

  /// Whether a test that this review is fails.
  package var isUnmet: Bool { unmet.map { !$0.isEmpty } ?? false }
}

/// What cannot be read or is no review.
package struct UnreadableReview: Sendable {
  /// `file:line`, with the column where it is known; the file alone where it cannot be opened.
  package var place: String
  package var message: String

  package init(place: String, message: String) {
    self.place = place
    self.message = message
  }
}
