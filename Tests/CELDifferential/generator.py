"""Writes random expressions, typed well enough that most of them evaluate.

`Generator(random).expression()` picks a type and a depth and asks `write(kind, depth)` for an expression of that type. For
every type there are ways to write it (methods called `bool_…`, `int_…`, …, and those of every type, `any_…`), which ask for
operands one level less deep; at depth 0 there are literals, variables and loop variables. Places marked by `loosely` now and
then get an operand of another type, hidden behind `dyn`, so that run-time dispatch and its errors are compared too.
"""

from celtypes import KEYS, SIMPLE, VARIABLES, list_of, map_of, optional_of
from inputs import NAMES

TEXT_LITERALS = [
    "''", "'a'", '"b"', "'abc'", "'name'", "r'\\d+'", "'é'", "'\\u00e9'", "'\\U0001F600 x'", "'\\x41\\102'", "'''it's'''",
    '"""say "hi\\""""', "'tab\\there\\n'", "'Hello World'", "' pad '", "'a,b,,c'", "'\\\\'", "r'\\n'", "R\"raw'\"",
    "'\\a\\b\\f\\v\\r\\t'", "'\\?\\`'", "'ABC'", "'123'", "'-7'", "'1.5e3'", "'true'", "'日本語'",
]
BYTES_LITERALS = ["b''", "b'abc'", "b'\\xff'", "b'\\303\\251'", "b'é'", "br'\\x'", "B\"q\"", "b'''a\nb'''", "b'\\x00'"]
INT_LITERALS = ["0", "1", "2", "3", "-1", "5", "10", "0x1F", "-0xa", "42", "100", "7", "9223372036854775807", "-9223372036854775808"]
UINT_LITERALS = ["0u", "1u", "2U", "0xFFu", "10u", "7u", "18446744073709551615u", "9223372036854775808u"]
DOUBLE_LITERALS = [
    "0.0", "1.0", "-1.5", "2.5e3", "1e-2", ".5", "3.14159", "6.02E+23", "1e308", "-0.0", "100.0", "0.1", "1e16", "123456.789",
]
TIMESTAMP_LITERALS = [
    "2024-02-29T12:34:56Z", "1970-01-01T00:00:00Z", "2009-02-13T23:31:30.123456789+02:00", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z", "2023-12-31T23:59:59.5Z", "1969-07-20T20:17:40-04:00",
]
DURATION_LITERALS = ["1h", "90s", "1.5s", "-2m30s", "100ms", "1ns", "24h", "0s", "1h1m1s1ms1us1ns", "-0.25s", "320h"]
ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "+05:30", "-08:00", "02:00", "Nowhere/Land"]
PATTERNS = [
    "'a'", "'^a.*c$'", "'[0-9]+'", "'(?i)HELLO'", "'\\\\d+'", "r'^\\w+$'", "'b|c'", "'^$'", "'é'", "'.'", "r'\\bx'", "'a{2,3}'",
    "'[^a-z]'", "'(a)(b)?'",
]
REPLACEMENTS = ["'x'", "''", "'[$0]'", r"r'\0\0'", r"r'<\1>'"]
ACCESSORS = [
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes",
    "getSeconds", "getMilliseconds",
]
FORMATS = [
    ("'%d'", "int"), ("'%s'", None), ("'%x'", "int"), ("'%X'", "string"), ("'%b'", "int"), ("'%o'", "int"), ("'%f'", "double"),
    ("'%.2f'", "double"), ("'%e'", "double"), ("'%.3e'", "double"), ("'100%%: %d'", "int"), 
    ("'%x'", "bytes"), ("'%d'", "uint"), ("'%.1f'", "int"), ("'%s'", "bool"),
]
# Where an object of `inputs.json_object` has what.
PATHS = {
    "string": ["object.name", "object.spec.name", "object['name']", "object.containers[0].image", "object.labels.a"],
    "int": ["object.count", "object.spec.count", "object.numbers[0]", "object.containers[0].port"],
    "double": ["object.ratio"],
    "bool": ["object.on"],
}
FIRST_KEYS = {"string": "'a'", "int": "0", "uint": "0u", "bool": "true"}
LISTS = {"dyn": ["object.items", "object.containers"], "int": ["object.numbers"]}


class Generator:
    def __init__(self, random):
        self.random = random
        self.locals = []
        self.fresh = 0
        self.ways = {kind: self.methods(f"{kind}_") for kind in (*SIMPLE, "dyn", "list", "map", "optional", "type")}
        self.any_ways = self.methods("any_")

    def methods(self, prefix):
        return [getattr(self, name) for name in sorted(dir(self)) if name.startswith(prefix) and callable(getattr(self, name))]

    # Choices

    def pick(self, choices):
        return choices[self.random.randrange(len(choices))]

    def chance(self, probability):
        return self.random.random() < probability

    def simple(self):
        return self.pick(SIMPLE)

    def element(self):
        """A type for elements: mostly simple."""
        return self.pick(["int", "int", "string", "string", "bool", "double", "uint", "bytes", "duration", list_of("int")])

    # Entry

    def expression(self):
        self.locals = []
        self.fresh = 0
        kind = self.pick(
            ["bool", "bool", "bool", "bool", "int", "int", "uint", "double", "string", "string", "bytes", "timestamp", "duration",
             "dyn", "list", "list", "map", "optional", "type"])
        depth = self.pick([1, 2, 2, 3, 3, 3, 4])
        if kind == "list":
            kind = list_of(self.element())
        elif kind == "map":
            kind = map_of(self.pick(KEYS), self.element())
        elif kind == "optional":
            # The oracle's Python interface cannot show an optional value; in a list it is taken apart.
            return f"[?{self.write(optional_of(self.element()), depth)}]"
        text = self.write(kind, depth)
        if kind in ("timestamp", "duration") and self.chance(0.5):
            return f"string({text})"
        return text

    def write(self, kind, depth):
        """An expression of the type."""
        if depth <= 0 or self.chance(0.07):
            return self.leaf(kind)
        if self.chance(0.16):
            return self.pick(self.any_ways)(kind, depth - 1)
        if isinstance(kind, str):
            if kind not in self.ways:
                return self.leaf(kind)
            return self.pick(self.ways[kind])(depth - 1)
        return self.pick(self.ways[kind[0]])(kind, depth - 1)

    def loosely(self, kind, depth):
        """An expression of the type, or rarely of another type that the checker does not see."""
        return self.write("dyn", depth) if self.chance(0.03) else self.write(kind, depth)

    def operand(self, kind, depth):
        """An expression that can stand before `.` or `[` and beside an operator."""
        return enclosed(self.loosely(kind, depth))

    def strictly(self, kind, depth):
        """Such an expression that is of the type for certain. What loops over a `dyn` may loop over a map, and a list made
        so is in an order that the specification leaves open."""
        return enclosed(self.write(kind, depth))

    # Leaves

    def leaf(self, kind):
        names = [name for name, known in self.locals if known == kind]
        if names and self.chance(0.6):
            return self.pick(names)
        names = [name for name, known in VARIABLES.items() if known == kind]
        if kind in PATHS and self.chance(0.15):
            return self.pick(PATHS[kind])
        if names and self.chance(0.55):
            return self.pick(names)
        return self.literal(kind)

    def literal(self, kind):
        if kind == "bool":
            return self.pick(["true", "false"])
        if kind == "int":
            return self.pick(INT_LITERALS if self.chance(0.1) else INT_LITERALS[:12])
        if kind == "uint":
            return self.pick(UINT_LITERALS if self.chance(0.2) else UINT_LITERALS[:6])
        if kind == "double":
            return self.pick(DOUBLE_LITERALS)
        if kind == "string":
            return self.pick(TEXT_LITERALS)
        if kind == "bytes":
            return self.pick(BYTES_LITERALS)
        if kind == "null":
            return "null"
        if kind == "timestamp":
            return "timestamp(ts)" if self.chance(0.3) else f"timestamp('{self.pick(TIMESTAMP_LITERALS)}')"
        if kind == "duration":
            return "duration(du)" if self.chance(0.3) else f"duration('{self.pick(DURATION_LITERALS)}')"
        if kind == "type":
            return self.pick(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"])
        if kind == "dyn":
            return self.pick(["object", "any", "object.spec", "object.?spec.?nested.orValue(null)", "dyn(1)", "dyn('a')", "any", "dyn(2u)",
                              "dyn(1.0)", "dyn([1])", "object.?name.orValue(1)", "md.?a.orValue(2)", "dyn(ld)", "dyn(md)",
                              "object.count", "dyn(null)", "object.missing"])
        if kind[0] == "list":
            if kind[1] in LISTS and self.chance(0.3):
                return self.pick(LISTS[kind[1]])
            return "[" + ", ".join(self.leaf(kind[1]) for _ in range(self.pick([0, 1, 1, 2, 3]))) + "]"
        if kind[0] == "map":
            return self.map_literal(kind, 0)
        return self.pick(["optional.none()", f"optional.of({self.leaf(kind[1])})"])

    def local(self, kind, depth, write):
        """What `write` makes of the name of a new local variable of the type."""
        self.fresh += 1
        name = f"v{self.fresh}"
        self.locals.append((name, kind))
        try:
            return write(name)
        finally:
            self.locals.pop()

    def index(self, depth):
        """Mostly the index of an element that is there."""
        return self.loosely("int", depth) if self.chance(0.1) else self.pick(["0", "0", "0", "0", "1"])

    def key(self, kind, depth):
        """Mostly a key that `map_literal` writes."""
        return self.loosely(kind, depth) if self.chance(0.12) else FIRST_KEYS[kind]

    # Ways to write any type

    def any_conditional(self, kind, depth):
        return f"({self.loosely('bool', depth)} ? {self.write(kind, depth)} : {self.write(kind, depth)})"

    def any_element(self, kind, depth):
        return f"{self.operand(list_of(kind), depth)}[{self.index(depth)}]"

    def any_member(self, kind, depth):
        key = self.pick(KEYS)
        return f"{self.operand(map_of(key, kind), depth)}[{self.key(key, depth)}]"

    def any_binding(self, kind, depth):
        other = self.simple()
        value = self.write(other, depth)
        return self.local(other, depth, lambda name: f"cel.bind({name}, {value}, {self.write(kind, depth)})")

    def any_or_value(self, kind, depth):
        return f"{self.operand(optional_of(kind), depth)}.orValue({self.write(kind, depth)})"

    def any_value(self, kind, depth):
        return f"{self.operand(optional_of(kind), depth)}.value()" if self.chance(0.3) else self.any_or_value(kind, depth)

    def any_dynamic(self, kind, depth):
        # What stands behind `?` in a literal must be known to be an optional.
        return self.write(kind, depth) if kind[0] == "optional" else f"dyn({self.write(kind, depth)})"

    # bool

    def bool_equality(self, depth):
        kind = self.pick([self.simple(), self.simple(), list_of(self.element()), map_of(self.pick(KEYS), self.element()), "type"])
        return f"{self.operand(kind, depth)} {self.pick(['==', '!='])} {self.operand(kind, depth)}"

    def bool_dynamic_equality(self, depth):
        return f"{self.operand('dyn', depth)} {self.pick(['==', '!='])} {self.operand(self.simple(), depth)}"

    def bool_ordering(self, depth):
        kind = self.simple()
        return f"{self.operand(kind, depth)} {self.pick(['<', '<=', '>', '>='])} {self.operand(kind, depth)}"

    def bool_numeric_ordering(self, depth):
        left, right = self.pick(["int", "uint", "double"]), self.pick(["int", "uint", "double"])
        return f"dyn({self.write(left, depth)}) {self.pick(['<', '<=', '>', '>='])} dyn({self.write(right, depth)})"

    def bool_numeric_equality(self, depth):
        left, right = self.pick(["int", "uint", "double"]), self.pick(["int", "uint", "double"])
        return f"dyn({self.write(left, depth)}) {self.pick(['==', '!='])} dyn({self.write(right, depth)})"

    def bool_logic(self, depth):
        parts = [self.operand("bool", depth - self.random.randrange(2)) for _ in range(self.pick([2, 2, 2, 3, 4]))]
        return self.joined(parts, ["&&", "||"])

    def bool_absorption(self, depth):
        """An error on one side, which the other may absorb."""
        failing = self.pick(["1 / 0 == 1", "object.missing.x", "[][0]", "dyn('a') < 1", "dyn(1)", "{}['x']"])
        parts = [failing, self.operand("bool", depth)]
        if self.chance(0.5):
            parts.reverse()
        return f"{parts[0]} {self.pick(['&&', '||'])} {parts[1]}"

    def bool_not(self, depth):
        return f"{self.pick(['!', '!', '!!'])}{self.operand('bool', depth)}"

    def bool_in_list(self, depth):
        kind = self.simple()
        return f"{self.operand(kind, depth)} in {self.operand(list_of(kind), depth)}"

    def bool_in_map(self, depth):
        kind = self.pick(KEYS)
        return f"{self.operand(kind, depth)} in {self.operand(map_of(kind, self.element()), depth)}"

    def bool_has(self, depth):
        return f"has({self.pick(['object', 'object.spec', 'any', 'md', 'mi', 'object.labels', 'object.missing'])}.{self.pick(NAMES)})"

    def bool_text(self, depth):
        method = self.pick(["contains", "startsWith", "endsWith"])
        return f"{self.operand('string', depth)}.{method}({self.loosely('string', depth)})"

    def bool_matches(self, depth):
        text = self.operand("string", depth)
        pattern = self.pick(PATTERNS) if self.chance(0.9) else self.write("string", depth)
        return f"{text}.matches({pattern})" if self.chance(0.8) else f"matches({text}, {pattern})"

    def bool_quantifier(self, depth):
        kind = self.element()
        return self.quantifier(self.operand(list_of(kind), depth), kind, depth)

    def bool_map_quantifier(self, depth):
        key = self.pick(KEYS)
        return self.quantifier(self.operand(map_of(key, self.element()), depth), key, depth)

    def bool_dynamic_quantifier(self, depth):
        return self.quantifier(self.pick(["object.containers", "object.items", "ld", "any", "object.labels"]), "dyn", depth)

    def quantifier(self, range, kind, depth):
        macro = self.pick(["all", "exists", "exists_one"])
        return self.local(kind, depth, lambda name: f"{range}.{macro}({name}, {self.loosely('bool', depth)})")

    def bool_two_variable_quantifier(self, depth):
        macro = self.pick(["all", "exists", "existsOne"])
        if self.chance(0.5):
            key, value = "int", self.element()
            range = self.operand(list_of(value), depth)
        else:
            key, value = self.pick(KEYS), self.element()
            range = self.operand(map_of(key, value), depth)
        return self.local(
            key, depth,
            lambda first: self.local(
                value, depth, lambda second: f"{range}.{macro}({first}, {second}, {self.loosely('bool', depth)})"))

    def bool_has_value(self, depth):
        return f"{self.operand(optional_of(self.element()), depth)}.hasValue()"

    def bool_optional_equality(self, depth):
        kind = optional_of(self.element())
        return f"{self.operand(kind, depth)} {self.pick(['==', '!='])} {self.operand(kind, depth)}"

    def bool_conversion(self, depth):
        return f"bool({self.pick([repr(x) for x in ('true', 'false', 'True', 'TRUE', 't', '1', '0', 'yes', 'tRuE')] + [self.write('bool', depth), self.write('string', depth)])})"

    def bool_double_class(self, depth):
        return f"math.{self.pick(['isNaN', 'isInf', 'isFinite'])}({self.write('double', depth)})"

    def bool_sets(self, depth):
        kind = list_of(self.pick(["int", "string", "double"]))
        function = self.pick(["contains", "equivalent", "intersects"])
        return f"sets.{function}({self.write(kind, depth)}, {self.write(kind, depth)})"

    # Numbers

    def joined(self, parts, operators):
        """Operands with operators between, without parentheses, so that precedence and associativity show."""
        text = parts[0]
        for part in parts[1:]:
            text += f" {self.pick(operators)} {part}"
        return text

    def arithmetic(self, kind, depth, operators):
        parts = [self.operand(kind, depth - self.random.randrange(2)) for _ in range(self.pick([2, 2, 2, 3, 4]))]
        return self.joined(parts, operators)

    def int_arithmetic(self, depth):
        return self.arithmetic("int", depth, ["+", "-", "*", "/", "%"])

    def int_negation(self, depth):
        return f"{self.pick(['-', '-', '--'])}{self.operand('int', depth)}"

    def int_size(self, depth):
        kind = self.pick(["string", "bytes", list_of(self.element()), map_of(self.pick(KEYS), self.element()), "dyn"])
        value = self.operand(kind, depth)
        return f"size({value})" if self.chance(0.5) else f"{value}.size()"

    def int_conversion(self, depth):
        return f"int({self.write(self.pick(['int', 'uint', 'double', 'string', 'timestamp', 'dyn']), depth)})"

    def int_number_text(self, depth):
        return f"int({self.pick([repr(x) for x in ('0', '-1', '+5', '007', '0x1F', '9223372036854775808', '-9223372036854775808', '1_000', '1.0', '')])})"

    def int_accessor(self, depth):
        time = self.operand("timestamp", depth)
        zone = f"'{self.pick(ZONES)}'" if self.chance(0.4) else ""
        return f"{time}.{self.pick(ACCESSORS)}({zone})"

    def int_duration_accessor(self, depth):
        return f"{self.operand('duration', depth)}.{self.pick(['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'])}()"

    def int_index(self, depth):
        start = f", {self.loosely('int', depth)}" if self.chance(0.3) else ""
        return f"{self.operand('string', depth)}.{self.pick(['indexOf', 'lastIndexOf'])}({self.write('string', depth)}{start})"

    def int_count(self, depth):
        """How many entries of a map fit: independent of the order of the map, which is not specified."""
        key = self.pick(KEYS)
        range = self.operand(map_of(key, self.element()), depth)
        return self.local(key, depth, lambda name: f"{range}.filter({name}, {self.write('bool', depth)}).size()")

    def int_math(self, depth):
        one = self.write("int", depth)
        return self.pick([
            f"math.greatest({one}, {self.write('int', depth)})", f"math.least([{one}, {self.write('int', depth)}, {self.leaf('int')}])",
            f"math.abs({one})", f"math.sign({one})", f"math.bitAnd({one}, {self.leaf('int')})", f"math.bitOr({one}, {self.leaf('int')})",
            f"math.bitXor({one}, {self.leaf('int')})", f"math.bitNot({one})", f"math.bitShiftLeft({one}, {self.leaf('int')})",
            f"math.bitShiftRight({one}, {self.leaf('int')})",
        ])

    def uint_arithmetic(self, depth):
        return self.arithmetic("uint", depth, ["+", "-", "*", "/", "%", "+", "*"])

    def uint_conversion(self, depth):
        return f"uint({self.write(self.pick(['int', 'uint', 'double', 'string', 'dyn']), depth)})"

    def uint_math(self, depth):
        one = self.write("uint", depth)
        return self.pick([
            f"math.greatest({one}, {self.leaf('uint')})", f"math.least({one}, {self.leaf('uint')})", f"math.abs({one})",
            f"math.sign({one})", f"math.bitAnd({one}, {self.leaf('uint')})", f"math.bitXor({one}, {self.leaf('uint')})",
            f"math.bitNot({one})", f"math.bitShiftLeft({one}, {self.leaf('int')})", f"math.bitShiftRight({one}, {self.leaf('int')})",
        ])

    def double_arithmetic(self, depth):
        return self.arithmetic("double", depth, ["+", "-", "*", "/"])

    def double_negation(self, depth):
        return f"-{self.operand('double', depth)}"

    def double_conversion(self, depth):
        return f"double({self.write(self.pick(['int', 'uint', 'double', 'string', 'dyn']), depth)})"

    def double_number_text(self, depth):
        return f"double({self.pick([repr(x) for x in ('1', '-1.5', '1e3', 'NaN', 'Infinity', '-Infinity', '.5', '5.', '', 'x', '1e')])})"

    def double_math(self, depth):
        one = self.write("double", depth)
        return self.pick([
            f"math.greatest({one}, {self.leaf('double')})", f"math.least({one}, {self.leaf('double')})", f"math.abs({one})",
            f"math.sign({one})", f"math.ceil({one})", f"math.floor({one})", f"math.round({one})", f"math.trunc({one})",
            f"math.sqrt({one})", f"math.sqrt({self.leaf('int')})",
        ])

    # Text

    def string_concatenation(self, depth):
        return " + ".join(self.operand("string", depth) for _ in range(self.pick([2, 2, 3])))

    def string_conversion(self, depth):
        return f"string({self.write(self.pick(['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration', 'dyn']), depth)})"

    def string_method(self, depth):
        return f"{self.operand('string', depth)}.{self.pick(['lowerAscii', 'upperAscii', 'trim', 'reverse'])}()"

    def string_char(self, depth):
        return f"{self.operand('string', depth)}.charAt({self.loosely('int', depth)})"

    def string_substring(self, depth):
        if self.chance(0.5):
            return f"{self.operand('string', depth)}.substring({self.pick(['0', '1', '2', self.loosely('int', depth)])})"
        # The oracle refuses an end that is the end of the text.
        return f"({self.operand('string', depth)} + '.....').substring({self.pick(['0', '1', '2'])}, {self.pick(['1', '2', '3', '4'])})"

    def string_replace(self, depth):
        limit = f", {self.loosely('int', depth)}" if self.chance(0.3) else ""
        return f"{self.operand('string', depth)}.replace({self.write('string', depth)}, {self.write('string', depth)}{limit})"

    def string_join(self, depth):
        separator = self.write("string", depth) if self.chance(0.6) else ""
        return f"{self.operand(list_of('string'), depth)}.join({separator})"

    def string_format(self, depth):
        text, kind = self.pick(FORMATS)
        # The oracle writes six digits of a double for %s.
        kind = kind or self.pick(["bool", "int", "uint", "string", "duration", list_of("int"), list_of("string"), "type"])
        return f"{text}.format([{self.write(kind, depth)}])"

    def string_quote(self, depth):
        return f"strings.quote({self.write('string', depth)})"

    def string_encode(self, depth):
        return f"base64.encode({self.write('bytes', depth)})"

    def string_regex(self, depth):
        # The oracle refuses a replacement by a group that is not there even when nothing is replaced.
        pattern = self.pick(["'(a)(b)?'", "'(b|c)'", "r'(\\w+)'"]) if (group := self.chance(0.3)) else self.pick(PATTERNS)
        return f"regex.replace({self.write('string', depth)}, {pattern}, {REPLACEMENTS[-1] if group else self.pick(REPLACEMENTS[:-1])})"

    def bytes_concatenation(self, depth):
        return f"{self.operand('bytes', depth)} + {self.operand('bytes', depth)}"

    def bytes_conversion(self, depth):
        return f"bytes({self.write(self.pick(['string', 'bytes']), depth)})"

    def bytes_decode(self, depth):
        return f"base64.decode({self.pick([repr(x) for x in ('YWJj', 'YQ==', 'YQ', '', '!', 'w6k=')] + [self.write('string', depth)])})"

    # Time

    def timestamp_arithmetic(self, depth):
        time, span = self.operand("timestamp", depth), self.operand("duration", depth)
        return self.pick([f"{time} + {span}", f"{span} + {time}", f"{time} - {span}"])

    def timestamp_conversion(self, depth):
        return f"timestamp({self.write(self.pick(['timestamp', 'string', 'int']), depth)})"

    def duration_arithmetic(self, depth):
        return f"{self.operand('duration', depth)} {self.pick(['+', '-'])} {self.operand('duration', depth)}"

    def duration_difference(self, depth):
        return f"{self.operand('timestamp', depth)} - {self.operand('timestamp', depth)}"

    def duration_conversion(self, depth):
        return f"duration({self.write(self.pick(['duration', 'string']), depth)})"

    # Types and dyn

    def type_of(self, depth):
        kind = self.pick([self.simple(), "dyn", list_of("int"), map_of("string", "int"), "null", "type"])
        return f"type({self.write(kind, depth)})"

    def dyn_path(self, depth):
        text = self.pick(["object", "object.spec", "any", "md", "object.items", "object.spec.nested"])
        for _ in range(self.random.randrange(1, 3)):
            text += self.pick([f".{self.pick(NAMES)}", f"[{self.pick(['0', '1', repr(self.pick(NAMES))])}]"])
        return f"{text}.?{self.pick(NAMES)}.orValue(0)" if self.chance(0.4) else text

    def dyn_value(self, depth):
        return f"dyn({self.write(self.simple(), depth)})"

    def dyn_element(self, depth):
        return f"{self.operand(list_of('dyn'), depth)}[{self.pick(['0', '1', '0u', '1.0', '0.5', self.loosely('int', depth)])}]"

    def dyn_operation(self, depth):
        left = self.pick(["int", "double", "uint", "string"])
        right = left if self.chance(0.8) else "dyn"
        operator = {"string": "+", "double": self.pick(["+", "-", "*", "/"])}.get(left) or self.pick(["+", "-", "*", "/", "%"])
        return f"dyn({self.write(left, depth)}) {operator} {self.operand(right, depth)}"

    # Lists

    def list_literal(self, kind, depth):
        elements = []
        for _ in range(self.pick([0, 1, 1, 2, 2, 3, 4])):
            if self.chance(0.12):
                elements.append("?" + self.write(optional_of(kind[1]), depth))
            else:
                elements.append(self.write(kind[1], depth))
        return f"[{', '.join(elements)}{',' if elements and self.chance(0.05) else ''}]"

    list_literal_again = list_literal

    def list_concatenation(self, kind, depth):
        return f"{self.operand(kind, depth)} + {self.operand(kind, depth)}"

    def list_filter(self, kind, depth):
        range = self.strictly(kind, depth)
        return self.local(kind[1], depth, lambda name: f"{range}.filter({name}, {self.loosely('bool', depth)})")

    def list_map(self, kind, depth):
        other = self.element()
        range = self.strictly(list_of(other), depth)
        condition = ""

        def write(name):
            condition = f"{self.loosely('bool', depth)}, " if self.chance(0.3) else ""
            return f"{range}.map({name}, {condition}{self.write(kind[1], depth)})"

        return self.local(other, depth, write)

    def list_transform(self, kind, depth):
        other = self.element()
        range = self.strictly(list_of(other), depth)

        def write(index, value):
            condition = f"{self.loosely('bool', depth)}, " if self.chance(0.3) else ""
            return f"{range}.transformList({index}, {value}, {condition}{self.write(kind[1], depth)})"

        return self.local("int", depth, lambda first: self.local(other, depth, lambda second: write(first, second)))

    def list_extension(self, kind, depth):
        value = self.operand(kind, depth)
        ways = [f"{value}.reverse()", f"{value}.slice({self.leaf('int')}, {self.leaf('int')})", f"{value}.slice(0, 1)", f"{value}.distinct()"]
        if kind[1] in ("int", "string", "double", "bool", "uint", "bytes", "duration"):
            ways.append(f"{value}.sort()")
        if isinstance(kind[1], str):
            ways.append(f"[{value}, {self.write(kind, depth)}].flatten()")
            key = self.pick(["int", "string"])
            ways.append(self.local(kind[1], depth, lambda name: f"{value}.sortBy({name}, {self.write(key, depth)})"))
        if kind[1] == "int":
            ways.append(f"lists.range({self.pick(['0', '3', '5', 'size(ls)'])})")
        if kind[1] == "string":
            ways += [f"{self.operand('string', depth)}.split({self.write('string', depth)})",
                     f"{self.operand('string', depth)}.split({self.write('string', depth)}, {self.loosely('int', depth)})",
                     f"regex.extractAll({self.write('string', depth)}, {self.pick(PATTERNS)})"]
        return self.pick(ways)

    # Maps

    def map_literal(self, kind, depth):
        entries = []
        for number in range(min(self.pick([0, 1, 1, 1, 2, 2, 3]), 2 if kind[1] == "bool" else 3)):
            # Keys differ mostly, since an equal key twice is an error.
            if self.chance(0.1):
                key = self.write(kind[1], depth)
            else:
                key = {"string": f"'{NAMES[number]}'", "int": str(number), "uint": f"{number}u", "bool": ["true", "false"][number % 2]}[kind[1]]
            if self.chance(0.1):
                entries.append(f"?{key}: {self.write(optional_of(kind[2]), depth)}")
            else:
                entries.append(f"{key}: {self.write(kind[2], depth)}")
        return "{" + ", ".join(entries) + "}"

    map_literal_again = map_literal

    # Optionals

    def optional_some(self, kind, depth):
        function = self.pick(["of", "of", "ofNonZeroValue"])
        return f"optional.{function}({self.write(kind[1], depth)})"

    def optional_none(self, kind, depth):
        return "optional.none()"

    def optional_or(self, kind, depth):
        return f"{self.operand(kind, depth)}.or({self.write(kind, depth)})"

    def optional_element(self, kind, depth):
        return f"{self.operand(list_of(kind[1]), depth)}[?{self.pick(['0', '1', self.loosely('int', depth)])}]"

    def optional_member(self, kind, depth):
        key = self.pick(KEYS)
        return f"{self.operand(map_of(key, kind[1]), depth)}[?{self.key(key, depth)}]"

    def optional_field(self, kind, depth):
        return f"{self.operand(map_of('string', kind[1]), depth)}.?{self.pick(NAMES)}"

    def optional_map(self, kind, depth):
        other = self.element()
        value = self.operand(optional_of(other), depth)
        return self.local(other, depth, lambda name: f"{value}.optMap({name}, {self.write(kind[1], depth)})")

    def optional_flat_map(self, kind, depth):
        other = self.element()
        value = self.operand(optional_of(other), depth)
        return self.local(other, depth, lambda name: f"{value}.optFlatMap({name}, {self.write(kind, depth)})")

    def optional_end(self, kind, depth):
        return f"{self.operand(list_of(kind[1]), depth)}.{self.pick(['first', 'last'])}()"


def enclosed(text):
    return text if text.isidentifier() or text.startswith("(") and text.endswith(")") and balanced(text) else f"({text})"


def balanced(text):
    """Whether the first parenthesis closes with the last. Parentheses in literals only make it say no."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place == len(text) - 1
    return False
