"""The other implementation: cel-expr-python, Google's CEL for C++ with a Python interface."""

import datetime

from cel_expr_python import cel

from celtypes import VARIABLES
from values import EPOCH, MICROSECOND, double, key, ordered

EXTENSIONS = ["bindings", "encoders", "lists", "math", "optional", "regex", "sets", "strings", "two-var-comprehensions"]

TYPES = {
    "BOOL": "bool", "INT": "int", "UINT": "uint", "DOUBLE": "double", "STRING": "string", "BYTES": "bytes",
    "NULL": "null_type", "TIMESTAMP": "google.protobuf.Timestamp", "DURATION": "google.protobuf.Duration", "TYPE": "type",
    "LIST": "list", "MAP": "map",
}


def oracle_type(kind):
    if isinstance(kind, str):
        return getattr(cel.Type, kind.upper())
    if kind[0] == "list":
        return cel.Type.List(oracle_type(kind[1]))
    return cel.Type.Map(oracle_type(kind[1]), oracle_type(kind[2]))


def environment():
    names = "".join(f"- name: {name}\n" for name in EXTENSIONS)
    config = cel.NewEnvConfigFromYaml(f"name: differential\nextensions:\n{names}")
    return cel.NewEnv(config=config, variables={name: oracle_type(kind) for name, kind in VARIABLES.items()})


def normal(value):
    """The normal form of a value of the oracle."""
    kind = str(value.type()).partition("<")[0]
    try:
        content = value.value()
    except TypeError:
        # The Python interface has no optional values.
        return ("optional",)
    if kind == "NULL":
        return ("null",)
    if kind == "DOUBLE":
        return double(content)
    if kind == "BYTES":
        return ("bytes", bytes(content).decode("latin-1"))
    if kind == "LIST":
        return ("list", tuple(normal(element) for element in content))
    if kind == "MAP":
        return ordered((plain_key(k), normal(v)) for k, v in content.items())
    if kind == "TIMESTAMP":
        return ("timestamp", (content - EPOCH) // MICROSECOND)
    if kind == "DURATION":
        return ("duration", content // MICROSECOND)
    if kind == "TYPE":
        name = str(content).partition("<")[0]
        return ("type", TYPES.get(name, name))
    return (kind.lower(), content)


def plain_key(value):
    if isinstance(value, bool):
        return ("bool", value)
    return ("number", value) if isinstance(value, int) else ("string", value)


def answers(work):
    """The oracle's answers for [(expression, [input, ...]), ...]: a list for each, of ("value", …) or ("error", message)."""
    env = environment()
    results = []
    for expression, inputs in work:
        try:
            compiled = env.compile(expression)
        except Exception as error:  # The interface raises RuntimeError and others alike.
            results.append([("error", f"rejected: {error}")] * len(inputs))
            continue
        results.append([answer(compiled, data) for data in inputs])
    return results


def answer(compiled, data):
    try:
        value = compiled.eval(data=data)
    except Exception as error:
        return ("error", str(error))
    if str(value.type()) == "ERROR":
        return ("error", str(value.value()))
    return ("value", normal(value))
