#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

enum FileReplacement {
  /// Puts a file in the place of another.
  static func move(_ path: String, to target: String) throws(FileError) {
    if rename(path, target) != 0 { throw FileError(errno) }
  }

  static func remove(_ path: String) { unlink(path) }
}
