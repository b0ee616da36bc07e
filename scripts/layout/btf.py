# SPDX-License-Identifier: GPL-2.0
"""Structs as a compiled kernel or module describes them itself, in BTF (Documentation/bpf/btf.rst of the kernel)."""

import collections
import struct

MAGIC = 0xEB9F
POINTER_SIZE = 8
(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT,
 DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)
# What comes behind the twelve bytes each type has: once, or for each of its members.
TRAILERS = {INT: 4, ARRAY: 12, VAR: 4, DECL_TAG: 4}
MEMBERS = {STRUCT: 12, UNION: 12, ENUM: 8, FUNC_PROTO: 8, DATASEC: 12, ENUM64: 12}
# Other names for a type.
ALIASES = (TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG)

Type = collections.namedtuple("Type", "name kind size trailer flag members")
# Bits: where it begins in the struct that holds it, and how many if it is a bit field, else 0. One may have no name.
Member = collections.namedtuple("Member", "name type first width")
# Where something named by a path is, in bits; its size in bytes, or its width in bits if it is a bit field.
Field = collections.namedtuple("Field", "first size is_bits")


class Types:
    """The types of a module, which adds its own to those of the kernel."""

    def __init__(self, data, base=None):
        magic, _, _, header, types, types_size, texts, texts_size = struct.unpack_from("<HBBIIIII", data)
        if magic != MAGIC:
            raise ValueError("no BTF")
        self.base = base
        self.first_type = len(base.types) if base else 0
        self.first_text = base.texts_end if base else 0
        self.texts = data[header + texts : header + texts + texts_size]
        self.texts_end = self.first_text + texts_size
        # Type 0 is void.
        self.types = list(base.types) if base else [Type("", 0, 0, (), False, ())]
        self.structs = {}
        self._read(data, header + types, header + types + types_size)

    def _read(self, data, at, end):
        while at < end:
            name, info, size = struct.unpack_from("<III", data, at)
            kind, count, flag = info >> 24 & 31, info & 0xFFFF, bool(info >> 31)
            at += 12
            trailer = struct.unpack_from(f"<{TRAILERS.get(kind, 0) // 4}I", data, at)
            at += 4 * len(trailer)
            members = []
            if kind in (STRUCT, UNION):
                members = [
                    Member(self._text(text), of, where & 0xFFFFFF if flag else where, where >> 24 if flag else 0)
                    for text, of, where in struct.iter_unpack("<III", data[at : at + 12 * count])
                ]
            at += MEMBERS.get(kind, 0) * count
            if self._text(name) and kind in (STRUCT, UNION):
                self.structs[self._text(name)] = len(self.types)
            elif self._text(name) and kind == TYPEDEF:
                # A struct may have no other name.
                self.structs.setdefault(self._text(name), len(self.types))
            self.types.append(Type(self._text(name), kind, size, trailer, flag, members))

    def _text(self, offset):
        if offset < self.first_text:
            return self.base._text(offset)
        offset -= self.first_text
        return self.texts[offset : self.texts.index(b"\0", offset)].decode()

    def resolve(self, number):
        """The type behind all names for it."""
        while self.types[number].kind in ALIASES:
            number = self.types[number].size
        return self.types[number]

    def size(self, number):
        """In bytes."""
        found = self.resolve(number)
        if found.kind == PTR:
            return POINTER_SIZE
        if found.kind == ARRAY:
            element, _, count = found.trailer
            return self.size(element) * count
        return found.size

    def struct(self, name):
        """The number of the struct or union of that name; None if there is none."""
        for types in (self, self.base):
            if types and name in types.structs and types.resolve(types.structs[name]).kind in (STRUCT, UNION):
                return types.structs[name]
        return None

    def field(self, number, path):
        """The field at a path such as a.b; None if there is none. Members without a name need none in a path."""
        name, _, rest = path.partition(".")
        for member in self.resolve(number).members:
            if member.name == name and not rest:
                if member.width:
                    return Field(member.first, member.width, True)
                return Field(member.first, self.element_size(member.type), False)
            found = None
            if member.name == name:
                found = self.field(member.type, rest)
            elif not member.name and self.resolve(member.type).kind in (STRUCT, UNION):
                found = self.field(member.type, path)
            if found:
                return found._replace(first=member.first + found.first)
        return None

    def element_size(self, number):
        """The size of a field; of a flexible array, that of one element."""
        found = self.resolve(number)
        if found.kind == ARRAY and found.trailer[2] == 0:
            return self.size(found.trailer[0])
        return self.size(number)

    def paths(self, number, prefix=""):
        """All paths to named fields, those inside a named field of its own type left out."""
        for member in self.resolve(number).members:
            if member.name:
                yield prefix + member.name
                inner = self.types[member.type]
                if inner.kind in (STRUCT, UNION) and not inner.name:
                    yield from self.paths(member.type, prefix + member.name + ".")
            elif self.resolve(member.type).kind in (STRUCT, UNION):
                yield from self.paths(member.type, prefix)
