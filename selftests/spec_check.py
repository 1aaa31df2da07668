#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Hold the netlink specification, the uapi header and the module together.

Every name, number, type and limit of Documentation/netlink/specs/oomk.yaml has
to be the one of uapi/linux/oomk.h and of the module's attribute policies, and
nothing may be in one of them only. What Documentation/netlink/oomk.syz tells
syzkaller has to be the same. Speaks TAP.
"""

import ast
import os
import re
import sys

import yaml

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SPEC = "Documentation/netlink/specs/oomk.yaml"
HEADER = "uapi/linux/oomk.h"
SYZLANG = "Documentation/netlink/oomk.syz"
LIMITS = {"u32": (1 << 32) - 1, "u64": (1 << 64) - 1}
KNOWN = {"S32_MAX": (1 << 31) - 1, "MAX_ERRNO": 4095}


def read(path):
    """Text of a file of the tree."""
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """C without its comments."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


def upper(name):
    """A name of the specification as C spells it."""
    return name.upper().replace("-", "_")


def number(text, names):
    """Value of a constant expression of sums and products."""
    def value(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return names[node.id]
        left, right = value(node.left), value(node.right)
        return left * right if isinstance(node.op, ast.Mult) else left + right

    return value(ast.parse(text.strip(), mode="eval").body)


class Differences(list):
    """What does not agree, in words."""

    def compare(self, what, spec, other):
        """Note a difference."""
        if spec != other:
            self.append(f"{what}: specified {spec!r}, but {other!r}")


class Header:
    """The uapi header: constants, enumerators and what their comments say."""

    def __init__(self, text):
        self.defines = {name: ast.literal_eval(value) for name, value in
                        re.findall(r"#define (OOMK_\w+)\s+(\S+)", text)}
        self.enums = {}
        self.sets = {}
        pattern = r"(?:/\* attribute set: (\w+)[^\n]*\n)?enum (\w*) ?\{(.*?)\n\};"
        for name, tag, body in re.findall(pattern, text, re.S):
            rows = re.findall(r"^\t(\w+)(?: = [^,\n]*)?,?\s*(?:/\* (.*?) \*/)?$",
                              body, re.M)
            if name:
                self.sets[name] = rows
            else:
                self.enums[tag] = rows
        self.numbers = dict(self.defines, **KNOWN)
        for rows in self.enums.values():
            self.numbers.update({row[0]: i for i, row in enumerate(rows)})


class Module:
    """The module's attribute policies, by operation."""

    def __init__(self, table_text, ops_text, names):
        text = without_comments(table_text)
        self.names = names
        self.ranges = {}
        for name, body in re.findall(
                r"netlink_range_validation (\w+) = \{(.*?)\};", text, re.S):
            fields = dict(re.findall(r"\.(min|max) = ([^,]*),", body))
            self.ranges[name] = (number(fields.get("min", "0"), names),
                                 number(fields["max"], names))
        tables = {name: self.table(body) for name, body in re.findall(
            r"nla_policy\s+(\w+)\[[^]]*\] = \{(.*?)\n\};", text, re.S)}
        self.victim = tables["oomk_victim_nl_policy"]
        self.ops = {op: tables[table] for op, table in re.findall(
            r"OOMK_OP\((OOMK_CMD_\w+),\s*(\w+),", without_comments(ops_text))}

    def table(self, body):
        """Attribute to (type, min, max) of one table."""
        rows = {}
        for attr, value in re.findall(
                r"\[(OOMK_A_\w+)\] =\s*(.*?),(?=\s*(?:\[|$))", body, re.S):
            rows[attr] = self.row(value)
        return rows

    def row(self, value):
        """(type, min, max) of one row."""
        kind = re.search(r"NLA_(U32|U64|FLAG|POLICY_NESTED)", value).group(1)
        kind = kind.lower().replace("policy_nested", "nest")
        least, most = 0, LIMITS.get(kind)
        found = re.match(r"NLA_POLICY_(RANGE|MAX|FULL_RANGE)\(NLA_\w+, (.*)\)$",
                         value, re.S)
        if found and found.group(1) == "FULL_RANGE":
            least, most = self.ranges[found.group(2).strip(" &\n\t")]
        elif found and found.group(1) == "MAX":
            most = number(found.group(2), self.names)
        elif found:
            least, most = [number(part, self.names)
                           for part in found.group(2).split(",")]
        return kind, least, most


class Contract:
    """The three of them."""

    def __init__(self):
        self.spec = yaml.safe_load(read(SPEC))
        self.header = Header(read(HEADER))
        self.module = Module(read("module/netlink_attr.c"),
                             read("module/netlink.c"), self.header.numbers)
        self.sets = {one["name"]: {attr["name"]: attr
                                   for attr in one["attributes"]}
                     for one in self.spec["attribute-sets"]}
        self.enums = {one["name"]: one for one in self.spec["definitions"]
                      if one["type"] == "enum"}
        self.ops = self.spec["operations"]["list"]

    def limits(self, set_name, attr_name):
        """(type, min, max) of an attribute as specified."""
        attr = self.sets[set_name][attr_name]
        checks = attr.get("checks", {})
        return (attr["type"], checks.get("min", 0),
                checks.get("max", LIMITS.get(attr["type"])))


def test_constants(contract, found):
    """names and constants are those of the header"""
    defines = dict(contract.header.defines)
    name = upper(contract.spec["name"])
    found.compare("family", contract.spec["name"],
                  defines.pop("OOMK_FAMILY_NAME"))
    found.compare("version", contract.spec.get("version", 1),
                  defines.pop("OOMK_FAMILY_VERSION"))
    for group in contract.spec["mcast-groups"]["list"]:
        found.compare("group", group["name"],
                      defines.pop(f"{name}_MCGRP_{upper(group['name'])}",
                                  None))
    for const in contract.spec["definitions"]:
        if const["type"] == "const":
            found.compare(const["name"], const["value"],
                          defines.pop(f"{name}_{upper(const['name'])}", None))
    found.compare("constants in the header only", {}, defines)


def test_enums(contract, found):
    """enums have the entries of the header, in its order"""
    enums = {tag: [row[0] for row in rows]
             for tag, rows in contract.header.enums.items()
             if tag != "oomk_cmd"}
    for name, enum in contract.enums.items():
        prefix = upper(enum.get("name-prefix", f"oomk-{name}-"))
        found.compare(name, [prefix + upper(entry["name"])
                             for entry in enum["entries"]],
                      enums.pop("oomk_" + name.replace("-", "_"), None))
    found.compare("enums in the header only", {}, enums)


def test_attributes(contract, found):
    """attributes have the numbers and types of the header"""
    header = dict(contract.header.sets)
    for name, attrs in contract.sets.items():
        prefix = f"OOMK_A_{upper(name)}_"
        rows = header.pop(name, [])
        found.compare(name, ["UNSPEC"] + [upper(attr) for attr in attrs],
                      [row[0][len(prefix):] for row in rows
                       if row[0].startswith(prefix)][:-1])
        says = {row[0]: row[1] for row in rows}
        for attr in attrs.values():
            comment = says.get(prefix + upper(attr["name"]), "")
            if attr["type"] != "pad":
                found.compare(f"{name} {attr['name']}", attr["type"],
                              re.split(r"[,: ]", comment)[0])
            tag = re.search(r"enum oomk_(\w+)", comment)
            found.compare(f"{name} {attr['name']}: enum",
                          attr.get("enum", "").replace("-", "_"),
                          tag.group(1) if tag else "")
    found.compare("sets in the header only", {}, header)


def test_operations(contract, found):
    """operations have the numbers and kinds of the header"""
    rows = contract.header.enums["oomk_cmd"]
    found.compare("order", ["UNSPEC"] + [upper(op["name"])
                                         for op in contract.ops],
                  [row[0][len("OOMK_CMD_"):] for row in rows
                   if row[0].startswith("OOMK_CMD_")][:-1])
    says = {row[0]: row[1] for row in rows}
    for op in contract.ops:
        kinds = [kind for kind in ("do", "dump", "event") if kind in op]
        comment = says.get("OOMK_CMD_" + upper(op["name"]), "")
        found.compare(op["name"], kinds, [comment.split(":")[0]])


def test_references(contract, found):
    """what operations and attributes refer to is there"""
    groups = [group["name"] for group in contract.spec["mcast-groups"]["list"]]
    for op in contract.ops:
        attrs = contract.sets[op["attribute-set"]]
        lists = [op.get("event", {})]
        for kind in ("do", "dump"):
            lists += op.get(kind, {}).values()
        for one in lists:
            missing = set(one.get("attributes", [])) - set(attrs)
            found.compare(f"{op['name']}: unknown attributes", set(), missing)
        if "event" in op and op.get("mcgrp") not in groups:
            found.append(f"{op['name']}: to no group")
    for name, attrs in contract.sets.items():
        for attr in attrs.values():
            nested = attr.get("nested-attributes")
            if attr["type"] == "nest" and nested not in contract.sets:
                found.append(f"{name} {attr['name']}: nests nothing known")
            if attr.get("enum", "level") not in contract.enums:
                found.append(f"{name} {attr['name']}: unknown enum")


def test_prose(contract, found):
    """every operation states its capability and its errors"""
    for op in contract.ops:
        doc = op["doc"]
        if "event" not in op:
            for word in ("Capability:", "Errors:"):
                if word not in doc:
                    found.append(f"{op['name']}: no {word}")
    for one in contract.spec["attribute-sets"] + contract.spec["definitions"]:
        for row in [one] + one.get("attributes", []) + one.get("entries", []):
            if row["name"] != "pad" and not row.get("doc"):
                found.append(f"{one['name']} {row['name']}: no doc")


def test_module(contract, found):
    """the module takes these attributes within these limits"""
    ops = dict(contract.module.ops)
    for op in contract.ops:
        request = (op.get("do") or op.get("dump") or {}).get("request", {})
        if "event" in op:
            continue
        prefix = f"OOMK_A_{upper(op['attribute-set'])}_"
        wanted = {prefix + upper(attr):
                  contract.limits(op["attribute-set"], attr)
                  for attr in request.get("attributes", [])}
        found.compare(op["name"], wanted,
                      ops.pop("OOMK_CMD_" + upper(op["name"]), None))
    found.compare("operations in the module only", {}, ops)


def policy_rows(contract):
    """Key as oomkctl knows it to (least, most, default) as specified."""
    rows = {}
    for name, attr in contract.sets["policy"].items():
        if attr["type"] == "pad":
            continue
        default = re.search(r"Default (\w+)\.", attr["doc"])
        kind, least, most = contract.limits("policy", name)
        if "enum" in attr or most == LIMITS[kind]:
            least = most = None
        key = re.sub("-(percent|points)$", "", name).replace("-", "_")
        rows[key] = (least, most, default.group(1) if default else None)
    return rows


def test_defaults(contract, found):
    """the module starts with the specified policy"""
    body = re.search(r"struct oomk_policy current_policy = \{(.*?)\};",
                     read("module/policy.c"), re.S).group(1)
    values = dict(re.findall(r"\.(\w+) = (\w+),", body))
    for name, attr in contract.sets["policy"].items():
        if attr["type"] == "pad":
            continue
        value = values.pop(name.replace("-", "_"), "0")
        if "enum" in attr:
            value = value.removeprefix(f"OOMK_{upper(attr['enum'])}_").lower()
        found.compare(name, re.search(r"Default (\w+)\.",
                                      attr["doc"]).group(1), value)
    found.compare("in the module only", {}, values)


def compare_rows(contract, found, what, rows):
    """Hold a documented table, key to (range, default), against the spec."""
    wanted = policy_rows(contract)
    found.compare(f"{what}: capacity", ("", "dynamic"),
                  rows.pop("capacity", None))
    for key in ("capacity_pages", "capacity_permille"):
        del wanted[key]
    found.compare(f"{what}: keys", sorted(wanted), sorted(rows))
    for key, (least, most, default) in wanted.items():
        limits = "" if least is None else f"{least}..{most}"
        found.compare(f"{what}: {key}", (limits, default), rows.get(key))


def test_manual(contract, found):
    """oomkctl(8) has every key with its range and default"""
    rows = re.findall(r"^\.It Li (\w+) Ta ?(\S*?) Ta (\w+) Ta ",
                      read("Documentation/man/oomkctl.8"), re.M)
    compare_rows(contract, found, "manual",
                 {row[0]: (row[1], row[2]) for row in rows})


def test_guide(contract, found):
    """the admin guide has every key with its range and default"""
    table = read("Documentation/admin-guide/oomk.rst").split("\n====")
    rows = re.findall(r"^(\w+) +(\d+\.\.\d+|words|any) +(\w+) ",
                      "\n".join(table), re.M)
    compare_rows(contract, found, "guide",
                 {row[0]: (row[1] if "." in row[1] else "", row[2])
                  for row in rows})


def test_victims(contract, found):
    """the module takes reports on victims within these limits"""
    for attr, row in contract.module.victim.items():
        name = attr[len("OOMK_A_VICTIM_"):].lower().replace("_", "-")
        if name in contract.sets["victim"]:
            found.compare(attr, contract.limits("victim", name), row)
        else:
            found.append(f"{attr}: in the module only")
    checked = [name for name, attr in contract.sets["victim"].items()
               if "checks" in attr]
    found.compare("checked", {"OOMK_A_VICTIM_" + upper(name)
                              for name in checked} -
                  set(contract.module.victim), set())


def syz_field(contract, set_name, name):
    """An attribute as syzkaller's language has it."""
    attr = contract.sets[set_name][name]
    place = f"OOMK_A_{upper(set_name)}_{upper(name)}"
    kind, least, most = contract.limits(set_name, name)
    if kind == "nest":
        nested = attr["nested-attributes"].replace("-", "_")
        return f"nlnest[{place}, array[oomk_{nested}]]"
    if kind == "flag":
        value = "void"
    elif name == "pid":
        value = "pid"
    elif "enum" in attr and "min" not in attr.get("checks", {}):
        value = f"flags[oomk_{attr['enum'].replace('-', '_')}, int32]"
    else:
        value = kind.replace("u", "int")
        if most != LIMITS[kind]:
            value += f"[{least}:{most}]"
    return f"nlattr[{place}, {value}]"


def syz_fields(contract, set_name, names):
    """A list of attributes as syzkaller's language has it."""
    place = f"OOMK_A_{upper(set_name)}_"
    return {place + upper(name): syz_field(contract, set_name, name)
            for name in names} or {"nothing": "void"}


def test_syzlang(contract, found):
    """syzkaller is told the same"""
    text = read(SYZLANG)
    unions = {name: dict(re.findall(r"^\t(\w+)\t(.*)$", body, re.M))
              for name, body in re.findall(
                  r"^(\w+) \[\n(.*?)^\] \[varlen\]$", text, re.S | re.M)}
    calls = {call: (cmd, union) for call, cmd, union in re.findall(
        r"^sendmsg\$(\w+)\(fd sock_nl_generic, msg ptr\[in, "
        r"msghdr_oomk\[(\w+), (\w+)\]\], f flags\[send_flags\]\)$", text, re.M)}
    found.compare("sendmsg", text.count("\nsendmsg$"), len(calls))
    for op in contract.ops:
        if "event" in op:
            continue
        cmd = "OOMK_CMD_" + upper(op["name"])
        union = "oomk_" + op["name"].replace("-", "_")
        request = (op.get("do") or op["dump"]).get("request", {})
        found.compare(cmd, (cmd, union), calls.pop(cmd, None))
        found.compare(union, syz_fields(contract, op["attribute-set"],
                                        request.get("attributes", [])),
                      unions.pop(union, None))
    taken = [attr[len("OOMK_A_VICTIM_"):].lower().replace("_", "-")
             for attr in contract.module.victim]
    found.compare("oomk_victim", syz_fields(contract, "victim", taken),
                  unions.pop("oomk_victim", None))
    flags = dict(re.findall(r"^oomk_(\w+) = (.*)$", text, re.M))
    for name in sorted(set(re.findall(r"flags\[oomk_(\w+), ", text))):
        entries = [row[0] for row in contract.header.enums["oomk_" + name]]
        if name == "wedged":
            entries.remove("OOMK_WEDGED_PANIC")
        found.compare(name, ", ".join(entries), flags.pop(name, None))
    found.compare("in the description only", ({}, {}, {}),
                  (calls, unions, flags))


def main():
    """Run every test of this file and speak TAP."""
    tests = [(name, test) for name, test in globals().items()
             if name.startswith("test_")]
    failed = 0
    print("TAP version 13")
    print(f"1..{len(tests)}")
    contract = Contract()
    for number_of, (name, test) in enumerate(tests, 1):
        found = Differences()
        test(contract, found)
        for line in found:
            print("# " + line)
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {number_of} "
              f"{name[5:]}: {test.__doc__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
