public import JSON
public import Memory

/// JSON that was parsed, kept for as long as a test needs its cursors.
public final class ParsedText {
  /// Stays where it is.
  public let text: ByteSlice
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private var tape = Tape()

  public init(_ text: some Collection<UInt8>) throws {
    bytes = .allocate(capacity: max(text.count, 1))
    _ = bytes.initialize(from: text)
    self.text = ByteSlice(UnsafeBufferPointer(rebasing: bytes[..<text.count]))
    try tape.parse(self.text)
  }

  public convenience init(_ text: String) throws { try self.init(Array(text.utf8)) }

  /// An AdmissionReview around a `request`.
  public convenience init(request: String) throws {
    try self.init(#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":\#(request)}"#)
  }

  deinit { bytes.deallocate() }

  /// Usable while the text is kept.
  public var root: Cursor { tape.root }
}
