internal import ArgumentParser
internal import Server

/// `webhook certs`.
struct CertsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "certs",
    abstract: "Make a certificate authority and a serving certificate.",
    discussion: """
      Writes four files: ca.crt and ca.key (the authority), tls.crt and tls.key (the server). Keys can be read by their owner \
      alone. Nothing is overwritten unless --force is given.

      For a server on this machine:

        webhook certs --output certs --dns-name localhost --ip 127.0.0.1

      For one behind a Service in a cluster:

        webhook certs --output certs --dns-name webhook.webhook.svc
      """)

  @Option(help: ArgumentHelp("The folder to write to; made where it does not exist.", valueName: "folder"))
  var output = "certs"

  @Option(
    name: .customLong("dns-name"),
    help: ArgumentHelp("A DNS name of the server. Can be given several times.", valueName: "name"))
  var dnsNames: [String] = []

  @Option(
    name: .customLong("ip"),
    help: ArgumentHelp("An IPv4 or IPv6 address of the server. Can be given several times.", valueName: "address"))
  var addresses: [String] = []

  @Option(help: ArgumentHelp("How many days the certificates are valid.", valueName: "n"))
  var days = 365

  @Flag(help: "Replace files that are there already.")
  var force = false

  mutating func validate() throws {
    if dnsNames.isEmpty, addresses.isEmpty {
      throw ValidationError("give at least one --dns-name or --ip, the name by which clients call the server")
    }
    if output.isEmpty { throw ValidationError("--output names no folder; `.` is this one") }
    if !CertificateFiles.validityRange.contains(days) {
      let range = CertificateFiles.validityRange
      throw ValidationError("--days \(days) is not from \(range.lowerBound) to \(range.upperBound)")
    }
    for address in addresses where !isAddress(address) {
      throw ValidationError("--ip `\(address)` is not an IP address; use --dns-name for names")
    }
    for name in dnsNames where isAddress(name) {
      throw ValidationError("--dns-name `\(name)` is an IP address; use --ip")
    }
  }

  func run() throws {
    let files = CertificateFiles(folder: output, names: dnsNames + addresses, days: days, replacesExisting: force)
    do {
      for path in try files.write() { print("wrote \(path)") }
    } catch {
      Log.line("\(error)")
      throw ExitCode.unusableInput
    }
  }

  private func isAddress(_ text: String) -> Bool { CertificateFiles.isAddress(text) }
}
