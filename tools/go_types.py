"""Reads Go type declarations as far as the Kubernetes API uses them: structs with JSON tags and markers, and named types."""

import os
import re

MARKER = re.compile(r"^//\s*\+([A-Za-z0-9:-]+)(?:=(.*))?$")
FIELD = re.compile(r"^(?:(?P<names>\w+)\s+)?(?P<type>[^`\s/][^`/]*?)\s*(?:`(?P<tag>[^`]*)`)?\s*(?://.*)?$")


class Field:
    def __init__(self, name, type_, json_name, options, markers, tag):
        self.name = name
        self.type = type_
        self.json_name = json_name
        self.options = options
        self.markers = markers
        self.tag = tag

    @property
    def is_inline(self):
        return self.json_name == "" and (self.name is None or "inline" in self.options)


class Struct:
    def __init__(self, package, name, markers):
        self.package = package
        self.name = name
        self.markers = markers
        self.fields = []


class Named:
    def __init__(self, package, name, type_, markers):
        self.package = package
        self.name = name
        self.type = type_
        self.markers = markers


class Package:
    """The declarations of one folder."""

    def __init__(self, folder, name):
        self.name = name
        self.imports = {}
        self.types = {}
        self.group = None
        for file in sorted(os.listdir(folder)):
            if not file.endswith(".go") or file.endswith("_test.go") or file.startswith(("zz_", "generated", "types_swagger")):
                continue
            with open(os.path.join(folder, file), encoding="utf-8") as source:
                self.read(source.read())

    def read(self, text):
        group = re.search(r'const GroupName\s*=\s*"([^"]*)"', text)
        if group:
            self.group = group.group(1)
        for block in re.findall(r"^import \((.*?)^\)", text, re.S | re.M):
            for alias, path in re.findall(r'^\s*(\w+)?\s*"([^"]+)"', block, re.M):
                self.imports[alias or path.rsplit("/", 1)[-1]] = path
        lines = text.split("\n")
        markers = {}
        index = 0
        while index < len(lines):
            line = lines[index].strip()
            index += 1
            if line.startswith("//"):
                self.mark(markers, line)
                continue
            declaration = re.match(r"^type (\w+) (.*)$", line)
            if declaration and declaration.group(2).startswith("struct"):
                struct = Struct(self.name, declaration.group(1), markers)
                if not line.endswith("}"):
                    index = self.read_fields(struct, lines, index)
                self.types[struct.name] = struct
            elif declaration and not declaration.group(2).startswith(("interface", "func")):
                type_ = declaration.group(2).split("//")[0].strip().removeprefix("= ")
                self.types[declaration.group(1)] = Named(self.name, declaration.group(1), type_, markers)
            # A blank line between a comment and its declaration does not part the markers from it.
            if line:
                markers = {}

    def read_fields(self, struct, lines, index):
        markers = {}
        while True:
            line = lines[index].strip()
            index += 1
            if line == "}":
                return index
            if line.startswith("//"):
                self.mark(markers, line)
                continue
            if line.startswith("/*"):
                while "*/" not in lines[index - 1]:
                    index += 1
                continue
            if not line:
                continue
            struct.fields.append(self.read_field(line, markers))
            markers = {}

    def read_field(self, line, markers):
        match = FIELD.match(line)
        if not match:
            raise ValueError(f"{self.name}: not a field: {line}")
        tag = dict(re.findall(r'(\w+):"([^"]*)"', match["tag"] or ""))
        parts = tag.get("json", "").split(",")
        return Field(match["names"], match["type"], parts[0], parts[1:], markers, tag)

    @staticmethod
    def mark(markers, line):
        match = MARKER.match(line)
        if match:
            markers.setdefault(match.group(1), []).append(match.group(2))
