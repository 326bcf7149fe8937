"""CEL types as the generator uses them, and the variables that generated expressions may name.

A type is a string for a simple one and a tuple for one with parameters:

    "bool", "int", "uint", "double", "string", "bytes", "null", "timestamp", "duration", "type", "dyn"
    ("list", element), ("map", key, value), ("optional", wrapped)
"""

SIMPLE = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")
KEYS = ("string", "int", "bool", "uint")

VARIABLES = {
    "object": "dyn",
    "any": "dyn",
    "b": "bool",
    "i": "int",
    "j": "int",
    "u": "uint",
    "d": "double",
    "s": "string",
    "r": "string",
    "y": "bytes",
    "ts": "string",
    "du": "string",
    "li": ("list", "int"),
    "ls": ("list", "string"),
    "ld": ("list", "dyn"),
    "mi": ("map", "string", "int"),
    "ms": ("map", "int", "string"),
    "md": ("map", "string", "dyn"),
}

PRIMITIVES = {"bool": "BOOL", "int": "INT64", "uint": "UINT64", "double": "DOUBLE", "string": "STRING", "bytes": "BYTES"}


def list_of(element):
    return ("list", element)


def map_of(key, value):
    return ("map", key, value)


def optional_of(wrapped):
    return ("optional", wrapped)


def suite_type(kind):
    """The type in the JSON of the conformance suite's `type_env`."""
    if kind in PRIMITIVES:
        return {"primitive": PRIMITIVES[kind]}
    if kind[0] == "list":
        return {"list_type": {"elem_type": suite_type(kind[1])}}
    if kind[0] == "map":
        return {"map_type": {"key_type": suite_type(kind[1]), "value_type": suite_type(kind[2])}}
    return {"dyn": {}}
