# SPDX-License-Identifier: GPL-2.0
"""The little of an ELF file that the checks need: 64 bit, little endian."""

import struct

SHT_SYMTAB, SHT_RELA, SHT_NOBITS = 2, 4, 8


class Object:
    """An object file or module: its symbols and the bytes behind them."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: no 64-bit little-endian ELF file")
        offset, size, count = (
            struct.unpack_from("<Q", self.data, 40)[0],
            *struct.unpack_from("<HH", self.data, 58),
        )
        # Of each section: type, offset, size, link, info.
        self.sections = [
            (head[1], head[4], head[5], head[6], head[7])
            for head in (
                struct.unpack_from("<IIQQQQIIQQ", self.data, offset + n * size)
                for n in range(count)
            )
        ]
        self.symbols, self.defined, self.undefined = [], {}, set()
        for kind, start, length, link, _ in self.sections:
            if kind == SHT_SYMTAB:
                self._read_symbols(start, length, self.sections[link][1])

    def _read_symbols(self, start, length, names):
        for at in range(start, start + length, 24):
            name, _, _, section, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            end = self.data.index(b"\0", names + name)
            name = self.data[names + name : end].decode()
            self.symbols.append(name)
            if not name:
                continue
            if section == 0:
                self.undefined.add(name)
            else:
                self.defined[name] = (section, value, size)

    def read(self, symbol):
        """The bytes of a defined symbol."""
        section, value, size = self.defined[symbol]
        kind, offset = self.sections[section][:2]
        if kind == SHT_NOBITS:
            return bytes(size)
        return self.data[offset + value : offset + value + size]

    def users(self, symbol):
        """The names of what refers to a symbol, in an object that is not linked yet."""
        users = set()
        for kind, start, length, _, target in self.sections:
            if kind != SHT_RELA:
                continue
            for offset, info, _ in struct.iter_unpack("<QQq", self.data[start : start + length]):
                if self.symbols[info >> 32] == symbol:
                    users.update(
                        name
                        for name, (section, value, size) in self.defined.items()
                        if section == target and value <= offset < value + size
                    )
        return users
