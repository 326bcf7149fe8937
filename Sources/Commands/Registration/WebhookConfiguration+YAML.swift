internal import Admission
internal import Memory
package import Policy

extension WebhookConfiguration {
  /// The manifests, as `kubectl apply -f` takes them: a configuration for each phase in which policies have anything to say.
  package func yaml(for policies: [PolicySummary]) -> String {
    Kind.allCases.compactMap { yaml(for: policies, $0) }.joined(separator: "---\n")
  }

  private func yaml(for policies: [PolicySummary], _ kind: Kind) -> String? {
    let entries = entries(for: policies, kind)
    if entries.isEmpty { return nil }
    var lines = [
      "apiVersion: admissionregistration.k8s.io/v1",
      "kind: \(kind.rawValue)",
      "metadata:",
      "  name: \(quoted(name))",
      "webhooks:",
    ]
    let isReinvoked = policies.contains { $0.mutates && $0.isReinvoked }
    for entry in entries { append(entry, kind, isReinvoked: isReinvoked, to: &lines) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func append(_ entry: Entry, _ kind: Kind, isReinvoked: Bool, to lines: inout [String]) {
    lines += [
      "  - name: \(entry.failurePolicy.rawValue.lowercased()).\(kind.path).policy.example.com",
      "    admissionReviewVersions: [\"v1\", \"v1beta1\"]",
      "    clientConfig:",
    ]
    switch target {
    case .url(let url): lines.append("      url: \(quoted(Target.address(url, for: kind)))")
    case .service(let namespace, let name, let port):
      lines += [
        "      service:",
        "        namespace: \(quoted(namespace))",
        "        name: \(quoted(name))",
        "        path: \"/\(kind.path)\"",
        "        port: \(port)",
      ]
    }
    lines += [
      "      caBundle: \(base64(authorityPEM))",
      "    failurePolicy: \(entry.failurePolicy.rawValue)",
      "    matchPolicy: Equivalent",
      "    sideEffects: None",
      "    timeoutSeconds: \(timeoutSeconds)",
    ]
    // Asked again where webhooks behind this one have changed the object: as often as its policies want to be.
    if kind == .mutating { lines.append("    reinvocationPolicy: \(isReinvoked ? "IfNeeded" : "Never")") }
    lines += [
      "    namespaceSelector:",
      "      matchExpressions:",
      "        - key: kubernetes.io/metadata.name",
      "          operator: NotIn",
      "          values: \(list(excludedNamespaces))",
      "    rules:",
    ]
    for rule in entry.rules.rules {
      lines += [
        "      - apiGroups: \(list(rule.groups))",
        "        apiVersions: \(list(rule.versions))",
        "        operations: \(list(rule.operations))",
        "        resources: \(list(rule.resources))",
        "        scope: \(quoted(rule.scope.rawValue))",
      ]
    }
  }

  private func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }

  /// In double quotes: a version `1` or a group `*` would be something else without them.
  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count < 2 ? "0" : "") + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private func base64(_ bytes: [UInt8]) -> String {
    var buffer = ByteBuffer()
    bytes.withUnsafeBytes { buffer.append(base64: ByteSlice($0)) }
    return buffer.bytes.string
  }
}
