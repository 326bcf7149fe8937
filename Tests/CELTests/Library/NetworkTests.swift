import Testing

@Suite("IP addresses and networks")
struct NetworkTests {
  @Test("addresses are read as Go's netip reads them and written as RFC 5952 wants it")
  func canonical() {
    Expectations.check([
      "ip('192.168.0.1')": #"ip("192.168.0.1")"#, "ip('0.0.0.0')": #"ip("0.0.0.0")"#,
      "ip('::')": #"ip("::")"#, "ip('::1')": #"ip("::1")"#, "ip('1::')": #"ip("1::")"#,
      "ip('2001:DB8::ABCD')": #"ip("2001:db8::abcd")"#, "ip('2001:db8:0:0:1:0:0:1')": #"ip("2001:db8::1:0:0:1")"#,
      "ip('1:0:2:0:3:0:4:0')": #"ip("1:0:2:0:3:0:4:0")"#, "ip('0:0:0:0:0:0:13.1.68.3')": #"ip("::d01:4403")"#,
      "ip('::13.1.68.3')": #"ip("::d01:4403")"#, "ip('1:2:3:4:5:6:7::')": #"ip("1:2:3:4:5:6:7:0")"#,
      "string(ip('2001:0db8::0001'))": #""2001:db8::1""#, "ip.isCanonical('127.0.0.1')": "true",
      "ip.isCanonical('2001:db8::abcd')": "true", "ip.isCanonical('2001:DB8::ABCD')": "false",
      "ip.isCanonical('2001:db8::0:0:0:abcd')": "false",
    ])
  }

  @Test("what is no address is refused in Go's words")
  func malformed() {
    func parse(_ text: String, _ reason: String) -> String {
      #"error: IP Address "\#(text)" parse error during conversion from string: ParseAddr("\#(text)"): \#(reason)"#
    }
    Expectations.check([
      "ip('')": parse("", "unable to parse IP"), "ip('abc')": parse("abc", "unable to parse IP"),
      "ip('192.168.0.1.0')": parse("192.168.0.1.0", "IPv4 address too long"),
      "ip('1.2.3')": parse("1.2.3", "IPv4 address too short"),
      "ip('127.0.0.256')": parse("127.0.0.256", "IPv4 field has value >255"),
      "ip('1.2.3.04')": parse("1.2.3.04", "IPv4 field has octet with leading zero"),
      "ip('1..2.3')": parse("1..2.3", #"IPv4 field must have at least one digit (at ".2.3")"#),
      "ip('1.2.3.')": parse("1.2.3.", #"IPv4 field must have at least one digit (at ".")"#),
      "ip('1.2.3.x')": parse("1.2.3.x", #"unexpected character (at "x")"#),
      "ip(':::1')": parse(":::1", #"each colon-separated field must have at least one digit (at ":1")"#),
      "ip('2001:db8:::68')":
        parse("2001:db8:::68", #"each colon-separated field must have at least one digit (at ":68")"#),
      "ip('1:2')": parse("1:2", "address string too short"),
      "ip('12345::')": parse("12345::", #"each group must have 4 or less digits (at "12345::")"#),
      "ip('1:2:3:4:5:6:7:8:9')": parse("1:2:3:4:5:6:7:8:9", #"trailing garbage after address (at "9")"#),
      "ip('1::2::3')": parse("1::2::3", #"multiple :: in address (at ":3")"#),
      "ip('1:')": parse("1:", #"colon must be followed by more characters (at ":")"#),
      "ip('1:2:3:4:5:6:7:8::')": parse("1:2:3:4:5:6:7:8::", "the :: must expand to at least one field of zeros"),
      "ip('::1:2:3:4:5:6:7:8')":
        parse("::1:2:3:4:5:6:7:8", "the :: must expand to at least one field of zeros"),
      "ip('1:2x')": parse("1:2x", #"unexpected character, want colon (at "x")"#),
      "ip('::1.2.3')": parse("::1.2.3", "IPv4 address too short"),
      "ip('1::2:1.2.3.4.5')": parse("1::2:1.2.3.4.5", "IPv4 address too long"),
      "ip('1:1.2.3.4')":
        parse("1:1.2.3.4", #"embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")"#),
      "ip('%eth0')": parse("%eth0", "missing IPv6 address"),
      "ip('fe80::1%')": parse("fe80::1%", "zone must be a non-empty string"),
      "ip('fe80::1%eth0')": #"error: IP address "fe80::1%eth0" with zone value is not allowed"#,
      "ip('::ffff:1.2.3.4')": #"error: IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed"#,
      "ip('::ffff:c0a8:1')": #"error: IPv4-mapped IPv6 address "::ffff:c0a8:1" is not allowed"#,
      "isIP('::ffff:c0a8:1')": "false", "isIP('192.168.0.1')": "true", "isIP('2001:db8:::68')": "false",
      "ip.isCanonical('1.2.3')": parse("1.2.3", "IPv4 address too short"),
    ])
  }

  @Test("addresses tell what they are for")
  func kinds() {
    Expectations.check([
      "ip('127.0.0.1').family()": "4", "ip('::1').family()": "6", "ip('0.0.0.0').isUnspecified()": "true",
      "ip('::').isUnspecified()": "true", "ip('::1').isUnspecified()": "false", "ip('127.9.9.9').isLoopback()": "true",
      "ip('::1').isLoopback()": "true", "ip('1.2.3.4').isLoopback()": "false",
      "ip('224.0.0.1').isLinkLocalMulticast()": "true", "ip('224.0.1.1').isLinkLocalMulticast()": "false",
      "ip('ff02::1').isLinkLocalMulticast()": "true", "ip('ff12::1').isLinkLocalMulticast()": "true",
      "ip('fd00::1').isLinkLocalMulticast()": "false", "ip('169.254.1.1').isLinkLocalUnicast()": "true",
      "ip('fe80::1').isLinkLocalUnicast()": "true", "ip('febf::1').isLinkLocalUnicast()": "true",
      "ip('fd80::1').isLinkLocalUnicast()": "false", "ip('10.0.0.1').isGlobalUnicast()": "true",
      "ip('255.255.255.255').isGlobalUnicast()": "false", "ip('0.0.0.0').isGlobalUnicast()": "false",
      "ip('ff00::1').isGlobalUnicast()": "false", "ip('fd00::1').isGlobalUnicast()": "true",
      "ip('127.0.0.1') == ip('127.0.0.1')": "true", "ip('::7f00:1') == ip('127.0.0.1')": "false",
      "ip('::1') != ip('::2')": "true", "type(ip('::1')) == net.IP": "true", "type(cidr('::/0')) == net.CIDR": "true",
      "dyn(ip('::1')) == dyn('::1')": "error: no such overload", "ip('::1') in [ip('0::1')]": "true",
      "string(dyn(ip('::1')))": #""::1""#,
    ])
  }

  @Test("networks are read and asked")
  func networks() {
    Expectations.check([
      "cidr('192.168.0.0/24')": #"cidr("192.168.0.0/24")"#, "string(cidr('2001:DB8::/32'))": #""2001:db8::/32""#,
      "cidr('192.168.0.1/24').masked()": #"cidr("192.168.0.0/24")"#,
      "cidr('2001:db8:1::/32').masked()": #"cidr("2001:db8::/32")"#, "cidr('::1/0').masked()": #"cidr("::/0")"#,
      "cidr('1.2.3.4/0').masked()": #"cidr("0.0.0.0/0")"#, "cidr('::1:2/127').masked()": #"cidr("::1:2/127")"#,
      "cidr('192.168.0.1/24').ip()": #"ip("192.168.0.1")"#, "cidr('::1/128').prefixLength()": "128",
      "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1'))": "true",
      "cidr('192.168.0.0/24').containsIP('192.168.1.1')": "false", "cidr('10.0.0.0/8').containsIP('::a00:1')": "false",
      "cidr('0.0.0.0/0').containsIP('255.255.255.255')": "true", "cidr('::/0').containsIP('1.2.3.4')": "false",
      "cidr('2001:db8::/32').containsIP('2001:db8:ffff::')": "true",
      "cidr('192.168.0.0/24').containsCIDR('192.168.0.0/25')": "true",
      "cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.0/23'))": "false",
      "cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.1/32'))": "true",
      "cidr('192.168.0.0/24').containsCIDR(cidr('192.169.0.1/32'))": "false",
      "cidr('127.0.0.1/24') == cidr('127.0.0.1/24')": "true", "cidr('127.0.0.1/24') == cidr('127.0.0.0/24')": "false",
      "cidr('10.0.0.0/8').isMask()": "rejected: undeclared reference to 'isMask' (in container '')",
      "isCIDR('192.168.0.1/16')": "true", "isCIDR('192.168.0.0/33')": "false", "isCIDR('::1/129')": "false",
      "isIP(cidr('::/0'))": "rejected: found no matching overload for 'isIP' applied to '(net.CIDR)'",
    ])
  }

  @Test("what is no network is refused in Go's words")
  func malformedNetworks() {
    func parse(_ text: String, _ reason: String) -> String {
      let start = "network address parse error during conversion from string: "
      return #"error: \#(start)\#(start)netip.ParsePrefix("\#(text)"): \#(reason)"#
    }
    Expectations.check([
      "cidr('192.168.0.0')": parse("192.168.0.0", "no '/'"),
      "cidr('192.168.0.0/')": parse("192.168.0.0/", #"bad bits after slash: """#),
      "cidr('1.2.3.4/08')": parse("1.2.3.4/08", #"bad bits after slash: "08""#),
      "cidr('1.2.3.4/+8')": parse("1.2.3.4/+8", #"bad bits after slash: "+8""#),
      "cidr('1.2.3.4/8x')": parse("1.2.3.4/8x", #"bad bits after slash: "8x""#),
      "cidr('1.2.3.4/99999999999999999999')":
        parse("1.2.3.4/99999999999999999999", #"bad bits after slash: "99999999999999999999""#),
      "cidr('1.2.3.4/33')": parse("1.2.3.4/33", "prefix length out of range"),
      "cidr('1.2.3/8')": parse("1.2.3/8", #"ParseAddr("1.2.3"): IPv4 address too short"#),
      "cidr('fe80::1%a/64')": parse("fe80::1%a/64", "IPv6 zones cannot be present in a prefix"),
      "cidr('::ffff:1.2.3.4/96')":
        "error: network address parse error during conversion from string: "
        + #"IPv4-mapped IPv6 address "::ffff:1.2.3.4/96" is not allowed"#,
      "cidr('10.0.0.0/8').containsIP('x')":
        #"error: IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP"#,
    ])
  }
}
