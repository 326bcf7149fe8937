internal import Admission
internal import JSON
internal import Memory

/// What a cluster's own PolicyExceptions must be: the server judges them when they are made and changed, by the code that reads
/// them from files. Nothing is excepted from that.
struct ExceptionAdmission {
  /// What stands in front of each line of a denial, where a policy's name stands otherwise.
  static let name = "policy-exceptions"

  /// Whether somebody makes, changes or removes an exception, or a part of one.
  static func isAbout(_ request: AdmissionRequest) -> Bool {
    request.resource.resource == "policyexceptions" && request.resource.group == "policy.example.com"
  }

  let rules: ExceptionRules
  let set: PolicySet

  /// Adds what is wrong with the exception to what the policies say of it. Allocates: somebody makes an exception a few times a day.
  func judge(_ request: AdmissionRequest, _ verdict: Verdict, now: Instant, _ arena: Arena.Handle) -> Verdict {
    guard request.operation == .create || request.operation == .update, request.subResource.isEmpty,
      let object = request.object
    else { return verdict }
    var old: ExceptionManifest?
    if request.operation == .update, let oldObject = request.oldObject {
      // Labels, finalizers and the status are not what was approved.
      if Self.text(oldObject.member("spec")) == Self.text(object.member("spec")) { return verdict }
      var diagnostics = Diagnostics(Self.source)
      old = ExceptionManifest(Self.document(oldObject), &diagnostics)
    }
    var diagnostics = Diagnostics(Self.source)
    let manifest = ExceptionManifest(Self.document(object), &diagnostics)
    let isMalformed = !Self.errors(diagnostics).isEmpty
    if let manifest {
      var compiler = PolicyCompiler(parameters: [:])
      _ = compiler.conditions(of: manifest, &diagnostics)
      // One may be ended at once, which is no end in the past.
      let isLonger = old.map { manifest.expiresAt > $0.expiresAt } ?? true
      manifest.check(rules, now: now, isNew: isLonger, &diagnostics)
      manifest.checkPolicies(known: Set(set.policies.map(\.name)), &diagnostics)
      compare(manifest, with: old, request.username.string, &diagnostics)
    }
    return add(Self.errors(diagnostics), Self.warnings(diagnostics), isMalformed: isMalformed, to: verdict, arena)
  }

  private func compare(
    _ manifest: ExceptionManifest, with old: ExceptionManifest?, _ user: String, _ diagnostics: inout Diagnostics
  ) {
    var approvers = [manifest.approvedBy]
    if let old {
      let widening = ExceptionWidening(old: old, new: manifest)
      let findings = widening.findings
      approvers += widening.newApprovals.map(\.by)
      if !widening.hasNewApproval {
        for finding in findings {
          let node = ManifestNode(yaml: manifest.nameNode.yaml, path: finding.field)
          diagnostics.error(
            node,
            "\(finding.message), which needs a new approval: add an entry to `spec.approvals`, newer than those there are"
          )
        }
      }
    } else {
      approvers += manifest.approvals.map(\.by)
    }
    if !rules.allowsSelfApproval, approvers.contains(user) {
      let node = ManifestNode(yaml: manifest.nameNode.yaml, path: "spec.approvedBy")
      diagnostics.error(node, "`\(user)` cannot approve an exception of their own; somebody else must")
    }
  }

  // MARK: The answer

  private func add(
    _ errors: [String], _ warnings: [String], isMalformed: Bool, to verdict: Verdict, _ arena: Arena.Handle
  ) -> Verdict {
    var verdict = verdict
    if !warnings.isEmpty {
      let all = verdict.warnings.map { $0 } + warnings.map(arena.slice)
      verdict.warnings = arena.buffer(all)
    }
    if errors.isEmpty { return verdict }
    let lines = errors.map { "\(Self.name): \($0)" } + (verdict.allowed ? [] : [verdict.message.string])
    verdict.message = arena.slice(lines.joined(separator: "\n"))
    let reason = isMalformed ? DenialReason.invalid : .forbidden
    verdict.allowed = false
    verdict.code = reason.code
    verdict.reason = arena.slice(reason.rawValue)
    return verdict
  }

  private static func errors(_ diagnostics: Diagnostics) -> [String] { lines(diagnostics, .error) }

  private static func warnings(_ diagnostics: Diagnostics) -> [String] { lines(diagnostics, .warning) }

  private static func lines(_ diagnostics: Diagnostics, _ severity: Problem.Severity) -> [String] {
    diagnostics.problems.filter { $0.severity == severity }.map { problem in
      problem.field.isEmpty ? problem.message : "\(problem.field): \(problem.message)"
    }
  }

  private static let source = SourceFile(name: "request.object", text: "")

  private static func document(_ object: Cursor) -> ManifestDocument {
    ManifestDocument(source: source, root: ManifestNode(object))
  }

  private static func text(_ value: Cursor?) -> String? {
    guard let value else { return nil }
    var buffer = ByteBuffer()
    buffer.writeValue(value)
    return buffer.bytes.string
  }
}

extension PolicySummary {
  /// What a server must be registered for to judge exceptions themselves: it fails closed.
  public static var exceptionAdmission: PolicySummary {
    var rule = ResourceRule()
    rule.apiGroups = ["policy.example.com"]
    rule.apiVersions = ["v1"]
    rule.resources = ["policyexceptions"]
    rule.operations = ["CREATE", "UPDATE"]
    var constraints = MatchConstraints()
    constraints.resourceRules = [rule]
    return PolicySummary(
      name: ExceptionAdmission.name, binding: "", file: "", failurePolicy: .fail, matchConstraints: constraints,
      includesPodTemplates: false, validates: true, mutates: false, isReinvoked: false)
  }
}
