package import Memory

/// YAML as JSON text, for readers of manifests that are no policies.
package enum YAMLText {
  /// Writes the one document of `text` as JSON, as Kubernetes' own tools convert it; nothing where there is only white
  /// space and comments.
  /// - Parameters:
  ///   - name: the file, for the problem.
  ///   - firstLine: the number that the text's first line has in the file.
  /// - Returns: what is wrong; nil where all is well.
  package static func writeJSON(
    _ text: String, name: String, firstLine: Int, to buffer: inout ByteBuffer
  ) -> Problem? {
    let (documents, problem) = ManifestDocument.read(SourceFile(name: name, text: text))
    if var problem {
      problem.line += firstLine - 1
      return problem
    }
    guard let document = documents.first else { return nil }
    if document.root.writeJSON(to: &buffer) { return nil }
    return Problem(
      severity: .error, file: name, line: firstLine, column: 1, field: "",
      message: "has too many values or is nested too deep", sourceLine: "")
  }
}
