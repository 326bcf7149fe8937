import Foundation
import TestSupport
import Testing

@Suite("The life of a running server", .enabled(if: Curl.path != nil, Curl.absence))
struct LifecycleTests {
  private let folder: TestSupport.TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func policy(_ message: String) -> String {
    """
    apiVersion: policy.example.com/v1
    kind: Policy
    metadata: {name: nobody}
    spec:
      matchConstraints:
        resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
      validations:
      - expression: "false"
        message: \(message)
    """
  }

  private static let review = Data(
    #"""
    {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u",
    "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
    "name":"a","namespace":"default","operation":"CREATE","userInfo":{"username":"alice"},
    "object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"default"}}}}
    """#.utf8)

  private func answer(_ server: RunningWebhook) throws -> String {
    try Curl.ask(server, "/validate", ["--header", "Content-Type: application/json"], body: Self.review).body
  }

  private func probe(_ server: RunningWebhook, _ path: String) throws -> (code: String, body: String) {
    let result = try Curl.run(["--write-out", "%{http_code}", server.adminURL + path])
    return (String(result.text.suffix(3)), String(result.text.dropLast(3)))
  }

  @Test("takes up policies from a mounted ConfigMap when it changes, and keeps the last good ones")
  func policies() throws {
    let mount = try MountedFolder(folder.url.appending(path: "policies"))
    try mount.put(["policy.yaml": Self.policy("one")])
    let server = try RunningWebhook(policies: mount.path)
    #expect(try answer(server).contains("nobody: one"))
    try mount.put(["policy.yaml": Self.policy("two")])
    try server.waitForMetric("webhook_policy_reloads_total") { $0 == 1 }
    #expect(try answer(server).contains("nobody: two"))
    try mount.put(["policy.yaml": Self.policy("three") + "\n  - expression: object.\n"])
    try server.waitForMetric("webhook_policy_reload_failures_total") { $0 == 1 }
    #expect(try answer(server).contains("nobody: two"))
    #expect(try server.metric("webhook_policy_reload_successful") == 0)
    try mount.put(["policy.yaml": Self.policy("four")])
    try server.waitForMetric("webhook_policy_reloads_total") { $0 == 2 }
    #expect(try answer(server).contains("nobody: four"))
    server.process.signal(SIGHUP)
    try server.waitForMetric("webhook_policies_generation") { $0 == 4 }
    let end = server.stop()
    #expect(end.errors.contains("\(mount.path)/policy.yaml:10:24: error: "), "\(end.errors)")
    #expect(end.errors.contains("webhook: policies: not reloaded, 1 mistake; generation 2 stays in service\n"))
    #expect(end.errors.contains("webhook: SIGHUP: reading policies and certificate again\n"))
  }

  @Test("takes up a certificate from a mounted Secret, and keeps the last good pair")
  func certificate() throws {
    func make(_ name: String) throws -> (authority: String, files: [String: Data]) {
      let path = folder.url.appending(path: name).path
      let made = try WebhookProgram.run(["certs", "--output", path, "--dns-name", "localhost", "--days", "2"])
      try #require(made.status == 0)
      func data(_ file: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(file)")) }
      return ("\(path)/ca.crt", ["tls.crt": try data("tls.crt"), "tls.key": try data("tls.key")])
    }
    let (first, second) = (try make("first"), try make("second"))
    let mount = try MountedFolder(folder.url.appending(path: "tls"))
    try mount.put(first.files)
    let server = try RunningWebhook([
      "--certificate", "\(mount.path)/tls.crt", "--key", "\(mount.path)/tls.key",
    ])
    func isServed(_ pair: (authority: String, files: [String: Data])) throws -> Bool {
      try Curl.run(["--output", "/dev/null", "--cacert", pair.authority, "\(server.url)/"]).status == 0
    }
    #expect(try isServed(first) && !isServed(second))
    try mount.put(second.files)
    try server.waitForMetric("webhook_certificate_reloads_total") { $0 == 1 }
    #expect(try isServed(second) && !isServed(first))
    try mount.put(first.files.merging(["tls.key": second.files["tls.key"] ?? Data()]) { $1 })
    try server.waitForMetric("webhook_certificate_reload_failures_total") { $0 == 1 }
    #expect(try isServed(second))
    try mount.put(first.files)
    try server.waitForMetric("webhook_certificate_reloads_total") { $0 == 2 }
    #expect(try isServed(first))
    let end = server.stop()
    #expect(end.errors.contains("webhook: certificate: not reloaded, \(mount.path)/tls.key: the key does not belong"))
  }

  @Test("says that a certificate ends soon")
  func warning() throws {
    let server = try RunningWebhook()
    // Two days, and none of the last quarter of them has begun.
    #expect(try server.metric("webhook_certificate_not_after_timestamp_seconds") > Int(Date.now.timeIntervalSince1970))
    #expect(!server.stop().errors.contains("renew it"))
  }

  @Test("is not ready first, still answers, and then ends")
  func shutdown() throws {
    let server = try RunningWebhook(["--shutdown-delay", "3s"])
    #expect(try probe(server, "/readyz") == ("200", "ok\n"))
    #expect(try probe(server, "/livez?verbose").body == "[+]ping ok\n[+]workers ok\nlivez check passed\n")
    server.process.signal(SIGTERM)
    let isTold = server.process.waitForErrorLine { $0.contains("SIGTERM: not ready any more") ? true : nil }
    #expect(isTold == true)
    #expect(try probe(server, "/readyz").code == "500")
    #expect(try probe(server, "/livez").code == "200")
    #expect(try answer(server).contains("\"uid\":\"u\""))
    let end = server.process.wait()
    #expect(end.status == 0)
    #expect(end.errors.hasSuffix("webhook: answered 1 request\nwebhook: stopped\n"), "\(end.errors)")
  }

  @Test("admits only clients with a certificate, on the listener for decisions alone")
  func clients() throws {
    let path = folder.url.appending(path: "clients").path
    let made = try WebhookProgram.run(["certs", "--output", path, "--dns-name", "localhost"])
    try #require(made.status == 0)
    let server = try RunningWebhook(["--client-ca", "\(path)/ca.crt", "--allowed-client-names", "a,b"])
    #expect(try Curl.ask(server, "/validate", body: Self.review).status == 0)
    #expect(try probe(server, "/readyz").code == "200")
    try server.waitForMetric("webhook_tls_handshake_failures_total") { $0 == 1 }
  }

  @Test("does not mind that nobody reads its log")
  func stuckLog() throws {
    let policies = try folder.write(Self.policy("one") + "\n", to: "policies/policy.yaml")
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let certificates = folder.url.appending(path: "certs").path
    try #require(
      WebhookProgram.run(["certs", "--output", certificates, "--dns-name", "localhost", "--days", "2"]).status == 0)
    let process = Process()
    process.executableURL = URL(filePath: WebhookProgram.path)
    // An admin port is taken from the log, so this one is asked for nothing: it has to end, and to end well.
    process.arguments = [
      "serve", "--policies", policies, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--certificate",
      "\(certificates)/tls.crt", "--key", "\(certificates)/tls.key",
    ]
    process.standardError = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    // Full from the start.
    let block = [UInt8](repeating: 0x20, count: 4_096)
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    while write(ends[1], block, block.count) > 0 {}
    _ = fcntl(ends[1], F_SETFL, 0)
    try process.run()
    // Blocked from the first line on, it takes its signals all the same.
    let listening = "/proc/\(process.processIdentifier)/task"
    while (try? FileManager.default.contentsOfDirectory(atPath: listening).count) ?? 0 < 6, process.isRunning {}
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 0)
    close(ends[0])
  }

  private static let setpriv = TestProcess.find("setpriv")

  @Test(
    "needs no root and no capability, and says so where it was given them",
    .enabled(if: setpriv != nil && geteuid() == 0, "only root can give up everything (setpriv)"))
  func unprivileged() throws {
    let given = try RunningWebhook()
    #expect(given.stop().errors.contains("webhook: given and not needed: it runs as root"))
    try expectToServeAsNobody(behind: [])
  }

  /// Becomes what follows, with all that is mounted mounted to be read only; does not where something can be written all the same.
  private static let readOnly: [String] = [
    "unshare", "--mount", "sh", "-c",
    """
    mount --make-rprivate / && \
    awk '{ print $5 }' /proc/self/mountinfo | while read -r place; do mount -o remount,bind,ro "$place" 2>&1; done >&2
    touch "$PWD/written" 2>/dev/null || exec "$0" "$@"
    """,
  ]
  private static let canRemount: Bool =
    geteuid() == 0 && (try? TestProcess.run("/usr/bin/env", readOnly + ["true"]).status) == 0

  @Test(
    "needs no path to write to", .enabled(if: setpriv != nil && canRemount, "file systems cannot be remounted here"))
  func nothingWritable() throws { try expectToServeAsNobody(behind: Self.readOnly) }

  private func expectToServeAsNobody(behind launcher: [String]) throws {
    let certificates = folder.url.appending(path: "certs").path
    try #require(
      WebhookProgram.run(["certs", "--output", certificates, "--dns-name", "localhost", "--days", "2"]).status == 0)
    for (path, mode) in [(folder.path, 0o755), (certificates, 0o755), ("\(certificates)/tls.key", 0o440)] {
      #expect(chmod(path, mode_t(mode)) == 0)
    }
    #expect(chown("\(certificates)/tls.key", 0, 65_532) == 0)
    try folder.write(Self.policy("one"), to: "policies/policy.yaml")
    let process = try TestProcess(
      "/usr/bin/env",
      launcher + [
        try #require(Self.setpriv), "--reuid", "65532", "--regid", "65532", "--clear-groups", "--bounding-set=-all",
        "--inh-caps=-all", "--no-new-privs", WebhookProgram.path, "serve", "--policies", "\(folder.path)/policies",
        "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--certificate", "\(certificates)/tls.crt", "--key",
        "\(certificates)/tls.key",
      ], folder: folder.url)
    let isServing = process.waitForErrorLine { $0.contains("serves https://") ? true : nil }
    #expect(isServing == true, "\(process.errorsSoFar)")
    #expect(!process.errorsSoFar.contains("given and not needed"), "\(process.errorsSoFar)")
    process.signal(SIGTERM)
    #expect(process.wait().status == 0)
  }

  private static let python = TestProcess.find("python3")

  @Test(
    "goes unnoticed under load: sets and certificates that change, mistakes, and servers that end",
    .enabled(if: python != nil, "python3 is not installed"),
    arguments: [["reload", "15"], ["certificates", "6"], ["mistakes", "4"], ["terminate", "6"]])
  func underLoad(_ arguments: [String]) throws {
    let script = SharedData.checkout.appending(path: "benchmarks/Lifecycle/run").path
    let result = try TestProcess.run(
      try #require(Self.python), [script] + arguments, environment: ["WEBHOOK_BINARY": WebhookProgram.path])
    #expect(result.status == 0, "\(result.text)\(result.errors)")
  }
}
