internal import Memory

/// Metrics in Prometheus' text format, version 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
enum PrometheusText {
  static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

  enum Kind {
    case counter, gauge, histogram

    var name: StaticString {
      switch self {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    }
  }
}

extension ByteBuffer {
  /// The two lines that introduce a metric: its samples follow, all of them, before the next metric.
  mutating func writeMetric(_ name: StaticString, _ kind: PrometheusText.Kind, help: StaticString) {
    append("# HELP ")
    append(name)
    append(" ")
    append(help)
    append("\n# TYPE ")
    append(name)
    append(" ")
    append(kind.name)
    append("\n")
  }

  mutating func writeSample(
    _ name: StaticString, suffix: StaticString = "", labels: [(name: StaticString, value: String)] = [], _ value: UInt64
  ) {
    writeSeries(name, suffix, labels)
    append(decimal: value)
    append("\n")
  }

  /// Seconds, from nanoseconds, without loss.
  mutating func writeSample(
    _ name: StaticString, suffix: StaticString = "", labels: [(name: StaticString, value: String)] = [],
    nanoseconds: UInt64
  ) {
    writeSeries(name, suffix, labels)
    appendSeconds(nanoseconds)
    append("\n")
  }

  private mutating func writeSeries(
    _ name: StaticString, _ suffix: StaticString, _ labels: [(name: StaticString, value: String)]
  ) {
    append(name)
    append(suffix)
    if !labels.isEmpty {
      append("{")
      for (index, label) in labels.enumerated() {
        if index > 0 { append(",") }
        append(label.name)
        append("=\"")
        appendLabelValue(label.value)
        append("\"")
      }
      append("}")
    }
    append(" ")
  }

  /// A backslash, a quote and a line feed are escaped; everything else stands as it is.
  private mutating func appendLabelValue(_ value: String) {
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\n"): append("\\n")
      default: append(byte)
      }
    }
  }

  /// `nanoseconds` as a decimal number of seconds without trailing zeros.
  mutating func appendSeconds(_ nanoseconds: UInt64) {
    append(decimal: nanoseconds / 1_000_000_000)
    var fraction = nanoseconds % 1_000_000_000
    if fraction == 0 { return }
    append(".")
    var place: UInt64 = 100_000_000
    while fraction > 0 {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / place))
      fraction %= place
      place /= 10
    }
  }
}
