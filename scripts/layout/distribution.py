# SPDX-License-Identifier: GPL-2.0
"""Compares what rustc makes of the bindings with what the distribution's own modules say of the same structs."""

import collections
import os

from btf import Types
from elf import Object


def differences(row, types, top):
    """What Rust and the types of a module disagree about in a row of the struct `top`."""
    name = f"{row.top}.{row.path}" if row.path else row.top
    if row.parent < 0:
        if row.rust[1] != types.size(top):
            yield f"{name}: size {row.rust[1]} in Rust, {types.size(top)}"
        return
    field = types.field(top, row.path)
    if not field:
        yield f"{name}: there is none"
    elif field.is_bits != (row.kind == "bits"):
        yield f"{name}: {row.kind} in Rust, which it is not"
    elif field.is_bits and row.rust[:2] != (field.first, field.size):
        yield f"{name}: {row.rust[1]} bits from bit {row.rust[0]} in Rust, {field.size} from {field.first}"
    elif not field.is_bits and (8 * row.rust[0], row.rust[1]) != (field.first, field.size):
        yield f"{name}: {row.rust[1]} bytes at {row.rust[0]} in Rust, {field.size} at {field.first // 8}"


def compare(rows, vmlinux, modules):
    """Prints what was compared with what, and returns the differences."""
    kernel = Types(Object(vmlinux).section(".BTF"))
    structs = collections.defaultdict(list)
    for row in rows:
        if row.parent < 0 or row.kind == "bits" or row.kind.endswith("field"):
            structs[row.top].append(row)
    wrong, unknown, fields = [], set(structs), set()
    for path in modules:
        module = os.path.basename(path).split(".")[0]
        types = Types(Object(path).section(".BTF"), kernel)
        for name, members in structs.items():
            top = types.struct(name)
            if top is None:
                continue
            unknown.discard(name)
            fields.update((name, row.path) for row in members[1:])
            found = [text for row in members for text in differences(row, types, top)]
            if members[0].kind != "opaque":
                known = {row.path for row in members}
                found += [f"{name}.{path}: not in Rust" for path in types.paths(top) if path not in known]
            wrong += [f"{text} in the distribution's {module}" for text in found]
    known = len(structs) - len(unknown)
    print(f"{known} structs and {len(fields)} fields compared with {len(modules)} modules of the distribution")
    print(f"not compared, as no module there has them: {' '.join(sorted(unknown))}")
    return wrong, unknown
