internal import ArgumentParser
internal import Server

/// Whom `webhook serve` admits, and what it sends along with its certificate.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Authorities in PEM; only clients with a certificate that one of them signed are admitted, the API server alone for \
      example. Probes and metrics are not affected.
      """, valueName: "file"))
  var clientCa: String?

  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case required, optional
  }

  @Option(
    help: ArgumentHelp(
      """
      With --client-ca: whether a client without a certificate is turned away (`required`), or admitted and counted \
      (`optional`), for the time in which clients get theirs.
      """, valueName: "mode"))
  var clientAuth = Mode.required

  @Option(
    help: ArgumentHelp(
      """
      With --client-ca: names of which a client's certificate must carry one, as a DNS name or as its common name, to the \
      letter; separated by commas, and can be given several times. (default: any name)
      """, valueName: "names"))
  var allowedClientNames: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      An OCSP response about the certificate, in DER, for clients that ask for one; read again when it changes.
      """, valueName: "file"))
  var ocspResponse: String?

  private var names: [String] {
    allowedClientNames.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  mutating func validate() throws {
    for name in names {
      if let problem = ClientConfiguration.problem(ofAllowedName: name) {
        throw ValidationError("--allowed-client-names `\(name)`: \(problem)")
      }
    }
    if clientCa == nil, !names.isEmpty || clientAuth != .required {
      throw ValidationError(
        "\(names.isEmpty ? "--client-auth" : "--allowed-client-names") says nothing without --client-ca")
    }
  }

  var configuration: ClientConfiguration {
    ClientConfiguration(
      authorities: clientCa, isRequired: clientAuth == .required, allowedNames: names, ocspResponse: ocspResponse)
  }
}
