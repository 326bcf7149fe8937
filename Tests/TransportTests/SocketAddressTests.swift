import Testing
import Transport

@Suite("Socket addresses")
struct SocketAddressTests {
  @Test(
    "Addresses are read and written",
    arguments: [
      ("127.0.0.1:8443", "127.0.0.1:8443"), ("0.0.0.0:0", "0.0.0.0:0"), ("[::]:8443", "[::]:8443"),
      ("[::1]:65535", "[::1]:65535"), (":8443", "[::]:8443"), ("localhost:80", "127.0.0.1:80"),
      ("[2001:DB8::0:1]:1", "[2001:db8::1]:1"),
    ])
  func reads(text: String, written: String) throws {
    #expect(try SocketAddress(text).description == written)
  }

  @Test(
    "What is no address is refused",
    arguments: [
      "", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1:1 ",
      "::1:8443",
      "[::1]", "[127.0.0.1]:1", "[::1:1", "256.0.0.1:1", "127.1:1", "01.0.0.1:1", "webhook.example:8443", "[]:1",
      "[fe80::1%eth0]:1",
    ])
  func refuses(text: String) {
    #expect(throws: TransportError.self) { try SocketAddress(text) }
  }
}
