import Dispatch
import Foundation
import Server
import Synchronization
import TestSupport
import Testing

@Suite("Watching files")
struct WatchTests {
  private let folder: TestSupport.TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Tells when it is checked.
  private final class Target: WatchTarget {
    let find: @Sendable () -> [WatchedPlace]
    let checked: DispatchSemaphore

    init(_ checked: DispatchSemaphore, _ find: @escaping @Sendable () -> [WatchedPlace]) {
      self.checked = checked
      self.find = find
    }

    func places() -> [WatchedPlace] { find() }
    func check(isForced: Bool) -> Bool {
      checked.signal()
      return true
    }
  }

  /// Runs `changes` one after the other, and waits for a check after each. The thread looks at nothing unasked meanwhile.
  private func expectChecks(
    _ places: @escaping @Sendable () -> [WatchedPlace], _ changes: [(String, () throws -> Void)]
  ) throws {
    let checked = DispatchSemaphore(value: 0)
    var timing = WatchThread.Timing()
    timing.quiet = 5
    timing.interval = 3_600_000
    let thread = try WatchThread(name: "test", timing: timing) { Target(checked, places) }
    defer { thread.stop() }
    #expect(checked.wait(timeout: .now() + 30) == .success)
    for (name, change) in changes {
      // Checks that an earlier change may still bring would hide that this one brings none.
      while checked.wait(timeout: .now() + 0.05) == .success {}
      try change()
      #expect(checked.wait(timeout: .now() + 30) == .success, "\(name)")
    }
  }

  @Test("sees what happens in a folder: files that are written, replaced, linked, moved and removed")
  func inFolder() throws {
    let path = folder.path
    try expectChecks(
      { [WatchedPlace(folder: path, name: nil)] },
      [
        ("written", { try folder.write("a", to: "a.yaml") }),
        ("written again", { try folder.write("b", to: "a.yaml") }),
        (
          "replaced as editors do",
          {
            try folder.write("c", to: "a.yaml~")
            #expect(rename("\(path)/a.yaml~", "\(path)/a.yaml") == 0)
          }
        ),
        ("linked", { #expect(symlink("a.yaml", "\(path)/b.yaml") == 0) }),
        ("readable by others", { #expect(chmod("\(path)/a.yaml", 0o600) == 0) }),
        ("removed", { #expect(unlink("\(path)/a.yaml") == 0) }),
        ("a folder", { #expect(mkdir("\(path)/sub", 0o755) == 0) }),
      ])
  }

  @Test("sees a file behind the links of a mounted Secret change, and nothing beside it")
  func mounted() throws {
    let mount = try MountedFolder(folder.url.appending(path: "tls"))
    try mount.put(["tls.crt": "1"])
    let path = "\(mount.path)/tls.crt"
    try expectChecks(
      { WatchedPlace.deciding(path) },
      [
        ("swapped", { try mount.put(["tls.crt": "2"]) }), ("swapped again", { try mount.put(["tls.crt": "3"]) }),
        ("removed", { #expect(unlink(path) == 0) }), ("put back", { #expect(symlink("..data/tls.crt", path) == 0) }),
        ("swapped later", { try mount.put(["tls.crt": "4"]) }),
      ])
  }

  @Test("sees a file that appears where there was not even its folder")
  func appearing() throws {
    let path = "\(folder.path)/a/b/tls.crt"
    try expectChecks(
      { WatchedPlace.deciding(path) },
      [
        ("a", { #expect(mkdir("\(folder.path)/a", 0o755) == 0) }),
        ("b", { #expect(mkdir("\(folder.path)/a/b", 0o755) == 0) }),
        ("the file", { try folder.write("x", to: "a/b/tls.crt") }),
      ])
  }

  @Test("looks when it is told to, and every now and then")
  func asked() throws {
    let checked = DispatchSemaphore(value: 0)
    var timing = WatchThread.Timing()
    timing.interval = 3_600_000
    let thread = try WatchThread(name: "test", timing: timing) { Target(checked) { [] } }
    #expect(checked.wait(timeout: .now() + 30) == .success)
    thread.request()
    #expect(checked.wait(timeout: .now() + 30) == .success)
    thread.stop()
    timing.interval = 1
    let often = try WatchThread(name: "test", timing: timing) { Target(checked) { [] } }
    for _ in 0..<3 { #expect(checked.wait(timeout: .now() + 30) == .success) }
    often.stop()
  }

  @Test("finds every link on the way to a file")
  func links() throws {
    try folder.write("x", to: "real/file")
    let root = folder.path
    #expect(symlink("real", "\(root)/one") == 0)
    #expect(symlink("\(root)/one/file", "\(root)/two") == 0)
    let resolved = try #require(realpath(root, nil))
    defer { free(resolved) }
    let real = String(cString: resolved)
    let places = Set(WatchedPlace.deciding("\(real)/two"))
    for place in [(real, "two"), (real, "one"), ("\(real)/real", "file")] {
      #expect(places.contains(WatchedPlace(folder: place.0, name: place.1)) || root != real, "\(place)")
    }
    #expect(symlink("loop", "\(root)/loop") == 0)
    #expect(WatchedPlace.deciding("\(root)/loop").count < 100)
    #expect(WatchedPlace.deciding("nothing/here") == [WatchedPlace(folder: ".", name: "nothing")])
  }
}
