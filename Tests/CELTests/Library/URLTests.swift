import Testing

@Suite("URLs")
struct URLTests {
  @Test("are taken apart")
  func parts() {
    Expectations.check([
      "url('/path').getScheme()": #""""#, "url('HTTPS://example.com/').getScheme()": #""https""#,
      "url('https://example.com:80/').getHost()": #""example.com:80""#,
      "url('https://[::1]:80/').getHost()": #""[::1]:80""#, "url('https://[::1]/').getHost()": #""[::1]""#,
      "url('/path').getHost()": #""""#, "url('https://example.com:80/').getHostname()": #""example.com""#,
      "url('https://[::1]:80/').getHostname()": #""::1""#,
      "url('https://[fe80::1%25en0]/').getHostname()": #""fe80::1%en0""#,
      "url('https://127.0.0.1:80/').getHostname()": #""127.0.0.1""#,
      "url('https://example.com:80/').getPort()": #""80""#,
      "url('https://example.com/').getPort()": #""""#, "url('https://example.com:/').getPort()": #""""#,
      "url('https://example.com:/').getHost()": #""example.com:""#,
      "url('https://user:pass@example.com:80/path?query=val#fragment').getHost()": #""example.com:80""#,
      "url('https://a@b@c/').getHost()": #""c""#, "url('mailto:a@b').getEscapedPath()": #""""#,
      "url('https://example.com/path').getEscapedPath()": #""/path""#,
      "url('https://example.com/path with spaces/').getEscapedPath()": #""/path%20with%20spaces/""#,
      "url('https://example.com').getEscapedPath()": #""""#,
      "url('https://example.com/a%2Fb').getEscapedPath()": #""/a%2Fb""#,
      "url('https://example.com/ä').getEscapedPath()": #""/%C3%A4""#,
      "url('https://example.com/a#b').getEscapedPath()": #""/a""#, "url('*').getEscapedPath()": #""*""#,
      "url('//example.com/a').getHost()": #""example.com""#, "url('///a').getEscapedPath()": #""///a""#,
      "url('postgres://a:1,b:2/').getHost()": #""a:1,b:2""#, "url('http://%C3%A4/').getHost()": #""ä""#,
      "url('http://%ff/').getHost()": "\"\u{FFFD}\"",
    ])
  }

  @Test("have queries with several values to a name")
  func queries() {
    Expectations.check([
      "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery()": #"{"k1": ["a"], "k2": ["b", "c"]}"#,
      "url('https://example.com/?key with spaces=value with spaces').getQuery()":
        #"{"key with spaces": ["value with spaces"]}"#,
      "url('https://example.com/path?').getQuery()": "{}", "url('https://example.com/path').getQuery()": "{}",
      "url('/?a').getQuery()": #"{"a": [""]}"#, "url('/?=a').getQuery()": #"{"": ["a"]}"#,
      "url('/?a=b=c').getQuery()": #"{"a": ["b=c"]}"#, "url('/?a+b=%41%20').getQuery()": #"{"a b": ["A "]}"#,
      "url('/?a=%zz&b=1').getQuery()": #"{"b": ["1"]}"#, "url('/?a;b&c=1').getQuery()": #"{"c": ["1"]}"#,
      "url('/?a=1&&b=2').getQuery()": #"{"a": ["1"], "b": ["2"]}"#, "url('/?a=1#b').getQuery()": #"{"a": ["1"]}"#,
      "url('/?a=b?c').getQuery()": #"{"a": ["b?c"]}"#, "url('mailto:a?b=c').getQuery()": #"{"b": ["c"]}"#,
    ])
  }

  @Test("with more parameters than Go allows have none")
  func manyParameters() {
    func count(_ number: Int) -> String {
      let query = (0..<number).map { "k\($0)=1" }.joined(separator: "&")
      return Expectations.result("url(x).getQuery().size()", ["x": "\"/?\(query)\""])
    }
    #expect(count(10_000) == "10000")
    #expect(count(10_001) == "0")
  }

  @Test("that are none are refused in Go's words")
  func malformed() {
    func parse(_ text: String, _ reason: String) -> String {
      #"error: URL parse error during conversion from string: parse "\#(text)": \#(reason)"#
    }
    Expectations.check([
      "url('')": parse("", "empty url"),
      "url('../relative-path')": parse("../relative-path", "invalid URI for request"),
      "url('a')": parse("a", "invalid URI for request"), "url(':a')": parse(":a", "missing protocol scheme"),
      "url('https://a:b:c/')": parse("https://a:b:c/", #"invalid port ":b:c" after host"#),
      "url('http://::1/')": parse("http://::1/", #"invalid port "::1" after host"#),
      "url('http://a:80:80/')": parse("http://a:80:80/", #"invalid port ":80:80" after host"#),
      "url('http://a:x/')": parse("http://a:x/", #"invalid port ":x" after host"#),
      "url('http://[::1/')": parse("http://[::1/", "missing ']' in host"),
      "url('http://[::1]x/')": parse("http://[::1]x/", #"invalid port "x" after host"#),
      "url('http://x[::1]/')": parse("http://x[::1]/", "invalid IP-literal"),
      "url('http://[1.2.3.4]/')": parse("http://[1.2.3.4]/", "invalid IP-literal"),
      "url('http://[a]/')": parse("http://[a]/", #"invalid host: ParseAddr("a"): unable to parse IP"#),
      "url('http://a b/')": parse("http://a b/", #"invalid character " " in host name"#),
      "url('http://a%41/')": parse("http://a%41/", #"invalid URL escape "%41""#),
      "url('http://a/%zz')": parse("http://a/%zz", #"invalid URL escape "%zz""#),
      "url('http://a/%4')": parse("http://a/%4", #"invalid URL escape "%4""#),
      "url('http://a b@c/')": parse("http://a b@c/", "net/url: invalid userinfo"),
      "url('/a\\n')": parse("/a\\n", "net/url: invalid control character in URL"),
      "url('/a#%zz')": parse("/a#%zz", #"invalid URL escape "%zz""#),
      "url('/?a#%zz')": parse("/?a#%zz", #"invalid URL escape "%zz""#),
      "url('//[#')": parse("//[", "missing ']' in host"),
      "isURL('https://user:pass@example.com:80/path?query=val#fragment')": "true", "isURL('/absolute-path')": "true",
      "isURL('https://a:b:c/')": "false", "isURL('../relative-path')": "false", "isURL('')": "false",
    ])
  }

  @Test("are equal when they are written the same after decoding")
  func equality() {
    Expectations.check([
      "url('https://example.com/a') == url('HTTPS://example.com/a')": "true",
      "url('https://example.com/%41') == url('https://example.com/A')": "false",
      "url('https://example.com/a b') == url('https://example.com/a%20b')": "true",
      "url('https://example.com') == url('https://example.com/')": "false",
      "url('/a?') == url('/a')": "false", "url('/a#') == url('/a')": "true", "url('/a#b c') == url('/a#b%20c')": "true",
      "url('file:/a') == url('file:///a')": "false", "url('https://u:p@h/')": #"url("https://u:p@h/")"#,
      "url('file:/a')": #"url("file:/a")"#, "url('file:///a')": #"url("file:///a")"#,
      "url('mailto:a')": #"url("mailto:a")"#,
    ])
  }
}
