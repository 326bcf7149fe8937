import Foundation
import TestSupport
import Testing

@Suite("Exceptions of the running program")
struct ExceptionTests {
  private static let policy = SharedData.checkout.appending(path: "policies/disallow-host-network").path
  private static let example = SharedData.checkout.appending(
    path: "policies/exceptions/node-exporter.yaml.example"
  ).path

  /// The recorded DaemonSet, and a Pod that its controller makes of it.
  private func questions(_ folder: TemporaryFolder) throws -> [String] {
    let line = try #require(try SharedData.lines("operations.jsonl").first)
    let record = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
    let request = try #require((record["review"] as? [String: Any])?["request"] as? [String: Any])
    let object = try #require(request["object"] as? [String: Any])
    let template = try #require((object["spec"] as? [String: Any])?["template"] as? [String: Any])
    var metadata = try #require(template["metadata"] as? [String: Any])
    metadata["generateName"] = "node-exporter-"
    metadata["namespace"] = "monitoring"
    let pod: [String: Any] = [
      "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": try #require(template["spec"]),
    ]
    return [
      try folder.write(line, to: "daemonset.jsonl"),
      try folder.write(JSONSerialization.data(withJSONObject: pod), to: "pod.json"),
    ]
  }

  @Test(
    "let the recorded node exporter and its Pods pass until the very instant of their end",
    .enabled(if: SharedData.isPresent, "there are no recorded reviews beside the checkout"),
    arguments: [("2026-09-30T23:59:59.999Z", true), ("2026-10-01T00:00:00Z", false)])
  func clock(_ now: String, _ isAllowed: Bool) throws {
    let folder = try TemporaryFolder()
    let result = try WebhookProgram.run(
      ["test", "--policies", Self.policy, "--policies", Self.example, "--now", now, "-o", "jsonl"]
        + questions(folder))
    #expect(result.status == 0, "\(result.errors)")
    let lines = try result.output.split(separator: UInt8(ascii: "\n")).map {
      try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
    }
    #expect(lines.count == 2)
    for line in lines {
      #expect(line["allowed"] as? Bool == isAllowed)
      let policy = try #require((line["policies"] as? [[String: Any]])?.first)
      #expect(policy["result"] as? String == (isAllowed ? "excepted" : "fail"))
      #expect(policy["exception"] as? String == (isAllowed ? "allow-hostnetwork-for-node-exporter" : ""))
      let note = "exception `allow-hostnetwork-for-node-exporter` ended on 2026-10-01"
      #expect((line["message"] as? String)?.contains(note) == !isAllowed)
      #expect((line["warnings"] as? [String])?.isEmpty == !isAllowed)
    }
  }

  @Test(
    "end between two requests on one connection, without a reload, at their very instant, and leave their traces",
    .enabled(if: Curl.path != nil, Curl.absence), .enabled(if: FakeClock.library != nil, FakeClock.absence),
    .enabled(if: KeptConnection.openssl != nil, KeptConnection.absence))
  func server() throws {
    let folder = try TemporaryFolder()
    let audit = folder.path + "/audit.jsonl"
    let policies = try folder.write(
      try String(contentsOfFile: Self.policy + "/policy.yaml", encoding: .utf8) + "\n---\n"
        + String(contentsOfFile: Self.example, encoding: .utf8), to: "policies/policy.yaml")
    let clock = try FakeClock("2026-09-30 23:59:59", in: folder)
    let server = try RunningWebhook(
      policies: policies, ["--audit-log", audit], launcher: clock.launcher,
      environment: clock.environment)
    defer { clock.forget(server) }
    let review = Data(
      """
      {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1","operation":"CREATE","namespace":"monitoring",\
      "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"userInfo":{"username":"ada"},\
      "object":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"node-exporter-","namespace":"monitoring",\
      "labels":{"app.kubernetes.io/name":"node-exporter"}},"spec":{"hostNetwork":true,"containers":[{"name":"a","image":"a"}]}}}}
      """.utf8)
    let connection = try KeptConnection(server)
    try connection.send(review)
    let before = try connection.answer(0)
    #expect(before.head.contains("\r\nDate: Wed, 30 Sep 2026 23:59:59 GMT"))
    #expect(before.body.contains(#""allowed":true"#))
    #expect(
      before.body.contains(
        "allow-hostnetwork-for-node-exporter` from policy `disallow-host-network` ends on 2026-10-01"))
    #expect(
      before.body.contains(#""auditAnnotations":{"exception":"[{\"exception\":\"allow-hostnetwork-for-node-exporter\""#)
    )
    let ending = "webhook_policy_exceptions_ending_soon"
    #expect(try server.metric(ending) == 1)

    try clock.set("2026-10-01 00:00:00")
    try connection.send(review)
    let after = try connection.answer(1)
    #expect(after.head.contains("\r\nDate: Thu, 01 Oct 2026 00:00:00 GMT"))
    #expect(after.body.contains(#""allowed":false"#))
    #expect(after.body.contains("exception `allow-hostnetwork-for-node-exporter` ended on 2026-10-01"))

    let name = #"{exception="allow-hostnetwork-for-node-exporter"}"#
    #expect(try server.metric("webhook_policy_exception_uses_total\(name)") == 1)
    #expect(try server.metric(#"webhook_policy_exceptions{state="expired"}"#) == 1)
    #expect(try server.metric(#"webhook_policy_exceptions{state="active"}"#) == 0)
    #expect(try server.metric(ending) == 0)
    #expect(try server.metric("webhook_policies_generation") == 1)
    #expect(server.stop().status == 0)

    let log = try String(contentsOfFile: audit, encoding: .utf8).split(separator: "\n")
    try #require(log.count == 2)
    #expect(
      log[0].hasPrefix(
        #"{"time":"2026-09-30T23:59:59Z","event":"exception","uid":"u1","path":"/validate","operation":"CREATE""#))
    #expect(log[0].contains(#""policy":"disallow-host-network","approvedBy":"platform-security""#))
    #expect(log[1].hasPrefix(#"{"time":"2026-10-01T00:00:00Z","event":"denial""#))
    #expect(log[1].contains(#""policies":["disallow-host-network"]"#))

    // What the log says is what the list says.
    let list = try WebhookProgram.run(["exceptions", "--policies", policies, "--audit-log", audit, "-o", "json"])
    #expect(list.status == 0, "\(list.errors)")
    #expect(list.text.contains(#""state":"expired""#))
    #expect(list.text.contains(#""lastUse":"2026-09-30T23:59:59Z""#))
  }

  @Test("are listed with what is left of them, and end a command with 1 where asked")
  func listing() throws {
    let policies = ["--policies", Self.policy, "--policies", Self.example]
    let table = try WebhookProgram.run(["exceptions"] + policies + ["--now", "2026-09-20T12:00:00Z"])
    #expect(table.status == 0, "\(table.errors)")
    let lines = table.text.split(separator: "\n")
    #expect(
      lines == [
        "NAME                                 POLICY                 SCOPE                                             OWNER       APPROVED BY        DAYS LEFT  LAST USE  STATE",
        "allow-hostnetwork-for-node-exporter  disallow-host-network  monitoring: app.kubernetes.io/name=node-exporter  monitoring  platform-security  10         -         ending",
      ])
    func status(_ arguments: String...) throws -> Int {
      try WebhookProgram.run(["exceptions"] + policies + arguments).status
    }
    #expect(try status("--now", "2026-09-20", "--fail-on", "expiring") == 1)
    #expect(try status("--now", "2026-09-20", "--expiring", "5d", "--fail-on", "expiring") == 0)
    #expect(try status("--now", "2026-09-20", "--fail-on", "expired") == 0)
    #expect(try status("--now", "2026-10-01", "--fail-on", "expired") == 1)
    #expect(try status("--now", "yesterday") == 64)
    #expect(try status("--unused") == 64)
    #expect(try status("--audit-log", "/no/such/file") == 2)
    let none = try WebhookProgram.run(["exceptions"] + policies + ["--now", "2026-09-20", "--expired"])
    #expect(none.text == "no exceptions\n")
    let csv = try WebhookProgram.run(["exceptions"] + policies + ["--now", "2026-09-20", "-o", "csv"])
    #expect(csv.text.split(separator: "\r\n").count == 2)
    let markdown = try WebhookProgram.run(["exceptions"] + policies + ["--now", "2026-09-20", "-o", "markdown"])
    #expect(markdown.text.hasPrefix("| name | policy |"))
  }

  @Test("are written for what is denied, and lift exactly that", arguments: ["daemonset", "pod"])
  func new(_ fixture: String) throws {
    let review = "\(Self.policy)/tests/fail/\(fixture).yaml"
    let arguments = ["--policies", Self.policy, "--reason", "it must", "--approved-by", "security", review]
    let written = try WebhookProgram.run(["exceptions", "new"] + arguments)
    #expect(written.status == 0, "\(written.errors)")
    let folder = try TemporaryFolder()
    let exception = try folder.write(written.text, to: "new.yaml")
    let check = try WebhookProgram.run(["check", Self.policy, exception])
    #expect(check.status == 0, "\(check.text)")
    let test = try WebhookProgram.run(
      ["test", "--policies", Self.policy, "--policies", exception, "--fail-on", "deny", review])
    #expect(test.text.contains("excepted by"), "\(test.text)")
    let nothing = try WebhookProgram.run(
      [
        "exceptions", "new", "--policies", Self.policy, "--policies", exception, "--reason", "x", "--approved-by", "y",
        review,
      ])
    #expect(nothing.status == 1)
  }
}
