internal import Memory

/// A reference token as the index of an array, read as Go's `strconv.Atoi` reads it: a sign, leading zeros and negative numbers,
/// which count from the end, are allowed.
enum ArrayIndex {
  enum Problem: BitwiseCopyable {
    case notANumber
    case outOfRange
    /// Not in the array. The index as written.
    case invalid(Int)
  }

  /// The place of an element that is there.
  static func existing(_ token: ByteSlice, count: Int) -> Result<Int, Problem> {
    resolve(token, end: count)
  }

  /// The place where a further element goes; -1 is behind the last one.
  static func insertion(_ token: ByteSlice, count: Int) -> Result<Int, Problem> {
    resolve(token, end: count + 1)
  }

  enum Result<Success, Failure> {
    case success(Success)
    case failure(Failure)
  }

  private static func resolve(_ token: ByteSlice, end: Int) -> Result<Int, Problem> {
    switch number(token) {
    case .failure(let problem): return .failure(problem)
    case .success(let index):
      if index >= end || index < -end { return .failure(.invalid(index)) }
      return .success(index < 0 ? index + end : index)
    }
  }

  private static func number(_ token: ByteSlice) -> Result<Int, Problem> {
    let isNegative = !token.isEmpty && token[0] == UInt8(ascii: "-")
    let isSigned = isNegative || (!token.isEmpty && token[0] == UInt8(ascii: "+"))
    let digits = token.dropFirst(isSigned ? 1 : 0)
    if digits.isEmpty { return .failure(.notANumber) }
    var magnitude: UInt = 0
    for byte in digits.buffer {
      let digit = byte &- UInt8(ascii: "0")
      if digit > 9 { return .failure(.notANumber) }
      let (shifted, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(UInt(digit))
      if overflow || carry { return .failure(.outOfRange) }
      magnitude = sum
    }
    if isNegative {
      return magnitude > Int.min.magnitude ? .failure(.outOfRange) : .success(0 &- Int(bitPattern: magnitude))
    }
    return magnitude > Int.max.magnitude ? .failure(.outOfRange) : .success(Int(magnitude))
  }
}
