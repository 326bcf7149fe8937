import CEL
import Testing

@Suite("Functions and operators")
struct FunctionTests {
  @Test(
    "operators give a value or cel-go's error",
    arguments: [
      ("1 + 2", "3"), ("1u + 2u", "3u"), ("1.5 + 2.0", "3.5"), ("'a' + 'b'", "\"ab\""), ("b'a' + b'b'", "b\"ab\""),
      ("[1] + [2]", "[1, 2]"), ("9223372036854775807 + 1", "error: integer overflow"),
      ("0u - 1u", "error: unsigned integer overflow"), ("-(-9223372036854775808)", "error: integer overflow"),
      ("5 / 0", "error: division by zero"), ("5 % 0", "error: modulus by zero"), ("5u / 0u", "error: division by zero"),
      ("-7 / 2", "-3"), ("-7 % 2", "-1"), ("(-9223372036854775807 - 1) / -1", "error: integer overflow"),
      ("1.0 / 0.0", "+Inf"), ("dyn(1) + dyn('a')", "error: no such overload"),
      ("dyn(true) + dyn(true)", "error: no such overload: _+_"), ("dyn([]) - dyn([])", "error: no such overload: _-_"),
      ("dyn(null) < dyn(null)", "error: no such overload: _<_"), ("dyn('a') < dyn(1)", "error: no such overload"),
      ("1 < 2u", "true"), ("-1 < 0u", "true"), ("1 < 1.5", "true"),
      ("dyn(9223372036854775807) == 9223372036854775807u", "true"),
      ("dyn(1) == dyn(1.0)", "true"), ("dyn(1) == dyn('1')", "false"), ("double('NaN') == double('NaN')", "false"),
      ("double('NaN') < 1.0", "error: NaN values cannot be ordered"), ("'a' < 'b'", "true"), ("b'a' < b'ab'", "true"),
      ("false < true", "true"), ("!dyn(1)", "error: no such overload"), ("-dyn('a')", "error: no such overload"),
      ("-dyn(1u)", "error: no such overload: -_"), ("{'a': dyn(1)} == {'a': 1.0}", "true"), ("[1] == [1, 2]", "false"),
      ("dyn({1: 'a'})[1u]", "\"a\""), ("dyn({1: 'a'})[1.0]", "\"a\""), ("2 in [1, 2.0]", "true"),
      ("dyn(1u) in {1: 2}", "true"),
      ("'a' in dyn('abc')", "error: no such overload"), ("[1][3]", "error: index out of bounds: 3"),
      ("[1][-1]", "error: index out of bounds: -1"),
      ("dyn([1])['a']", "error: unsupported index type 'string' in list"),
      ("[1][dyn(0.5)]", "error: unsupported index value 0.5 in list"), ("{'a': 1}['b']", "error: no such key: b"),
      ("dyn(1).a", "error: no such key: a"), ("true ? 1 : 2", "1"), ("dyn(1) ? 1 : 2", "error: no such overload"),
      ("1 / 0 == 0 ? 1 : 2", "error: division by zero"), ("false && 1 / 0 == 0", "false"),
      ("1 / 0 == 0 && false", "false"), ("1 / 0 == 0 || true", "true"),
      ("1 / 0 == 0 && true", "error: division by zero"),
      ("dyn(1) && true", "error: no such overload"), ("dyn(1) && false", "false"),
      ("1 / 0 == 0 && (1 % 0 == 0 && false)", "false"), ("1 / 0 == 0 || 1 % 0 == 0", "error: division by zero"),
    ])
  func operators(source: String, expected: String) {
    #expect(Evaluating.result(source) == expected)
  }

  @Test(
    "conversions keep to Go's syntax and ranges",
    arguments: [
      ("int('-42')", "-42"), ("int('+42')", "42"),
      ("int('4 2')", "error: type conversion error from 'string' to 'int'"), ("int(1.9)", "1"), ("int(-1.9)", "-1"),
      ("int(9223372036854775807.0)", "error: integer overflow"),
      ("int(-9223372036854775808.0)", "error: integer overflow"),
      ("int(18446744073709551615u)", "error: integer overflow"), ("uint(-1)", "error: unsigned integer overflow"),
      ("uint(18446744073709551616.0)", "error: unsigned integer overflow"), ("uint('5')", "5u"),
      ("uint('-5')", "error: type conversion error from 'string' to 'uint'"), ("double('1e3')", "1000.0"),
      ("double('inf')", "+Inf"), ("double('1e999')", "error: type conversion error from 'string' to 'double'"),
      ("double('0x1p4')", "16.0"), ("double('1_0')", "error: type conversion error from 'string' to 'double'"),
      ("string(1000000.0)", "\"1e+06\""), ("string(123456.0)", "\"123456\""), ("string(0.0001)", "\"0.0001\""),
      ("string(0.00001)", "\"1e-05\""), ("string(-0.0)", "\"-0\""), ("string(1.0 / 3.0)", "\"0.3333333333333333\""),
      ("string(b'\\xff')", "error: invalid UTF-8 in bytes, cannot convert to string"), ("string(true)", "\"true\""),
      ("bool('True')", "true"), ("bool('yes')", "error: type conversion error from 'string' to 'bool'"),
      ("bytes('é') == b'\\xc3\\xa9'", "true"), ("int(dyn([]))", "error: no such overload: int(list)"),
      ("string(dyn(null))", "error: no such overload: string(null_type)"), ("type(1) == int", "true"),
      ("type(type(1)) == type", "true"), ("type(null)", "null_type"), ("size('héé')", "3"), ("size(b'é')", "2"),
      ("size(dyn(1))", "error: no such overload: size"), ("dyn('a').size()", "1"),
    ])
  func conversions(source: String, expected: String) {
    #expect(Evaluating.result(source) == expected)
  }

  @Test(
    "timestamps and durations",
    arguments: [
      ("duration('1h30m') == duration('5400s')", "true"), ("string(duration('1h0.5s'))", "\"3600.5s\""),
      ("duration('1x')", "error: type conversion error from 'string' to 'google.protobuf.Duration'"),
      ("duration('-1.5h').getMinutes()", "-90"), ("duration('3730s').getHours()", "1"),
      ("duration('9223372036854775807ns') + duration('1ns')", "error: integer overflow"),
      (
        "timestamp('2023-02-29T00:00:00Z')", "error: type conversion error from 'string' to 'google.protobuf.Timestamp'"
      ),
      ("string(timestamp('2024-02-29T23:59:59.120Z'))", "\"2024-02-29T23:59:59.12Z\""),
      ("string(timestamp('2024-02-29T12:00:00+02:30'))", "\"2024-02-29T12:00:00+02:30\""),
      ("timestamp('2024-02-29T12:00:00+02:30') == timestamp('2024-02-29T09:30:00Z')", "true"),
      ("timestamp('2024-12-31T00:00:00Z').getDayOfYear()", "365"), ("timestamp(0).getDayOfWeek()", "4"),
      ("timestamp('2024-07-01T12:00:00Z').getHours('Europe/Berlin')", "14"),
      ("timestamp('2050-01-01T12:00:00Z').getHours('America/New_York')", "7"),
      ("timestamp('2050-07-01T12:00:00Z').getHours('America/New_York')", "8"),
      ("timestamp('2050-12-01T12:00:00Z').getHours('Australia/Sydney')", "23"),
      ("timestamp('1900-01-01T12:00:00Z').getHours('UTC')", "12"),
      ("timestamp('2024-07-01T12:00:00Z').getHours('-03:30')", "8"),
      ("timestamp('2024-07-01T12:00:00Z').getHours('Mars/Base')", "error: unknown time zone Mars/Base"),
      ("timestamp('2024-07-01T12:00:00Z').getHours('../../etc/passwd')", "error: unknown time zone ../../etc/passwd"),
      (
        "timestamp('2024-07-01T12:00:00Z').getHours('+01:75')",
        "error: timezone offset minutes out of range [0, 59]: +01:75"
      ),
      ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: timestamp overflow"),
      ("timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "error: timestamp overflow"),
      ("timestamp(253402300800)", "error: timestamp overflow"),
      ("timestamp('9999-01-01T00:00:00Z') - timestamp('0001-01-01T00:00:00Z')", "error: integer overflow"),
      ("int(timestamp('1969-12-31T23:59:59.5Z'))", "-1"), ("timestamp(5) - timestamp(3) == duration('2s')", "true"),
      ("dyn('x').getHours()", "error: no such overload: getHours(string)"),
    ])
  func time(source: String, expected: String) {
    #expect(Evaluating.result(source) == expected)
  }

  @Test(
    "optionals",
    arguments: [
      ("{'a': 1}.?a", "optional.of(1)"), ("{'a': 1}.?b", "optional.none()"), ("{'a': 1}.?b.orValue(5)", "5"),
      ("{'a': {'b': 2}}.?a.b.value()", "2"), ("{'a': dyn(1)}.?b.c.orValue(7)", "7"), ("[1, 2][?5].hasValue()", "false"),
      ("optional.none().value()", "error: optional.none() dereference"),
      ("optional.of(1).or(optional.of(2)).value()", "1"), ("optional.ofNonZeroValue('')", "optional.none()"),
      ("[?optional.none(), ?optional.of(1), 2]", "[1, 2]"), ("{?'a': optional.none(), 'b': 1}", "{\"b\": 1}"),
      ("optional.of(2).optMap(x, x * 2)", "optional.of(4)"), ("optional.none().optMap(x, 1)", "optional.none()"),
      ("optional.of(2).optFlatMap(x, optional.none())", "optional.none()"),
      ("dyn(1).orValue(2)", "error: no such overload"), ("has({'a': {'b': 1}}.?a.b)", "true"),
      ("optional.of(dyn(1)) == optional.of(1.0)", "true"),
      ("optional.of(1 / 0).hasValue()", "error: division by zero"),
    ])
  func optionals(source: String, expected: String) {
    #expect(Evaluating.result(source) == expected)
  }

  @Test(
    "strings and lists of the extensions",
    arguments: [
      ("'héllo'.charAt(1)", "\"é\""), ("'ab'.charAt(2)", "\"\""), ("'ab'.charAt(3)", "error: index out of range: 3"),
      ("'tacocat'.indexOf('ac')", "1"), ("'tacocat'.indexOf('a', 3)", "5"), ("'éaé'.lastIndexOf('é')", "2"),
      ("'tacocat'.indexOf('', 20)", "7"), ("'tacocat'.indexOf('c', -1)", "error: index out of range: -1"),
      ("'tacocat'.lastIndexOf('c', 3)", "2"), ("['a', 'b'].join('-')", "\"a-b\""), ("[].join('-')", "\"\""),
      ("['a', 'b'].join()", "\"ab\""), ("dyn(['a', 1]).join()", "error: join: invalid input: 1"),
      ("'TaCoCÆt'.lowerAscii()", "\"tacocÆt\""), ("'tæ'.upperAscii()", "\"Tæ\""),
      ("'hello hello'.replace('he', 'we')", "\"wello wello\""),
      ("'hello hello'.replace('he', 'we', 1)", "\"wello hello\""),
      ("'ab'.replace('', '_')", "\"_a_b_\""), ("'a,b,c'.split(',')", "[\"a\", \"b\", \"c\"]"),
      ("'a,b,c'.split(',', 2)", "[\"a\", \"b,c\"]"), ("'a,b'.split(',', 0)", "[]"),
      ("'aé'.split('')", "[\"a\", \"é\"]"),
      ("'tacocat'.substring(4)", "\"cat\""), ("'tacocat'.substring(0, 4)", "\"taco\""),
      ("'tacocat'.substring(3, 2)", "error: invalid substring range. start: 3, end: 2"),
      ("' \\u00a0\\tx\\u2003 '.trim()", "\"x\""), ("'gums'.reverse()", "\"smug\""),
    ])
  func strings(source: String, expected: String) {
    #expect(Evaluating.result(source) == expected)
  }

  @Test(
    "Kubernetes' functions on lists",
    arguments: [
      ("[1, 3, 2].max()", "3"), ("[1, 3, 2].isSorted()", "false"), ("[1, 3, 2].sum()", "6"),
      ("[1, 2, 1].lastIndexOf(1)", "2"),
      ("[1].filter(x, false).min()", "error: min called on empty list"), ("['b', 'a'].min()", "\"a\""),
      ("[1.0].filter(x, false).sum()", "0.0"),
    ])
  func lists(source: String, expected: String) {
    #expect(Evaluating.result(source, profile: .kubernetes) == expected)
  }

  @Test(
    "regular expressions are RE2's, found anywhere in the text",
    arguments: [
      ("'foobar'.matches('o+b')", "true"), ("'Foo'.matches('foo')", "false"), ("'ab'.matches(dyn('^a.$'))", "true"),
      ("'é'.matches('^.$')", "true"), ("'a\\nb'.matches('a.b')", "false"),
      ("dyn(1).matches('a')", "error: no such overload: matches"),
      ("'x'.matches('a' + 'b' + dyn(']['))", "error: error parsing regexp: missing closing ]: `[`"),
      ("matches('x', '(')", "rejected: error parsing regexp: missing closing ): `(`"),
      ("'x'.matches('a{1001}')", "rejected: error parsing regexp: invalid repeat count: `{1001}`"),
    ])
  func regularExpressions(source: String, expected: String) {
    #expect(Evaluating.result(source) == expected)
  }

  @Test(
    "every function that the environment declares is implemented", arguments: [Environment.Profile.kubernetes, .full])
  func declaredIsImplemented(profile: Environment.Profile) {
    for declaration in Environment(profile).declaredFunctions {
      for overload in declaration.overloads {
        #expect(
          ProgramBuilder.implements(
            declaration.name, isMember: overload.isMember, argumentCount: overload.parameters.count),
          "\(overload.id)")
      }
    }
  }
}
