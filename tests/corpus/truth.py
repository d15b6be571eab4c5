#!/usr/bin/env python3
"""Compare tcplab with the truth of generated captures, connection by connection.

usage: truth.py TCPLAB GENERATOR

Twenty seeds of 20,000 connections each, and one capture for each variation:
ports used again, packets cut short, VLAN tags, raw IP, nanoseconds. Opening,
closing, first FIN, who reset, packets, bytes, retransmitted and out of order
must all agree.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

OPENING = {
    "three-way": "three-way", "three-way-syn-retransmitted": "three-way",
    "simultaneous-open": "simultaneous", "refused": "refused",
    "syn-only": "unanswered", "syn-timeout": "unanswered",
    "half-open-scan": "incomplete",
}
CLOSING = {
    "four-segment-client-first": "four-segment",
    "four-segment-server-first": "four-segment",
    "three-segment": "three-segment", "half-close": "half-close",
    "simultaneous-close": "simultaneous", "reset-by-client": "reset",
    "reset-by-server": "reset", "left-open": "none", "none": "none",
}
RESET_BY = {"reset-by-client": "client", "reset-by-server": "server",
            "half-open-scan": "client", "refused": "server"}
VARIATIONS = (["--reuse", "20"], ["--snaplen", "80"], ["--vlan", "7"],
              ["--raw"], ["--nano"])


def truth(path):
    """{(client, port, server, port, ISN): [expected, ...]}"""
    expected = collections.defaultdict(list)
    with open(path, encoding="ascii") as lines:
        next(lines)
        for line in lines:
            f = line.rstrip("\n").split("\t")
            key = (f[1], int(f[2]), f[3], int(f[4]), int(f[5]))
            expected[key].append((
                OPENING[f[7]], CLOSING[f[8]], None if f[9] == "-" else f[9],
                RESET_BY.get(f[8]) or RESET_BY.get(f[7]),
                *(int(n) for n in f[10:16])))
    return expected


def seen(c):
    a, b = c["client"], c["server"]
    key = (a["address"], a["port"], b["address"], b["port"], a["iss"])
    return key, (c["opening"], c["closing"], c["first_fin"], c["reset_by"],
                 a["segments"], b["segments"], a["bytes"], b["bytes"],
                 a["retransmitted"] + b["retransmitted"],
                 a["out_of_order"] + b["out_of_order"])


def compare(tcplab, generator, folder, options):
    capture = os.path.join(folder, "capture")
    table = os.path.join(folder, "truth")
    subprocess.run([generator, "--connections", "20000", "-o", capture,
                    "--truth", table, *options], check=True,
                   stderr=subprocess.DEVNULL)
    expected = truth(table)
    out = subprocess.run([tcplab, "show", "--summary", "--as", "json",
                          capture], stdout=subprocess.PIPE, check=True).stdout
    wrong = 0
    for line in out.splitlines():
        key, got = seen(json.loads(line))
        want = expected[key].pop() if expected.get(key) else None
        if got != want:
            wrong += 1
            print("%s %s: %s, truth %s" % (options, key, got, want))
    missing = sum(len(left) for left in expected.values())
    return len(out.splitlines()), wrong + missing


def main():
    tcplab, generator = sys.argv[1:3]
    total = wrong = 0
    runs = [["--seed", str(n)] for n in range(1, 21)] + list(VARIATIONS)
    with tempfile.TemporaryDirectory() as folder:
        for options in runs:
            count, differ = compare(tcplab, generator, folder, options)
            total += count
            wrong += differ
    print("truth: %d connections of %d captures, %d differ" % (
        total, len(runs), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
