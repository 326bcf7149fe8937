internal import JSON
internal import Memory

/// Reads documents one after the other, then compiles what they say together.
struct ManifestLoader {
  private var result = LoadedManifests()
  private var policies: [(manifest: PolicyManifest, report: Int)] = []
  private var bindings: [(manifest: BindingManifest, report: Int)] = []
  private var namespaces: [String: ParsedDocument] = [:]
  /// Documents of other kinds, which can be parameters.
  private var others: [(document: ManifestDocument, report: Int)] = []
  private var exceptions = ExceptionLoading()
  private let rules: ExceptionRules
  private let isTraced: Bool

  /// - Parameter isTraced: whether the policies' evaluations note what they compute, for explanations.
  init(rules: ExceptionRules, isTraced: Bool = false) {
    self.rules = rules
    self.isTraced = isTraced
  }

  mutating func read(_ sources: ManifestSources) {
    result.problems += sources.problems
    for file in sources.files { read(file) }
  }

  mutating func read(_ source: SourceFile) {
    let (documents, problem) = ManifestDocument.read(source)
    for document in documents { read(document) }
    if let problem {
      result.problems.append(problem)
    } else if documents.isEmpty {
      report(source.name, "holds no manifests", .warning)
    }
  }

  mutating func finish() -> LoadedManifests {
    // By name, so that the order of verdicts does not depend on how the files are laid out.
    policies.sort { $0.manifest.order < $1.manifest.order }
    bindings.sort { $0.manifest.order < $1.manifest.order }
    reportRepeatedNames()
    var compiler = PolicyCompiler(parameters: readParameters(), isTraced: isTraced)
    for policy in policies {
      var diagnostics = Diagnostics(policy.manifest.source)
      let own = bindings.map(\.manifest).filter {
        $0.dialect == policy.manifest.dialect && $0.policyName == policy.manifest.name
      }
      if policy.manifest.dialect != .policy, own.isEmpty {
        diagnostics.warning(
          policy.manifest.nameNode, "no binding puts `\(policy.manifest.name)` into force: it does nothing")
      }
      compiler.add(policy.manifest, own, &diagnostics)
      result.manifests[policy.report].problems += diagnostics.problems
    }
    let (exceptions, findings) = exceptions.compile(&compiler, rules, policies: policies.map(\.manifest.name))
    for finding in findings { result.manifests[finding.report].problems += finding.problems }
    let set = compiler.finish(namespaces: NamespaceTable(namespaces), exceptions: exceptions)
    result.set = result.hasErrors ? nil : set
    return result
  }

  /// The objects of the kinds that policies name in `paramKind`, by kind; a document of any other kind is reported.
  private mutating func readParameters() -> [ParameterKind: [ParameterObject]] {
    let kinds = Set(policies.compactMap(\.manifest.paramKind))
    var parameters: [ParameterKind: [ParameterObject]] = [:]
    for (document, report) in others {
      var diagnostics = Diagnostics(document.source)
      let kind = ParameterKind(apiVersion: document.apiVersion, kind: document.kind)
      if !kinds.contains(kind) {
        diagnostics.warning(
          document.root.member("kind") ?? document.root,
          "the kind `\(document.kind)` of `\(document.apiVersion)` is neither a policy nor the parameter of one, and is passed over"
        )
      } else if document.name.isEmpty {
        diagnostics.error(document.root, "`metadata.name` is required")
      } else if let parsed = parse(document, &diagnostics) {
        let namespace = document.root.member("metadata")?.member("namespace")?.text ?? ""
        parameters[kind, default: []].append(
          ParameterObject(name: document.name, namespace: namespace, document: parsed))
      }
      result.manifests[report].problems += diagnostics.problems
    }
    return parameters
  }

  private func parse(_ document: ManifestDocument, _ diagnostics: inout Diagnostics) -> ParsedDocument? {
    var json = ByteBuffer()
    if document.root.writeJSON(to: &json), let parsed = try? ParsedDocument(json) { return parsed }
    diagnostics.error(document.root, "is too large or nested too deep")
    return nil
  }

  private mutating func reportRepeatedNames() {
    for (first, second) in zip(policies, policies.dropFirst())
    where first.manifest.name == second.manifest.name && first.manifest.dialect == second.manifest.dialect {
      var diagnostics = Diagnostics(second.manifest.source)
      diagnostics.error(
        second.manifest.nameNode,
        "the name `\(first.manifest.name)` is taken by the policy at \(first.manifest.source.name):\(first.manifest.nameNode.place.line)"
      )
      result.manifests[second.report].problems += diagnostics.problems
    }
    let names = Dictionary(grouping: policies.map(\.manifest), by: \.dialect).mapValues { Set($0.map(\.name)) }
    for (index, binding) in bindings.enumerated() {
      var diagnostics = Diagnostics(binding.manifest.source)
      let known = names[binding.manifest.dialect] ?? []
      if let first = bindings[..<index].last?.manifest, first.name == binding.manifest.name,
        first.dialect == binding.manifest.dialect
      {
        diagnostics.error(
          binding.manifest.nameNode,
          "the name `\(first.name)` is taken by the binding at \(first.source.name):\(first.nameNode.place.line)")
      }
      if !known.contains(binding.manifest.policyName) {
        diagnostics.warning(
          binding.manifest.policyNameNode,
          "there is no policy `\(binding.manifest.policyName)` to put into force\(suggestion(for: binding.manifest.policyName, among: known.sorted()))"
        )
      }
      result.manifests[binding.report].problems += diagnostics.problems
    }
  }

  private mutating func report(_ file: String, _ message: String, _ severity: Problem.Severity = .error) {
    result.problems.append(
      Problem(severity: severity, file: file, line: 1, column: 1, field: "", message: message, sourceLine: ""))
  }

  // MARK: Documents

  /// Of `admissionregistration.k8s.io`; their fields agree.
  private static let servedVersions: Set<String> = [
    "admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1", "admissionregistration.k8s.io/v1alpha1",
  ]

  mutating func read(_ document: ManifestDocument) {
    // What `kubectl get -o yaml` writes of several objects.
    if document.kind == "List", document.apiVersion == "v1", let items = document.root.member("items") {
      var diagnostics = Diagnostics(document.source)
      for item in items.list(&diagnostics) { read(ManifestDocument(source: document.source, root: item)) }
      return
    }
    var diagnostics = Diagnostics(document.source)
    var policy: PolicyManifest?
    var binding: BindingManifest?
    var exception: ExceptionManifest?
    switch (document.apiVersion, document.kind) {
    case (PolicyManifest.apiVersion, PolicyManifest.kind):
      policy = PolicyManifest(document, as: .policy, &diagnostics)
    case (let version, "ValidatingAdmissionPolicy") where Self.servedVersions.contains(version):
      policy = PolicyManifest(document, as: .validatingAdmissionPolicy, &diagnostics)
    case (let version, "ValidatingAdmissionPolicyBinding") where Self.servedVersions.contains(version):
      binding = BindingManifest(document, of: .validatingAdmissionPolicy, &diagnostics)
    case (let version, "MutatingAdmissionPolicy") where Self.servedVersions.contains(version):
      policy = PolicyManifest(document, as: .mutatingAdmissionPolicy, &diagnostics)
    case (let version, "MutatingAdmissionPolicyBinding") where Self.servedVersions.contains(version):
      binding = BindingManifest(document, of: .mutatingAdmissionPolicy, &diagnostics)
    case (PolicyManifest.apiVersion, ExceptionManifest.kind):
      exception = ExceptionManifest(document, &diagnostics)
    case ("v1", "Namespace"):
      readNamespace(document, &diagnostics)
    case (_, "") where document.root.member("kind") == nil:
      diagnostics.error(document.root, "`kind` is required: this is no Kubernetes manifest")
    case ("", _) where document.root.member("apiVersion") == nil:
      diagnostics.error(document.root, "`apiVersion` is required")
    case (let version, let kind)
    where version.hasPrefix("policy.example.com/") && [PolicyManifest.kind, ExceptionManifest.kind].contains(kind):
      diagnostics.error(
        document.root.member("apiVersion") ?? document.root,
        "`\(version)` is not served; write `\(PolicyManifest.apiVersion)`")
    // Ours, but unknown: a slip of the pen, and a policy that would not be enforced.
    case (let version, let kind) where version.hasPrefix("policy.example.com/"):
      diagnostics.error(
        document.root.member("kind") ?? document.root,
        "the kind `\(kind)` of `\(version)` is unknown\(suggestion(for: kind, among: [PolicyManifest.kind, ExceptionManifest.kind]))"
      )
    default:
      others.append((document, result.manifests.count))
    }
    result.manifests.append(
      ManifestReport(
        file: document.source.name, kind: document.kind, name: document.name, problems: diagnostics.problems))
    if let policy { policies.append((policy, result.manifests.count - 1)) }
    if let exception { exceptions.add(exception, report: result.manifests.count - 1) }
    if let binding { bindings.append((binding, result.manifests.count - 1)) }
  }

  private mutating func readNamespace(_ document: ManifestDocument, _ diagnostics: inout Diagnostics) {
    guard !document.name.isEmpty else { return diagnostics.error(document.root, "`metadata.name` is required") }
    guard namespaces[document.name] == nil else {
      return diagnostics.error(document.root, "the Namespace `\(document.name)` is given more than once")
    }
    namespaces[document.name] = parse(document, &diagnostics)
  }
}

extension PolicyManifest {
  /// By name; of one name first the `Policy`, then Kubernetes' kinds.
  fileprivate var order: (String, Int) { (name, dialect.order) }
}

extension BindingManifest {
  fileprivate var order: (String, Int) { (name, dialect.order) }
}

extension PolicyManifest.Dialect {
  fileprivate var order: Int {
    switch self {
    case .policy: 0
    case .validatingAdmissionPolicy: 1
    case .mutatingAdmissionPolicy: 2
    }
  }
}
