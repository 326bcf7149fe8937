import Admission
import Foundation
import Memory
import Server
import TestSupport
import Testing
import Transport

@Suite("Metrics")
struct MetricsTests {
  private func text(_ metrics: ServerMetrics) -> String {
    var buffer = ByteBuffer()
    metrics.write(to: &buffer)
    return buffer.bytes.string
  }

  private func scraped() throws -> (fixture: HandlerFixture, lines: [String]) {
    let fixture = try HandlerFixture()
    _ = fixture.ask(HandlerFixture.review())
    _ = fixture.ask(HandlerFixture.review(name: "forbidden"))
    _ = fixture.ask(HandlerFixture.review(name: "forbidden", operation: "UPDATE"))
    _ = fixture.ask(HandlerFixture.review(), path: "/mutate")
    _ = fixture.ask("{")
    _ = fixture.ask("", method: .get)
    return (fixture, text(fixture.metrics).split(separator: "\n").map(String.init))
  }

  @Test("count decisions by path, operation and decision, and refusals by code")
  func decisions() throws {
    let lines = try scraped().lines
    for line in [
      #"webhook_admission_requests_total{path="/validate",operation="CREATE",decision="allowed"} 1"#,
      #"webhook_admission_requests_total{path="/validate",operation="CREATE",decision="denied"} 1"#,
      #"webhook_admission_requests_total{path="/validate",operation="UPDATE",decision="denied"} 1"#,
      #"webhook_admission_requests_total{path="/validate",operation="DELETE",decision="denied"} 0"#,
      #"webhook_admission_requests_total{path="/mutate",operation="CREATE",decision="allowed"} 1"#,
      #"webhook_http_refused_requests_total{code="400"} 1"#,
      #"webhook_http_refused_requests_total{code="405"} 1"#,
      #"webhook_policy_decisions_total{policy="no-forbidden",result="pass"} 1"#,
      #"webhook_policy_decisions_total{policy="no-forbidden",result="fail"} 2"#,
      "webhook_policies 1", "webhook_workers 1", #"webhook_build_info{version="\#(Product.version)"} 1"#,
    ] {
      #expect(lines.contains(line), "\(line)")
    }
  }

  @Test("say which policies did not finish within the latency budget, and so does the answer")
  func deadlines() throws {
    let fixture = try HandlerFixture(latencyBudget: 0)
    let answer = fixture.ask(HandlerFixture.review())
    #expect(answer.body.contains(#""auditAnnotations":{"deadline_exceeded":"no-forbidden"}"#))
    #expect(answer.body.contains("no-forbidden: not evaluated within the request's latency budget"))
    #expect(text(fixture.metrics).contains(#"webhook_policy_deadline_exceeded_total{policy="no-forbidden"} 1"#))
  }

  @Test("have a cumulative histogram that starts at 10 µs and ends with +Inf, equal to the count")
  func histogram() throws {
    let lines = try scraped().lines
    let prefix = #"webhook_admission_duration_seconds_bucket{path="/validate",le=""#
    let buckets = lines.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count).split(separator: "\"} ") }
    #expect(buckets.count == DurationBuckets.count)
    #expect(buckets.first?.first == "0.00001")
    #expect(buckets.last?.first == "+Inf")
    #expect(buckets.last?.last == "3")
    let counts = buckets.compactMap { $0.last.flatMap { Int($0) } }
    #expect(counts == counts.sorted())
    #expect(lines.contains(#"webhook_admission_duration_seconds_count{path="/validate"} 3"#))
    let sum = lines.first { $0.hasPrefix(#"webhook_admission_duration_seconds_sum{path="/validate"}"#) }
    #expect(try #require(sum?.split(separator: " ").last.flatMap { Double($0) }) > 0)
  }

  @Test(
    "put a duration into the first bucket that holds it",
    arguments: [
      (0, 0), (10_000, 0), (10_001, 1), (20_000, 1), (50_000, 2), (50_001, 3), (100_000, 3), (1_000_000_000, 15),
      (5_000_000_000, 17), (10_000_000_000, 18), (10_000_000_001, 19), (.max, 19),
    ] as [(UInt64, Int)])
  func buckets(_ duration: UInt64, _ index: Int) {
    #expect(DurationBuckets.index(ofNanoseconds: duration) == index)
  }

  @Test("agree with their bounds for every bucket")
  func bounds() {
    #expect(DurationBuckets.bounds.count == DurationBuckets.count - 1)
    for (index, bound) in DurationBuckets.bounds.enumerated() {
      #expect(DurationBuckets.index(ofNanoseconds: bound) == index)
      #expect(DurationBuckets.index(ofNanoseconds: bound + 1) == index + 1)
    }
  }

  @Test("announce each metric once, before its samples, with a line of help and its type")
  func format() throws {
    var announced: Set<String> = []
    var current = ""
    for line in try scraped().lines {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      if words[0] == "#" {
        if words[1] == "HELP" {
          #expect(announced.insert(words[2]).inserted, "\(words[2]) twice")
          current = words[2]
          #expect(words.count == 4)
        } else {
          #expect(words[1] == "TYPE" && words[2] == current)
          #expect(["counter", "gauge", "histogram"].contains(words[3]))
          #expect((words[3] == "counter") == current.hasSuffix("_total"), "\(current)")
        }
      } else {
        #expect(line.hasPrefix(current), "\(line) stands under \(current)")
      }
    }
    #expect(announced.count > 10)
  }

  @Test("keep counting where they were when the policies are replaced")
  func replacement() throws {
    let fixture = try HandlerFixture()
    _ = fixture.ask(HandlerFixture.review())
    fixture.holder.replace(with: try HandlerFixture.load(HandlerFixture.policies))
    _ = fixture.ask(HandlerFixture.review())
    let lines = text(fixture.metrics).split(separator: "\n")
    #expect(lines.contains(#"webhook_policy_decisions_total{policy="no-forbidden",result="pass"} 2"#))
    #expect(lines.contains("webhook_policies_generation 2"))
  }

  @Test(
    "are what promtool accepts without a remark",
    .enabled(if: Promtool.path != nil, "promtool is not installed (Debian package prometheus)"))
  func promtool() throws {
    let promtool = try #require(Promtool.path)
    let (fixture, _) = try scraped()
    fixture.metrics.setTransport(ServerMetrics.TransportSource(tls: { [TransportCounters()] }))
    let result = try TestProcess.run(promtool, ["check", "metrics"], input: Data(text(fixture.metrics).utf8))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.isEmpty)
  }
}

private enum Promtool {
  static let path = TestProcess.find("promtool")
}

@Suite("The admin handler")
struct AdminHandlerTests {
  private func ask(
    _ path: String, _ method: HTTPMethod = .get, query: String = "", health: Health = Health()
  ) throws -> (status: Int, type: String, body: String) {
    let handler = AdminHandler(metrics: try HandlerFixture().metrics, health: health)
    var response = Response()
    path.withByteSlice { path in
      query.withByteSlice { query in
        handler.handle(Request(method: method, path: path, query: query, receivedAt: .now()), &response)
      }
    }
    return (response.status, response.contentType.description, response.body.bytes.string)
  }

  @Test("says that all is well", arguments: ["/livez", "/readyz", "/healthz"], [HTTPMethod.get, .head])
  func health(_ path: String, _ method: HTTPMethod) throws {
    let answer = try ask(path, method)
    #expect(answer.status == 200)
    #expect(answer.body == "ok\n")
  }

  @Test("lists every check when it is asked to", arguments: ["verbose", "verbose=1", "a=b&verbose", "verbose&a"])
  func verbose(_ query: String) throws {
    let health = Health(live: [.init("workers") { nil }], ready: [.init("policies") { nil }])
    #expect(
      try ask("/livez", query: query, health: health)
        == (200, "text/plain; charset=utf-8", "[+]ping ok\n[+]workers ok\nlivez check passed\n"))
    #expect(
      try ask("/readyz", query: query, health: health).body
        == "[+]ping ok\n[+]workers ok\n[+]policies ok\n[+]shutdown ok\nreadyz check passed\n")
    #expect(try ask("/readyz", query: "verbosely&x=verbose", health: health).body == "ok\n")
  }

  @Test("names what fails without being asked, and what is only not ready is alive")
  func failing() throws {
    let health = Health(live: [.init("workers") { nil }], ready: [.init("policies") { "none are compiled" }])
    let ready = try ask("/readyz", health: health)
    #expect(ready.status == 500)
    #expect(
      ready.body
        == "[+]ping ok\n[+]workers ok\n[-]policies failed: none are compiled\n[+]shutdown ok\nreadyz check failed\n")
    #expect(try ask("/livez", health: health).status == 200)
    #expect(try ask("/healthz", health: health).status == 200)
  }

  @Test("is not ready any more once the server ends, and alive until it has ended")
  func ending() throws {
    let health = Health()
    health.beginShutdown()
    #expect(try ask("/readyz", health: health).body.contains("[-]shutdown failed: the server is ending\n"))
    #expect(try ask("/readyz", health: health).status == 500)
    #expect(try ask("/livez", health: health).status == 200)
  }

  @Test("is not alive when a worker does not come back")
  func stuckWorker() throws {
    #expect(Health.problem(ofBusyWorkers: [0, 30, 29], limit: 30) == nil)
    let health = Health(live: [
      .init("workers") { Health.problem(ofBusyWorkers: [0, 31_000_000_000, 40_000_000_000], limit: Health.stuckAfter) }
    ])
    for path in ["/livez", "/readyz", "/healthz"] {
      let answer = try ask(path, health: health)
      #expect(answer.status == 500)
      #expect(answer.body.contains("[-]workers failed: worker 1 (and 1 more) has been busy for 31 s\n"))
    }
  }

  @Test("serves metrics in Prometheus' format")
  func metrics() throws {
    let answer = try ask("/metrics")
    #expect(answer.status == 200)
    #expect(answer.type == "text/plain; version=0.0.4; charset=utf-8")
    #expect(answer.body.hasPrefix("# HELP "))
  }

  @Test("has nothing else, and nothing that changes anything")
  func others() throws {
    #expect(try ask("/").status == 404)
    #expect(try ask("/validate", .post).status == 404)
    #expect(try ask("/metrics", .post).status == 405)
    #expect(try ask("/healthz", .delete).status == 405)
  }
}
