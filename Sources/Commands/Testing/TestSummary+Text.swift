extension TestSummary {
  /// The end of the table: the numbers, and a line for every policy, so that nobody takes a policy that matched nothing for
  /// one that was passed.
  package var text: String {
    let head = """
      \(Quantity.text(reviews, "review")): \(allowed) allowed, \(denied) denied, \(errors) with errors, \
      \(unreadable) unreadable

      """
    if policies.isEmpty { return head + "no policies\n" }
    let heading = ["POLICY", "MATCHED", "DENIED", "ERRORS"]
    let rows = policies.map { [$0.name, "\($0.matched)", "\($0.denied)", "\($0.errors)"] }
    let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
    let lines = ([heading] + rows).map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : space + row[column]
      }.joined(separator: "  ")
    }
    return head + "\n" + lines.joined(separator: "\n") + "\n"
  }
}
