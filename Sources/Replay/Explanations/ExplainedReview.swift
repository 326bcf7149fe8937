package import Admission
internal import Memory
package import Policy

/// A review, what was decided of it, and why. It outlives the review.
package struct ExplainedReview: Sendable {
  package let id: String
  package let uid: String
  package let file: String
  package let line: Int
  package let subject: ReviewSubject
  /// Without what a Secret holds.
  package let verdict: VerdictRecord
  package let explanation: ReviewExplanation

  package init(
    id: String, file: String, line: Int, _ request: AdmissionRequest, _ verdict: Verdict, of set: PolicySet,
    _ explanation: ReviewExplanation
  ) {
    self.id = id
    uid = request.uid.string
    self.file = file
    self.line = line
    subject = ReviewSubject(request)
    var record = VerdictRecord(verdict, of: set)
    record.message = explanation.redacted(record.message)
    record.warnings = record.warnings.map(explanation.redacted)
    record.patch = explanation.redacted(record.patch)
    record.annotations = record.annotations.map {
      VerdictRecord.Annotation(key: $0.key, value: explanation.redacted($0.value))
    }
    self.verdict = record
    self.explanation = explanation
  }

  /// `denied, 403 Forbidden`
  var decision: String { verdict.allowed ? "allowed" : "denied, \(verdict.code) \(verdict.reason)" }
}

/// How much of explanations is shown.
package struct ExplanationOptions: Sendable {
  /// Bytes of a value, unless everything is shown: what fits a line or two.
  package static let defaultLimit = 120
  /// Exceptions of a policy that do not apply, the nearest first.
  package static let shownExceptions = 5

  /// Whether nothing is cut or left out.
  package var isFull: Bool

  package init(isFull: Bool = false) {
    self.isFull = isFull
  }

  /// Bytes of a value that are shown.
  package var limit: Int { isFull ? 1 << 20 : Self.defaultLimit }
}
