/// Why a text names no server.
package struct TargetError: Error, CustomStringConvertible {
  package let description: String
}

extension WebhookConfiguration.Target {
  /// Reads an https URL as the API server accepts one: without user, query and fragment. An empty path becomes `/validate`.
  package init(url text: String) throws(TargetError) {
    func problem(_ what: String) -> TargetError { TargetError(description: "--url `\(text)` \(what)") }
    guard text.hasPrefix("https://") else { throw problem("does not start with `https://`") }
    guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
      throw problem("holds a character that a URL cannot have")
    }
    let rest = text.dropFirst("https://".count)
    if rest.contains("?") || rest.contains("#") {
      throw problem("has a query or fragment, which a cluster does not take")
    }
    let authority = rest.prefix { $0 != "/" }
    if authority.contains("@") { throw problem("has a user, which a cluster does not take") }
    guard !authority.isEmpty, !authority.hasPrefix(":") else { throw problem("names no host") }
    let path = rest.dropFirst(authority.count)
    self = .url("https://\(authority)\(path.isEmpty || path == "/" ? "/validate" : String(path))")
  }

  /// The URL that is asked for mutations in place of one for validations: `/mutate` where that ends in `/validate`, and the same where it
  /// does not, since then whoever stands in front of the server chooses the path.
  package static func address(_ url: String, for kind: WebhookConfiguration.Kind) -> String {
    let end = "/\(WebhookConfiguration.Kind.validating.path)"
    return url.hasSuffix(end) ? url.dropLast(end.count) + "/\(kind.path)" : url
  }

  /// Reads `NAMESPACE/NAME` or `NAMESPACE/NAME:PORT`.
  package init(service text: String) throws(TargetError) {
    func problem(_ what: String) -> TargetError { TargetError(description: "--service `\(text)` \(what)") }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw problem("is not `NAMESPACE/NAME`") }
    let nameAndPort = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var port = 443
    if nameAndPort.count == 2 {
      guard nameAndPort[1].utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = Int(nameAndPort[1]),
        (1...65_535).contains(number)
      else { throw problem("has a port that is not from 1 to 65535") }
      port = number
    }
    for name in [parts[0], nameAndPort[0]] where !KubernetesName.isLabel(String(name)) {
      throw problem("holds `\(name)`, which is no Kubernetes name: lower case letters, digits and `-`")
    }
    self = .service(namespace: String(parts[0]), name: String(nameAndPort[0]), port: port)
  }
}

/// Names as Kubernetes takes them.
///
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
package enum KubernetesName {
  /// An RFC 1123 label: up to 63 lower case letters, digits and `-`, not at the ends.
  package static func isLabel(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }

  /// An RFC 1123 subdomain: labels with dots between them, 253 characters in all.
  package static func isSubdomain(_ text: String) -> Bool {
    text.utf8.count <= 253
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel(String($0)) }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
  }
}
