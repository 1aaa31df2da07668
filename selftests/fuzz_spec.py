#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write the netlink specification as the C tables of fuzz_spec.h, on stdout.

usage: fuzz_spec.py SPECIFICATION
"""

import errno
import re
import sys

import yaml

TYPES = {"u32": (1 << 32) - 1, "s32": (1 << 32) - 1, "u64": (1 << 64) - 1}


def upper(name):
    """A name of the specification as C spells it."""
    return name.upper().replace("-", "_")


def lower(name):
    """A name of the specification as part of an identifier."""
    return name.replace("-", "_")


def row(set_name, attr, enums):
    """One attribute."""
    kind = attr["type"]
    checks = attr.get("checks", {})
    most = checks.get("max", TYPES.get(kind, 0))
    if "enum" in attr:
        most = min(most, len(enums[attr["enum"]]) - 1)
    fields = [f'.name = "{attr["name"]}"', f".type = FUZZ_{upper(kind)}"]
    if kind in TYPES:
        fields += [f".min = {checks.get('min', 0)}ULL", f".max = {most}ULL"]
    if attr.get("multi-attr"):
        fields.append(".multi = true")
    if kind == "nest":
        fields.append(f".nested = &set_{lower(attr['nested-attributes'])}")
    place = f"OOMK_A_{upper(set_name)}_{upper(attr['name'])}"
    return f"\t[{place}] = {{ {', '.join(fields)} }},"


def mask(op, names):
    """Attributes as a sum of bits."""
    place = f"OOMK_A_{upper(op['attribute-set'])}_"
    bits = [f"1ULL << {place}{upper(name)}" for name in names]
    return " | ".join(bits) or "0"


def operation(op):
    """One operation or event."""
    kind = next(kind for kind in ("do", "dump", "event") if kind in op)
    body = op[kind]
    asks = body.get("request", {}).get("attributes", [])
    tells = body if kind == "event" else body.get("reply", {})
    refusals = sorted(word for word in set(re.findall(r"\w+", op["doc"]))
                      if word in errno.errorcode.values())
    return "\n".join([
        "\t{",
        f'\t\t.name = "{op["name"]}",',
        f"\t\t.cmd = OOMK_CMD_{upper(op['name'])},",
        f"\t\t.kind = FUZZ_{upper(kind)},",
        f"\t\t.set = &set_{lower(op['attribute-set'])},",
        f"\t\t.request = {mask(op, asks)},",
        f"\t\t.reply = {mask(op, tells.get('attributes', []))},",
        f"\t\t.errnos = {{ {', '.join(refusals + ['0'])} }},",
        "\t},"])


def main():
    """Write the tables."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    enums = {one["name"]: one["entries"] for one in spec["definitions"]
             if one["type"] == "enum"}
    sets = spec["attribute-sets"]
    print("/* Made by selftests/fuzz_spec.py. */")
    print("#include <errno.h>\n#include <linux/oomk.h>\n")
    print('#include "fuzz_spec.h"\n')
    for one in sets:
        assert len(one["attributes"]) < 63, one["name"]
        print(f"static const struct fuzz_set set_{lower(one['name'])};")
    for one in sets:
        name = lower(one["name"])
        print(f"\nstatic const struct fuzz_attr attrs_{name}[] = {{")
        for attr in one["attributes"]:
            print(row(one["name"], attr, enums))
        print("};\n")
        print(f"static const struct fuzz_set set_{name} = {{")
        print(f'\t.name = "{one["name"]}",')
        print(f"\t.nr = {len(one['attributes'])},")
        print(f"\t.attrs = attrs_{name},")
        print("};")
    print("\nconst struct fuzz_op fuzz_ops[] = {")
    ops = spec["operations"]["list"]
    for op in ops:
        print(operation(op))
    print("};\n")
    print(f"const int fuzz_nr_ops = {len(ops)};")


if __name__ == "__main__":
    main()
