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
}

/// Why a text is no address.
public struct ListenAddressError: Error, CustomStringConvertible {
  public let description: String
}
