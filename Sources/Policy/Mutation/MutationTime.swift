internal import JSON

/// What mutating an object takes besides the evaluation of expressions, in nanoseconds: an estimate from above, which is kept from
/// the request's time before anything begins that nothing interrupts.
struct MutationTime: BitwiseCopyable {
  /// One change: applying or merging, the typed form, and finding out whether anything differs.
  let change: UInt64
  /// The answer: the minimal patch between what came in and what became of it, and its proof.
  let answer: UInt64

  /// Objects of 3 MB took 160 ns a word in all at most (a map of 250,000 labels, of two words each), and 2.3 ns a byte (a ConfigMap of
  /// long texts), on the machine of `benchmarks/README.md` with other work on it: half of that for the change, half for the answer, and
  /// a quarter more. 1.5 MB, the most that a cluster stores, fit into the usual 100 ms unless they are nothing but tiny values.
  static let nanosecondsPerWord: UInt64 = 100
  static let nanosecondsPerByte: UInt64 = 2

  /// - Parameter object: nil takes no time.
  init(of object: Cursor?) {
    let words = UInt64(object?.wordCount ?? 0)
    let bytes = UInt64(object?.approximateByteCount ?? 0)
    // INVARIANT: a tape has fewer than 2^32 words and 2^28 bytes, so nothing overflows.
    change = words * Self.nanosecondsPerWord + bytes * Self.nanosecondsPerByte
    answer = change
  }
}
