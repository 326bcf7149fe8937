internal import Memory

extension Function {
  /// The first of the functions whose work is not in proportion to the size of their arguments.
  private static let firstUneven: UInt16 = 300

  /// Whether the function runs regular expressions, so that it needs the machine's cache of patterns.
  var usesPatterns: Bool { self == .regexExtract || self == .regexExtractAll || self == .regexReplace }

  /// Steps that a call takes besides those for the size of its arguments, for work that grows faster than they do.
  @inline(__always)
  func extraSteps(_ arguments: UnsafeBufferPointer<Value>) -> Int {
    rawValue < Self.firstUneven ? 0 : unevenSteps(arguments)
  }

  private func unevenSteps(_ arguments: UnsafeBufferPointer<Value>) -> Int {
    guard arguments.count > 0 else { return 0 }
    let first = arguments[0]
    // So that its square fits.
    let count = Swift.min(Int(first.extent), 1 << 30)
    switch self {
    case .range where first.tag == .int: return Int(clamping: Swift.max(first.intValue, 0))
    // Every element is compared with those before it.
    case .distinct: return count * count / 2
    case .sort, .sortByAssociatedKeys: return count * (64 - count.leadingZeroBitCount)
    case .isSorted, .sum, .min, .max, .mathMin, .mathMax, .slice, .flatten, .last: return count
    default: return 0
    }
  }
}
