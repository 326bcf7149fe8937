import Foundation
import Memory
import Replay
import TestSupport
import Testing

@Suite("Review files")
struct ReviewSourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String, as name: String) throws -> ReviewCollector {
    ReviewCollector(try folder.write(text, to: name))
  }

  private static let review = #"{"kind":"AdmissionReview","request":{"uid":"a"}}"#

  @Test("hold one AdmissionReview on one line or many, in JSON or YAML")
  func single() throws {
    let pretty = "{\n  \"kind\": \"AdmissionReview\",\n  \"request\": {\n    \"uid\": \"a\"\n  }\n}\n"
    for (text, name) in [
      (Self.review, "a.json"), (Self.review + "\n", "b.jsonl"), (pretty, "c.json"), (pretty, "c.txt"),
      ("kind: AdmissionReview\nrequest:\n  uid: a\n", "d.yaml"), ("---\nkind: AdmissionReview\nrequest: {uid: a}", "e"),
    ] {
      let found = try read(text, as: name)
      #expect(found.items == [.init(id: nil, line: 1, path: nil, review: Self.review)], "\(name)")
      #expect(found.problems.isEmpty)
    }
  }

  @Test("hold records, of which only the review is required")
  func records() throws {
    let found = try read(
      """
      {"id":"r\\u0031","time":"x","path":"/validate?timeout=5s","review":\(Self.review),"namespaceObject":{"kind":"Namespace"}}
      {"review":\(Self.review)}
      {"id":7,"path":null,"review":\(Self.review),"namespaceObject":null,"response":{"kind":"AdmissionReview"}}

      """, as: "a.jsonl")
    #expect(found.problems.isEmpty)
    #expect(
      found.items == [
        .init(
          id: "r1", line: 1, path: "/validate?timeout=5s", review: Self.review,
          namespaceObject: #"{"kind":"Namespace"}"#),
        .init(id: nil, line: 2, path: nil, review: Self.review),
        .init(id: nil, line: 3, path: nil, review: Self.review),
      ])
  }

  @Test("go on behind a broken line, which is reported with its place", arguments: ["a.jsonl", "a.json", "a.txt"])
  func brokenLine(_ name: String) throws {
    let found = try read("\(Self.review)\n{\"kind\": nope}\n\n{\"kind\":\n\(Self.review)\n", as: name)
    let path = folder.url.appending(path: name).path
    #expect(found.items.map(\.line) == [1, 5])
    #expect(found.problems.count == 2)
    #expect(found.problems.first?.hasPrefix("\(path):2:11: is not JSON: unexpected character") == true)
    #expect(found.problems.last?.hasPrefix("\(path):4:9: is not JSON: unexpected end") == true)
  }

  @Test("may lack the last line end, and may have those of Windows")
  func lineEnds() throws {
    let found = try read("\(Self.review)\r\n\r\n\(Self.review)", as: "a.jsonl")
    #expect(found.items.map(\.line) == [1, 3])
    #expect(found.problems.isEmpty)
    #expect(try read("kind: AdmissionReview\r\n---\r\nkind: AdmissionReview\r\n", as: "b.yaml").items.count == 2)
  }

  @Test("may begin with a byte order mark", arguments: ["a.json", "a.jsonl", "a.txt", "a.yaml"])
  func byteOrderMark(_ name: String) throws {
    let text = name == "a.yaml" ? "kind: AdmissionReview\nrequest:\n  uid: a\n" : Self.review + "\n"
    let found = try read("\u{FEFF}" + text, as: name)
    #expect(found.problems.isEmpty)
    #expect(found.items.map(\.review) == [Self.review])
    // Anywhere else it is text, and no JSON.
    #expect(try read(Self.review + "\n\u{FEFF}" + Self.review, as: "b.jsonl").problems.count == 1)
  }

  @Test("hold several YAML documents, empty ones left out, with numbers")
  func documents() throws {
    let path = folder.url.appending(path: "a.yaml").path
    let found = try read(
      """
      # only a comment
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: a}
      --- # nothing
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: b}
      data:
        text: |
          --- not a separator
      ...
      ---
      """, as: "a.yaml")
    #expect(found.problems.isEmpty)
    #expect(found.ids == ["\(path)#1", "\(path)#2"])
    #expect(found.items.map(\.line) == [2, 7])
  }

  @Test("go on behind a broken YAML document")
  func brokenDocument() throws {
    let path = folder.url.appending(path: "a.yaml").path
    let found = try read(
      "kind: [\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n---\nkind: Pod\n---\n- 1\n", as: "a.yaml")
    #expect(found.ids == ["\(path)#2"])
    #expect(found.problems.count == 3)
    #expect(found.problems.first?.hasPrefix("\(path):") == true)
    #expect(found.problems[1] == "\(path):6: is no Kubernetes object: `apiVersion` is missing")
    #expect(found.problems[2] == "\(path):8: is not an object")
  }

  @Test("are called by their path where they hold one manifest")
  func manifest() throws {
    let path = folder.url.appending(path: "a.yml").path
    #expect(try read("apiVersion: v1\nkind: ConfigMap\n", as: "a.yml").ids == [path])
  }

  @Test("hold lists, typed and untyped")
  func lists() throws {
    let path = folder.url.appending(path: "a.json").path
    let untyped = try read(
      #"{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1"},{"kind":"Job"}]}"#, as: "a.json")
    #expect(untyped.ids == ["\(path)#1"])
    #expect(untyped.problems == ["\(path):1: is no Kubernetes object: `apiVersion` is missing"])
    let typed = try read(
      #"{"kind":"DeploymentList","apiVersion":"apps/v1","items":[{"metadata":{"name":"a"}}]}"#, as: "a.json")
    #expect(typed.ids == ["\(path)#1"])
    #expect(typed.items[0].review.contains(#""object":{"apiVersion":"apps/v1","kind":"Deployment","metadata":"#))
  }

  @Test("hold JSON texts one below the other, on as many lines as they like")
  func concatenated() throws {
    let one = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"text\": \"}{\\\"}\"\n}\n"
    let found = try read(one + one, as: "a.json")
    #expect(found.problems.isEmpty)
    #expect(found.items.map(\.line) == [1, 6])
  }

  @Test(
    "that hold nothing are reported", arguments: [("", "a.yaml"), ("\n# x\n", "a.yaml"), ("", "a.json"), ("\n", "a")])
  func empty(_ text: String, _ name: String) throws {
    let found = try read(text, as: name)
    #expect(found.items.isEmpty)
    #expect(found.problems == ["\(folder.url.appending(path: name).path): holds no review and no manifest"])
  }

  @Test("that cannot be opened are reported")
  func missing() {
    #expect(ReviewCollector("/nowhere/x.yaml").problems == ["/nowhere/x.yaml: no such file or directory"])
    #expect(ReviewCollector("/").problems == ["/: is a directory"])
  }

  @Test("of bytes that are no text are reported")
  func binary() throws {
    let path = try folder.write(Data([0xFF, 0xFE, 0x00, 0x0A, 0x80]), to: "a.yaml")
    #expect(
      ReviewCollector(path).problems == [
        "\(path): is UTF-16, not UTF-8; convert it, or read `-` behind `iconv -f UTF-16 -t UTF-8`"
      ])
    let other = try folder.write(Data([0x61, 0x3A, 0x20, 0xC3, 0x28, 0x0A]), to: "b.yaml")
    #expect(ReviewCollector(other).problems == ["\(other):1: is not UTF-8"])
  }

  @Test("are found in folders, in the order of their names, hidden ones and others left out")
  func folders() throws {
    for name in ["b.yaml", "a/z.json", "a/.hidden.json", "a.jsonl", "c.txt", "a/b/c.ndjson", ".x/y.yaml", "B.yml"] {
      try folder.write("x: 1", to: name)
    }
    let files = try ReviewFiles.list(folder.path).map { $0.dropFirst(folder.path.count + 1) }
    #expect(files == ["B.yml", "a/b/c.ndjson", "a/z.json", "a.jsonl", "b.yaml"])
    #expect(try ReviewFiles.list(folder.url.appending(path: "c.txt").path).count == 1)
    #expect(try ReviewFiles.list("-") == ["-"])
    #expect(throws: FileError.self) { try ReviewFiles.list("/nowhere") }
    // A link to nothing is listed, so that it is reported and the rest is read.
    let link = folder.url.appending(path: "d.yaml").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere")
    #expect(try ReviewFiles.list(folder.path).last == link)
  }
}

@Suite("Documents of a review file")
struct ReviewDocumentsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String, as name: String, maximum: Int) throws -> [String] {
    var documents = try ReviewDocuments(path: try folder.write(text, to: name), maximumBytes: maximum)
    var found: [String] = []
    while let document = try documents.next() {
      switch document {
      case .success(let document): found.append("\(document.line) \(document.text.count)")
      case .failure(let problem): found.append("\(problem.line) \(problem.message)")
      }
    }
    return found
  }

  @Test("may be as long as the limit, and not longer", arguments: ["a.jsonl", "a.json"])
  func limit(_ name: String) throws {
    let fits = "[" + String(repeating: "1", count: 98) + "]"
    let tooLong = "[" + String(repeating: "1", count: 99) + "]"
    #expect(try read("\(fits)\n\(tooLong)\n\(fits)\n", as: name, maximum: 100).first == "1 100")
    #expect(
      try read("\(fits)\n\(tooLong)\n{}\n", as: name, maximum: 100) == ["1 100", "2 is longer than 100 bytes", "3 2"])
    #expect(try read("\(tooLong)\n{}\n{}\n", as: name, maximum: 100) == ["1 is longer than 100 bytes", "2 2", "3 2"])
  }

  @Test("of YAML are bounded as well")
  func yamlLimit() throws {
    let found = try read(
      "a: 1\n---\n" + String(repeating: "b: 22222\n", count: 20) + "---\nc: 1\n", as: "a.yaml", maximum: 100)
    #expect(found == ["1 5", "2 is longer than 100 bytes", "23 9"])
  }

  @Test("come whole through the reader's buffer, wherever its end cuts a line")
  func longLines() throws {
    let lengths = [1, 262_142, 262_143, 262_144, 262_145, 3, 600_000, 2]
    let text = lengths.map { "[" + String(repeating: "1", count: $0) + "]" }.joined(separator: "\n")
    let found = try read(text, as: "a.jsonl", maximum: 1 << 20)
    #expect(found == lengths.enumerated().map { "\($0.offset + 1) \($0.element + 2)" })
  }

  @Test("are cut out of any bytes without a crash")
  func fuzz() throws {
    let corpus = [
      "{\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"a\"}}\n{\"a\":[1,2]}\n",
      "a: 1\n---\nb: [1, {c: d}]\n...\n---\n# x\n",
      "{\n \"items\": [\n {}\n ]\n}\n", "apiVersion: v1\nkind: List\nitems:\n- &a {kind: Pod, apiVersion: v1}\n- *a\n",
    ].map { Array($0.utf8) }
    var mutator = Mutator(
      corpus: corpus, dictionary: ["---\n", "...\n", "{", "}", "\n", "&a ", "*a", "\"", "\\"], seed: 3)
    for round in 0..<600 {
      let name = ["a.yaml", "a.json", "a.jsonl", "a"][round % 4]
      let found = ReviewCollector(try folder.write(Data(mutator.next()), to: name))
      for item in found.items { #expect(!item.review.isEmpty) }
    }
  }
}
