/// `1 review`, `2 reviews`.
package enum Quantity {
  package static func text(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// `12.5%`, with one decimal; `0%` of nothing.
  package static func share(_ count: Int, of total: Int) -> String {
    guard total > 0 else { return "0%" }
    let tenths = (count * 2000 + total) / (total * 2)
    return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
  }

  /// `11.4 µs`, `3.2 ms`, `1.5 s`: three digits or so.
  package static func duration(_ nanoseconds: UInt64) -> String {
    func decimal(_ unit: UInt64, _ name: String) -> String {
      let tenths = (nanoseconds / (unit / 20) + 1) / 2
      return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\(tenths / 10) \(name)"
    }
    if nanoseconds < 1_000_000 { return decimal(1_000, "µs") }
    if nanoseconds < 1_000_000_000 { return decimal(1_000_000, "ms") }
    return decimal(1_000_000_000, "s")
  }
}
