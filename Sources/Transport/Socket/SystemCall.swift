#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The one way to the kernel: every call goes through here, so that an interrupted one is tried again and a failure has its
/// `errno` taken before anything else can change it.
enum SystemCall {
  /// What came of a call that may not block.
  enum Outcome<Value: FixedWidthInteger & SignedInteger> {
    case done(Value)
    case failed(Int32)
  }

  /// Runs `call` until no signal interrupts it.
  @inline(__always)
  static func attempt<Value: FixedWidthInteger & SignedInteger>(_ call: () -> Value) -> Outcome<Value> {
    while true {
      let value = call()
      if value >= 0 { return .done(value) }
      let code = errno
      if code != EINTR { return .failed(code) }
    }
  }

  /// The same where failure ends what the caller does.
  static func require<Value: FixedWidthInteger & SignedInteger>(
    _ name: StaticString, about: @autoclosure () -> String = "", _ call: () -> Value
  ) throws(TransportError) -> Value {
    switch attempt(call) {
    case .done(let value): return value
    case .failed(let code): throw .system(call: "\(name)", errno: code, about: about())
    }
  }

  /// The system's text for an error number.
  static func message(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text).lowercased()
  }
}
