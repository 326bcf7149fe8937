internal import Synchronization
package import Transport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The certificate in service, for whoever asks.
package final class CertificateHolder: Sendable {
  package let files: TLSFiles
  package let shared: TLSShared
  package let status = ReloadStatus()
  private let context: Mutex<TLSContext>

  /// Reads the files.
  package init(_ files: TLSFiles) throws(TransportError) {
    self.files = files
    shared = TLSShared()
    let material = try files.read()
    // At the start a response that cannot be used is a mistake of whoever started it.
    context = Mutex(try TLSContext(material, shared))
    digest = Mutex(material.digest)
  }

  package var current: TLSContext { context.withLock { $0 } }

  /// Of the files that are in service.
  fileprivate let digest: Mutex<String>

  fileprivate func replace(_ new: TLSContext, digest new2: String) {
    context.withLock { $0 = new }
    digest.withLock { $0 = new2 }
  }
}

/// Serves a new certificate when its files change, to connections that come from then on; those that are open keep theirs. A pair that
/// does not fit keeps the one in service. Says daily when the certificate in service ends soon.
package final class CertificateReloader: WatchTarget {
  private let holder: CertificateHolder
  private let serve: @Sendable (TLSContext) -> Void
  private var stamps: [FileStamp]?
  /// Of what was last read, be it in service or not; the reason where it could not be.
  private var lastRead: String
  private var warning = CertificateWarning()

  /// - Parameter serve: has the transport use a context.
  package init(_ holder: CertificateHolder, serve: @escaping @Sendable (TLSContext) -> Void) {
    self.holder = holder
    self.serve = serve
    lastRead = holder.digest.withLock { $0 }
  }

  package func places() -> [WatchedPlace] { holder.files.paths.flatMap(WatchedPlace.deciding) }

  @discardableResult
  package func check(isForced: Bool) -> Bool {
    let stamps = holder.files.paths.map(FileStamp.init)
    var isRead = true
    if isForced || stamps != self.stamps {
      isRead = reload(isForced: isForced)
      // What could not be read, for want of descriptors perhaps, can be another time without having changed.
      self.stamps = isRead ? stamps : nil
    }
    let context = holder.current
    if let text = warning.text(
      notBefore: context.notBefore, notAfter: context.notAfter, now: Int64(time(nil)), clock: .now())
    {
      Log.line("warning: \(holder.files.certificate): \(text)")
    }
    return isRead
  }

  /// How often files are read that change while they are read, or of which only one has changed yet.
  private static let attempts = 3

  /// - Returns: false where a file could not be read.
  private func reload(isForced: Bool) -> Bool {
    var attempt = 1
    while true {
      // What was wrong: the files, or that they cannot be read.
      var mistake: String?
      do throws(TransportError) {
        let material = try holder.files.read()
        let digest = material.digest
        let isWhole = material.ocspProblem == nil
        if !isForced, digest == lastRead { return isWhole }
        if !isForced, digest == holder.digest.withLock({ $0 }) {
          lastRead = digest
          Log.line("certificate: the files are again those that stayed in service")
          holder.status.recover()
          return isWhole
        }
        mistake = digest
        let context = try fit(material, digest)
        guard let context else {
          attempt += 1
          continue
        }
        lastRead = digest
        take(context, digest)
        return isWhole
      } catch {
        if attempt < Self.attempts {
          attempt += 1
          continue
        }
        // The same mistake is told once, though it is looked at again and again.
        let reason = "\(error)"
        if isForced || lastRead != mistake ?? reason {
          lastRead = mistake ?? reason
          holder.status.fail()
          Log.line("certificate: not reloaded, \(reason); the one in service stays")
        }
        return mistake != nil
      }
    }
  }

  /// - Returns: nil where the files have changed since they were read, so that one may be of another pair than the other.
  private func fit(_ material: TLSMaterial, _ digest: String) throws(TransportError) -> TLSContext? {
    do throws(TransportError) {
      return try TLSContext(material, holder.shared)
    } catch {
      if try holder.files.read().digest != digest { return nil }
      throw error
    }
  }

  private func take(_ context: TLSContext, _ digest: String) {
    holder.replace(context, digest: digest)
    serve(context)
    holder.status.succeed()
    warning = CertificateWarning()
    Log.line("certificate: a new one is in service, valid until \(UTCDate.text(context.notAfter))")
    if let problem = context.stapleProblem { Log.line("warning: no OCSP response is sent: \(problem)") }
  }
}

/// When to say that a certificate ends.
package struct CertificateWarning {
  /// When it was last said.
  private var saidAt: MonotonicInstant?

  package init() {}

  /// How long before its end a certificate is worth a warning, in seconds: 30 days, or the last quarter of its life where that is shorter.
  /// Those who renew certificates do it earlier: cert-manager in the last third, unless it is told otherwise.
  package static func margin(notBefore: Int64, notAfter: Int64) -> Int64 {
    min(30 * 86_400, max(notAfter &- notBefore, 0) / 4)
  }

  /// How often it is said: once a day. By a clock that never jumps.
  private static let interval: UInt64 = 86_400 * 1_000_000_000

  /// What there is to say now, at most once a day.
  /// - Parameter now: the clock on the wall, in seconds since 1970.
  package mutating func text(notBefore: Int64, notAfter: Int64, now: Int64, clock: MonotonicInstant) -> String? {
    if let saidAt, clock.nanoseconds(since: saidAt) < Self.interval { return nil }
    let text: String
    if now >= notAfter {
      text = "the certificate ended on \(UTCDate.text(notAfter)); clients refuse it"
    } else if now < notBefore {
      text = "the certificate is not valid before \(UTCDate.text(notBefore)); clients refuse it until then"
    } else if notAfter - now <= Self.margin(notBefore: notBefore, notAfter: notAfter) {
      text = "the certificate ends on \(UTCDate.text(notAfter)), in \(Self.span(notAfter - now)); renew it"
    } else {
      return nil
    }
    saidAt = clock
    return text
  }

  private static func span(_ seconds: Int64) -> String {
    func text(_ count: Int64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    if seconds >= 86_400 { return text(seconds / 86_400, "day") }
    if seconds >= 3_600 { return text(seconds / 3_600, "hour") }
    return text(seconds / 60, "minute")
  }
}

/// An instant as people and machines read it.
enum UTCDate {
  /// RFC 3339, in UTC, to the second.
  static func text(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map {
        strftime($0.assumingMemoryBound(to: CChar.self), buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
      } ?? 0
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
