/// What can go wrong before a server serves. What peers do wrong later is counted, never thrown.
public enum TransportError: Error, Sendable, Equatable {
  /// A system call failed: its name, `errno`, and what it was about.
  case system(call: String, errno: Int32, about: String)
  /// Text that is not an address to listen on.
  case address(text: String, problem: String)
  /// A certificate or key that cannot be used: the file, or `certificate`/`key` where it came from memory.
  case certificate(file: String, problem: String)
  /// A name that cannot stand in a certificate.
  case subjectAlternativeName(text: String, problem: String)
  /// OpenSSL failed where only lack of memory or a broken installation explains it.
  case openSSL(operation: String, problem: String)
}

extension TransportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .system(let call, let errno, let about):
      let reason = SystemCall.message(errno)
      return about.isEmpty ? "\(call): \(reason)" : "\(about): \(call): \(reason)"
    case .address(let text, let problem): return "address `\(text)`: \(problem)"
    case .certificate(let file, let problem): return "\(file): \(problem)"
    case .subjectAlternativeName(let text, let problem): return "subject alternative name `\(text)`: \(problem)"
    case .openSSL(let operation, let problem): return "openssl: \(operation): \(problem)"
    }
  }
}
