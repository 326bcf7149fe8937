internal import CRE2
internal import Memory

/// A regular expression of RE2 for texts that are not values of CEL: what a policy's test expects of a message.
///
/// Thread-safe: RE2 matches without changing what it compiled.
package final class TextPattern: @unchecked Sendable {
  package let text: String
  private let compiled: OpaquePointer

  /// - Throws: why the text is no regular expression, or none that fits in the memory that a pattern may take.
  package init(_ text: String) throws(TextPatternError) {
    self.text = text
    switch text.withByteSlice({ compilePattern($0) }) {
    case .success(let pattern): compiled = pattern
    case .failure(let error): throw TextPatternError(message: error.message)
    }
  }

  deinit { cre2_free(compiled) }

  /// Whether the pattern matches somewhere in the text; `^` and `$` anchor it.
  package func isFound(in text: String) -> Bool {
    text.withByteSlice { matches(compiled, $0) }
  }
}

package struct TextPatternError: Error {
  package let message: String
}
