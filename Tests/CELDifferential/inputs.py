"""Values for the variables: JSON as a policy would see it, the edges of numbers, texts of every length in UTF-8."""

NAMES = ["a", "b", "c", "name", "spec", "items", "count", "labels"]
TEXTS = [
    "", "a", "b", "abc", "ABC", "Hello", "a,b,c", "  trim me\t", "é", "日本", "😀 smile", "nginx@sha256:0f", "1", "-42", "3.5",
    "true", "2024-02-29T12:34:56Z", "1h30m", "x" * 40, "line\nbreak", 'quote"d', "back\\slash", "e\u0301", "İ", "ß",
]
INTEGERS = [0, 1, -1, 2, 3, 5, 7, 10, 42, -7, 100, 255, 1 << 31, -(1 << 31), (1 << 53) + 1, (1 << 63) - 1, -(1 << 63)]
UNSIGNED = [0, 1, 2, 3, 7, 10, 255, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
DOUBLES = [
    0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 3.0, 10.25, 1e10, 1e-7, 123456789.125, 1e100, -1e300, 9.007199254740993e15,
    9.223372036854775e18, 1.8446744073709552e19, 5e-324, 0.1, 1 / 3,
]
TIMESTAMPS = [
    "2024-02-29T12:34:56Z", "1970-01-01T00:00:00Z", "2023-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z", "2009-02-13T23:31:30.5+02:00", "1969-12-31T23:59:59.25-08:00",
    "2024-07-01T08:00:00.123456Z", "not a time", "2023-02-29T00:00:00Z", "2024-01-01",
]
DURATIONS = [
    "1h", "90s", "1.5s", "-1.5h", "1h2m3s4ms5us6ns", "0", "100ms", "-250us", "1ns", "2562047h47m16s", "86400s", "bad", "",
    "1d", "+3m",
]


def rarely_extreme(random, values, common):
    """Mostly one of the first `common` values, so that most arithmetic stays in range."""
    return random.choice(values[:common] if random.random() < 0.9 else values)


def integer(random):
    return rarely_extreme(random, INTEGERS, 10)


def size(random):
    return random.choice([0, 1, 1, 2, 2, 3, 4])


def some(random, keys):
    """Mostly the first of the keys, and some of the others."""
    return [key for number, key in enumerate(keys) if random.random() < (0.85 if number == 0 else 0.2)]


def json_value(random, depth):
    """What JSON can hold, as Python values."""
    choice = random.random()
    if depth == 0 or choice < 0.6:
        return random.choice(
            [None, True, False, integer(random), integer(random), random.choice(DOUBLES), random.choice(TEXTS),
             random.choice(TEXTS)])
    if choice < 0.78:
        return [json_value(random, depth - 1) for _ in range(random.randrange(4))]
    return {random.choice(NAMES): json_value(random, depth - 1) for _ in range(random.randrange(5))}


def json_object(random):
    """An object whose well-known fields mostly have the kind that the generator expects of them."""
    fields = {
        "name": random.choice(TEXTS),
        "count": integer(random),
        "ratio": random.choice(DOUBLES),
        "on": random.random() < 0.5,
        "labels": {name: random.choice(TEXTS) for name in some(random, NAMES)},
        "items": [json_value(random, 1) for _ in range(size(random))],
        "numbers": [integer(random) for _ in range(size(random))],
        "spec": {"name": random.choice(TEXTS), "count": integer(random), "nested": json_value(random, 3)},
        "containers": [
            {"name": random.choice(TEXTS), "image": random.choice(TEXTS), "port": integer(random)}
            for _ in range(size(random))
        ],
    }
    for name in list(fields):
        if random.random() < 0.04:
            del fields[name]
        elif random.random() < 0.03:
            # A list does not become a map, whose order is nobody's.
            fields[name] = json_value(random, 0 if isinstance(fields[name], list) else 2)
    return fields


def values(random):
    """A value for each variable."""
    return {
        "object": json_object(random),
        "any": json_value(random, 3),
        "b": random.random() < 0.5,
        "i": integer(random),
        "j": integer(random),
        "u": rarely_extreme(random, UNSIGNED, 6),
        "d": random.choice(DOUBLES),
        "s": random.choice(TEXTS),
        "r": random.choice(TEXTS),
        "y": random.choice([b"", b"abc", b"\xff\x01", "é".encode(), b"\xe9"]),
        "ts": rarely_extreme(random, TIMESTAMPS, 8),
        "du": rarely_extreme(random, DURATIONS, 11),
        "li": [integer(random) for _ in range(size(random))],
        "ls": [random.choice(TEXTS) for _ in range(size(random))],
        "ld": [json_value(random, 1) for _ in range(size(random))],
        "mi": {name: integer(random) for name in some(random, NAMES)},
        "ms": {number: random.choice(TEXTS) for number in some(random, [0, 1, -1, 7, 1 << 40, (1 << 63) - 1])},
        "md": {name: json_value(random, 2) for name in some(random, NAMES)},
    }
