internal import Memory
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How far a time zone is from UTC: `+05:30`, `UTC`, or a name of the IANA database.
enum TimeZoneOffset {
  case offset(Int64)
  case unknown
  case badMinutes
  case badNumber(ByteSlice)

  /// Seconds east of UTC at a point in time.
  static func find(_ name: ByteSlice, at seconds: Int64) -> TimeZoneOffset {
    if let colon = name.firstIndex(of: UInt8(ascii: ":")) { return fixed(name, colon: colon) }
    if name.isEmpty || name == "UTC" { return .offset(0) }
    return ZoneFile.offset(of: name, at: seconds).map { .offset($0) } ?? .unknown
  }

  private static func fixed(_ name: ByteSlice, colon: Int) -> TimeZoneOffset {
    let (before, after) = (name.prefix(colon), name.dropFirst(colon + 1))
    guard let hours = EvaluationContext.parseInt(before) else { return .badNumber(before) }
    guard let minutes = EvaluationContext.parseInt(after) else { return .badNumber(after) }
    guard 0...59 ~= minutes else { return .badMinutes }
    // Beyond what a calendar can show nothing sensible is asked; the bound keeps the sums small.
    guard abs(hours) < 1_000_000 else { return .badNumber(before) }
    let offset = name[0] == UInt8(ascii: "-") ? hours * 60 - minutes : hours * 60 + minutes
    return .offset(offset * 60)
  }
}

/// A file of the system's time zone database: RFC 9636, "TZif".
///
/// Read with plain system calls when it is first needed, and kept: getters with a named zone are rare, so that all workers share
/// what is kept, behind a lock that is held for a search of some dozen steps.
enum ZoneFile {
  /// The largest file that is read; real ones stay below 4 KiB.
  private static let maximumSize = 64 << 10
  private static let folders: [StaticString] = [
    "/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/usr/share/lib/zoneinfo/",
  ]

  /// Files that are kept. A cluster's policies name a few zones; a request that names many pushes them out, and they are read again.
  private static let maximumKept = 16
  private static let kept = Mutex(KeptFiles())

  private struct KeptFiles: ~Copyable {
    var names: [[UInt8]] = []
    var contents: [[UInt8]] = []
    var oldest = 0

    func offset(of name: ByteSlice, at seconds: Int64) -> Int64?? {
      for index in names.indices where names[index].withUnsafeBufferPointer({ ByteSlice($0) == name }) {
        return .some(contents[index].withUnsafeBytes { TZif(data: $0).offset(at: seconds) })
      }
      return nil
    }

    mutating func keep(_ name: ByteSlice, _ content: UnsafeRawBufferPointer) {
      if names.count < maximumKept {
        names.append(Array(name.buffer))
        contents.append(Array(content))
      } else {
        names[oldest] = Array(name.buffer)
        contents[oldest] = Array(content)
        oldest = (oldest + 1) % maximumKept
      }
    }
  }

  static func offset(of name: ByteSlice, at seconds: Int64) -> Int64? {
    if let known = kept.withLock({ $0.offset(of: name, at: seconds) }) { return known }
    guard isSafe(name) else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: maximumSize, alignment: 8) { buffer in
      for folder in folders {
        guard let count = read(folder, name, into: buffer), count > 44 else { continue }
        let content = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        kept.withLock { $0.keep(name, content) }
        return TZif(data: content).offset(at: seconds)
      }
      return nil
    }
  }

  /// Names of the database only: no absolute path, nothing upwards.
  private static func isSafe(_ name: ByteSlice) -> Bool {
    guard name.count < 64, !name.isEmpty, name[0] != UInt8(ascii: "/"), name[0] != UInt8(ascii: ".") else {
      return false
    }
    var previous: UInt8 = 0
    for byte in name.buffer {
      if byte == UInt8(ascii: "."), previous == UInt8(ascii: ".") { return false }
      guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return false }
      previous = byte
    }
    return true
  }

  private static func read(
    _ folder: StaticString, _ name: ByteSlice, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int? {
    let length = folder.utf8CodeUnitCount
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: length + name.count + 1) { path in
      for index in 0..<length { path[index] = CChar(bitPattern: folder.utf8Start[index]) }
      for index in 0..<name.count { path[length + index] = CChar(bitPattern: name[index]) }
      path[length + name.count] = 0
      guard let start = path.baseAddress else { return nil }
      let file = open(start, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      var count = 0
      while count < buffer.count {
        let more = readBytes(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if more <= 0 { break }
        count += more
      }
      return count == buffer.count ? nil : count
    }
  }
}

/// The system's `read`, by a name that nothing here hides, whichever C library there is.
private func readBytes(_ file: CInt, _ place: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(file, place, count)
}

/// The content of a time zone file.
struct TZif {
  let data: UnsafeRawBufferPointer

  /// Seconds east of UTC at a point in time; nil where the file is not what it should be.
  func offset(at seconds: Int64) -> Int64? {
    guard let first = Header(data, at: 0) else { return nil }
    guard first.version >= 2 else { return first.offset(at: seconds, data, wordSize: 4) }
    // From version 2 on a second part has 64-bit times, and a rule for the time after the last of them.
    guard let second = Header(data, at: first.end(wordSize: 4)) else { return nil }
    let rule = second.end(wordSize: 8)
    if let last = second.lastTransition(data), seconds < last || rule + 2 > data.count {
      return second.offset(at: seconds, data, wordSize: 8)
    }
    if let offset = PosixRule(data, from: rule + 1)?.offset(at: seconds) { return offset }
    return second.offset(at: seconds, data, wordSize: 8)
  }

  private struct Header {
    let start: Int
    let version: UInt8
    let isUTCCount, isStandardCount, leapCount, timeCount, typeCount, nameCount: Int

    init?(_ data: UnsafeRawBufferPointer, at start: Int) {
      guard start >= 0, start + 44 <= data.count, data[start] == 0x54, data[start + 1] == 0x5A, data[start + 2] == 0x69,
        data[start + 3] == 0x66
      else { return nil }
      self.start = start
      version = data[start + 4] == 0 ? 1 : data[start + 4] - 0x30
      func count(_ index: Int) -> Int { Int(TZif.integer(data, at: start + 20 + 4 * index, size: 4)) }
      (isUTCCount, isStandardCount, leapCount) = (count(0), count(1), count(2))
      (timeCount, typeCount, nameCount) = (count(3), count(4), count(5))
      guard timeCount >= 0, typeCount > 0, nameCount >= 0, leapCount >= 0, isUTCCount >= 0, isStandardCount >= 0,
        timeCount < data.count, typeCount < data.count, nameCount < data.count, leapCount < data.count,
        end(wordSize: 4) <= data.count
      else { return nil }
    }

    func end(wordSize: Int) -> Int {
      start + 44 + timeCount * (wordSize + 1) + typeCount * 6 + nameCount + leapCount * (wordSize + 4)
        + isStandardCount + isUTCCount
    }

    func lastTransition(_ data: UnsafeRawBufferPointer) -> Int64? {
      guard timeCount > 0, end(wordSize: 8) <= data.count else { return nil }
      return TZif.integer(data, at: start + 44 + (timeCount - 1) * 8, size: 8)
    }

    func offset(at seconds: Int64, _ data: UnsafeRawBufferPointer, wordSize: Int) -> Int64? {
      guard end(wordSize: wordSize) <= data.count else { return nil }
      let times = start + 44
      // The last transition at or before the time.
      var low = 0
      var high = timeCount
      while low < high {
        let middle = (low + high) / 2
        if TZif.integer(data, at: times + middle * wordSize, size: wordSize) <= seconds {
          low = middle + 1
        } else {
          high = middle
        }
      }
      let kinds = times + timeCount * wordSize
      let kind = low == 0 ? 0 : Int(data[kinds + low - 1])
      guard kind < typeCount else { return nil }
      return TZif.integer(data, at: kinds + timeCount + kind * 6, size: 4)
    }
  }

  /// A big-endian signed integer.
  fileprivate static func integer(_ data: UnsafeRawBufferPointer, at index: Int, size: Int) -> Int64 {
    var value: UInt64 = 0
    for offset in 0..<size { value = value << 8 | UInt64(data[index + offset]) }
    return size == 8 ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
  }
}
