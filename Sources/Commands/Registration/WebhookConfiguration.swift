package import Policy

/// A ValidatingWebhookConfiguration that makes an API server ask this server.
///
/// https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/validating-webhook-configuration-v1/
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

  /// The webhooks for a set of policies: one for each failure policy among them.
  ///
  /// The server judges every request by all its policies, whichever webhook sent it. So what the webhook of those that fail closed sends
  /// is left out of the other: it would only be judged twice.
  package func entries(for policies: [PolicySummary]) -> [Entry] {
    if let failurePolicy {
      return [Entry(failurePolicy: failurePolicy, rules: WebhookRules(policies))].filter { !$0.rules.rules.isEmpty }
    }
    let closed = policies.filter { $0.failurePolicy == .fail }
    let open = policies.filter { $0.failurePolicy == .ignore }
    return [
      Entry(failurePolicy: .fail, rules: WebhookRules(closed)),
      Entry(failurePolicy: .ignore, rules: WebhookRules(open, excluding: closed)),
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
