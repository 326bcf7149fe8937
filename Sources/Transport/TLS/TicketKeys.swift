internal import COpenSSL
internal import Synchronization

/// The keys with which session tickets are sealed (RFC 5077, RFC 8446 section 4.6.1): made here, kept in memory alone, a new one every hour.
/// They outlive certificates, so that clients resume across a renewal; another process has others, and a client that comes to it
/// with a ticket shakes hands in full.
package final class TicketKeys: Sendable {
  /// For how long a key seals tickets: an hour. Who steals a key reads what was sent on resumed connections of TLS 1.2 for that long.
  package static let sealing: UInt64 = 3_600_000_000_000

  /// For how long a ticket is good, in seconds. A key opens tickets for as long after it has sealed its last one.
  package static let ticketSeconds = 3_600

  struct Key {
    let name: [UInt8]
    let cipher: [UInt8]
    let authentication: [UInt8]
    let madeAt: MonotonicInstant
  }

  static let nameCount = 16
  private static let cipherCount = 32
  private static let authenticationCount = 32

  /// The newest first.
  private let keys = Mutex<[Key]>([])

  package init() {}

  /// The key that seals tickets at `now`; nil where no random numbers can be had.
  func sealingKey(at now: MonotonicInstant) -> Key? {
    keys.withLock { keys in
      if let newest = keys.first, now.nanoseconds(since: newest.madeAt) < Self.sealing { return newest }
      guard let key = Self.make(at: now) else { return nil }
      keys.insert(key, at: 0)
      keys.removeAll { !Self.opens($0, at: now) }
      return key
    }
  }

  /// The key that opens a ticket, and whether it still seals; nil where it is not ours, or too old.
  func key(named name: UnsafeRawBufferPointer, at now: MonotonicInstant) -> (key: Key, isCurrent: Bool)? {
    keys.withLock { keys in
      guard let key = keys.first(where: { $0.name.elementsEqual(name) }), Self.opens(key, at: now) else { return nil }
      return (key, now.nanoseconds(since: key.madeAt) < Self.sealing)
    }
  }

  private static func opens(_ key: Key, at now: MonotonicInstant) -> Bool {
    now.nanoseconds(since: key.madeAt) < sealing + UInt64(ticketSeconds) * 1_000_000_000
  }

  /// How many keys are kept.
  package var count: Int { keys.withLock { $0.count } }

  /// The name of the key that seals at `now`.
  package func sealingName(at now: MonotonicInstant) -> [UInt8] { sealingKey(at: now)?.name ?? [] }

  /// Whether a ticket sealed with the key of that name is opened at `now`, and whether the client gets a new one.
  package func opens(_ name: [UInt8], at now: MonotonicInstant) -> (opens: Bool, renews: Bool) {
    let found = name.withUnsafeBytes { key(named: $0, at: now) }
    return (found != nil, found.map { !$0.isCurrent } ?? false)
  }

  private static func make(at now: MonotonicInstant) -> Key? {
    var bytes = [UInt8](repeating: 0, count: nameCount + cipherCount + authenticationCount)
    guard RAND_bytes(&bytes, Int32(bytes.count)) == 1 else { return nil }
    return Key(
      name: Array(bytes[..<nameCount]), cipher: Array(bytes[nameCount..<nameCount + cipherCount]),
      authentication: Array(bytes[(nameCount + cipherCount)...]), madeAt: now)
  }

  /// Has a context seal and open its tickets with the keys of its ``TLSState``.
  static func install(in context: OpaquePointer) {
    SSL_CTX_set_timeout(context, ticketSeconds)
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context) { connection, name, vector, cipher, authentication, isSealing in
      guard let connection, let name, let vector, let cipher, let authentication,
        let keys = TLSState.of(connection)?.tickets
      else { return -1 }
      return isSealing == 1
        ? keys.seal(name, vector, cipher, authentication) : keys.open(name, vector, cipher, authentication)
    }
  }

  // What both return is OpenSSL's: -1 an error, 0 no ticket or none that opens, 1 fine, 2 fine and the client gets a new one.

  private func seal(
    _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer,
    _ authentication: OpaquePointer
  ) -> Int32 {
    guard let key = sealingKey(at: .now()), RAND_bytes(vector, EVP_MAX_IV_LENGTH) == 1,
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
      copenssl_set_ticket_mac(authentication, key.authentication, key.authentication.count) == 1
    else { return -1 }
    name.update(from: key.name, count: Self.nameCount)
    return 1
  }

  private func open(
    _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer,
    _ authentication: OpaquePointer
  ) -> Int32 {
    guard let (key, isCurrent) = key(named: UnsafeRawBufferPointer(start: name, count: Self.nameCount), at: .now())
    else { return 0 }
    guard copenssl_set_ticket_mac(authentication, key.authentication, key.authentication.count) == 1,
      EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1
    else { return -1 }
    return isCurrent ? 1 : 2
  }
}
