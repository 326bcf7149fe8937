#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the operating system knows about this process.
struct ProcessUsage {
  var residentBytes: UInt64
  var cpuNanoseconds: UInt64
  var openDescriptors: UInt64

  static func now() -> ProcessUsage {
    ProcessUsage(residentBytes: residentBytes(), cpuNanoseconds: cpuNanoseconds(), openDescriptors: openDescriptors())
  }

  /// The second field of `/proc/self/statm`, in pages; 0 where there is no `/proc`.
  private static func residentBytes() -> UInt64 {
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return 0 }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let length = read(descriptor, &bytes, bytes.count)
    guard length > 0 else { return 0 }
    let fields = String(decoding: bytes[..<length], as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
    return pages &* UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0))
  }

  private static func cpuNanoseconds() -> UInt64 {
    var time = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
    return UInt64(max(time.tv_sec, 0)) &* 1_000_000_000 &+ UInt64(max(time.tv_nsec, 0))
  }

  private static func openDescriptors() -> UInt64 {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count: UInt64 = 0
    while let entry = readdir(folder) {
      if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    // One of them was the folder itself.
    return count > 0 ? count - 1 : 0
  }
}

/// The clock on the wall, in nanoseconds since 1970.
func wallClockNanoseconds() -> UInt64 {
  var time = timespec()
  guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { return 0 }
  return UInt64(max(time.tv_sec, 0)) &* 1_000_000_000 &+ UInt64(max(time.tv_nsec, 0))
}
