internal import Transport

/// Where a server listens: `HOST:PORT`.
public struct ListenAddress: Sendable, CustomStringConvertible {
  let socket: SocketAddress

  /// Reads an IPv4 address, an IPv6 address in brackets, `localhost`, or nothing at all (every address of the machine), and a port.
  /// Port 0 lets the system choose.
  public init(_ text: String) throws(ListenAddressError) {
    do {
      socket = try SocketAddress(text)
    } catch {
      throw ListenAddressError(description: "\(error)")
    }
  }

  public var description: String { "\(socket)" }

  private init(socket: SocketAddress) {
    self.socket = socket
  }

  /// Every IPv4 address where this is every address, for a kernel without IPv6; nil for any other.
  package var withoutIPv6: ListenAddress? {
    let text = description
    guard text.hasPrefix("[::]:"), let socket = try? SocketAddress("0.0.0.0:\(socket.port)") else { return nil }
    return ListenAddress(socket: socket)
  }
}

/// Why a text is no address.
public struct ListenAddressError: Error, CustomStringConvertible {
  public let description: String
}
