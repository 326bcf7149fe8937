package import Admission

/// The two ways in.
package enum AdmissionPath: Int, CaseIterable, Sendable {
  case validate, mutate

  package var name: StaticString {
    switch self {
    case .validate: "/validate"
    case .mutate: "/mutate"
    }
  }
}

/// What one worker has decided and how long it took: written by its thread alone, read by whoever scrapes.
package final class WorkerMetrics: Sendable {
  private let requests = CounterBlock(count: AdmissionPath.allCases.count * Operation.allCases.count * 2)
  private let durations = CounterBlock(count: AdmissionPath.allCases.count * (DurationBuckets.count + 1))
  private let refusals = CounterBlock(count: RefusalCode.allCases.count)

  package init() {}

  package func countDecision(
    _ path: AdmissionPath, _ operation: Operation, allowed: Bool, nanoseconds: UInt64
  ) {
    requests.add(at: requestIndex(path, operation, allowed: allowed))
    let row = path.rawValue * (DurationBuckets.count + 1)
    durations.add(at: row + DurationBuckets.index(ofNanoseconds: nanoseconds))
    durations.add(nanoseconds, at: row + DurationBuckets.count)
  }

  package func countRefusal(_ code: Int) {
    refusals.add(at: RefusalCode(code).rawValue)
  }

  func requests(_ path: AdmissionPath, _ operation: Operation, allowed: Bool) -> UInt64 {
    requests.value(at: requestIndex(path, operation, allowed: allowed))
  }

  /// How many decisions fell into a bucket (not cumulative).
  func decisions(_ path: AdmissionPath, inBucket bucket: Int) -> UInt64 {
    durations.value(at: path.rawValue * (DurationBuckets.count + 1) + bucket)
  }

  /// Nanoseconds of all decisions together.
  func totalNanoseconds(_ path: AdmissionPath) -> UInt64 {
    durations.value(at: path.rawValue * (DurationBuckets.count + 1) + DurationBuckets.count)
  }

  func refusals(_ code: RefusalCode) -> UInt64 { refusals.value(at: code.rawValue) }

  /// Counted once: `allCases` makes an array each time.
  private static let operations = Operation.allCases.count

  private func requestIndex(_ path: AdmissionPath, _ operation: Operation, allowed: Bool) -> Int {
    (path.rawValue * Self.operations + Int(operation.rawValue)) * 2 + (allowed ? 1 : 0)
  }
}

/// The status codes of answers that are no decision. A fixed list, so that no peer can make metrics grow.
package enum RefusalCode: Int, CaseIterable, Sendable {
  case badRequest, notFound, methodNotAllowed, timeout, tooLarge, uriTooLong, unsupportedMediaType, headerTooLarge,
    unavailable, other

  init(_ status: Int) {
    self =
      switch status {
      case 400: .badRequest
      case 404: .notFound
      case 405: .methodNotAllowed
      case 408: .timeout
      case 413: .tooLarge
      case 414: .uriTooLong
      case 415: .unsupportedMediaType
      case 431: .headerTooLarge
      case 503: .unavailable
      default: .other
      }
  }

  var label: String {
    switch self {
    case .badRequest: "400"
    case .notFound: "404"
    case .methodNotAllowed: "405"
    case .timeout: "408"
    case .tooLarge: "413"
    case .uriTooLong: "414"
    case .unsupportedMediaType: "415"
    case .headerTooLarge: "431"
    case .unavailable: "503"
    case .other: "other"
    }
  }
}
