import Foundation
import Memory
import Server
import Synchronization
import TestSupport
import Testing

@Suite("A line writer")
struct LineWriterTests {
  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  private func write(_ text: String, _ writer: LineWriter, producer: Int = 0) -> Bool {
    text.withByteSlice { writer.write($0, producer: producer) }
  }

  @Test("writes what several threads hand over, each thread's lines in their order, to a file for its owner alone")
  func producers() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/audit.jsonl"
    let writer = try LineWriter(.init(path: path, producers: 3, queueBytes: 1 << 20))
    await withTaskGroup(of: Void.self) { group in
      for producer in 0..<3 {
        group.addTask {
          for number in 0..<2000 { #expect(write("\(producer) \(number)", writer, producer: producer)) }
        }
      }
    }
    writer.close()
    let all = try lines(path)
    #expect(all.count == 6000)
    for producer in 0..<3 {
      let own = all.filter { $0.hasPrefix("\(producer) ") }
      #expect(own == (0..<2000).map { "\(producer) \($0)" })
    }
    #expect(writer.counters == .init(written: 6000, dropped: 0, failed: 0))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("puts lines to the end of a file that is there")
  func appends() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    try "before\n".write(toFile: path, atomically: true, encoding: .utf8)
    let writer = try LineWriter(.init(path: path, producers: 1))
    #expect(write("after", writer))
    writer.close()
    #expect(try lines(path) == ["before", "after"])
  }

  @Test("takes a line that just fits into the queue, and drops and counts one that is a byte longer")
  func capacity() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let writer = try LineWriter(.init(path: path, producers: 1, queueBytes: 1000))
    #expect(write(String(repeating: "x", count: 999), writer))
    #expect(!write(String(repeating: "y", count: 1000), writer))
    writer.close()
    #expect(try lines(path) == [String(repeating: "x", count: 999)])
    #expect(writer.counters == .init(written: 1, dropped: 1, failed: 0))
  }

  @Test("loses no line and tears none where the queue is small and wraps around, but for those it says are dropped")
  func wrapping() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let writer = try LineWriter(.init(path: path, producers: 1, queueBytes: 257))
    var expected: [String] = []
    for number in 0..<5000 {
      let text = "\(number)-" + String(repeating: "x", count: number % 97)
      if write(text, writer) { expected.append(text) }
    }
    writer.close()
    #expect(try lines(path) == expected)
    #expect(writer.counters.written == UInt64(expected.count))
    #expect(writer.counters.dropped == UInt64(5000 - expected.count))
  }

  @Test("replaces a file that is full, keeps as many as asked, and gives a longer line a file of its own")
  func rotation() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let writer = try LineWriter(
      .init(path: path, producers: 1, rotation: .init(maximumBytes: 10, keptFiles: 2)))
    for line in ["aaaa", "bbbb", "cccc", "a line that is longer", "dddd", "eeee"] { #expect(write(line, writer)) }
    writer.close()
    #expect(try lines(path) == ["dddd", "eeee"])
    #expect(try lines(path + ".1") == ["a line that is longer"])
    #expect(try lines(path + ".2") == ["cccc"])
    #expect(!FileManager.default.fileExists(atPath: path + ".3"))
  }

  @Test("starts the file over where none is kept")
  func rotationWithoutFiles() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let writer = try LineWriter(.init(path: path, producers: 1, rotation: .init(maximumBytes: 10, keptFiles: 0)))
    for line in ["aaaa", "bbbb", "cccc"] { #expect(write(line, writer)) }
    writer.close()
    #expect(try lines(path) == ["cccc"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
  }

  @Test("goes on in a new file after another tool has moved the old one")
  func reopening() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a"
    let writer = try LineWriter(.init(path: path, producers: 1))
    #expect(write("first", writer))
    while writer.counters.written < 1 { sched_yield() }
    try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
    writer.reopen()
    #expect(write("second", writer))
    writer.close()
    #expect(try lines(path + ".old") == ["first"])
    #expect(try lines(path) == ["second"])
  }

  @Test(
    "survives a disk without room, and counts what is lost",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
  func fullDisk() throws {
    let writer = try LineWriter(.init(path: "/dev/full", producers: 1))
    for number in 0..<10 { #expect(write("\(number)", writer)) }
    writer.close()
    #expect(writer.counters == .init(written: 0, dropped: 0, failed: 10))
  }

  @Test("keeps its producers going where nobody reads a pipe, and ends all the same")
  func blockedPipe() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    // Open at both ends, so that there is a reader, which reads nothing.
    let reader = open(path, O_RDWR | O_NONBLOCK)
    defer { close(reader) }
    let block = [UInt8](repeating: 0, count: 4096)
    while Foundation.write(reader, block, block.count) > 0 {}
    let writer = try LineWriter(.init(path: path, producers: 1, queueBytes: 4096))
    var dropped = 0
    for _ in 0..<1000 where !write(String(repeating: "x", count: 1000), writer) { dropped += 1 }
    #expect(dropped > 0)
    writer.close()
    let counters = writer.counters
    #expect(counters == .init(written: 0, dropped: UInt64(dropped), failed: UInt64(1000 - dropped)))
  }

  @Test("says why a path cannot be written")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    #expect {
      _ = try LineWriter(.init(path: folder.path, producers: 1))
    } throws: { error in
      "\(error)" == "\(folder.path) cannot be written: is a directory"
    }
    #expect(throws: LineWriterError.self) {
      _ = try LineWriter(.init(path: folder.path + "/none/a", producers: 1))
    }
  }
}
