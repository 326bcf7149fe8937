internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A listening socket. Several may listen on one address (SO_REUSEPORT): the kernel spreads connections over them.
struct Listener: ~Copyable {
  /// Connections that the kernel keeps until they are accepted, where `net.core.somaxconn` allows.
  static let backlog: Int32 = 4_096

  let descriptor: Descriptor
  /// With the port that the system chose where 0 was asked for.
  let address: SocketAddress

  /// - Parameter isFirst: whether nobody may listen there yet. The others join the first one.
  init(_ address: SocketAddress, isFirst: Bool) throws(TransportError) {
    // A second server on the same port would get a share of the connections, and nobody would be told.
    if isFirst, address.port != 0 { _ = try Self.bound(address, sharing: false) }
    let descriptor = try Self.bound(address, sharing: true)
    let number = descriptor.number
    var native = address.native
    _ = try SystemCall.require("listen", about: "\(address)") { listen(number, Self.backlog) }
    _ = try SystemCall.require("getsockname", about: "\(address)") { clinux_local_address(number, &native) }
    self.descriptor = descriptor
    self.address = SocketAddress(native: native)
  }

  private static func bound(_ address: SocketAddress, sharing: Bool) throws(TransportError) -> Descriptor {
    let family = address.isIPv6 ? AF_INET6 : AF_INET
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = Descriptor(try SystemCall.require("socket", about: "\(address)") { socket(family, kind, 0) })
    let number = descriptor.number
    try Self.set(number, SOL_SOCKET, SO_REUSEADDR, 1, address)
    if sharing { try Self.set(number, SOL_SOCKET, SO_REUSEPORT, 1, address) }
    // `[::]` serves IPv4 too, whatever the system's default is.
    if address.isIPv6 { try Self.set(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0, address) }
    // Accepted sockets inherit it. An answer is one write, so there is nothing that waiting could join it with.
    try Self.set(number, Int32(IPPROTO_TCP), TCP_NODELAY, 1, address)
    // Inherited too. Without it a request counts from when it was read.
    clinux_note_arrivals(number)
    var native = address.native
    _ = try SystemCall.require("bind", about: "\(address)") { clinux_bind(number, &native) }
    return descriptor
  }

  /// Leaves no room for those who have not connected yet, so that what waits now can be taken and the listener closed.
  func acceptNoMore() { _ = listen(descriptor.number, 0) }

  enum Accepted {
    case connection(Int32)
    /// Nothing waits.
    case none
    /// The process or the system has no descriptor left.
    case outOfDescriptors
    /// The system is short of memory: try later.
    case exhausted
  }

  /// Takes a connection that waits. It does not block.
  func accept() -> Accepted {
    while true {
      switch SystemCall.attempt({ clinux_accept(descriptor.number) }) {
      case .done(let number): return .connection(number)
      case .failed(EAGAIN): return .none
      case .failed(EMFILE), .failed(ENFILE): return .outOfDescriptors
      case .failed(ENOBUFS), .failed(ENOMEM): return .exhausted
      // The connection ended before it was accepted; accept(2) lists these as to be tried again.
      case .failed(ECONNABORTED), .failed(EPROTO), .failed(ENETDOWN), .failed(ENETUNREACH), .failed(EHOSTDOWN),
        .failed(EHOSTUNREACH), .failed(ENONET), .failed(ENOPROTOOPT):
        continue
      case .failed: return .exhausted
      }
    }
  }

  private static func set(
    _ number: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ address: SocketAddress
  ) throws(TransportError) {
    var value = value
    _ = try SystemCall.require("setsockopt", about: "\(address)") {
      setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
  }
}
