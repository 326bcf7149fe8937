public import ArgumentParser
public import CELFuzz
import Foundation
import Glibc

/// Fuzzes one stage of CEL for a time, and stops at the first crash, hang or complaint with the input that did it.
struct CELFuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cel-fuzz", abstract: "Feed hostile inputs to the parser, the checker or the evaluator of CEL.")

  @Argument(help: "parser, checker or evaluator.")
  var subject: CELFuzzer.Subject

  @Option(help: "How long to run, in seconds.")
  var seconds = 600.0

  @Option(help: "What the inputs are derived from: the same seed, the same inputs.")
  var seed: UInt64 = 1

  @Option(help: "A file of expressions to change, one on a line.", completion: .file())
  var corpus: String?

  @Option(help: "Where to write the input that fails.", completion: .file())
  var output = "cel-fuzz-failure"

  @Option(help: "Run the input of this file once, and nothing else.", completion: .file())
  var input: String?

  @Option(help: "How many MiB the process may grow by once it has warmed up.")
  var growth = 16

  func run() throws {
    let lines = try corpus.map {
      try String(contentsOfFile: $0, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    var fuzzer = CELFuzzer(subject, seed: seed, corpus: lines ?? [])
    let watch = Watch(output: output)
    if let input {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: input)))
      if let complaint = fuzzer.run(bytes) { watch.fail(complaint) }
      return print("nothing wrong with \(input)")
    }
    let start = ContinuousClock.now
    let end = start + .seconds(seconds)
    let warm = start + .seconds(min(30, seconds / 10))
    var baseline: Int?
    var nextReport = start + .seconds(60)
    var count = 0
    func report(_ now: ContinuousClock.Instant) {
      let elapsed = Double((now - start).components.seconds)
      print(
        "\(subject.rawValue): \(Int(elapsed)) s, \(count) inputs, \(Int(Double(count) / max(elapsed, 1))) a second,",
        "\(fuzzer.accepted) accepted, \(residentKiB()) KiB resident")
      fflush(nil)
    }
    while true {
      let bytes = fuzzer.next()
      watch.begin(bytes)
      if let complaint = fuzzer.run(bytes) { watch.fail(complaint) }
      count += 1
      guard count % 256 == 0 else { continue }
      let now = ContinuousClock.now
      if baseline == nil, now >= warm {
        baseline = residentKiB()
        report(now)
      }
      if now >= nextReport {
        report(now)
        nextReport += .seconds(60)
      }
      if now >= end { break }
    }
    watch.end()
    report(.now)
    let grown = residentKiB() - (baseline ?? 0)
    print("\(subject.rawValue): grew by \(grown) KiB since it had warmed up; no crash, no hang, no complaint")
    if grown > growth << 10 {
      print("\(subject.rawValue): that is more than \(growth) MiB")
      throw ExitCode.failure
    }
  }

  private func residentKiB() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return Int(text.split(separator: " ").dropFirst().first ?? "0").map { $0 * Int(getpagesize()) / 1024 } ?? 0
  }
}

extension CELFuzzer.Subject: ExpressibleByArgument {}

CELFuzzCommand.main()
