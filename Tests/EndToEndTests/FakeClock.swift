import Foundation
import TestSupport
import Testing

/// A clock on the wall for a program that a test starts, by libfaketime: it stands still until the test sets it. Monotonic clocks go on.
struct FakeClock {
  static let library: String? = {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
    return folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }.first(where: FileManager.default.fileExists)
  }()
  static let absence: Comment = "libfaketime is not installed (Debian package faketime)"

  private let folder: TemporaryFolder

  /// - Parameter time: in UTC, `2026-10-01 00:00:00`.
  init(_ time: String, in folder: TemporaryFolder) throws {
    self.folder = folder
    try set(time)
  }

  private var file: String { "\(folder.path)/clock" }

  /// From now on it is this time, for every thread.
  func set(_ time: String) throws {
    try folder.write(time + "\n", to: "clock.new")
    guard rename("\(file).new", file) == 0 else { throw POSIXError(.EIO) }
  }

  /// What becomes the program. libfaketime adds a variable to the environment of the first program that it is loaded into, which moves
  /// the environment to where Swift does not look for the arguments; so another one is first.
  let launcher = ["env"]

  /// Removes what libfaketime leaves behind of a program that ``launcher`` became.
  func forget(_ server: RunningWebhook) {
    for name in ["faketime_shm_", "sem.faketime_sem_"] { unlink("/dev/shm/\(name)\(server.process.identifier)") }
  }

  /// What the program is started with.
  var environment: [String: String] {
    [
      "LD_PRELOAD": Self.library ?? "", "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
      "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
    ]
  }
}
