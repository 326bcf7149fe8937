internal import JSON
internal import Memory
internal import Policy

/// A file that lists tests: `test.yaml`. policies/TESTING.md says what can stand in it.
package struct TestFile {
  /// One test, ready to be judged.
  package struct Case {
    package var name: String
    /// Where it starts in the file, from 1.
    package var line: Int
    /// A record as JSON.
    package var record: String
    package var expectation: Expectation
    /// Files with policies; empty for those of the command line, or of the folder that the test lies in.
    package var policies: [String]
    /// Manifests that are loaded besides: parameters, Namespaces.
    package var manifests: [Manifest]
  }

  /// A manifest, in a file or as it stands in the test.
  package struct Manifest: Hashable {
    package var name: String
    package var text: String
  }

  package private(set) var cases: [Case] = []

  /// - Throws: everything that is wrong in the file.
  package init(_ path: String) throws(TestFileError) {
    let document = try TestDocument(path)
    var reader = TestFileReader(path: path, document: document)
    cases = withExtendedLifetime(document) { reader.read(document.root) }
    if !reader.problems.isEmpty { throw TestFileError(problems: reader.problems) }
  }
}

/// What is wrong in a list of tests.
package struct TestFileError: Error {
  package let problems: [UnreadableReview]
}

/// Turns the JSON of a test file into cases.
struct TestFileReader {
  private let path: String
  private let folder: String
  private let document: TestDocument
  private(set) var problems: [UnreadableReview] = []

  init(path: String, document: TestDocument) {
    self.path = path
    self.document = document
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    folder = parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// Fields that stand at the top, for all tests, or in one test.
  private static let setup = ["policies", "parameters", "namespaces"]
  private static let caseFields =
    setup + [
      "name", "resource", "review", "operation", "oldResource", "subResource", "user", "namespaceLabels", "dryRun",
      "phase", "expect",
    ]

  mutating func read(_ root: Cursor) -> [TestFile.Case] {
    guard root.isObject else {
      problem(0, "a list of tests is an object with `tests`")
      return []
    }
    check(root, Self.setup + ["tests"], 0, "")
    guard let tests = root.member("tests"), tests.isArray, tests.count > 0 else {
      problem(0, "`tests` is required: a list of tests")
      return []
    }
    let common = setup(root, line: 0, "")
    var cases: [TestFile.Case] = []
    var names: Set<String> = []
    for (index, test) in tests.elements.enumerated() {
      let line = document.line(ofTest: index)
      guard let found = read(test, index, line, common) else { continue }
      if !names.insert(found.name).inserted { problem(line, "the name `\(found.name)` is given more than once") }
      cases.append(found)
    }
    return cases
  }

  private mutating func read(_ test: Cursor, _ index: Int, _ line: Int, _ common: Setup) -> TestFile.Case? {
    let place = "tests[\(index)]"
    guard test.isObject else {
      problem(line, "`\(place)` must be an object")
      return nil
    }
    check(test, Self.caseFields, line, place + ".")
    guard let name = test.member("name")?.stringValue, !name.isEmpty else {
      problem(line, "`\(place).name` is required")
      return nil
    }
    var own = setup(test, line: line, place + ".")
    if own.policies.isEmpty { own.policies = common.policies }
    own.manifests = common.manifests + own.manifests
    guard let expect = test.member("expect") else {
      problem(line, "`\(place).expect` is required")
      return nil
    }
    let expectation = ExpectationReader.read(expect, "\(place).expect", self) { problem(line, $0) }
    guard let record = record(test, name: name, line, place) else { return nil }
    return TestFile.Case(
      name: name, line: line, record: record, expectation: expectation, policies: own.policies,
      manifests: own.manifests)
  }

  // MARK: What the test is judged with

  private struct Setup {
    var policies: [String] = []
    var manifests: [TestFile.Manifest] = []
  }

  private mutating func setup(_ object: Cursor, line: Int, _ prefix: String) -> Setup {
    var setup = Setup()
    if let policies = object.member("policies") {
      for (index, policy) in list(policies).enumerated() {
        if let path = policy.stringValue {
          setup.policies.append(resolve(path))
        } else {
          problem(line, "`\(prefix)policies[\(index)]` must be a path")
        }
      }
    }
    for key in ["parameters", "namespaces"] {
      guard let manifests = key.withByteSlice({ object.member($0) }) else { continue }
      for (index, manifest) in list(manifests).enumerated() {
        let place = "\(prefix)\(key)[\(index)]"
        if let text = manifestText(manifest, line, place) {
          setup.manifests.append(
            TestFile.Manifest(name: manifest.stringValue.map(resolve) ?? "\(path)(\(place))", text: text))
        }
      }
    }
    return setup
  }

  /// A list, or one element that stands for a list of it.
  private func list(_ value: Cursor) -> [Cursor] { value.isArray ? Array(value.elements) : [value] }

  private mutating func manifestText(_ value: Cursor, _ line: Int, _ place: String) -> String? {
    if let file = value.stringValue {
      do throws(FileError) {
        return try TextFile.read(resolve(file))
      } catch {
        problem(line, "`\(place)`: \(resolve(file)): \(error)")
        return nil
      }
    }
    return value.json
  }

  // MARK: What is judged

  private mutating func record(_ test: Cursor, name: String, _ line: Int, _ place: String) -> String? {
    var buffer = ByteBuffer()
    buffer.writeObjectStart()
    buffer.write("id", "\(path)/\(name)")
    if let phase = test.member("phase") {
      guard let text = phase.stringValue, let phase = Phase(rawValue: text) else {
        problem(line, "`\(place).phase` is not one of `mutate`, `validate`, `both`")
        return nil
      }
      if phase != .both { buffer.write("path", "/\(phase.rawValue)") }
    }
    buffer.writeKey("review")
    var namespace = ""
    switch (test.member("resource"), test.member("review")) {
    case (let resource?, nil):
      guard writeReview(of: resource, test, name, line, place, &namespace, to: &buffer) else { return nil }
    case (nil, let review?):
      for field in ["operation", "oldResource", "subResource", "user", "dryRun"]
      where field.withByteSlice({ test.member($0) }) != nil {
        problem(line, "`\(place).\(field)` goes with `resource`; a `review` says it itself")
      }
      guard let text = document(review, line, "\(place).review") else { return nil }
      withExtendedLifetime(text) {
        namespace = text.root.member("request")?.member("namespace")?.stringValue ?? ""
        buffer.writeValue(text.root)
      }
    default:
      problem(line, "`\(place)` must have either `resource` or `review`")
      return nil
    }
    if let labels = test.member("namespaceLabels") {
      guard labels.isObject else {
        problem(line, "`\(place).namespaceLabels` must be an object")
        return nil
      }
      buffer.writeKey("namespaceObject")
      buffer.writeObjectStart()
      buffer.write("apiVersion", "v1")
      buffer.write("kind", "Namespace")
      buffer.writeKey("metadata")
      buffer.writeObjectStart()
      buffer.write("name", namespace)
      buffer.writeKey("labels")
      buffer.writeValue(labels)
      buffer.writeObjectEnd()
      buffer.writeObjectEnd()
    }
    buffer.writeObjectEnd()
    return buffer.bytes.string
  }

  private mutating func writeReview(
    of resource: Cursor, _ test: Cursor, _ name: String, _ line: Int, _ place: String, _ namespace: inout String,
    to buffer: inout ByteBuffer
  ) -> Bool {
    guard let manifest = document(resource, line, "\(place).resource") else { return false }
    var circumstances = ManifestReview.Circumstances()
    if let operation = test.member("operation") {
      guard let text = operation.stringValue, ManifestReview.Circumstances.operations.contains(text) else {
        problem(line, "`\(place).operation` is not one of `CREATE`, `UPDATE`, `DELETE`; for others write a `review`")
        return false
      }
      circumstances.operation = text
    }
    var old: ParsedDocument?
    if let value = test.member("oldResource") {
      guard let document = document(value, line, "\(place).oldResource") else { return false }
      old = document
    }
    if circumstances.operation == "UPDATE", old == nil {
      problem(line, "`\(place).oldResource` is required with UPDATE")
      return false
    }
    if circumstances.operation != "UPDATE", old != nil {
      problem(line, "`\(place).oldResource` goes with UPDATE only")
      return false
    }
    circumstances.oldObject = old?.root
    circumstances.subResource = test.member("subResource")?.stringValue ?? ""
    circumstances.dryRun = test.member("dryRun")?.bool ?? false
    if let user = test.member("user") {
      if let text = user.stringValue { circumstances.username = text } else { circumstances.userInfo = user }
    }
    // Values point into their documents, which must live as long.
    defer { withExtendedLifetime((manifest, old)) {} }
    do throws(ManifestError) {
      namespace = try ManifestReview.write(manifest.root, id: "\(path)/\(name)", circumstances, to: &buffer)
      return true
    } catch {
      problem(line, "`\(place).resource` \(error)")
      return false
    }
  }

  /// An object, as it stands there or in a file.
  mutating func document(_ value: Cursor, _ line: Int, _ place: String) -> ParsedDocument? {
    var text = ByteBuffer()
    if let file = value.stringValue {
      do throws(FileError) {
        try TextFile.readJSON(resolve(file), to: &text)
      } catch {
        problem(line, "`\(place)`: \(resolve(file)): \(error)")
        return nil
      }
    } else if value.isObject {
      text.writeValue(value)
    } else {
      problem(line, "`\(place)` must be an object, or the path of a file with one")
      return nil
    }
    do {
      return try ParsedDocument(text)
    } catch {
      problem(line, "`\(place)`: \(error.message)")
      return nil
    }
  }

  // MARK: Problems

  private mutating func check(_ object: Cursor, _ known: [String], _ line: Int, _ prefix: String) {
    for (key, _) in object.members {
      let name = key.stringValue ?? ""
      if !known.contains(name) {
        problem(line, "unknown field `\(prefix)\(name)`; there are \(known.map { "`\($0)`" }.joined(separator: ", "))")
      }
    }
  }

  private mutating func problem(_ line: Int, _ message: String) {
    problems.append(UnreadableReview(place: "\(path):\(max(line, 1))", message: message))
  }

  /// A path in the file is one from the file's folder.
  func resolve(_ file: String) -> String { file.hasPrefix("/") ? file : "\(folder)/\(file)" }
}

extension Cursor {
  /// The value as JSON text.
  var json: String {
    var buffer = ByteBuffer()
    buffer.writeValue(self)
    return buffer.bytes.string
  }
}
