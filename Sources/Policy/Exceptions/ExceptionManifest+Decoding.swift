extension ExceptionManifest {
  private static let fields = [
    "namespace", "policy", "policies", "resourceSelector", "kinds", "names", "matchConditions", "reason", "expiresAt",
    "startsAt", "approvedBy", "owner", "riskAcceptance", "compensatingControls", "approvals", "reviewBy",
  ]

  /// Reads the document; everything wrong is reported, and nil is returned where it has no name or no end that could be read.
  init?(_ document: ManifestDocument, _ diagnostics: inout Diagnostics) {
    let root = document.root.fields(["apiVersion", "kind", "metadata", "spec", "status"], &diagnostics)
    let name = root["metadata"]?.member("name").flatMap { node in node.string(&diagnostics).map { ($0, node) } }
    if root["metadata"]?.member("name") == nil {
      diagnostics.error(root["metadata"] ?? document.root, "`metadata.name` is required")
    }
    guard let spec = root["spec"] else {
      diagnostics.error(document.root, "`spec` is required")
      return nil
    }
    let fields = spec.fields(Self.fields, &diagnostics)
    let end = fields["expiresAt"].flatMap { $0.instant(&diagnostics) }
    if fields["expiresAt"] == nil {
      diagnostics.error(spec, "`expiresAt` is required: an exception without an end is a hole in the policy")
    }
    source = document.source
    self.name = name?.0 ?? ""
    nameNode = name?.1 ?? document.root
    expiresAt = end ?? Instant(nanoseconds: 0)
    endNode = fields["expiresAt"] ?? spec
    if let (name, node) = name, !Names.isSubdomain(name) {
      diagnostics.error(
        node, "`\(name)` is not a DNS subdomain: lower-case letters, digits, `-` and `.`, at most 253 characters")
    }
    decodePolicies(spec, fields, &diagnostics)
    decodeScope(spec, fields, root["metadata"], &diagnostics)
    decodeTimes(fields, hasEnd: end != nil, &diagnostics)
    decodePeople(spec, fields, &diagnostics)
    if name == nil || end == nil { return nil }
  }

  private mutating func decodePolicies(
    _ spec: ManifestNode, _ fields: [String: ManifestNode], _ diagnostics: inout Diagnostics
  ) {
    var nodes: [ManifestNode] = []
    switch (fields["policy"], fields["policies"]) {
    case (let policy?, nil): nodes = [policy]
    case (nil, let list?):
      nodes = list.list(&diagnostics)
      if list.isEmptyList { diagnostics.error(list, "names no policy") }
      diagnostics.limit(nodes.count, list)
    case (nil, nil):
      diagnostics.error(spec, "`policy` is required, or `policies`: what it is an exception from")
    case (.some, let list?):
      diagnostics.error(list, "give either `policy` or `policies`, not both")
    }
    for node in nodes {
      guard let name = node.string(&diagnostics) else { continue }
      if name.contains("*") {
        diagnostics.error(node, "`\(name)` is not the name of a policy: an exception names each policy it is from")
      } else if !Names.isSubdomain(name) {
        diagnostics.error(node, "`\(name)` is not the name of a policy")
      } else if policies.contains(where: { $0.name == name }) {
        diagnostics.error(node, "the policy `\(name)` is named more than once")
      } else {
        policies.append((name, node))
      }
    }
  }

  // MARK: Scope

  private mutating func decodeScope(
    _ spec: ManifestNode, _ fields: [String: ManifestNode], _ metadata: ManifestNode?, _ diagnostics: inout Diagnostics
  ) {
    decodeNamespace(spec, fields["namespace"], metadata?.member("namespace"), &diagnostics)
    if let field = fields["resourceSelector"] {
      let before = diagnostics.problems.count
      selector = LabelSelector(field, &diagnostics)
      if diagnostics.problems.count > before {
        // What it selects is not known.
      } else if selector.isEmpty {
        diagnostics.error(field, "is empty and would select everything; name labels, or leave it out and give `kinds`")
      } else if selector.matchLabels.isEmpty,
        selector.matchExpressions.allSatisfy({ $0.comparison == .notIn || $0.comparison == .doesNotExist })
      {
        diagnostics.warning(field, "selects every object without these labels, also those that have none at all")
      }
    }
    decodeKinds(fields["kinds"], &diagnostics)
    decodeNames(fields["names"], &diagnostics)
    if fields["resourceSelector"] == nil, fields["kinds"] == nil, fields["names"] == nil {
      diagnostics.error(
        spec, "`resourceSelector`, `kinds` or `names` is required: an exception is for some objects, never for all")
    }
    guard let field = fields["matchConditions"] else { return }
    matchConditions = field.list(&diagnostics).compactMap { PolicyManifest.MatchCondition($0, &diagnostics) }
    diagnostics.limit(matchConditions.count, field)
    var seen: Set<String> = []
    for condition in matchConditions where !seen.insert(condition.name).inserted {
      diagnostics.error(condition.expression.node, "the match condition `\(condition.name)` is given more than once")
    }
  }

  private mutating func decodeNamespace(
    _ spec: ManifestNode, _ field: ManifestNode?, _ ownNamespace: ManifestNode?, _ diagnostics: inout Diagnostics
  ) {
    if let field, let text = field.string(&diagnostics) {
      namespace = text
      if text.contains("*") {
        diagnostics.error(field, "`\(text)` is not a namespace: an exception is for one namespace, named in full")
      } else if text.isEmpty || text.utf8.count > 63 || text.contains(".") || !Names.isSubdomain(text) {
        diagnostics.error(field, "`\(text)` is not the name of a namespace")
      }
    }
    // Exceptions live in no namespace. Somebody who writes one here means the namespace that the exception is for.
    guard let own = ownNamespace, let text = own.text, text != namespace else { return }
    diagnostics.error(
      own,
      "an exception lives in no namespace; the one that it is for stands at `spec.namespace`: write `\(text)` there")
  }

  private mutating func decodeKinds(_ field: ManifestNode?, _ diagnostics: inout Diagnostics) {
    guard let field else { return }
    if field.isEmptyList { diagnostics.error(field, "names no kind; leave it out for any kind") }
    for node in field.list(&diagnostics) {
      guard let text = node.string(&diagnostics) else { continue }
      let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let kind = parts[0]
      if text.contains("*") {
        diagnostics.error(node, "`\(text)` is not a kind; leave `kinds` out for any kind")
      } else if !kind.utf8.allSatisfy({ UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || 0x30...0x39 ~= $0 })
        || kind.isEmpty || (parts.count > 1 && !Names.isSubdomain(parts[1]))
      {
        diagnostics.error(node, "`\(text)` is not a kind; write `DaemonSet`, or with its group `DaemonSet.apps`")
      } else if kind.first?.isLowercase == true {
        diagnostics.error(
          node, "`\(text)` is not a kind, which starts with a capital letter: write `Pod` where the resource is `pods`")
      } else {
        kinds.append(KindReference(kind: kind, group: parts.count > 1 ? parts[1] : nil))
      }
    }
    diagnostics.limit(kinds.count, field)
  }

  private mutating func decodeNames(_ field: ManifestNode?, _ diagnostics: inout Diagnostics) {
    guard let field else { return }
    if field.isEmptyList { diagnostics.error(field, "names nothing; leave it out for any name") }
    for node in field.list(&diagnostics) {
      guard let text = node.string(&diagnostics) else { continue }
      let isName =
        !text.isEmpty && text.utf8.count <= 253
        && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "%") }
      if text.allSatisfy({ $0 == "*" }), !text.isEmpty {
        diagnostics.error(node, "`\(text)` is every name; leave `names` out, and say by labels or kinds what is meant")
      } else if !isName {
        diagnostics.error(node, "`\(text)` is not a name, or the pattern of one with `*`")
      } else {
        names.append(text)
      }
    }
    diagnostics.limit(names.count, field)
  }

  // MARK: Times

  private mutating func decodeTimes(
    _ fields: [String: ManifestNode], hasEnd: Bool, _ diagnostics: inout Diagnostics
  ) {
    if let field = fields["startsAt"] {
      startsAt = field.instant(&diagnostics)
      if let startsAt, hasEnd, startsAt >= expiresAt {
        diagnostics.error(field, "\(startsAt.shortText) is not before the end, \(expiresAt.shortText)")
      }
    }
    guard let field = fields["reviewBy"] else { return }
    reviewBy = field.instant(&diagnostics)
    reviewNode = field
    if let reviewBy, hasEnd, reviewBy > expiresAt {
      diagnostics.error(
        field, "\(reviewBy.shortText) is after the end, \(expiresAt.shortText): nothing is left to review")
    }
  }

  // MARK: People and their reasons

  private mutating func decodePeople(
    _ spec: ManifestNode, _ fields: [String: ManifestNode], _ diagnostics: inout Diagnostics
  ) {
    for (name, why) in [("reason", "why the object cannot do without it"), ("approvedBy", "who answers for it")]
    where fields[name] == nil {
      diagnostics.error(spec, "`\(name)` is required: \(why)")
    }
    reason = fields["reason"]?.prose(&diagnostics) ?? ""
    approvedBy = fields["approvedBy"]?.person(&diagnostics) ?? ""
    owner = fields["owner"]?.person(&diagnostics) ?? ""
    riskAcceptance = fields["riskAcceptance"]?.prose(&diagnostics) ?? ""
    if let field = fields["compensatingControls"] {
      // One is written as a text as often as in a list of one.
      let nodes = field.kindName == "a list" ? field.list(&diagnostics) : [field]
      compensatingControls = nodes.compactMap { $0.prose(&diagnostics) }
      diagnostics.limit(nodes.count, field)
    }
    if let field = fields["approvals"] {
      let nodes = field.list(&diagnostics)
      approvals = nodes.compactMap { Approval($0, &diagnostics) }
      diagnostics.limit(nodes.count, field)
    }
  }
}

extension ExceptionManifest.Approval {
  init?(_ node: ManifestNode, _ diagnostics: inout Diagnostics) {
    let fields = node.fields(["by", "at", "ticket"], &diagnostics)
    for name in ["by", "at"] where fields[name] == nil && node.kindName == "a mapping" {
      diagnostics.error(node, "`\(name)` is required")
    }
    let ticket = fields["ticket"]?.prose(&diagnostics) ?? ""
    guard let by = fields["by"]?.person(&diagnostics), let at = fields["at"]?.instant(&diagnostics) else { return nil }
    self.init(by: by, at: at, ticket: ticket, node: node)
  }
}

extension ManifestNode {
  fileprivate func instant(_ diagnostics: inout Diagnostics) -> Instant? {
    guard let text = string(&diagnostics) else { return nil }
    do throws(InstantError) {
      return try Instant(parsing: text)
    } catch {
      diagnostics.error(self, "`\(text)` \(error)")
      return nil
    }
  }

  /// A text that people read.
  fileprivate func prose(_ diagnostics: inout Diagnostics) -> String? {
    guard let text = string(&diagnostics) else { return nil }
    if text.trimmed.isEmpty { diagnostics.error(self, "is empty") }
    if text.utf8.count > ExceptionManifest.maximumTextLength {
      diagnostics.error(self, "is longer than \(ExceptionManifest.maximumTextLength) bytes")
    }
    return text.trimmed
  }

  /// Who somebody is: a user, a team, an address.
  fileprivate func person(_ diagnostics: inout Diagnostics) -> String? {
    guard let text = string(&diagnostics) else { return nil }
    if text.trimmed.isEmpty {
      diagnostics.error(self, "is empty")
    } else if text.utf8.count > ExceptionManifest.maximumPersonLength {
      diagnostics.error(self, "is longer than \(ExceptionManifest.maximumPersonLength) bytes")
    } else if text.unicodeScalars.contains(where: { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }) {
      diagnostics.error(self, "must not contain line breaks or other control characters")
    }
    return text.trimmed
  }
}

extension Diagnostics {
  fileprivate mutating func limit(_ count: Int, _ node: ManifestNode) {
    guard count > ExceptionManifest.maximumEntries else { return }
    error(node, "has \(count) entries; at most \(ExceptionManifest.maximumEntries) are allowed")
  }
}
