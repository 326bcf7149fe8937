#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file descriptor that has one owner and is closed with it.
package struct Descriptor: ~Copyable {
  package let number: Int32

  package init(_ number: Int32) {
    precondition(number >= 0)
    self.number = number
  }

  deinit {
    // Never tried again: on Linux the descriptor is gone even where close says EINTR.
    _ = close(number)
  }
}

extension Descriptor {
  /// One that is good for nothing but to be closed.
  static func spare() -> Descriptor? {
    let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    return number >= 0 ? Descriptor(number) : nil
  }
}
