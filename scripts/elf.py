# SPDX-License-Identifier: GPL-2.0
"""The little of an ELF file that the checks need: 64 bit, little endian."""

import collections
import lzma
import struct

SHT_SYMTAB, SHT_RELA, SHT_NOBITS = 2, 4, 8
STT_OBJECT, STT_FUNC = 1, 2

Section = collections.namedtuple("Section", "name kind offset size link target")
Symbol = collections.namedtuple("Symbol", "name kind section value size")
Place = collections.namedtuple("Place", "symbol addend")


def contents(path):
    """What is in a file; modules of a distribution are packed."""
    if path.endswith(".xz"):
        with lzma.open(path) as file:
            return file.read()
    with open(path, "rb") as file:
        return file.read()


class Object:
    """An object file or module: its sections, its symbols and the bytes behind them."""

    def __init__(self, path):
        self.data = contents(path)
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: no 64-bit little-endian ELF file")
        (offset,) = struct.unpack_from("<Q", self.data, 40)
        size, count, names = struct.unpack_from("<HHH", self.data, 58)
        heads = [struct.unpack_from("<IIQQQQIIQQ", self.data, offset + n * size) for n in range(count)]
        self.sections = [
            Section(self.text(heads[names][4] + name), kind, start, length, link, target)
            for name, kind, _, _, start, length, link, target, _, _ in heads
        ]
        self.symbols, self.defined, self.undefined = [], {}, set()
        for section in self.sections:
            if section.kind == SHT_SYMTAB:
                self._read_symbols(section)

    def _read_symbols(self, table):
        names = self.sections[table.link].offset
        entries = self.data[table.offset : table.offset + table.size]
        for name, info, _, section, value, size in struct.iter_unpack("<IBBHQQ", entries):
            symbol = Symbol(self.text(names + name), info & 15, section, value, size)
            self.symbols.append(symbol)
            if not symbol.name:
                continue
            if section == 0:
                self.undefined.add(symbol.name)
            else:
                self.defined[symbol.name] = symbol

    def text(self, offset):
        """The text that begins at an offset in the file."""
        return self.data[offset : self.data.index(b"\0", offset)].decode()

    def section(self, name):
        """The bytes of a section, none if there is no such section."""
        for section in self.sections:
            if section.name == name:
                return self.data[section.offset : section.offset + section.size]
        return b""

    def relocations(self, name):
        """What the bytes of a section refer to, by offset in it, in an object that is not linked yet."""
        found = {}
        for number, section in enumerate(self.sections):
            if section.name == name:
                found.update(self._relocations(number))
        return found

    def _relocations(self, number):
        for section in self.sections:
            if section.kind == SHT_RELA and section.target == number:
                entries = self.data[section.offset : section.offset + section.size]
                for offset, info, addend in struct.iter_unpack("<QQq", entries):
                    yield offset, Place(self.symbols[info >> 32], addend)

    def bytes_at(self, place, size):
        """What a relocation leads to."""
        section = self.sections[place.symbol.section]
        if section.kind == SHT_NOBITS:
            return bytes(size)
        offset = section.offset + place.symbol.value + place.addend
        return self.data[offset : offset + size]

    def text_at(self, place):
        """The text a relocation leads to."""
        return self.text(self.sections[place.symbol.section].offset + place.symbol.value + place.addend)

    def read(self, name):
        """The bytes of a defined symbol."""
        symbol = self.defined[name]
        return self.bytes_at(Place(symbol, 0), symbol.size)

    def users(self, name):
        """The names of what refers to a symbol, in an object that is not linked yet."""
        users = set()
        for number in range(len(self.sections)):
            for offset, place in self._relocations(number):
                if place.symbol.name == name:
                    users.update(
                        user.name
                        for user in self.defined.values()
                        if user.section == number and user.value <= offset < user.value + user.size
                    )
        return users
