# SPDX-License-Identifier: GPL-2.0
"""Reads what bindgen wrote: the structs, their fields, and the names of everything else."""

import os
import re
from dataclasses import dataclass, field


@dataclass
class Struct:
    """A struct or union of the bindings; the types of the fields are Rust's own wording."""

    name: str
    is_union: bool
    fields: list = field(default_factory=list)  # (name, type)
    bits: dict = field(default_factory=dict)  # unit -> [(name, first bit, width)]

    @property
    def opaque(self):
        """bindgen knows the size only, or not even that."""
        return any(name in ("_unused", "_address", "_bindgen_opaque_blob") for name, _ in self.fields)


def body(text, start):
    """What is between the brace at `start` and its partner."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return text[start + 1 : match.start()]
    raise ValueError("unbalanced braces")


def split_fields(text):
    """The fields of a struct's body. A type may hold commas and be wrapped over several lines."""
    depth, part, parts = 0, "", []
    for char in text.replace("->", "\0"):
        depth += (char in "(<[") - (char in ")>]")
        if char == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += char
    for part in parts + [part]:
        match = re.fullmatch(r"\s*(?:#\[.*?\]\s*)*(?:pub(?:\(.*?\))? )?(?:r#)?(\w+):\s*(.*?)\s*", part, re.S)
        if match:
            yield match[1], " ".join(match[2].replace("\0", "->").split())
        elif part.strip():
            raise ValueError(f"not understood: {part.strip()}")


class Bindings:
    """One generated file."""

    def __init__(self, folder, name):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            self.text = file.read()
        self.starts = {
            match[2]: match
            for match in re.finditer(r"^pub (struct|union) (\w+) \{", self.text, re.M)
        }
        self.impls = {}
        for match in re.finditer(r"^impl (\w+) \{", self.text, re.M):
            self.impls.setdefault(match[1], []).append(match.end() - 1)
        self.parsed = {}

    def __contains__(self, name):
        return name in self.starts

    def struct(self, name):
        """The struct or union of this name."""
        if name not in self.parsed:
            start = self.starts[name]
            struct = Struct(name, start[1] == "union")
            struct.fields = list(split_fields(body(self.text, start.end() - 1)))
            # bindgen makes a union a struct when a member is not Copy to its knowledge.
            struct.is_union |= any(field == "bindgen_union_field" for field, _ in struct.fields)
            struct.bits = self._bits(name)
            self.parsed[name] = struct
        return self.parsed[name]

    def _bits(self, name):
        bits = {}
        for start in self.impls.get(name, []):
            for match in re.finditer(
                r"pub fn (\w+)\(&self\)[^{]*\{\s*unsafe\s*\{[^}]*?"
                r"self\s*\.\s*(_bitfield_\d+)\s*\.\s*get\(\s*(\d+)usize\s*,\s*(\d+)u8\s*\)",
                body(self.text, start),
            ):
                bits.setdefault(match[2], []).append((match[1], int(match[3]), int(match[4])))
        return bits

    def names(self):
        """The names of all items, of foreign functions and statics too."""
        item = r"pub (?:unsafe )?(?:struct|union|type|const|static mut|static|fn|mod|enum|trait) (\w+)"
        names = set(re.findall("^" + item, self.text, re.M))
        for block in re.finditer(r'^(?:unsafe )?extern "C" \{\n(.*?)^\}', self.text, re.M | re.S):
            names.update(re.findall(r"^\s+" + item, block[1], re.M))
        return names
