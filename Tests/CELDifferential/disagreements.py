"""Where the two implementations are known to differ, and what decides who is right.

An entry explains a disagreement of a generated pair when its patterns are found in the expression and in both answers, or,
with `same`, when its pattern is found in the expression and the answers are the same once `same` has been applied to both.
`at_most` bounds how many pairs in ten thousand an entry may explain, so that nothing new hides behind it.

The examples of an entry are tried in every run. When one of them comes to agree or to give something else the run fails, so
that the list only shrinks. What differs whatever surrounds it is left out of the generated expressions, and then the
examples stand for it.

`section` names the section of the language definition (doc/langdef.md of cel-spec) that decides. Where it leaves a matter
open or another text defines it, the Go implementation is followed, since that is what an API server runs.
"""

import datetime
import re
from dataclasses import dataclass, field

@dataclass
class Disagreement:
    name: str
    section: str
    why: str
    # (expression, pattern of our answer, pattern of theirs), and values of variables where it has some.
    examples: list
    expression: str = ""
    ours: str = ""
    theirs: str = ""
    same: object = None
    at_most: float = 30
    is_generated: bool = True
    explained: int = 0
    seen: list = field(default_factory=list)

    def explains(self, expression, ours, theirs):
        if not self.is_generated or not re.search(self.expression, expression):
            return False
        if self.same:
            return self.same(ours) == self.same(theirs)
        return bool(re.search(self.ours, ours) and re.search(self.theirs, theirs))


def answer_text(answer):
    """An answer as patterns and reports see it."""
    kind, content = answer
    return f"error: {content}" if kind == "error" else repr(content)


def without_final_zeros(text):
    """Fractions of seconds without the zeros at their end."""
    return re.sub(r"(?<=[.\d])0+(?=[sZ])", "", text)


def in_utc(text):
    """Times with an offset from UTC as times in UTC."""

    def convert(match):
        sign = -1 if match[4] == "+" else 1
        offset = sign * datetime.timedelta(hours=int(match[5]), minutes=int(match[6]))
        try:
            time = datetime.datetime.fromisoformat(match[1]) + offset
        except OverflowError:
            return match[0]
        return f"{time.isoformat()}.{(match[3] or '')}Z"

    text = re.sub(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.(\d+))?([+-])(\d\d):(\d\d)", convert, text)
    return without_final_zeros(re.sub(r"(T\d\d:\d\d:\d\d)Z", r"\1.Z", text))


def in_twelve_digits(text):
    """Seconds as far as a floating-point number surely keeps them."""
    return re.sub(r"\d+(\.\d+)?(?=s)", lambda match: f"{float(match[0]):.12g}", text)


def lower_numbers(text):
    """The names of numbers that are not finite, as both write them."""
    return re.sub(r"[+-]?(nan|inf(inity)?)", lambda match: match[0].lstrip("+-")[:3], text.lower())


ERROR = "^error: "
REJECTED = "^error: rejected: "
REJECTED_BY_US = "^error: ERROR: <input>"
VALUE = r"^\("

DISAGREEMENTS = [
    Disagreement(
        "numbers in texts with blanks, hexadecimal or past the range",
        "Types and Conversions: the number if successful, otherwise an error; Overflow: a conversion past the range is an error",
        "The oracle reads numbers with a lenient C++ function, which skips blanks, takes `0x10` for a double and makes infinity "
        "of `1e400`. A text that is no numeral of the target type is an error here, as in Go.",
        [("int(' 1')", ERROR, r"^\('int', 1\)"), ("uint('1 ')", ERROR, r"^\('uint', 1\)"),
         ("double('0x10')", ERROR, r"16\.0"), ("double('1e400')", ERROR, "inf")],
        is_generated=False,
    ),
    Disagreement(
        "bool('F')",
        "Types and Conversions: `bool(string)`, which names no texts besides the examples",
        "Go's set of texts has both `f` and `F`; the oracle's has the small letter only.",
        [("bool('F')", r"^\('bool', False\)", ERROR), ("bool('T')", r"^\('bool', True\)", ERROR)],
        is_generated=False,
    ),
    Disagreement(
        "int(true) of a dyn",
        "Types and Conversions: the signatures of `int`, `uint` and `double`, none of which takes a bool",
        "The oracle turns a bool that the checker does not see into 0 or 1. No such signature exists, so that it is an error.",
        [("int(dyn(true))", ERROR, r"^\('int', 1\)")],
        expression=r"(int|double)\(", ours=r"no such overload: (int|uint|double)\(bool\)",
    ),
    Disagreement(
        "int(duration) of a dyn",
        "Types and Conversions: the signatures of `int`, none of which takes a duration",
        "The specification sides with the oracle. The API server gives nanoseconds where the checker does not see the type, and "
        "verdicts must be its own.",
        [("int(dyn(duration('1s')))", r"^\('int', 1000000000\)", ERROR)],
        expression=r"int\(", theirs=r"No matching overloads found : int\(duration\)",
    ),
    Disagreement(
        "digits of fractions of seconds",
        "Types and Conversions: `string(timestamp)` is RFC 3339, `string(duration)` is seconds and fractional seconds",
        "Neither says how many digits a fraction has. The oracle fills up to three, six or nine; Go ends with the last that counts.",
        [("string(duration('1.5s'))", "'1.5s'", "'1.500s'"),
         ("string(timestamp('2024-01-01T00:00:00.5Z'))", "00.5Z", "00.500Z")],
        expression=r"string\(|%s", same=without_final_zeros, at_most=150,
    ),
    Disagreement(
        "the zone of a timestamp's text",
        "Types and Conversions: `string(timestamp)` is RFC 3339, which allows any offset",
        "The oracle writes UTC. Go keeps the offset that the timestamp was read with; the instant is the same.",
        [("string(timestamp('2024-01-01T00:00:00+02:00'))", r"\+02:00", "2023-12-31T22:00:00Z")],
        expression=r"timestamp\(", same=in_utc, at_most=150,
    ),
    Disagreement(
        "digits of a long duration's text",
        "Types and Conversions: `string(duration)` is seconds and fractional seconds",
        "Go writes the seconds of a floating-point number, which has fifteen digits or so; the oracle writes nanoseconds. Both are "
        "seconds and a fraction, and the API server's is followed. The value itself keeps its nanoseconds.",
        [("string(timestamp('2024-01-01T00:00:00.123456789Z') - timestamp(0))", r"1704067200\.1234567s", r"1704067200\.123456789s")],
        expression=r"string\(", same=in_twelve_digits,
    ),
    Disagreement(
        "such a text, used further",
        "Types and Conversions, as above",
        "What is cut out of such a text, or its length, differs as the text does.",
        [("size(string(duration('1.5s')))", r"^\('int', 4\)", r"^\('int', 6\)"),
         ("string(1.0 / 0.0).substring(1)", "'Inf'", "'nf'"),
         ("string(timestamp('1969-07-20T20:17:40.1-04:00')).charAt(25)", "'0'", "greater than")],
        expression=r"(string\(|%s).*(duration|timestamp|du|ts|double|/)", ours=VALUE + "|index out of range",
        theirs=VALUE + r"|<string>\.\w+\(.* is greater than", at_most=8,
    ),
    Disagreement(
        "texts of numbers that are not finite",
        "Types and Conversions: `string(double)` converts a double to a string",
        "No text is laid down. Go has `NaN`, `+Inf` and `-Inf`; the oracle has `nan` (with a sign), `inf` and `-inf`.",
        [("string(double('NaN'))", "'NaN'", "'nan'"), ("string(double('-Infinity'))", "'-Inf'", "'-inf'"),
         ("string(1.0 / 0.0)", r"'\+Inf'", "'inf'")],
        expression=r"string\(", same=lower_numbers,
    ),
    Disagreement(
        "%s of a double",
        "Extension Functions: left to implementations; the suite's string_ext tests have short fractions only",
        "Go writes all digits that tell a double from its neighbours; the oracle writes six.",
        [("'%s'.format([math.sqrt(2)])", "1.4142135623730951", r"1\.41421'")],
        is_generated=False,
    ),
    Disagreement(
        "NaN in an ordering",
        "Ordering: `e1 <= e2` gives the same as `!(e1 > e2)`, and as `e1 < e2 || e1 == e2`",
        "With NaN no value of `<=` fulfils both. Go makes such an ordering an error; the oracle has IEEE's false, which breaks the "
        "first rule. `math.least` and `math.greatest` go the same way.",
        [("double('NaN') < 1.0", "NaN values cannot be ordered", "False"),
         ("math.least(double('NaN'), 1.0)", "NaN values cannot be ordered", VALUE)],
        expression=r"NaN|sqrt|/", ours="NaN values cannot be ordered",
    ),
    Disagreement(
        "in a map with keys of another kind",
        "Map Operators: `A in map(A, B)` tells whether the map has the key",
        "A map does not have a key of a kind that none of its keys has, nor one of a kind that keys cannot have. The oracle calls "
        "the second an error, as it does for `map[key]`, where Go gives false.",
        [("dyn([1]) in {'a': 1}", "False", ERROR),
         ("dyn(duration('1s')) in {'a': 1}", "False", ERROR)],
        expression=r"\bin\b", theirs="No matching overloads found : @in",
    ),
    Disagreement(
        "what && and || make of that",
        "Logical Operators: the other side decides where one is an error",
        "Where Go's `in` is false, `&&` is; where the oracle has an error, so has `&&`. With `||` likewise.",
        [("1 / 0 == 1 && dyn([1]) in {'a': 1}", "False", ERROR)],
        expression=r"\bin\b.*(&&|\|\|)|(&&|\|\|).*\bin\b", ours=r"^\('bool'", theirs="^error: (INVALID|NOT_FOUND|UNKNOWN)", at_most=3,
    ),
    Disagreement(
        "what && and || make of NaN in an ordering",
        "Logical Operators, as above",
        "Of two errors Go's `&&` gives the first; where the oracle's ordering is false, so is `&&`.",
        [("1 / 0 == 1 && double('NaN') < 1.0", "division by zero", "False")],
        expression=r"(&&|\|\|).*(NaN|sqrt|/)", ours=ERROR + "(?!rejected)", theirs=r"^\('bool'", at_most=1,
    ),
    Disagreement(
        "bool('T')",
        "Types and Conversions: `bool(string)` converts a string to a bool, of forms that are left open",
        "Go takes `T` and `F`, too.",
        [("bool('T')", "True", ERROR)],
        expression=r"bool\(", ours=r"^\('bool'", theirs="from 'string' to 'bool'", at_most=1,
    ),
    Disagreement(
        "texts of doubles that are too large",
        "Types and Conversions: `double(string)` converts a string to a double, or fails",
        "Go refuses what no finite double is near to; the oracle takes it for infinite.",
        [("double('1e5001')", "type conversion error from 'string' to 'double'", "inf")],
        expression=r"double\(", ours="from 'string' to 'double'", theirs=r"^\('double', '?-?inf", at_most=1,
    ),
    Disagreement(
        "a key of a kind that keys cannot have behind [?",
        "Aggregate Values: keys are int, uint, bool or string",
        "The definition does not have optional values. Go refuses such a key there as it does without `?`; the oracle finds nothing.",
        [("[?{'a': 1}[?dyn({})]]", ERROR, r"^\('list', \(\)\)")],
        expression=r"\[\?", ours="invalid qualifier type|unsupported key type|no such overload", theirs=VALUE,
    ),
    Disagreement(
        "what is optional of a dyn",
        "Gradual Type Checking: an expression of which nothing is known is assignable to every type",
        "In the oracle `[?` of a `dyn` is `dyn` and no optional, and a `dyn` cannot stand behind `?` in a literal.",
        [("[?dyn([1])[?0]]", VALUE, REJECTED), ("[?dyn(optional.of(1))]", VALUE, REJECTED)],
        expression=r"\[\?|\{\?|, \?", theirs=REJECTED + r"(.|\n)*expected type 'optional_type",
    ),
    Disagreement(
        "a field or an index behind an optional one",
        "Field Selection: has no optional values",
        "In Go what follows `.?` or `[?` in one chain is optional as well, so that an index past the end gives none; the oracle "
        "fails. What the API server gives is given.",
        [("{'a': [1]}.?a[3].orValue(0)", r"^\('int', 0\)", ERROR)],
        is_generated=False,
    ),
    Disagreement(
        "base64 with blanks",
        "Extension Functions: left to implementations",
        "The oracle skips blanks in what it decodes, and takes a text cut short; Go takes line ends only.",
        [("base64.decode(' YQ==')", ERROR, VALUE)],
        expression=r"base64\.decode", ours="illegal base64 data", theirs=VALUE,
    ),
    Disagreement(
        "substring up to the end",
        "Extension Functions; string_ext of the suite has `'tacocat'.substring(0, 7)`-like ends only without the second index",
        "The end is exclusive, so that the size of the text is one. The oracle refuses it when the first index is not 0.",
        [("'abc'.substring(1, 3)", r"'bc'", ERROR)],
        is_generated=False,
    ),
    Disagreement(
        "a group that is not there in a replacement that is not used",
        "Extension Functions: left to implementations",
        "Go looks at the replacement when something is to be replaced, the oracle always.",
        [("regex.replace('a', 'x', r'\\1')", r"'a'", ERROR)],
        is_generated=False,
    ),
    Disagreement(
        "numbers compared whose types are known",
        "Ordering: run-time ordering is supported across int, uint and double; Comparison Operators lists no such signatures",
        "Go's checker and the API server's declare them, so that a policy may say `size(x) > 1.5`; the oracle wants `dyn`.",
        [("1 < 1.5", "True", REJECTED), ("2u >= 1", "True", REJECTED)],
        expression="[<>]", theirs=REJECTED + r".*no matching overload for '_[<>]=?_' applied to '\((int|uint|double), (int|uint|double)\)",
    ),
    Disagreement(
        "an equal key twice beside a false",
        "Logical Operators: false and an error are false, true or an error is true; Aggregate Values: an equal key twice is an error",
        "That error is one like others, and absorbed. The oracle ends the evaluation with it.",
        [("{1: 1, int(dyn(1)): 2} == {} && false", "False", "ALREADY_EXISTS")],
        expression="&&|[|][|]|all|exists", ours=VALUE, theirs="ALREADY_EXISTS: duplicate key",
    ),
    Disagreement(
        "durations of more than 290 years",
        "Overflow: duration values are limited to a single int64 value, or roughly +-290 years",
        "The oracle reads and adds longer ones.",
        [("duration('2562048h')", ERROR, VALUE)],
        expression=r"duration\(|timestamp\(", ours="conversion error from 'string' to 'google.protobuf.Duration'|overflow", theirs=VALUE,
    ),
    Disagreement(
        "years of fewer than four digits",
        "Types and Conversions: `timestamp(string)` is according to RFC 3339, whose years have four digits",
        "The oracle reads years of any length.",
        [("timestamp('024-02-29T12:34:56Z')", ERROR, VALUE)],
        expression=r"timestamp\(", ours="conversion error from 'string' to 'google.protobuf.Timestamp'", theirs=VALUE,
    ),
    Disagreement(
        "whole numbers of other types as an index behind [?",
        "List Operators: `list(A)[int]`; Numbers: int, uint and double are one number line at run time",
        "Both take a `dyn` of 1.0 or 1u for an index in `[…]`. Behind `[?` the oracle does not.",
        [("[?[1, 2][?dyn(1.0)]]", r"^\('list', \(\('int', 2\),\)\)", ERROR)],
        expression=r"\[\?", theirs=r"No matching overloads found : _\[\?_\]\(list, (double|uint)",
    ),
    Disagreement(
        "lastIndexOf from the end of the text",
        "Extension Functions: left to implementations; the suite's string_ext tests have only offsets that are further out",
        "An offset that is the size of the text is no place in it: Go finds nothing from there. The oracle searches from the last place.",
        [("'a'.lastIndexOf('a', 1)", "-1", r"^\('int', 0\)")],
        expression=r"lastIndexOf\(", ours=VALUE, theirs=VALUE, at_most=5,
    ),
    Disagreement(
        "the -1 of such a lastIndexOf, used further",
        "Extension Functions, as above",
        "There is no unsigned number -1, and no such key or element.",
        [("uint('a'.lastIndexOf('a', 1))", "unsigned integer overflow", r"^\('uint', 0\)"),
         ("{0: 'x'}['a'.lastIndexOf('a', 1)]", "no such key: -1", "'x'")],
        expression=r"lastIndexOf\(", ours="unsigned integer overflow|no such key: -1|index out of (bounds|range): -1", theirs=VALUE,
        at_most=2,
    ),
    Disagreement(
        "indexOf and lastIndexOf of a list in a dyn",
        "Extension Functions: left to implementations",
        "Kubernetes has them for lists as well as for texts, and of a `dyn` it is seen at run time which is meant.",
        [("dyn([1]).lastIndexOf('a')", "-1", ERROR)],
        expression=r"ndexOf\(", theirs=r"No matching overloads found : \(list\)\.(i|lastI)ndexOf",
    ),
    Disagreement(
        "the zero of timestamps",
        "Values: has no zero values besides those of protocol buffers; `optional.ofNonZeroValue` is not in the definition",
        "In Go it is the first instant that a timestamp can be, 0001-01-01T00:00:00Z, in the oracle that of 1970.",
        [("[?optional.ofNonZeroValue(timestamp(0))]", r"timestamp", r"^\('list', \(\)\)"),
         ("[?optional.ofNonZeroValue(timestamp('0001-01-01T00:00:00Z'))]", r"^\('list', \(\)\)", "timestamp")],
        expression=r"ofNonZeroValue\(.*t", at_most=10,
    ),
    Disagreement(
        "an empty text split by nothing",
        "Extension Functions: left to implementations",
        "Go gives the characters, of which there are none; the oracle gives the empty text.",
        [("''.split('')", r"^\('list', \(\)\)", r"\('string', ''\)")],
        expression=r"split\(", ours=VALUE + "|index out of bounds: 0", theirs=VALUE, at_most=5,
    ),
    Disagreement(
        "minus a duration in a dyn",
        "Arithmetic Operators: `-_` has signatures for int and double",
        "The specification sides with the oracle. In the API server durations can be negated where the checker does not see them.",
        [("-dyn(duration('1s'))", r"^\('duration', -1000000\)", ERROR)],
        expression="-", theirs=r"No matching overloads found : -_\(duration\)",
    ),
    Disagreement(
        "a macro of two variables inside what another macro is called on",
        "Macros: a macro's variables are in scope in its last arguments, wherever the call stands",
        "The oracle loses the second variable where `.optMap` or `.optFlatMap` is called on what holds such a macro.",
        [("[?[1].transformList(i, x, x)[?0].optMap(y, y)]", VALUE, REJECTED)],
        expression=r"opt(Flat)?Map\(", theirs=REJECTED + r"(.|\n)*undeclared reference to 'v\d+'", ours=VALUE,
    ),
    Disagreement(
        "static types that are not certain",
        "Gradual Type Checking: where a type is not known it is found by use, and what may be of several types is `dyn`",
        "The definition does not say which of several overloads that would do decides an unknown type (`-x`, where x is an element of "
        "an empty list), nor what `list(dyn)` and `dyn` are together: `dyn` here, as in Go, `list(dyn)` in the oracle. What one "
        "checker refuses the other may take.",
        [("[1] + [].sortBy(x, -x)", REJECTED_BY_US, VALUE), ("{'a': [dyn(1)], 'b': dyn([1])}['a'][0u]", VALUE, REJECTED)],
        ours=REJECTED_BY_US + "|" + VALUE, theirs=VALUE + "|" + REJECTED, at_most=5,
    ),
    Disagreement(
        "%s of an optional entry of a literal",
        "Extension Functions: left to implementations",
        "Go's validator of formats looks at the types of a literal's elements, and takes `?x` for an optional value.",
        [("'%s'.format([[?optional.of(1)]])", REJECTED_BY_US, r"'\[1\]'")],
        expression=r"\.format\(", ours="clause can only be used on .*optional_type", theirs=VALUE,
    ),
    Disagreement(
        "a variable of cel.bind or sortBy behind a loop",
        "Macros: a macro is the expression that it expands to, wherever it stands",
        "The oracle now and then finds another variable's value instead: a condition that is no bool, an overload that is not there, "
        "a range that is no list. `sortBy` expands to a binding of its list.",
        [("'a'.split((mi.all(v, object.on) ? 'r' : 's'), cel.bind(w, optional.of(object.on).orValue(false), "
          "({true: 'x'}).filter(x, w).size()))", r"^\('list', \(\)\)", ERROR, {"mi": {"a": 1, "b": 2}, "object": {"on": False}}),
         ('({0: 5, 1: i}).all(v1, optional.of(b).orValue(b)) ? [int, bool].last().orValue(type(li)) : type(li.sortBy(v2, "b"))',
          "list", "iter_range", {"b": False, "i": 10, "li": [7]})],
        expression=r"cel\.bind\(|\.sortBy\(", ours=VALUE, theirs="No matching overloads found", at_most=2,
    ),
]
