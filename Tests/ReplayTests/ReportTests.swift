import Foundation
import Memory
import Policy
import Replay
import TestSupport
import Testing

@Suite("Reports")
struct ReportTests {
  private let folder: TemporaryFolder
  private let set: PolicySet

  init() throws {
    folder = try TemporaryFolder()
    set = try Fixture.set(
      """
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: small}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]}
        validations:
        - {expression: "object.data.n != '7'", messageExpression: "'no ' + object.data.text"}
        - {expression: "object.data.n != '99'", message: no 99}
      ---
      apiVersion: policy.example.com/v1
      kind: Policy
      metadata: {name: unreached}
      spec:
        matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [nodes]}]}
        validations: [{expression: "true"}]
      """)
  }

  /// What could break out of any of the forms: markup, quotes, commands of a workflow, colours, marks that hide a quote from whoever
  /// reads by characters.
  private static let hostile =
    #"<script>alert(1)</script>\" onload=x ]]> & %0A::error:: | `@all` \u001b[31m \u0000 "\#u{301}<\#u{338}img>"#

  private static func records() -> String {
    let text = hostile.replacing("\"\u{301}", with: "\\\"\u{301}")
    return [
      Fixture.review(id: "a", data: #"{"n":"1"}"#), Fixture.review(id: "b", data: #"{"n":"7","text":"\#(text)"}"#),
      Fixture.review(id: "c", data: "{}"), "{broken",
    ].joined(separator: "\n")
  }

  private func report(_ make: (ReportOutput, FailureRules) -> any Report, kinds: Set<FailureKind> = []) throws -> String
  {
    let path = try folder.write(Self.records(), to: "a.jsonl")
    let report = make(ReportOutput(), FailureRules(kinds))
    var configuration = ReplayConfiguration(sets: [set])
    configuration.collectsLines = true
    configuration.collectsDiffs = true
    configuration.countsExpressions = true
    configuration.clock = { 0 }
    let summary = ReplayEngine(configuration, [ReplayInput(file: path)]).run { report.add($0) }
    var outcome = RunOutcome(summary: summary, impact: Impact(), comparison: nil, elapsed: 0)
    outcome.coverage = Coverage(summary, sets: [set])
    report.finish(outcome)
    return report.output.buffer.bytes.string.replacing(path, with: "F")
  }

  @Test("of JSON are one object, with every line of jsonl in it")
  func json() throws {
    let text = try report { JSONReport($0, $1) }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect((object["reviews"] as? [[String: Any]])?.map { $0["id"] as? String } == ["a", "b", "c"])
    #expect((object["unreadable"] as? [[String: Any]])?.count == 1)
    let summary = try #require(object["summary"] as? [String: Any])
    #expect(summary["denied"] as? Int == 2 && summary["errors"] as? Int == 1)
    let uncovered = try #require(summary["uncovered"] as? [[String: Any]])
    #expect(uncovered.map { $0["policy"] as? String } == ["unreached"])
  }

  @Test("list what is not covered, and never show what did not match as a pass")
  func coverage() throws {
    let text = try report { TableReport($0, $1) }
    #expect(text.hasSuffix("\nNOT COVERED\n  unreached: no review was matched\n"))
    let passing = try folder.write(Fixture.review(id: "a", data: #"{"n":"1"}"#), to: "b.jsonl")
    let summary = ReplayEngine(ReplayConfiguration(sets: [set]), [ReplayInput(file: passing)]).run { _ in }
    #expect(
      Coverage(summary, sets: [set]).items.map(\.text) == [
        "small: validations[0] never failed: object.data.n != '7'",
        "small: validations[1] never failed: object.data.n != '99'", "unreached: no review was matched",
      ])
  }

  @Test("of a table hold no control characters, and colours only where they are wanted")
  func colours() throws {
    let plain = try report { TableReport($0, $1) }
    #expect(!plain.contains("\u{1B}") && !plain.contains("\0"))
    let coloured = try report { TableReport($0, $1, isColoured: true) }
    #expect(coloured.contains("\u{1B}[31mdenied\u{1B}[0m"))
    #expect(!coloured.contains("\u{1B}[31m ") && !coloured.contains("\0"))
  }

  @Test("of GitHub are one command a line, whatever reviews say")
  func github() throws {
    let text = try report({ GitHubReport($0, $1) }, kinds: [.deny])
    let commands = text.split(separator: "\n").filter { $0.hasPrefix("::") }
    #expect(commands.count == 4)
    #expect(commands.prefix(3).allSatisfy { $0.hasPrefix("::error file=F,line=") })
    #expect(commands[3] == "::notice title=not covered::unreached: no review was matched")
    #expect(commands[0].contains("%250A::error::"))
  }

  @Test("of Markdown keep hostile text in code")
  func markdown() throws {
    let text = try report { MarkdownReport($0, $1) }
    #expect(!text.contains("<script") && !text.contains("@all") && !text.contains("<img"))
    #expect(text.contains("### Not covered (1)"))
    #expect(text.contains("| 3 | 1 | 2 | 1 | 1 |"))
  }

  /// The structure that readers of JUnit files agree on; `Tests/JUnitSchema` tries a published schema, where the network is there.
  private static let schema = """
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:simpleType name="seconds"><xs:restriction base="xs:string"><xs:pattern value="[0-9]+[.][0-9]{3}"/></xs:restriction></xs:simpleType>
      <xs:attributeGroup name="counts">
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
        <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
        <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
        <xs:attribute name="skipped" type="xs:nonNegativeInteger"/>
        <xs:attribute name="time" type="seconds"/>
      </xs:attributeGroup>
      <xs:complexType name="problem"><xs:simpleContent><xs:extension base="xs:string">
        <xs:attribute name="message" type="xs:string"/><xs:attribute name="type" type="xs:string" use="required"/>
      </xs:extension></xs:simpleContent></xs:complexType>
      <xs:element name="testsuites"><xs:complexType>
        <xs:sequence><xs:element name="testsuite" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
          <xs:sequence><xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
            <xs:sequence>
              <xs:choice minOccurs="0">
                <xs:element name="failure" type="problem"/><xs:element name="error" type="problem"/>
                <xs:element name="skipped"><xs:complexType><xs:attribute name="message" type="xs:string"/></xs:complexType></xs:element>
              </xs:choice>
              <xs:element name="system-out" type="xs:string" minOccurs="0"/>
            </xs:sequence>
            <xs:attribute name="name" type="xs:string" use="required"/>
            <xs:attribute name="classname" type="xs:string" use="required"/>
            <xs:attribute name="time" type="seconds" use="required"/>
          </xs:complexType></xs:element></xs:sequence>
          <xs:attributeGroup ref="counts"/>
        </xs:complexType></xs:element></xs:sequence>
        <xs:attributeGroup ref="counts"/>
      </xs:complexType></xs:element>
    </xs:schema>
    """

  @Test(
    "of JUnit are valid XML of its structure",
    .enabled(if: TestProcess.find("xmllint") != nil, "xmllint is not installed"))
  func junit() throws {
    let text = try report({ JUnitReport($0, $1) }, kinds: [.deny])
    let schema = try folder.write(Self.schema, to: "junit.xsd")
    let file = try folder.write(text, to: "junit.xml")
    let result = try TestProcess.run(
      try #require(TestProcess.find("xmllint")), ["--noout", "--nonet", "--schema", schema, file])
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      text.contains(#"<testsuites name="webhook test" tests="5" failures="2" errors="1" time="0.000""#))
    #expect(text.contains(#"<testsuite name="coverage" tests="1" failures="0" errors="0" skipped="1""#))
    #expect(text.contains("&lt;script&gt;"))
  }

  @Test("of HTML hold no markup from reviews, and load nothing")
  func html() throws {
    let text = try report { HTMLReport($0, $1) }
    #expect(text.components(separatedBy: "<script").count == 2)
    #expect(!text.contains("<img") && !text.contains("<\u{338}img") && !text.contains("\"\u{301}"))
    #expect(!text.contains("http:") && !text.contains("https:") && !text.contains("src=\""))
    #expect(text.contains("default-src &#39;none&#39;"))
  }

  private static let chromium = TestProcess.find("chromium")

  @Test(
    "of HTML filter and open reviews in a browser", .enabled(if: chromium != nil, "chromium is not installed"))
  func browser() throws {
    try folder.write(try report { HTMLReport($0, $1) }, to: "report.html")
    // A page around the report does what a person would do, and notes what there is to see.
    let harness = try folder.write(
      """
      <!DOCTYPE html><iframe id="frame" src="report.html" width="1200" height="900"></iframe><pre id="notes">nothing</pre><script>
      document.getElementById('frame').addEventListener('load', function () {
        var page = this.contentDocument, notes = [];
        function shown() { return Array.from(page.querySelectorAll('details.review')).filter(function (review) { return !review.hidden; }); }
        function set(id, value) {
          page.getElementById(id).value = value;
          page.getElementById(id).dispatchEvent(new Event('input', { bubbles: true }));
          notes.push(id + '=' + value + ' ' + page.getElementById('count').textContent);
        }
        notes.push('scripts ' + page.scripts.length + ', form ' + (page.getElementById('filters').hidden ? 'hidden' : 'shown'));
        set('decision', 'denied');
        set('search', 'no <script>');
        var review = shown()[0], body = review.querySelector('.body');
        notes.push('closed ' + body.checkVisibility());
        review.querySelector('summary').click();
        notes.push('open ' + review.open + ' ' + body.checkVisibility() + ' ' + review.querySelector('li').textContent.slice(0, 11));
        set('search', 'nowhere');
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
        "scripts 1, form shown", "decision=denied 2 of 3", "search=no &lt;script&gt; 1 of 3", "closed false",
        "open true true no &lt;script&gt;", "search=nowhere 0 of 3",
      ], "\(notes)")
  }
}
