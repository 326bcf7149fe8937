internal import ArgumentParser
internal import Memory
internal import Policy
internal import Server

/// `webhook register`.
struct RegisterCommand: ParsableCommand {
  enum FailureChoice: String, ExpressibleByArgument, CaseIterable {
    case fail = "Fail"
    case ignore = "Ignore"

    var policy: FailurePolicy {
      switch self {
      case .fail: .fail
      case .ignore: .ignore
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "register",
    abstract: "Print the webhook configurations that make a cluster ask the server.",
    discussion: """
      A ValidatingWebhookConfiguration for policies that validate, and a MutatingWebhookConfiguration for those with mutations. The \
      rules are those of the policies. Policies that fail open and policies that fail closed get a webhook each, unless \
      --failure-policy decides for all. Objects in kube-system and in the server's own namespace are never sent, so that the cluster \
      can be mended without the server.

      For a server behind a Service:

        webhook register --service webhook/webhook --policies policies \\
            --ca certs/ca.crt | kubectl apply -f -

      For one outside the cluster:

        webhook register --url https://webhook.example.com:8443 \\
            --policies policies | kubectl apply -f -
      """)

  @OptionGroup var policies: PolicyOptions

  @Option(
    help: ArgumentHelp(
      "The server's https URL; /validate, and for mutations /mutate, is put to it where it has no path.",
      valueName: "url"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      "The Service in front of the server; port 443 unless given.", valueName: "namespace/name[:port]"))
  var service: String?

  @Option(
    help: ArgumentHelp("The authority that signed the server's certificate, in PEM.", valueName: "file"))
  var ca = "certs/ca.crt"

  @Option(
    help: ArgumentHelp(
      """
      What the cluster does when the server does not answer: `Fail` refuses the request, `Ignore` lets it pass. (default: that of \
      each policy)
      """, valueName: "Fail|Ignore"))
  var failurePolicy: FailureChoice?

  @Flag(help: "Have PolicyExceptions in the cluster checked by the server too, before they are made or changed.")
  var exceptions = false

  @Option(help: ArgumentHelp("How long the cluster waits for an answer, from 1 to 30.", valueName: "n"))
  var timeoutSeconds = 5

  @Option(help: ArgumentHelp("The name of the configurations.", valueName: "name"))
  var name = "webhook"

  mutating func validate() throws {
    switch (url, service) {
    case (nil, nil): throw ValidationError("give --url or --service, where the cluster finds the server")
    case (.some, .some): throw ValidationError("give either --url or --service, not both")
    default: _ = try target()
    }
    if !WebhookConfiguration.timeoutRange.contains(timeoutSeconds) {
      throw ValidationError("--timeout-seconds \(timeoutSeconds) is not from 1 to 30")
    }
    guard KubernetesName.isSubdomain(name) else {
      throw ValidationError("--name `\(name)` is no Kubernetes name: lower case letters, digits, `-` and `.`")
    }
  }

  func run() throws {
    let set = try policies.load()
    let configuration = WebhookConfiguration(
      name: name, target: try target(), authorityPEM: try authority(), failurePolicy: failurePolicy?.policy,
      timeoutSeconds: timeoutSeconds)
    let manifests = configuration.yaml(for: set.policies + (exceptions ? [.exceptionAdmission] : []))
    guard !manifests.isEmpty else {
      Log.line("there is nothing to register: no policy matches anything")
      throw ExitCode.unusableInput
    }
    var output = StandardOutput()
    output.buffer.append(manifests)
    output.flush()
  }

  private func target() throws -> WebhookConfiguration.Target {
    do throws(TargetError) {
      if let url { return try WebhookConfiguration.Target(url: url) }
      return try WebhookConfiguration.Target(service: service ?? "")
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func authority() throws -> [UInt8] {
    do {
      return try CertificateBundle.read(ca)
    } catch {
      Log.line("\(ca): \(error); `webhook certs` makes an authority, and --ca names another one")
      throw ExitCode.unusableInput
    }
  }
}
