internal import ArgumentParser
internal import Memory
internal import Replay
internal import Server

/// What verdicts of `webhook test` are compared with.
struct ComparisonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Judge each review under these policies too, and report what would change from them to --policies. Can be given several \
      times.
      """, valueName: "path"))
  var baseline: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      A file with the ids of reviews that are known to be safe, one on each line, or lines as -o jsonl writes them: those that are \
      denied count as false positives.
      """, valueName: "file"))
  var allowlist: String?

  @Option(
    help: ArgumentHelp(
      """
      Lines of an earlier run, as -o jsonl or --write-expect writes them. A review whose verdict differs in anything is not as \
      expected, and neither is one that is missing.
      """, valueName: "file"))
  var expect: String?

  @Option(
    help: ArgumentHelp("Write the lines for a later --expect, or replace them.", valueName: "file"))
  var writeExpect: String?

  func expected() throws -> ExpectedLines? {
    guard let expect else { return nil }
    do throws(FileError) {
      return try ExpectedLines(expect)
    } catch {
      Log.line("\(expect): \(error)")
      throw ExitCode.unusableInput
    }
  }

  func writer() throws -> ExpectedLinesWriter? {
    guard let writeExpect else { return nil }
    do throws(FileError) {
      return try ExpectedLinesWriter(writeExpect)
    } catch {
      Log.line("\(writeExpect): \(error)")
      throw ExitCode.unusableInput
    }
  }

  /// The ids in the allowlist; nil where there is none.
  func allowedIDs() throws -> Set<String>? {
    guard let allowlist else { return nil }
    do throws(FileError) {
      return try Allowlist.read(allowlist)
    } catch {
      Log.line("\(allowlist): \(error)")
      throw ExitCode.unusableInput
    }
  }
}
