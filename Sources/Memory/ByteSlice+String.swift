extension ByteSlice {
  /// The text, with U+FFFD for what is not UTF-8. Allocates: for loading, reports and errors, never for a request.
  public var string: String { String(decoding: buffer, as: UTF8.self) }
}

extension String {
  /// Calls `body` with the string's UTF-8.
  public func withByteSlice<Result, Failure: Error>(
    _ body: (ByteSlice) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var copy = self
    let outcome: Swift.Result<Result, Failure> = copy.withUTF8 { bytes in
      do throws(Failure) {
        return .success(try body(ByteSlice(bytes)))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
