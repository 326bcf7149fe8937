/// A form in which explanations are written.
package protocol ExplanationReport: AnyObject {
  var output: ReportOutput { get }
  /// The next review, in the order of the input.
  func add(_ review: ExplainedReview)
  /// The end of the input.
  func finish()
}

/// `-o text`.
package final class TextExplanationReport: ExplanationReport {
  package let output: ReportOutput
  private var text: ExplanationText
  private var isFirst = true

  package init(_ output: ReportOutput, _ options: ExplanationOptions, width: Int, isColoured: Bool) {
    self.output = output
    text = ExplanationText(options, width: width, isColoured: isColoured)
  }

  package func add(_ review: ExplainedReview) {
    if !isFirst { output.append("\n\n") }
    isFirst = false
    output.append(text.text(review))
    output.flush(above: 64 << 10)
  }

  package func finish() { output.flush() }
}
