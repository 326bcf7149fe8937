import Server
import Testing

@Suite("Addresses to listen on")
struct ListenAddressTests {
  @Test(
    "are hosts and ports",
    arguments: [
      (":8443", "[::]:8443"), ("127.0.0.1:0", "127.0.0.1:0"), ("localhost:1", "127.0.0.1:1"),
      ("[::1]:65535", "[::1]:65535"),
    ])
  func valid(_ text: String, _ description: String) throws {
    #expect(try ListenAddress(text).description == description)
  }

  @Test("are refused with the reason", arguments: ["", "8443", "127.0.0.1", "host:1", ":65536", "::1:8443", "[::1]"])
  func invalid(_ text: String) {
    let error = #expect(throws: ListenAddressError.self) { try ListenAddress(text) }
    #expect(error?.description.contains("`\(text)`") == true)
  }

  @Test("become every IPv4 address on a kernel without IPv6 where they are every address, and only there")
  func withoutIPv6() throws {
    #expect(try ListenAddress(":8443").withoutIPv6?.description == "0.0.0.0:8443")
    #expect(try ListenAddress("[::]:0").withoutIPv6?.description == "0.0.0.0:0")
    #expect(try ListenAddress("[::1]:8443").withoutIPv6 == nil)
    #expect(try ListenAddress("127.0.0.1:8443").withoutIPv6 == nil)
  }
}
