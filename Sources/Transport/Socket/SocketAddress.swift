internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An IPv4 or IPv6 address and a port: where a listener listens.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
  /// The address in network order, 4 or 16 bytes.
  package let bytes: [UInt8]
  public var port: UInt16

  package init(bytes: [UInt8], port: UInt16) {
    precondition(bytes.count == 4 || bytes.count == 16)
    self.bytes = bytes
    self.port = port
  }

  /// Reads `HOST:PORT`, where the host is an IPv4 address, an IPv6 address in brackets, `localhost` (127.0.0.1), or
  /// nothing at all (every address of the machine). Port 0 lets the system choose. Names are not looked up.
  public init(_ text: String) throws(TransportError) {
    guard let colon = text.lastIndex(of: ":") else {
      throw .address(text: text, problem: "a port is missing; write `HOST:PORT`, `[::]:8443` for example")
    }
    let host = text[..<colon]
    let portText = text[text.index(after: colon)...]
    guard !portText.isEmpty, portText.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let port = UInt16(portText) else {
      throw .address(text: text, problem: "`\(portText)` is not a port from 0 to 65535")
    }
    if host.isEmpty {
      self.init(bytes: [UInt8](repeating: 0, count: 16), port: port)
    } else if host == "localhost" {
      self.init(bytes: [127, 0, 0, 1], port: port)
    } else if host.hasPrefix("["), host.hasSuffix("]") {
      guard let bytes = IPAddress.bytes(of: String(host.dropFirst().dropLast())), bytes.count == 16 else {
        throw .address(text: text, problem: "`\(host)` is not an IPv6 address")
      }
      self.init(bytes: bytes, port: port)
    } else if host.contains(":") {
      throw .address(text: text, problem: "an IPv6 address stands in brackets, `[::1]:8443` for example")
    } else {
      guard let bytes = IPAddress.bytes(of: String(host)), bytes.count == 4 else {
        throw .address(text: text, problem: "`\(host)` is not an IP address; names are not looked up")
      }
      self.init(bytes: bytes, port: port)
    }
  }

  public var isIPv6: Bool { bytes.count == 16 }

  public var description: String {
    let host = IPAddress.text(of: bytes)
    return isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

extension SocketAddress {
  /// The form that the C interface takes.
  var native: clinux_address {
    var native = clinux_address()
    native.is_ipv6 = isIPv6 ? 1 : 0
    native.port = port
    withUnsafeMutableBytes(of: &native.bytes) { $0.copyBytes(from: bytes) }
    return native
  }

  init(native: clinux_address) {
    let bytes = withUnsafeBytes(of: native.bytes) { Array($0.prefix(native.is_ipv6 != 0 ? 16 : 4)) }
    self.init(bytes: bytes, port: native.port)
  }
}

/// IP addresses as text and as bytes in network order.
enum IPAddress {
  /// 4 bytes for IPv4, 16 for IPv6, nil for anything else. Strict: four decimal numbers, no leading zeros, no scope.
  static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }

  static func text(of bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: 64)
    guard inet_ntop(bytes.count == 16 ? AF_INET6 : AF_INET, bytes, &text, 64) != nil else { return "?" }
    return text.withUnsafeBufferPointer { buffer in
      String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
