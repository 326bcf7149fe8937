package import ArgumentParser
internal import Server

/// What the executable runs.
public enum Program {
  /// Reads the command line, runs the command that it names, and ends the process where its status is not 0.
  public static func run() { WebhookCommand.main() }
}

/// `webhook`, with its subcommands.
///
/// Exit status: 0 fine, 1 what was checked failed, 2 the input cannot be used, 64 wrong usage.
package struct WebhookCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: Product.name,
    abstract: "Judge Kubernetes admission requests by policies written in CEL.",
    discussion: """
      A first look, in a checkout:

        webhook check policies
        webhook test --policies policies my-deployment.yaml
        webhook certs --output certs --dns-name localhost --ip 127.0.0.1
        webhook serve --policies policies --listen 127.0.0.1:8443

      Exit status: 0 all is well, 1 what was checked failed, 2 the input (a policy, a review, a file) cannot be used, 64 the \
      command line is wrong.
      """,
    version: Product.version,
    subcommands: [
      ServeCommand.self, TestCommand.self, CheckCommand.self, EvalCommand.self, ExplainCommand.self,
      ExceptionsCommand.self, CertsCommand.self, RegisterCommand.self,
    ])

  package init() {}
}

/// What a command ends with when it is not 0.
extension ExitCode {
  /// What was checked failed.
  static let checkFailed = ExitCode(1)
  /// A policy, a review or a file cannot be used.
  static let unusableInput = ExitCode(2)
}
