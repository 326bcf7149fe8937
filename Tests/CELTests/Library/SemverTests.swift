import Testing

@Suite("Semantic versions")
struct SemverTests {
  @Test("are read strictly, or normalized where asked")
  func parsing() {
    Expectations.check([
      "semver('1.2.3')": #"semver("1.2.3")"#, "semver('0.1.0-alpha.1+b.2')": #"semver("0.1.0-alpha.1+b.2")"#,
      "semver('1.0.0-0-x')": #"semver("1.0.0-0-x")"#, "semver('v1.0.0', true)": #"semver("1.0.0")"#,
      "semver('1.0', true)": #"semver("1.0.0")"#, "semver('1', true)": #"semver("1.0.0")"#,
      "semver('01.01.01', true)": #"semver("1.1.1")"#, "semver('v00.0.00-a', true)": #"semver("0.0.0-a")"#,
      "semver('1.2.03-rc.01', true)":
        #"error: Numeric PreRelease version must not contain leading zeroes "01""#,
      "semver('1.2.3', false)": #"semver("1.2.3")"#, "isSemver('1.2.3-beta.1+build.1')": "true",
      "isSemver('')": "false",
      "isSemver('hello')": "false", "isSemver('v1.0.0')": "false", "isSemver(' 1.0.0')": "false",
      "isSemver('1.0.0 ')": "false", "isSemver('01.01.01')": "false", "isSemver('1.1')": "false",
      "isSemver('', true)": "false", "isSemver(' 1.0.0', true)": "false", "isSemver('v1.0', true)": "true",
      "isSemver('vv1', true)": "false", "isSemver('1.0-a', true)": "false",
      "isSemver([1, 2, 3])": "rejected: found no matching overload for 'isSemver' applied to '(list(int))'",
    ])
  }

  @Test("that are none are refused in the API server's words")
  func malformed() {
    Expectations.check([
      "semver('')": "error: Version string empty", "semver('v1.0')": "error: No Major.Minor.Patch elements found",
      "semver('Three')": "error: No Major.Minor.Patch elements found",
      "semver('v1.0.0')": #"error: Invalid character(s) found in major number "v1""#,
      "semver('1.x.0')": #"error: Invalid character(s) found in minor number "x""#,
      "semver('1.0.0x')": #"error: Invalid character(s) found in patch number "0x""#,
      "semver('01.0.0')": #"error: Major number must not contain leading zeroes "01""#,
      "semver('1.00.0')": #"error: Minor number must not contain leading zeroes "00""#,
      "semver('1.0.01')": #"error: Patch number must not contain leading zeroes "01""#,
      "semver('.0.0')": #"error: strconv.ParseUint: parsing "": invalid syntax"#,
      "semver('1.0.18446744073709551616')":
        #"error: strconv.ParseUint: parsing "18446744073709551616": value out of range"#,
      "semver('1.0.0-')": "error: Prerelease is empty", "semver('1.0.0-a..b')": "error: Prerelease is empty",
      "semver('1.0.0-a_b')": #"error: Invalid character(s) found in prerelease "a_b""#,
      "semver('1.0.0+')": "error: Build meta data is empty",
      "semver('1.0.0+a_b')": #"error: Invalid character(s) found in build meta data "a_b""#,
      "semver('1-a', true)": "error: short version cannot contain PreRelease/Build meta data",
    ])
  }

  @Test("are in the order of semver.org")
  func order() {
    let ordered = [
      "0.0.0-0", "0.0.0", "0.9.9", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.1.0", "2.0.0",
    ]
    for (index, left) in ordered.enumerated() {
      for (other, right) in ordered.enumerated() {
        let expected = index < other ? -1 : index == other ? 0 : 1
        #expect(Expectations.result("semver('\(left)').compareTo(semver('\(right)'))") == "\(expected)")
      }
    }
    Expectations.check([
      "semver('1.0.0').isLessThan(semver('1.2.3'))": "true", "semver('1.0.0').isLessThan(semver('1.0.0'))": "false",
      "semver('1.2.3').isGreaterThan(semver('1.0.0'))": "true", "semver('1.0.0+a') == semver('1.0.0+b')": "true",
      "semver('v01.01', true) == semver('1.1.0')": "true", "semver('1.2.3') == semver('1.0.0')": "false",
      "dyn(semver('1.0.0')).compareTo(quantity('1'))":
        "error: no such overload: compareTo(kubernetes.Semver, kubernetes.Quantity)",
      "semver('1.2.3').major()": "1", "semver('1.2.3').minor()": "2", "semver('1.2.3').patch()": "3",
    ])
  }
}
