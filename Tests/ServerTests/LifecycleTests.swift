import Foundation
import Server
import TestSupport
import Testing
import Transport

@Suite("The warning before a certificate ends")
struct CertificateWarningTests {
  private static let day: Int64 = 86_400
  private static func at(_ days: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 1 + days * 86_400_000_000_000)
  }

  @Test("comes 30 days before, or in the last quarter of a short life")
  func margin() {
    #expect(CertificateWarning.margin(notBefore: 0, notAfter: 365 * Self.day) == 30 * Self.day)
    #expect(CertificateWarning.margin(notBefore: 0, notAfter: 4 * Self.day) == Self.day)
    #expect(CertificateWarning.margin(notBefore: 10, notAfter: 0) == 0)
  }

  @Test("says how long there is still, once a day, by a clock that does not jump")
  func daily() {
    var warning = CertificateWarning()
    let end = 365 * Self.day
    func text(_ now: Int64, _ clock: UInt64) -> String? {
      warning.text(notBefore: 0, notAfter: end, now: now, clock: Self.at(clock))
    }
    #expect(text(end - 31 * Self.day, 0) == nil)
    #expect(text(end - 30 * Self.day, 0) == "the certificate ends on 1971-01-01T00:00:00Z, in 30 days; renew it")
    #expect(text(end - 29 * Self.day, 0) == nil)
    #expect(text(end - 25 * 3_600, 1) == "the certificate ends on 1971-01-01T00:00:00Z, in 1 day; renew it")
    #expect(text(end - 7_200, 2) == "the certificate ends on 1971-01-01T00:00:00Z, in 2 hours; renew it")
    #expect(text(end, 3) == "the certificate ended on 1971-01-01T00:00:00Z; clients refuse it")
    // The clock on the wall went back to before the beginning.
    #expect(
      text(-1, 4) == "the certificate is not valid before 1970-01-01T00:00:00Z; clients refuse it until then")
  }
}

@Suite("The log of a server")
struct LogQueueTests {
  @Test("holds nobody up when nobody reads it, counts what is lost, and says so when it is read again")
  func stuckReader() throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let queue = try LogQueue(descriptor: ends[1])
    try queue.start()
    // Ten times what the queue holds.
    let line = String(repeating: "x", count: 1_023) + "\n"
    for _ in 0..<10 * LogQueue.capacity / 1_024 { queue.add(line) }
    // What is not lost waits: in the pipe, in the hands of the thread, which may have taken all that the queue held, and in the queue.
    let pipeSize = 64 << 10
    #expect(queue.lostCount >= UInt64(8 * LogQueue.capacity - pipeSize) / 1_024 - 1)
    #expect(!queue.flush(milliseconds: 10))
    // Read on until all is written: what came in behind the last loss can be more than the pipe holds.
    defer { close(ends[0]) }
    #expect(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
    var text = Data()
    var block = [UInt8](repeating: 0, count: pipeSize)
    let end = MonotonicInstant.now().advanced(by: .seconds(60))
    while !queue.flush(milliseconds: 10), MonotonicInstant.now() < end {
      while case let count = read(ends[0], &block, block.count), count > 0 { text += block[..<count] }
    }
    #expect(queue.flush(milliseconds: 0))
    while case let count = read(ends[0], &block, block.count), count > 0 { text += block[..<count] }
    let told = text.split(separator: UInt8(ascii: "\n")).reduce(0) { told, line in
      guard line.first != UInt8(ascii: "x") else { return told }
      let match = String(decoding: line, as: UTF8.self).wholeMatch(
        of: /webhook: the log was full: ([0-9]+) messages are missing here/)
      return told + (match.flatMap { Int($0.1) } ?? 0)
    }
    #expect(told == queue.lostCount)
  }

  @Test("survives a disk that is full", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let full = open("/dev/full", O_WRONLY)
    #expect(full >= 0)
    let queue = try LogQueue(descriptor: full)
    try queue.start()
    queue.add("a\n")
    #expect(queue.flush(milliseconds: 30_000))
    #expect(queue.lostCount == 1)
  }
}

@Suite("Pages of code")
struct CodePagesTests {
  @Test("are given back, and none that the dynamic linker has written to")
  func mappings() {
    let maps = """
      55eb65e48000-55eb6761a000 r-xp 00000000 fe:00 16369030                   /usr/bin/webhook
      55eb6761a000-55eb676c2000 r--p 017d1000 fe:00 16369030                   /usr/bin/webhook
      55eb676c2000-55eb69afc000 rw-p 01879000 fe:00 16369030                   /usr/bin/webhook
      7f0000000000-7f0000001000 r-xp 00000000 00:00 0                          [vdso]
      7f0000002000-7f0000003000 r-xp 00000000 00:00 0
      7f0000004000-7f0000005000 r-xp 00000000 fe:00 12                         /usr/lib/old.so (deleted)
      7f0000006000-7f0000007000 rwxp 00000000 fe:00 12                         /usr/lib/odd.so
      nonsense
      """
    #expect(CodePages.mappings(in: maps) == [0x55eb_65e4_8000..<0x55eb_6761_a000])
    #expect(CodePages.mappings(in: "") == [])
  }

  @Test("are there again when they are needed")
  func release() {
    CodePages.release()
    #expect("still here".count == 10)
  }
}

@Suite("What a process was given and does not need")
struct SurroundingsTests {
  @Test("is read from the kernel's words")
  func capabilities() {
    #expect(Surroundings.capabilities(inStatus: "Name:\twebhook\nCapEff:\t0000000000000000\n") == [])
    #expect(
      Surroundings.capabilities(inStatus: "CapPrm:\tffff\nCapEff:\t0000000000000401\n")
        == ["cap_chown", "cap_net_bind_service"])
    #expect(Surroundings.capabilities(inStatus: "CapEff:\t8000000000000000\n") == ["number 63"])
    #expect(Surroundings.capabilities(inStatus: "CapEff: nonsense") == [])
    #expect(Surroundings.capabilities(inStatus: "") == [])
  }

  @Test("is a key that everybody can read, and policies that it could change")
  func files() throws {
    let folder = try TemporaryFolder()
    let key = try folder.write("k", to: "tls.key")
    #expect(chmod(key, 0o644) == 0)
    let found = Surroundings.needless(policies: [folder.path], key: key)
    #expect(found.contains("a key that every user can read (`\(key)`)"))
    #expect(found.contains("write access to `\(folder.path)`"))
    #expect(chmod(key, 0o640) == 0)
    #expect(!Surroundings.needless(policies: [], key: key).contains { $0.contains("every user") })
  }
}
