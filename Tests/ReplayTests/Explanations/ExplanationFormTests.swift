import Foundation
import Memory
import Replay
import TestSupport
import Testing

@Suite("An explanation in other forms")
struct ExplanationFormTests {
  private static let manifests = """
    \(ExplanationFixture.policy("""
      matchConditions: [{name: always, expression: 'true'}]
      variables: [{name: names, expression: 'object.spec.containers.map(c, c.name)'}]
      validations:
      - expression: variables.names.all(n, n != 'side')
        messageExpression: string(object.metadata.name)
      """))---
    \(ExplanationFixture.policy("""
      mutations: [{patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/metadata/labels/a', value: 'b'}]"}}]
      """, name: "q"))
    """

  /// What could break out of a page or a line.
  private static let hostile = #"<script>alert(1)</script>\" onload=x ]]> & <img src=x> \u001b[31m \u202e"#

  private static let fixture = ExplanationFixture(
    manifests: manifests,
    records: [
      ExplanationFixture.record(object: ExplanationFixture.pod),
      ExplanationFixture.record("DELETE", name: hostile, oldObject: ExplanationFixture.pod),
      ExplanationFixture.record(
        object: ExplanationFixture.pod.replacing(#""name":"side""#, with: #""name":"\#(hostile)""#).replacing(
          #""name":"web""#, with: #""name":"\#(hostile)""#)),
    ].joined(separator: "\n"))

  /// The names of an object's members, with those of the objects in it, and of the first element of each list.
  private static func shape(_ value: Any, _ path: String = "") -> Set<String> {
    if let object = value as? [String: Any] {
      return object.reduce(into: []) { names, member in
        names.insert("\(path)\(member.key)")
        names.formUnion(shape(member.value, "\(path)\(member.key)."))
      }
    }
    guard let list = value as? [Any] else { return [] }
    return list.reduce(into: []) { $0.formUnion(shape($1, path)) }
  }

  @Test("is one object of JSON, whose names are fixed")
  func json() throws {
    let text = try Self.fixture.write(JSONExplanationReport(ReportOutput()))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let reviews = try #require(object["reviews"] as? [[String: Any]])
    #expect(reviews.map { $0["allowed"] as? Bool } == [false, true, true])
    let names = Self.shape(object).sorted().joined(separator: "\n") + "\n"
    let file = SharedData.checkout.appending(path: "Tests/ReplayTests/Golden/explain-names.txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil { try Data(names.utf8).write(to: file) }
    #expect(try names == String(contentsOf: file, encoding: .utf8))
    let empty = try ExplanationFixture(manifests: Self.manifests, records: "\n").jsonOfNothing()
    #expect(empty == "{\"reviews\":[]}\n")
  }

  @Test("says in JSON which element decided")
  func element() throws {
    let text = try Self.fixture.write(JSONExplanationReport(ReportOutput()))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
    let review = try #require((object["reviews"] as? [NSDictionary])?.first)
    let policy = try #require((review["policies"] as? [NSDictionary])?.first)
    #expect(policy["result"] as? String == "fail" && policy["denied"] as? Bool == true)
    let phase = try #require((policy["phases"] as? [NSDictionary])?.first)
    let view = try #require((phase["views"] as? [NSDictionary])?.first)
    let run = try #require((view["runs"] as? [NSDictionary])?.first)
    let validation = try #require((run["validations"] as? [NSDictionary])?.first)
    #expect(validation["value"] as? String == "false" && validation["message"] as? String == "web")
    let loop = try #require((validation["loops"] as? [NSDictionary])?.first)
    #expect((loop["deciding"] as? NSDictionary)?["index"] as? Int == 1)
  }

  @Test("is a page without script, and without markup from reviews")
  func html() throws {
    let text = try Self.fixture.write(HTMLExplanationReport(ReportOutput()))
    #expect(!text.contains("<script") && !text.contains("<img") && !text.contains("\u{1B}"))
    #expect(!text.contains("http:") && !text.contains("https:") && !text.contains("src=\""))
    #expect(text.contains("default-src &#39;none&#39;") && !text.contains("script-src"))
    #expect(!text.contains("{{") && text.contains("&lt;script&gt;alert(1)"))
    #expect(text.components(separatedBy: "<details").count == text.components(separatedBy: "</details>").count)
  }

  private static let chromium = TestProcess.find("chromium")

  @Test("opens in a browser without script", .enabled(if: chromium != nil, "chromium is not installed"))
  func browser() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Self.fixture.write(HTMLExplanationReport(ReportOutput())), to: "why.html")
    let harness = try folder.write(
      """
      <!DOCTYPE html><iframe id="frame" src="why.html" width="1200" height="900"></iframe><pre id="notes">nothing</pre><script>
      document.getElementById('frame').addEventListener('load', function () {
        var page = this.contentDocument, notes = [];
        var reviews = page.querySelectorAll('details.review');
        notes.push('reviews ' + reviews.length + ', scripts ' + page.scripts.length + ', images ' + page.images.length);
        notes.push('open ' + Array.from(reviews).map(function (review) { return review.open; }).join(' '));
        var policy = reviews[0].querySelector('details.policy.fail');
        notes.push('seen ' + policy.querySelector('.expression').checkVisibility());
        var parts = policy.querySelector('details.parts:has(tr)'), table = parts.querySelector('table');
        notes.push('parts ' + table.checkVisibility());
        parts.querySelector('summary').click();
        notes.push('parts ' + table.checkVisibility());
        notes.push('colour ' + (page.defaultView.getComputedStyle(policy.querySelector('.badge.no')).color !== 'rgb(0, 0, 0)'));
        document.getElementById('notes').textContent = notes.join('\\n');
      });
      </script>
      """, to: "harness.html")
    let result = try TestProcess.run(
      #require(Self.chromium),
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--virtual-time-budget=20000",
        "--user-data-dir=\(folder.path)/profile", "--dump-dom", "file://\(harness)",
      ])
    #expect(result.status == 0)
    let notes = try #require(result.text.firstMatch(of: /<pre id="notes">([\s\S]*?)<\/pre>/)?.1)
    #expect(
      notes.split(separator: "\n") == [
        "reviews 3, scripts 0, images 0", "open true false false", "seen true", "parts false", "parts true",
        "colour true",
      ], "\(notes)")
  }
}

extension ExplanationFixture {
  /// What is written where there was no review.
  fileprivate func jsonOfNothing() throws -> String {
    let report = JSONExplanationReport(ReportOutput())
    report.finish()
    return report.output.buffer.bytes.string
  }
}
