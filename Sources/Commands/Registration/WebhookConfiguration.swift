package import Policy

/// A ValidatingWebhookConfiguration and, where policies have mutations, a MutatingWebhookConfiguration that make an API server ask
/// this server.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/validating-webhook-configuration-v1/
/// https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/mutating-webhook-configuration-v1/
package struct WebhookConfiguration {
  /// How the API server reaches the server.
  package enum Target: Equatable, Sendable {
    /// The path included.
    case url(String)
    case service(namespace: String, name: String, port: Int)
  }

  package var name: String
  package var target: Target
  /// The certificates of the authority, PEM.
  package var authorityPEM: [UInt8]
  /// For all webhooks; nil: that of the policies.
  package var failurePolicy: FailurePolicy?
  package var timeoutSeconds: Int

  package init(
    name: String, target: Target, authorityPEM: [UInt8], failurePolicy: FailurePolicy?, timeoutSeconds: Int
  ) {
    self.name = name
    self.target = target
    self.authorityPEM = authorityPEM
    self.failurePolicy = failurePolicy
    self.timeoutSeconds = timeoutSeconds
  }

  /// What the API server waits for an answer: from 1 to 30 seconds.
  package static let timeoutRange = 1...30

  /// One webhook of the configuration.
  package struct Entry: Equatable {
    package var failurePolicy: FailurePolicy
    package var rules: WebhookRules
  }

  /// The phase that webhooks of a configuration ask for.
  package enum Kind: String, CaseIterable, Sendable {
    // In the order in which an API server asks them.
    case mutating = "MutatingWebhookConfiguration"
    case validating = "ValidatingWebhookConfiguration"

    /// The last part of the path that is asked.
    var path: String { self == .mutating ? "mutate" : "validate" }

    func concerns(_ policy: PolicySummary) -> Bool { self == .mutating ? policy.mutates : policy.validates }
  }

  /// The webhooks of one kind for a set of policies: one for each failure policy among them.
  ///
  /// The server judges every request by all its policies, whichever webhook sent it. So what the webhook of those that fail closed sends
  /// is left out of the other: it would only be judged twice.
  package func entries(for policies: [PolicySummary], _ kind: Kind = .validating) -> [Entry] {
    let policies = policies.filter(kind.concerns)
    // There is nothing to change in what is deleted.
    let operations = kind == .mutating ? WebhookRules.allOperations.subtracting(["DELETE"]) : WebhookRules.allOperations
    if let failurePolicy {
      return [Entry(failurePolicy: failurePolicy, rules: WebhookRules(policies, operations))]
        .filter { !$0.rules.rules.isEmpty }
    }
    let closed = policies.filter { $0.failurePolicy == .fail }
    let open = policies.filter { $0.failurePolicy == .ignore }
    return [
      Entry(failurePolicy: .fail, rules: WebhookRules(closed, operations)),
      Entry(failurePolicy: .ignore, rules: WebhookRules(open, operations, excluding: closed)),
    ].filter { !$0.rules.rules.isEmpty }
  }

  /// Namespaces whose objects are never sent: the cluster must come up and be mended without the server, and so must the server.
  var excludedNamespaces: [String] {
    switch target {
    case .url: ["kube-system"]
    case .service(let namespace, _, _): ["kube-system", namespace].deduplicated()
    }
  }
}

extension [String] {
  fileprivate func deduplicated() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
