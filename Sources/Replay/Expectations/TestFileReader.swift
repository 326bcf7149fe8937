internal import JSON
internal import Memory
internal import Policy

/// Turns the JSON of a list of tests into cases, and collects what is wrong, each with its line and column.
struct TestFileReader {
  let path: String
  private let folder: String
  private let document: YAMLDocument
  private var found: [(line: Int, column: Int, message: String)] = []

  init(path: String, document: YAMLDocument) {
    self.path = path
    self.document = document
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    folder = parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// Fields that stand at the top, for all tests, or in one test.
  private static let setupFields = ["policies", "parameters", "namespaces", "exceptions", "now"]
  private static let caseFields =
    setupFields + ["name", "resource", "review", "namespaceLabels", "phase", "expect"] + TestRecord.resourceFields

  mutating func read(_ root: Cursor) -> [TestFile.Case] {
    guard root.isObject else {
      problem("", "a list of tests is an object with `tests`")
      return []
    }
    check(root, Self.setupFields + ["tests"], "")
    guard let tests = root.member("tests"), tests.isArray, tests.count > 0 else {
      problem("tests", "`tests` is required: a list of tests")
      return []
    }
    let common = setup(root, "")
    var cases: [TestFile.Case] = []
    var names: Set<String> = []
    for (index, test) in tests.elements.enumerated() {
      let place = "tests[\(index)]"
      guard let found = read(test, place, common) else { continue }
      if !names.insert(found.name).inserted {
        problem("\(place).name", "the name `\(found.name)` is given more than once")
      }
      cases.append(found)
    }
    return cases
  }

  private mutating func read(_ test: Cursor, _ place: String, _ common: TestSetup) -> TestFile.Case? {
    guard test.isObject else {
      wrong(place, "must be an object")
      return nil
    }
    check(test, Self.caseFields, place)
    guard let name = string(test, "name", place), !name.isEmpty else {
      wrong("\(place).name", "is required")
      return nil
    }
    let setup = setup(test, place).in(common)
    guard let expect = test.member("expect") else {
      wrong("\(place).expect", "is required")
      return nil
    }
    let expectation = ExpectationReader.read(expect, "\(place).expect", &self)
    guard let record = TestRecord.text(of: test, id: "\(path)/\(name)", place, &self) else { return nil }
    return TestFile.Case(
      name: name, line: document.place(of: place).line, record: record, expectation: expectation, setup: setup)
  }

  // MARK: What the test is judged with

  private mutating func setup(_ object: Cursor, _ place: String) -> TestSetup {
    let prefix = place.isEmpty ? "" : place + "."
    var setup = TestSetup()
    for (file, place) in list(object.member("policies"), "\(prefix)policies") {
      if let path = file.stringValue { setup.policies.append(resolve(path)) } else { wrong(place, "must be a path") }
    }
    setup.manifests += manifests(object.member("parameters"), "\(prefix)parameters", kind: nil)
    setup.manifests += manifests(object.member("namespaces"), "\(prefix)namespaces", kind: "Namespace")
    setup.manifests += manifests(object.member("exceptions"), "\(prefix)exceptions", kind: "PolicyException")
    if let text = string(object, "now", place) {
      do throws(InstantError) {
        setup.now = try Instant(parsing: text)
      } catch {
        wrong("\(prefix)now", "\(error)")
      }
    }
    return setup
  }

  /// A list, or one element that stands for a list of it; each with its place.
  private func list(_ value: Cursor?, _ place: String) -> [(value: Cursor, place: String)] {
    guard let value, !value.isNull else { return [] }
    return value.isArray ? value.elements.enumerated().map { ($1, "\(place)[\($0)]") } : [(value, place)]
  }

  /// - Parameter kind: what those that stand in the list must be; nil for any.
  private mutating func manifests(_ value: Cursor?, _ place: String, kind: String?) -> [AddedManifest] {
    var manifests: [AddedManifest] = []
    for (value, place) in list(value, place) {
      if let file = value.stringValue {
        let sources = ManifestSources(at: [resolve(file)])
        for problem in sources.problems { wrong(place, ": \(problem.file): \(problem.message)") }
        manifests += sources.files.map { AddedManifest($0) }
      } else if value.isObject, let manifest = document.manifest(at: place) {
        if let kind, manifest.kind != kind { wrong("\(place).kind", "must be `\(kind)`") }
        manifests.append(manifest)
      } else {
        wrong(place, "must be a manifest, or the path of a file with one")
      }
    }
    return manifests
  }

  // MARK: Values

  /// An object, as it stands there or in a file.
  mutating func object(_ value: Cursor, _ place: String) -> ParsedDocument? {
    var text = ByteBuffer()
    if let file = value.stringValue {
      do throws(FileError) {
        try TextFile.readJSON(resolve(file), to: &text)
      } catch {
        wrong(place, ": \(resolve(file)): \(error)")
        return nil
      }
    } else if value.isObject {
      text.writeValue(value)
    } else {
      wrong(place, "must be an object, or the path of a file with one")
      return nil
    }
    do {
      return try ParsedDocument(text)
    } catch {
      wrong(place, ": \(error.message)")
      return nil
    }
  }

  /// A member that must be a string; nil where it is absent or something else.
  mutating func string(_ object: Cursor, _ key: StaticString, _ place: String) -> String? {
    guard let member = object.member(key), !member.isNull else { return nil }
    if let text = member.stringValue { return text }
    wrong(place.isEmpty ? "\(key)" : "\(place).\(key)", "must be a string")
    return nil
  }

  /// Reports members that nobody knows.
  mutating func check(_ object: Cursor, _ known: [String], _ place: String) {
    for (key, _) in object.members {
      let name = key.stringValue ?? ""
      if known.contains(name) { continue }
      let field = place.isEmpty ? name : "\(place).\(name)"
      problem(field, "unknown field `\(field)`; there are \(known.map { "`\($0)`" }.joined(separator: ", "))")
    }
  }

  // MARK: Problems

  /// Something is wrong with the field at `place`, which begins the message.
  mutating func wrong(_ place: String, _ message: String) {
    problem(place, "`\(place)`\(message.hasPrefix(":") ? "" : " ")\(message)")
  }

  mutating func problem(_ place: String, _ message: String) {
    let (line, column) = document.place(of: place)
    found.append((line, column, message))
  }

  /// From the file's start to its end.
  var problems: [UnreadableReview] {
    found.sorted { ($0.line, $0.column) < ($1.line, $1.column) }.map {
      UnreadableReview(place: "\(path):\($0.line):\($0.column)", message: $0.message)
    }
  }

  /// A path in the file is one from the file's folder.
  private func resolve(_ file: String) -> String { file.hasPrefix("/") ? file : "\(folder)/\(file)" }
}

extension TestSetup {
  /// With what stands at the top of the file, for all tests.
  fileprivate func `in`(_ common: TestSetup) -> TestSetup {
    var setup = common
    if !policies.isEmpty { setup.policies = policies }
    setup.manifests += manifests.filter { !common.manifests.contains($0) }
    setup.now = now ?? common.now
    return setup
  }
}

extension Cursor {
  /// The value as JSON text.
  var json: String {
    var buffer = ByteBuffer()
    buffer.writeValue(self)
    return buffer.bytes.string
  }
}
