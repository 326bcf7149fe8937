"""Values in three forms: Python's, the JSON of the conformance suite, and the normal form that is compared.

The normal form is nested tuples, a kind first: ("int", 1), ("list", (...)), ("map", ((key, value), ...)) in an order of its
own. Keys of maps have no kind of integer, and times are whole microseconds, since the Python interface of the oracle gives
no more; the generator makes nanoseconds visible by `string(...)` instead.
"""

import base64
import datetime
import math
import re

from celtypes import VARIABLES


def suite_value(value, kind="dyn"):
    """A Python value in the suite's JSON. `kind` says whether an integer is unsigned."""
    if value is None:
        return {"null_value": None}
    if isinstance(value, bool):
        return {"bool_value": value}
    if isinstance(value, int):
        return {"uint64_value" if kind == "uint" else "int64_value": str(value)}
    if isinstance(value, float):
        if math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0):
            return {"double_value": value}
        return {"double_value": "NaN" if math.isnan(value) else "-0" if value == 0 else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, str):
        return {"string_value": value}
    if isinstance(value, bytes):
        return {"bytes_value": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return {"list_value": {"values": [suite_value(element) for element in value]}}
    return {"map_value": {"entries": [{"key": suite_value(k), "value": suite_value(v)} for k, v in value.items()]}}


def suite_bindings(data):
    return {name: {"value": suite_value(value, VARIABLES[name])} for name, value in data.items()}


def ordered(entries):
    return ("map", tuple(sorted(entries, key=repr)))


def key(value):
    return ("number", value[1]) if value[0] in ("int", "uint") else value


def double(value):
    return ("double", "NaN" if math.isnan(value) else repr(value))


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)

TIMESTAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-]\d\d):(\d\d))")


def timestamp_from_text(text):
    match = TIMESTAMP.fullmatch(text)
    if not match:
        return ("timestamp", text)
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    micros = int(((match[7] or "") + "000000")[:6])
    time = datetime.datetime(year, month, day, hour, minute, second, micros, tzinfo=datetime.timezone.utc)
    offset = 0
    if match[8]: offset = int(match[8])*60 + int(match[8][0]+match[9])
    return ("timestamp", (time - EPOCH) // MICROSECOND - offset*60000000)


def duration_from_text(text):
    match = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?s", text)
    if not match:
        return ("duration", text)
    micros = int(match[2]) * 1_000_000 + int(((match[3] or "") + "000000")[:6])
    return ("duration", -micros if match[1] else micros)


def from_suite(json):
    """The normal form of the suite's JSON, as `webhook eval --batch` writes it."""
    kind, content = next(iter(json.items()))
    if kind == "null_value":
        return ("null",)
    if kind == "bool_value":
        return ("bool", content)
    if kind == "int64_value":
        return ("int", int(content))
    if kind == "uint64_value":
        return ("uint", int(content))
    if kind == "double_value":
        return double(float(content))
    if kind == "string_value":
        return ("string", content)
    if kind == "bytes_value":
        return ("bytes", base64.b64decode(content).decode("latin-1"))
    if kind == "type_value":
        return ("type", content)
    if kind == "list_value":
        return ("list", tuple(from_suite(element) for element in content.get("values", [])))
    if kind == "map_value":
        return ordered((key(from_suite(e["key"])), from_suite(e["value"])) for e in content.get("entries", []))
    if kind == "object_value":
        name = content.get("@type", "").rpartition(".")[2]
        if name == "Timestamp":
            return timestamp_from_text(content["value"])
        if name == "Duration":
            return duration_from_text(content["value"])
    if kind == "optional_value":
        return ("optional",)
    return ("unknown", repr(json))
