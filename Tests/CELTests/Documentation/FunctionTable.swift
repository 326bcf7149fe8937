import CEL

/// The functions of both environments as a table, by library.
enum FunctionTable {
  struct Library: Sendable {
    let name: String
    /// The library's version that is complete here.
    let version: String
    /// Since which version of the library its functions are there, where not since the first.
    var since: [String: String] = [:]
    /// Whether an overload is the library's, by its id.
    let holds: @Sendable (String) -> Bool
  }

  private static func library(
    _ name: String, _ version: String, since: [String: String] = [:], _ functions: [FunctionDeclaration]
  ) -> Library {
    let ids = Set(functions.flatMap { $0.overloads.map(\.id) })
    return Library(name: name, version: version, since: since) { ids.contains($0) }
  }

  private static func library(_ name: String, _ version: String, ids: String...) -> Library {
    Library(name: name, version: version) { id in ids.contains { id.contains($0) } }
  }

  /// In the order of the documentation; an overload belongs to the first that holds it.
  static let libraries = [
    library("Standard definitions", "", StandardDeclarations.functions),
    library(
      "Optional values", "2", since: ["optional.unwrap": "2", "unwrapOpt": "2"], OptionalDeclarations.functions),
    library(
      "Strings", "5 (Kubernetes: 2)", since: ["format": "1", "strings.quote": "1", "reverse": "3"],
      StringDeclarations.functions + [StringDeclarations.reverse]),
    library(
      "Lists", "3",
      since: [
        "flatten": "1", "sort": "2", "@sortByAssociatedKeys": "2", "lists.range": "2", "reverse": "2", "distinct": "2",
        "first": "optional values 2", "last": "optional values 2",
      ], ListExtensionDeclarations.functions),
    library(
      "Math", "2",
      since: Dictionary(
        uniqueKeysWithValues: MathDeclarations.functions.map(\.name).filter { !$0.contains("@") }.map {
          ($0, $0 == "math.sqrt" ? "2" : "1")
        }),
      MathDeclarations.functions),
    library("Encoders", "latest", EncoderDeclarations.functions),
    library("Regex", "latest", RegexDeclarations.functions),
    library("Sets", "latest", ids: "sets_"),
    library("IP addresses and CIDR blocks", "1", ids: "cidr", "_ip", "ip_"),
    library("Kubernetes lists", "0", ListDeclarations.functions),
    library("Kubernetes regular expressions", "1", ids: "string_find"),
    library("Kubernetes URLs", "1", ids: "url"),
    library("Kubernetes quantities", "1", ids: "quantity"),
    library("Kubernetes semantic versions", "1", ids: "semver"),
    library("Kubernetes formats", "1", ids: "format"),
    library(
      "Kubernetes authorizer", "1", ids: "authorizer", "check_", "decision_", "groupcheck", "pathcheck", "resourcecheck"
    ),
  ]

  /// Overloads that no library holds, by id.
  static var strays: [String] {
    overloads.map(\.overload.id).filter { id in !libraries.contains { $0.holds(id) } }
  }

  private struct Row {
    let name: String
    let overload: FunctionDeclaration.Overload
    let isInKubernetes: Bool
    let isInFull: Bool
  }

  private static var overloads: [Row] {
    let kubernetes = Environment(.kubernetes).declaredFunctions
    let full = Environment(.full).declaredFunctions
    let (kubernetesIDs, fullIDs) = (ids(kubernetes), ids(full))
    var rows: [Row] = []
    var seen: Set<String> = []
    for function in full + kubernetes {
      for overload in function.overloads where seen.insert("\(function.name) \(overload.id)").inserted {
        rows.append(
          Row(
            name: function.name, overload: overload, isInKubernetes: kubernetesIDs.contains(overload.id),
            isInFull: fullIDs.contains(overload.id)))
      }
    }
    return rows
  }

  private static func ids(_ functions: [FunctionDeclaration]) -> Set<String> {
    Set(functions.flatMap { $0.overloads.map(\.id) })
  }

  /// The tables in Markdown, under a heading for each library.
  static func markdown() -> String {
    let rows = overloads
    var text = ""
    var taken: Set<String> = []
    for library in libraries {
      let own = rows.filter { !taken.contains($0.name + $0.overload.id) && library.holds($0.overload.id) }
      if own.isEmpty { continue }
      taken.formUnion(own.map { $0.name + $0.overload.id })
      text += "\n### \(library.name)\(library.version.isEmpty ? "" : ", version \(library.version)")\n\n"
      text += "| signatures | since version | Kubernetes | full |\n|---|---|---|---|\n"
      // One row for the overloads of a name that are found in the same places.
      let groups = Dictionary(grouping: own) { "\($0.name) \($0.isInKubernetes) \($0.isInFull)" }
      for (_, group) in groups.sorted(by: { $0.key < $1.key }) {
        let signatures = group.sorted { $0.overload.id < $1.overload.id }.map { "`\(signature($0))`" }
        let row = group[0]
        let since = library.version.isEmpty ? "" : library.since[row.name] ?? "0"
        text +=
          "| \(signatures.joined(separator: "<br>")) | \(since) | \(row.isInKubernetes ? "yes" : "") | \(row.isInFull ? "yes" : "") |\n"
      }
    }
    return text
  }

  /// `list(T).slice(int, int) → list(T)`, `int + int → int`.
  private static func signature(_ row: Row) -> String {
    let parameters = row.overload.parameters.map(\.description)
    let result = row.overload.result.description
    if row.name == "@in" { return "\(parameters[0]) in \(parameters[1]) → \(result)" }
    if row.name == "@sortByAssociatedKeys" {
      return "\(parameters[0]).sortBy(x, \(element(of: parameters[1]))) → \(result)"
    }
    if row.name.contains("_") {
      var rest = parameters[...]
      let isInfix = row.name.hasPrefix("_") && row.name.hasSuffix("_") && !row.name.contains("?")
      let call = row.name.map { character in
        if character == "_" { return rest.popFirst() ?? "" }
        return isInfix || row.name == "_?_:_" ? " \(character) " : "\(character)"
      }
      // `|` ends a cell, also inside of code.
      return "\(call.joined().replacing("  ", with: "")) → \(result)".replacing("|", with: "\\|")
    }
    let name = row.name.replacing("math.@min", with: "math.least").replacing("math.@max", with: "math.greatest")
    let target = row.overload.isMember ? "\(parameters[0])." : ""
    let arguments = parameters.dropFirst(row.overload.isMember ? 1 : 0).joined(separator: ", ")
    return "\(target)\(name)(\(arguments)) → \(result)"
  }

  private static func element(of list: String) -> String { String(list.dropFirst("list(".count).dropLast()) }
}
