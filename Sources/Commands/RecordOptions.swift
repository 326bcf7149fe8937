internal import ArgumentParser
internal import Server

/// What `webhook serve` records.
struct RecordOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Append every review and its answer to a file, which `webhook test` replays. The data of Secrets is replaced by digests. A \
      request never waits for it: what the disk does not take is dropped and counted.
      """, valueName: "file"))
  var record: String?

  @Option(help: ArgumentHelp("The share of reviews that is recorded, above 0 and up to 1.", valueName: "share"))
  var recordSample = 1.0

  @Option(
    help: ArgumentHelp(
      "Record the reviews of these namespaces only, separated by commas. Can be given several times.",
      valueName: "names"))
  var recordNamespaces: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Replace a field of objects by a digest in the recording: `spec.containers[*].env[*].value`. Can be given several times.
      """, valueName: "path"))
  var redact: [String] = []

  @Option(help: ArgumentHelp("The size at which FILE becomes FILE.1, that FILE.2, and so on.", valueName: "bytes"))
  var recordMaxBytes = RecordingConfiguration.defaultMaximumBytes

  @Option(help: ArgumentHelp("How many of those are kept.", valueName: "n"))
  var recordFiles = RecordingConfiguration.defaultKeptFiles

  mutating func validate() throws {
    for path in redact where RedactionPath(path) == nil {
      throw ValidationError("--redact `\(path)` is no path; write `spec.containers[*].env[*].value`")
    }
    if !(recordSample > 0 && recordSample <= 1) {
      throw ValidationError("--record-sample \(recordSample) is not above 0 and up to 1")
    }
    if recordMaxBytes < 1 << 20 { throw ValidationError("--record-max-bytes \(recordMaxBytes) is less than 1048576") }
    if !(0...1000).contains(recordFiles) {
      throw ValidationError("--record-files \(recordFiles) is not from 0 to 1000")
    }
    if record == nil, !recordNamespaces.isEmpty || !redact.isEmpty {
      throw ValidationError("--record-namespaces and --redact go with --record")
    }
  }

  var configuration: RecordingConfiguration? {
    guard let record else { return nil }
    var configuration = RecordingConfiguration(path: record)
    configuration.sample = recordSample
    configuration.namespaces = recordNamespaces.flatMap { $0.split(separator: ",").map(String.init) }
    configuration.redactions = redact.compactMap { RedactionPath($0) }
    configuration.maximumBytes = recordMaxBytes
    configuration.keptFiles = recordFiles
    return configuration
  }
}
