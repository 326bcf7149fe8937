import Foundation
import TestSupport
import Testing

@Suite(
  "A running server that runs out of something", .serialized, .enabled(if: Curl.path != nil, Curl.absence),
  .enabled(if: KeptConnection.openssl != nil, KeptConnection.absence),
  .enabled(if: TestProcess.find("prlimit") != nil, "prlimit is not installed (Debian package util-linux)"))
struct ExhaustionTests {
  private let folder: TestSupport.TemporaryFolder
  private let mount: MountedFolder

  init() throws {
    folder = try TemporaryFolder()
    mount = try MountedFolder(folder.url.appending(path: "policies"))
    try mount.put(["policy.yaml": ServedFixture.policy("one")])
  }

  private func answer(_ server: RunningWebhook) throws -> String {
    try Curl.ask(server, "/validate", ["--header", "Content-Type: application/json"], body: ServedFixture.review).body
  }

  /// Changes a limit of the running server.
  private func limit(_ server: RunningWebhook, _ limit: String) throws {
    let result = try TestProcess.run(
      #require(TestProcess.find("prlimit")), ["--pid", "\(server.process.identifier)", limit])
    try #require(result.status == 0, "\(result.errors)")
  }

  @Test("serves, and answers probes, while a crowd holds all the connections that its descriptors allow")
  func crowd() throws {
    let server = try RunningWebhook(
      policies: mount.path, ["--workers", "2"], launcher: ["prlimit", "--nofile=96:96"])
    #expect(server.process.errorsSoFar.contains("warning: at most 24 connections a worker"))
    let crowd = SilentCrowd()
    #expect(crowd.join(port: server.port, count: 200) == 200)
    try server.waitForMetric("webhook_connections_accepted_total") { $0 == 200 }
    // Who comes later takes the place of who says nothing.
    #expect(try server.metric("webhook_connections_evicted_total") == 152)
    #expect(try server.metric("webhook_connections_refused_total") == 0)
    #expect(try answer(server).contains("nobody: one"))
    #expect(try Curl.run(["--fail", "\(server.adminURL)/readyz"]).status == 0)
    let before = try server.number("process_cpu_seconds_total")
    usleep(1_000_000)
    #expect(try server.number("process_cpu_seconds_total") - before < 0.5)
    // Files can be opened meanwhile.
    try mount.put(["policy.yaml": ServedFixture.policy("two")])
    try server.waitForMetric("webhook_policy_reloads_total") { $0 == 1 }
    crowd.leave()
    try server.waitForMetric("webhook_connections_open") { $0 == 0 }
    #expect(try answer(server).contains("nobody: two"))
    #expect(server.stop().status == 0)
  }

  @Test("without a descriptor serves who is connected, turns others away, and makes up for everything later")
  func noDescriptor() throws {
    let audit = "\(folder.path)/audit.jsonl"
    let server = try RunningWebhook(
      policies: mount.path, ["--workers", "1", "--audit-log", audit, "--audit-log-max-bytes", "65536"])
    let connection = try KeptConnection(server)
    try connection.send(ServedFixture.review)
    #expect(try connection.answer(0).body.contains("nobody: one"))
    // The descriptors that are open stay.
    try limit(server, "--nofile=3:")
    let before = try processorTime(server)
    for _ in 0..<20 {
      let crowd = SilentCrowd()
      #expect(crowd.join(port: server.port, count: 1) == 1)
    }
    try mount.put(["policy.yaml": ServedFixture.policy("two")])
    server.process.signal(SIGHUP)
    for mistake in ["policies: not reloaded, ", "certificate: not reloaded, "] {
      #expect(server.process.waitForErrorLine { $0.contains(mistake) ? true : nil } == true)
    }
    // Enough for the audit log to be full three times, though no new file can be opened.
    try connection.send(ServedFixture.review, count: 600)
    #expect(try connection.answer(600).body.contains("nobody: one"))
    usleep(1_000_000)
    #expect(try processorTime(server) - before < 1)
    #expect(server.process.isRunning)

    try limit(server, "--nofile=1024:")
    // Nothing changes any more, and what could not be read is read.
    try server.waitForMetric("webhook_policy_reloads_total") { $0 == 1 }
    try server.waitForMetric("webhook_certificate_reload_successful") { $0 == 1 }
    #expect(try answer(server).contains("nobody: two"))
    #expect(try server.metric("webhook_connections_refused_total") >= 1)
    try connection.send(ServedFixture.review, count: 100)
    #expect(try connection.answer(700).body.contains("nobody: two"))
    let end = server.stop()
    #expect(end.status == 0)
    #expect(end.errors.contains("\(audit): too many open files"), "\(end.errors)")
    #expect(end.errors.contains("\(audit) can be written again"), "\(end.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("audit") }
    #expect(files.contains("audit.jsonl") && files.contains("audit.jsonl.1"))
    let lines = try files.map { name in
      try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8).split(separator: "\n").count
    }
    #expect(lines.reduce(0, +) == 702)
  }

  /// Seconds, from `/proc`, which needs no descriptor of the server's.
  private func processorTime(_ server: RunningWebhook) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(server.process.identifier)/stat", encoding: .utf8)
    let fields = try #require(text.split(separator: ")").last).split(separator: " ")
    return (try #require(Double(fields[11])) + #require(Double(fields[12]))) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  @Test("loses lines of its audit log and recording on a full disk, counts them, and goes on when there is room again")
  func fullDisk() throws {
    let audit = "\(folder.path)/audit.jsonl"
    let recording = "\(folder.path)/recording.jsonl"
    // A disk with room for so much of each file.
    let server = try RunningWebhook(
      policies: mount.path, ["--workers", "1", "--audit-log", audit, "--record", recording],
      launcher: ["prlimit", "--fsize=20000:unlimited"])
    let connection = try KeptConnection(server)
    try connection.send(ServedFixture.review, count: 200)
    #expect(try connection.answer(199).status == 200)
    let failed = #"webhook_audit_log_lines_total{result="failed"}"#
    let written = #"webhook_audit_log_lines_total{result="written"}"#
    let dropped = #"webhook_recording_dropped_reviews_total{reason="disk"}"#
    try server.waitForMetric(written) { $0 > 0 }
    try server.waitForMetric(failed) { $0 > 0 }
    try server.waitForMetric(dropped) { $0 > 0 }
    while try server.metric(written) + server.metric(failed) < 200 { try #require(server.process.isRunning) }
    let lost = try server.metric(failed)
    try limit(server, "--fsize=unlimited")
    try connection.send(ServedFixture.review, count: 10)
    #expect(try connection.answer(209).status == 200)
    try server.waitForMetric(written) { $0 == 210 - lost }
    let end = server.stop()
    #expect(end.status == 0)
    for file in [audit, recording] {
      #expect(end.errors.components(separatedBy: "\(file): file too large").count == 2, "\(end.errors)")
      #expect(end.errors.contains("\(file) can be written again"), "\(end.errors)")
      // No line is torn.
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
    }
    #expect(try String(contentsOfFile: audit, encoding: .utf8).split(separator: "\n").count == 210 - lost)
  }

  /// A pipe that is full, and whose reader reads nothing.
  private final class StuckPipe {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
      self.path = path
      try #require(mkfifo(path, 0o600) == 0)
      descriptor = open(path, O_RDWR | O_NONBLOCK)
      let block = [UInt8](repeating: 0x20, count: 4_096)
      while write(descriptor, block, block.count) > 0 {}
    }

    deinit { close(descriptor) }
  }

  @Test("drops lines of an audit log on standard output that nobody reads, counts them, and ends all the same")
  func stuckOutput() throws {
    let pipe = try StuckPipe("\(folder.path)/pipe")
    let server = try RunningWebhook(
      policies: mount.path, ["--workers", "1", "--audit-log", "-"],
      launcher: ["sh", "-c", "exec \"$0\" \"$@\" >'\(pipe.path)'"])
    let connection = try KeptConnection(server)
    // More than waits at most.
    try connection.send(ServedFixture.review, count: 6_000)
    try server.waitForMetric(ServedFixture.decisions) { $0 == 6_000 }
    try server.waitForMetric(#"webhook_audit_log_lines_total{result="dropped"}"#) { $0 > 0 }
    #expect(try answer(server).contains("nobody: one"))
    let end = server.stop()
    #expect(end.status == 0, "\(end.errors)")
    #expect(end.errors.contains("webhook: stopped\n"))
  }

  @Test(
    "starts, serves and ends where its log takes nothing: a full disk, a pipe that nobody reads",
    arguments: [true, false])
  func stuckLog(_ isPipe: Bool) throws {
    let pipe = try StuckPipe("\(folder.path)/pipe")
    // A warning that comes before anything is served.
    try mount.put(["policy.yaml": ServedFixture.policy("one"), "other.yaml": "# nothing\n"])
    // The ports are told in the log alone, so they are chosen here.
    let port = try freePort()
    let certificates = "\(folder.path)/certs"
    try #require(
      WebhookProgram.run(["certs", "--output", certificates, "--dns-name", "localhost", "--days", "2"]).status == 0)
    let process = try TestProcess(
      #require(TestProcess.find("sh")),
      [
        "-c", "exec \"$0\" \"$@\" 2>'\(isPipe ? pipe.path : "/dev/full")'", WebhookProgram.path, "serve", "--policies",
        mount.path, "--listen", "127.0.0.1:\(port)", "--admin-listen", "127.0.0.1:0", "--certificate",
        "\(certificates)/tls.crt", "--key", "\(certificates)/tls.key", "--latency-budget", "4s",
      ])
    let result = try Curl.run(
      [
        "--retry", "30", "--retry-connrefused", "--retry-delay", "1", "--cacert", "\(certificates)/ca.crt", "--header",
        "Content-Type: application/json", "--data-binary", "@-", "https://localhost:\(port)/validate",
      ], input: ServedFixture.review)
    #expect(result.text.contains("nobody: one"), "\(result.errors)")
    process.signal(SIGTERM)
    #expect(process.wait().status == 0)
  }

  private func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
      }
    }
    try #require(result == 0)
    return UInt16(bigEndian: address.sin_port)
  }
}
