#!/usr/bin/env python3
"""Check a folder of captures against courses.tsv, a table made by hand.

usage: courses.py TCPLAB FOLDER

The table has a line a connection, in the order they begin: the file's name
without its hash, opening, closing, first FIN, who reset, and of client and
server the segments, bytes, retransmitted and out of order. Files of the kinds
`wrap` and `scenario` in MANIFEST.tsv must all be in it.

Every file of the kind `hostile` must end in a second with exit status 0 or 1,
without a word from a sanitizer.
"""
import collections
import json
import os
import re
import subprocess
import sys
import time

HASH = re.compile(r"-[0-9a-f]{6}(\.pcap|\.pcapng|\.pcap\.gz)$")


def table():
    here = os.path.dirname(os.path.abspath(__file__))
    rows = collections.defaultdict(list)
    with open(os.path.join(here, "courses.tsv"), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                name, *fields = line.rstrip("\n").split("\t")
                if fields:
                    rows[name].append(fields)
                else:
                    rows[name] = []
    return rows


def courses(tcplab, path):
    out = subprocess.run([tcplab, "show", "--summary", "--as", "json", path],
                         capture_output=True, timeout=10, check=False).stdout
    lines = sorted((json.loads(line) for line in out.splitlines()),
                   key=lambda c: c["connection"])
    for c in lines:
        ends = [c["client"], c["server"]]
        yield [c["opening"], c["closing"], c["first_fin"] or "-",
               c["reset_by"] or "-"] + [
                   "/".join(str(end[key]) for end in ends)
                   for key in ("segments", "bytes", "retransmitted",
                               "out_of_order")]


def hostile(tcplab, path):
    begin = time.monotonic()
    run = subprocess.run([tcplab, "show", "--header", "--options", "--data",
                          path], capture_output=True, timeout=10, check=False)
    took = time.monotonic() - begin
    if run.returncode not in (0, 1):
        return "exit status %d: %s" % (run.returncode, run.stderr[-200:])
    if b"Sanitizer" in run.stderr or b"runtime error" in run.stderr:
        return run.stderr[-400:].decode(errors="replace")
    if re.search(rb"[^\n -~]", run.stdout):
        return "an unprintable octet in the output"
    return "%.1f s" % took if took > 1 else None


def main():
    tcplab, folder = sys.argv[1:3]
    expected = table()
    wrong = 0
    counts = collections.Counter()
    with open(os.path.join(folder, "MANIFEST.tsv"), encoding="utf-8") as f:
        manifest = [line.split("\t") for line in f][1:]
    for name, kind in ((m[0], m[3]) for m in manifest):
        path = os.path.join(folder, name)
        problem = None
        if kind in ("wrap", "scenario"):
            got = list(courses(tcplab, path))
            stem = HASH.sub("", name)
            if stem not in expected:
                problem = "not in courses.tsv: %s" % got
            elif got != expected[stem]:
                problem = "%s, expected %s" % (got, expected[stem])
        elif kind in ("hostile", "format"):
            problem = hostile(tcplab, path)
        else:
            continue
        counts[kind] += 1
        if problem:
            wrong += 1
            print("%s: %s" % (name, problem))
    print("courses: %s; %d wrong" % (", ".join(
        "%d %s" % (n, kind) for kind, n in sorted(counts.items())), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
