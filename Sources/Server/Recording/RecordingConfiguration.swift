/// What `webhook serve --record` records, and where.
public struct RecordingConfiguration: Sendable {
  /// A file, made with mode 0600, put to the end of where there is one.
  public var path: String
  /// The share of reviews that is recorded: above 0, up to 1. A review is chosen by its uid, so that both phases of a request and every
  /// replica choose alike.
  public var sample = 1.0
  /// The namespaces whose reviews are recorded; empty for all, cluster-scoped objects included.
  public var namespaces: [String] = []
  /// What is replaced by a digest, besides the data of Secrets.
  public var redactions: [RedactionPath] = []
  /// Bytes from which on the file becomes `FILE.1`, and how many of those are kept.
  public var maximumBytes = defaultMaximumBytes
  public var keptFiles = defaultKeptFiles

  /// A quarter of a gibibyte, about 60,000 reviews: a file that tools still open.
  public static let defaultMaximumBytes = 256 << 20
  public static let defaultKeptFiles = 4

  /// Bytes of records that may wait for each worker. A longer record is dropped: an UPDATE carries two objects of at most 3 MiB.
  public static let queueBytes = 8 << 20

  public init(path: String) {
    self.path = path
  }
}

/// A place in an object whose value is not to be recorded: `spec.containers[*].env[*].value`.
public struct RedactionPath: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    case member(String)
    /// Every member or element.
    case all
  }

  let steps: [Step]

  /// Steps in one path; deeper values cannot be named.
  public static let maximumSteps = 32

  /// - Parameter text: names between dots, each with `[*]` behind it for the elements of a list; `*` for every member; a name with dots in
  ///   brackets and double quotes: `metadata.annotations["example.com/token"]`.
  /// - Returns: nil where the text is no such path.
  public init?(_ text: String) {
    var steps: [Step] = []
    var rest = Substring(text)
    while !rest.isEmpty {
      if rest.hasPrefix("[*]") {
        steps.append(.all)
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("[\"") {
        guard let end = rest.firstRange(of: "\"]") else { return nil }
        steps.append(.member(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound])))
        rest = rest[end.upperBound...]
      } else {
        if !steps.isEmpty {
          guard rest.hasPrefix(".") else { return nil }
          rest = rest.dropFirst()
        }
        let name = rest.prefix { $0 != "." && $0 != "[" }
        if name.isEmpty || name.contains(where: { $0 == "]" || $0 == "\"" }) { return nil }
        steps.append(name == "*" ? .all : .member(String(name)))
        rest = rest.dropFirst(name.count)
      }
    }
    guard !steps.isEmpty, steps.count <= Self.maximumSteps else { return nil }
    self.steps = steps
  }
}
