import Testing

@Suite("Named formats")
struct NamedFormatTests {
  static let names = [
    "dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix", "dns1123SubdomainPrefix",
    "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime",
  ]

  @Test("are found by name and are themselves only", arguments: names)
  func named(name: String) {
    #expect(Expectations.result("format.named('\(name)').value() == format.\(name)()") == "true")
    for other in Self.names where other != name {
      #expect(Expectations.result("format.\(name)() == format.\(other)()") == "false")
    }
  }

  @Test(
    "take what is valid",
    arguments: [
      ("dns1123Label", ["a", "my-label-name", "0", String(repeating: "a", count: 63)]),
      ("dns1123Subdomain", ["apiextensions.k8s.io", "a.b", "1", String(repeating: "a.", count: 126) + "a"]),
      ("dns1035Label", ["a", "my-label", "a1"]),
      ("qualifiedName", ["apiextensions.k8s.io/v1beta1", "my.name", "A_b-c.D"]),
      ("dns1123LabelPrefix", ["my-label-prefix-", "a", "ab-"]),
      ("dns1123SubdomainPrefix", ["mysubdomain.prefix.-", "a.b-"]),
      ("dns1035LabelPrefix", ["my-label-prefix-"]), ("labelValue", ["", "my-cool-label-Value", "A.b_c"]),
      ("uri", ["http://example.com", "/a"]),
      ("uuid", ["123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000"]),
      ("byte", ["aGVsbG8=", "aGVsbG8h", "aA=="]), ("date", ["2021-01-01", "2024-02-29", "0000-02-29"]),
      (
        "datetime",
        [
          "2021-01-01T00:00:00Z", "2021-01-01t23:59:59.123z", "2021-01-01T00:00:00+01:00", "2021-01-01T00:00:00x1Z",
        ]
      ),
    ])
  func valid(name: String, texts: [String]) {
    for text in texts {
      #expect(Expectations.result("format.\(name)().validate('\(text)')") == "optional.none()", "\(text)")
    }
  }

  @Test(
    "say what is wrong",
    arguments: [
      ("dns1123Label", "contains a space", [label]), ("dns1123Label", "a.b", ["must not contain dots"]),
      ("dns1123Label", "", [label]), ("dns1123Label", "-a", [label]), ("dns1123Label", "A", [label]),
      ("dns1123Label", String(repeating: "a", count: 64), ["must be no more than 63 characters"]),
      ("dns1123Label", String(repeating: "-", count: 64), ["must be no more than 63 characters", label]),
      ("dns1123LabelPrefix", "contains a space-", [label]), ("dns1123LabelPrefix", "-", [label]),
      ("dns1123Subdomain", "contains a space", [subdomain]), ("dns1123Subdomain", "a..b", [subdomain]),
      ("dns1123Subdomain", "a.", [subdomain]), ("dns1123SubdomainPrefix", "contains a space-", [subdomain]),
      ("dns1035Label", "1a", [label1035]), ("dns1035Label", "", [label1035]),
      ("dns1035LabelPrefix", "contains a space-", [label1035]), ("qualifiedName", "contains a space", [namePart]),
      ("qualifiedName", "/a", ["prefix part must be non-empty"]),
      ("qualifiedName", "a/", ["name part must be non-empty", namePart]),
      ("qualifiedName", "A/a", ["prefix part " + subdomain]),
      (
        "qualifiedName", "a/b/c",
        [
          "a valid label key " + namePart.dropFirst("name part ".count)
            + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
      ),
      ("qualifiedName", String(repeating: "a", count: 64), ["name part must be no more than 63 bytes"]),
      ("labelValue", "my-cool-label-Value!!", [labelValue]),
      ("labelValue", String(repeating: "a", count: 64), ["must be no more than 63 bytes"]),
      ("uri", "a", [#"parse \"a\": invalid URI for request"#]),
      ("uuid", "123e4567", ["does not match the UUID format"]),
      ("uuid", "123e4567-e89b-12d3-a456-42661417400g", ["does not match the UUID format"]),
      ("byte", "aGVsbG8", ["invalid base64"]), ("byte", "", ["invalid base64"]), ("byte", "====", ["invalid base64"]),
      ("date", "2020-01-32", ["invalid date"]), ("date", "2023-02-29", ["invalid date"]),
      ("date", "2020-1-01", ["invalid date"]),
      ("datetime", "2020-01-32T00:00:00Z", ["invalid datetime"]),
      ("datetime", "2020-01-01T24:00:00Z", ["invalid datetime"]),
      ("datetime", "2020-01-01T00:00:00", ["invalid datetime"]),
      ("datetime", "2020-01-01T00:00:00.Z", ["invalid datetime"]),
      ("datetime", "2020-01-01 00:00:00Z", ["invalid datetime"]),
    ])
  func invalid(name: String, text: String, messages: [String]) {
    let list = messages.map { "\"\($0.replacing("\\.", with: "\\\\."))\"" }.joined(separator: ", ")
    #expect(Expectations.result("format.\(name)().validate('\(text)')") == "optional.of([\(list)])")
  }

  @Test("that are not there are none")
  func unknown() {
    Expectations.check([
      "format.named('unknown').hasValue()": "false", "format.named('').hasValue()": "false",
      "format.named(dyn(1))": "error: no such overload: format.named(int)",
      "format.unknown()": "rejected: undeclared reference to 'format' (in container '')",
      "format.named('uuid')": #"optional.of(format.named("uuid"))"#,
      "'%s'.format([1])": #""1""#,
    ])
  }

  private static let label =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    + "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
  private static let subdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    + "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    + #"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#
  private static let label1035 =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    + "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    + "'[a-z]([-a-z0-9]*[a-z0-9])?')"
  private static let namePart =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
  private static let labelValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    + "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
}
