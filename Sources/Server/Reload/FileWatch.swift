internal import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// inotify(7): says when something changes in folders. It belongs to one thread.
package struct FileWatch: ~Copyable {
  private let descriptor: Descriptor
  /// By watch number the names that matter; nil for all of them.
  private var names: [Int32: Set<String>?] = [:]
  private let buffer: UnsafeMutableRawBufferPointer

  private static let bufferBytes = 16 << 10

  /// What can change what a reader finds. Not each write: a file is read when its writer has closed it.
  private static let mask =
    UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO) | UInt32(IN_CLOSE_WRITE)
    | UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)

  /// - Returns: nil where the kernel gives none: its number for a user is bounded (`fs.inotify.max_user_instances`).
  package init?() {
    let number = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard number >= 0 else { return nil }
    descriptor = Descriptor(number)
    buffer = .allocate(byteCount: Self.bufferBytes, alignment: MemoryLayout<inotify_event>.alignment)
  }

  deinit { buffer.deallocate() }

  package var number: Int32 { descriptor.number }

  /// Watches these places and no others from now on.
  /// - Returns: `errno` of a folder that exists and cannot be watched; 0 where all is well.
  package mutating func watch(_ places: [WatchedPlace]) -> Int32 {
    let before = names
    names = [:]
    var failure: Int32 = 0
    for place in places {
      let watch = inotify_add_watch(descriptor.number, place.folder, Self.mask)
      guard watch >= 0 else {
        // What has just gone shows in the folder above.
        if errno != ENOENT, errno != ENOTDIR { failure = errno }
        continue
      }
      if let known = names[watch] {
        if let name = place.name {
          if var set = known {
            set.insert(name)
            names[watch] = .some(set)
          }
        } else {
          names[watch] = .some(nil)
        }
      } else {
        names[watch] = .some(place.name.map { [$0] })
      }
    }
    for watch in before.keys where names[watch] == nil { inotify_rm_watch(descriptor.number, watch) }
    return failure
  }

  /// Takes the events that are there.
  /// - Returns: whether any of them is about a place that is watched, or says that events were lost.
  package mutating func takeEvents() -> Bool {
    var found = false
    while true {
      let count = read(descriptor.number, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return found }
      var offset = 0
      while count - offset >= MemoryLayout<inotify_event>.size {
        let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
        let start = offset + MemoryLayout<inotify_event>.size
        let end = min(start + Int(event.len), count)
        if concerns(event, name: UnsafeRawBufferPointer(rebasing: buffer[start..<end])) { found = true }
        offset = end
      }
    }
  }

  private func concerns(_ event: inotify_event, name: UnsafeRawBufferPointer) -> Bool {
    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
    // A watch that is gone already, by our own doing.
    guard let wanted = names[event.wd] else { return false }
    guard let wanted else { return true }
    // About the folder itself: it went, or moved.
    if name.isEmpty { return event.mask & UInt32(IN_ATTRIB) == 0 }
    return wanted.contains(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
  }
}
