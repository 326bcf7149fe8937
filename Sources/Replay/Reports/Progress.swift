#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A line on a terminal's standard error that says how far a run is; nothing where standard error is no terminal.
package final class ProgressBar {
  private let progress: ReplayProgress
  /// Bytes of all inputs; nil where standard input is one of them.
  private let totalBytes: Int?
  private let startedAt: UInt64
  private var drawnAt: UInt64
  private var isShown = false
  private let isOn: Bool

  /// Nanoseconds between two drawings, and before the first: a short run shows none.
  private static let interval: UInt64 = 200_000_000

  package init(_ progress: ReplayProgress, totalBytes: Int?, isOn: Bool = isatty(2) == 1) {
    self.progress = progress
    self.totalBytes = totalBytes
    self.isOn = isOn
    startedAt = Clock.nanoseconds()
    drawnAt = startedAt
  }

  /// Draws anew, unless it has just done so.
  package func update() {
    guard isOn else { return }
    let now = Clock.nanoseconds()
    guard now - drawnAt >= Self.interval else { return }
    drawnAt = now
    isShown = true
    let text = Self.text(
      reviews: progress.judged, bytes: progress.bytes, of: totalBytes, nanoseconds: now - startedAt)
    write("\r\u{1B}[K" + text)
  }

  /// Makes room for other text.
  package func clear() {
    guard isShown else { return }
    isShown = false
    write("\r\u{1B}[K")
  }

  /// `[=====>    ] 52% 120,000 reviews, 98,000/s, 1.2 s, 1.1 s left`
  package static func text(reviews: Int, bytes: Int, of total: Int?, nanoseconds: UInt64) -> String {
    let seconds = max(Double(nanoseconds) / 1e9, 1e-9)
    var text = "\(grouped(reviews)) reviews, \(grouped(Int(Double(reviews) / seconds)))/s, \(Int(seconds)) s"
    guard let total, total > 0 else { return text }
    let share = min(Double(bytes) / Double(total), 1)
    let width = 24
    let filled = Int(share * Double(width))
    let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
    text = "[\(bar)] \(Int(share * 100))% \(text)"
    if bytes > 0, share < 1 { text += ", \(Int(seconds / share * (1 - share) + 0.5)) s left" }
    return text
  }

  /// `1,234,567`
  package static func grouped(_ number: Int) -> String {
    var digits = String(number)
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
      index -= 3
    }
    return digits
  }

  private func write(_ text: String) {
    var copy = text
    copy.withUTF8 { _ = systemWrite(2, $0.baseAddress, $0.count) }
  }
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafePointer<UInt8>?, _ count: Int) -> Int {
  write(descriptor, start, count)
}
