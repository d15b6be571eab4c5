#!/usr/bin/env python3
"""Compare tcplab with a second opinion on a folder of captures.

usage: oracle.py TCPLAB FOLDER

FOLDER holds captures, and beside each FILE.oracle.json: what another program
says of every TCP stream in it. Streams are paired by their endpoints, in order.
Differences that are known, and explained in explained.tsv, are counted; every
other one is printed. Exit status 0 when there is none.
"""
import collections
import json
import os
import subprocess
import sys


def explained(folder):
    """Lines of explained.tsv: file, field (or *), why."""
    reasons = {}
    with open(os.path.join(folder, "explained.tsv"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, field, why = line.rstrip("\n").split("\t")
                reasons[name, field] = why
    return reasons


def connections(tcplab, path):
    """The connections tcplab sees, in the order they began."""
    run = subprocess.run([tcplab, "show", "--summary", "--as", "json", path],
                         capture_output=True, timeout=60, check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError("exit status %d" % run.returncode)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    return sorted(lines, key=lambda c: c["connection"])


def plain(address):
    return address[7:] if address.startswith("::ffff:") and "." in address \
        else address


def ours(c):
    ends = []
    for role in ("client", "server"):
        e = c[role]
        ends.append({"at": (plain(e["address"]), e["port"]), "role": role,
                     "packets": e["segments"], "bytes": e["bytes"],
                     "iss": e["iss"]})
    return {"ends": ends, "first_fin": c["first_fin"],
            "opening": c["opening"], "reset_by": c["reset_by"],
            "client_by": c["client_by"]}


def theirs(s):
    ends = []
    for i, side in enumerate("ab"):
        ends.append({"at": (plain(s[side][0]), s[side][1]), "role": side,
                     "packets": s["packets"][i], "bytes": s["bytes"][i],
                     "iss": s["isn"][i]})
    return {"ends": ends, "first_fin": s["first_fin"],
            "client": s["client"]}


def pair_key(stream):
    return tuple(sorted(e["at"] for e in stream["ends"]))


def by_pair(streams):
    groups = collections.defaultdict(list)
    for s in streams:
        groups[pair_key(s)].append(s)
    return groups


def differences(a, b):
    """a is ours, b theirs; yields (field, ours, theirs)."""
    align = {e["at"]: e for e in b["ends"]}
    role_of = {e["role"]: e["at"] for e in b["ends"]}
    own_role = {e["role"]: e["at"] for e in a["ends"]}
    for e in a["ends"]:
        o = align.get(e["at"])
        if o is None:
            yield "endpoints", e["at"], sorted(align)
            return
        for field in ("packets", "bytes"):
            if e[field] != o[field]:
                yield field, e[field], o[field]
        if o["iss"] is not None and e["iss"] is not None \
                and e["iss"] != o["iss"]:
            yield "iss", e["iss"], o["iss"]
    fin = own_role.get(a["first_fin"]), role_of.get(b["first_fin"])
    if fin[0] != fin[1]:
        yield "first_fin", fin[0], fin[1]
    if a["client_by"] == "first SYN" and b["client"] in role_of and \
            own_role["client"] != role_of[b["client"]]:
        yield "client", own_role["client"], role_of[b["client"]]


def compare(tcplab, path):
    with open(path + ".oracle.json", encoding="utf-8") as f:
        oracle = json.load(f)
    mine = by_pair(ours(c) for c in connections(tcplab, path))
    other = by_pair(theirs(s) for s in oracle["streams"])
    count = 0
    for key in sorted(set(mine) | set(other)):
        a, b = mine.get(key, []), other.get(key, [])
        if len(a) != len(b):
            yield "streams", "%s: %d" % (key, len(a)), len(b)
            continue
        for x, y in zip(a, b):
            count += 1
            yield from differences(x, y)
    yield "count", count, None


def main():
    tcplab, folder = sys.argv[1:3]
    reasons = explained(os.path.dirname(os.path.abspath(__file__)))
    total = known = unknown = files = 0
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.exists(path + ".oracle.json"):
            continue
        files += 1
        for field, a, b in compare(tcplab, path):
            if field == "count":
                total += a
            elif (name, field) in reasons or (name, "*") in reasons:
                known += 1
            else:
                unknown += 1
                print("%s: %s: ours %s, theirs %s" % (name, field, a, b))
    print("oracle: %d files, %d connections compared, %d differences "
          "explained, %d not" % (files, total, known, unknown))
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
