#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A folder in which something may change: one name, or any.
package struct WatchedPlace: Hashable, Sendable {
  package var folder: String
  /// nil: every name.
  package var name: String?

  package init(folder: String, name: String?) {
    self.folder = folder
    self.name = name
  }

  /// Links that are followed for one path, as the kernel does.
  private static let maximumLinks = 40

  /// Where a change decides what `path` leads to: its own place, and that of every link on the way, as links are what mounted
  /// ConfigMaps and Secrets swap (`tls.crt` is a link to `..data/tls.crt`, and `..data` one to the folder of the present version).
  /// Where something on the way does not exist, that is the last place.
  package static func deciding(_ path: String) -> [WatchedPlace] {
    var places: [WatchedPlace] = []
    var current = path.hasPrefix("/") ? "/" : "."
    // The next part is the last one of the array.
    var rest: [Substring] = path.split(separator: "/").reversed()
    var links = 0
    while let part = rest.popLast() {
      if part == "." { continue }
      let next = current == "/" ? "/\(part)" : "\(current)/\(part)"
      var status = stat()
      guard part != "..", lstat(next, &status) == 0 else {
        if part == ".." {
          current = next
          continue
        }
        places.append(WatchedPlace(folder: current, name: String(part)))
        return places
      }
      if status.st_mode & S_IFMT == S_IFLNK {
        places.append(WatchedPlace(folder: current, name: String(part)))
        links += 1
        guard links <= maximumLinks, let target = linkTarget(next) else { return places }
        if target.hasPrefix("/") { current = "/" }
        rest += target.split(separator: "/").reversed()
      } else {
        if rest.isEmpty { places.append(WatchedPlace(folder: current, name: String(part))) }
        current = next
      }
    }
    return places
  }

  private static func linkTarget(_ path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), buffer.count) } ?? 0
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// Whether there is a link at the end of a path.
  package static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }
}

/// What tells without reading a file that it is another one, or was written to.
package struct FileStamp: Equatable, Sendable {
  private var path: String
  private var device: UInt64
  private var file: UInt64
  private var size: Int64
  /// Of the last change, which a copied modification time does not hide.
  private var seconds: Int
  private var nanoseconds: Int

  /// Follows links; a file that is not there has a stamp, too.
  package init(_ path: String) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      (device, file, size, seconds, nanoseconds) = (0, 0, -1, 0, 0)
      return
    }
    device = UInt64(status.st_dev)
    file = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = Int(status.st_ctim.tv_sec)
    nanoseconds = Int(status.st_ctim.tv_nsec)
  }
}
