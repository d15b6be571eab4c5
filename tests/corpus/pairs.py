#!/usr/bin/env python3
"""Lay the scenarios together that were captured at both ends.

usage: pairs.py TCPLAB FOLDER

Files named ...NAME-at-client-HASH.pcap and ...NAME-at-server-HASH.pcap are a
pair. What `show --pair` tells of it must be what pairs.tsv says, which was made
by hand; the median of the delays lies between 40 and 45 ms; and the clocks are
one machine's, so the offset is 0 within its uncertainty. The name of a pair
counts too: what it says was lost is lost.

Every capture is also laid together with itself: then nothing may be lost, come
unseen or take time.
"""
import json
import os
import re
import subprocess
import sys

# Records in these are stamped seconds to years later than their neighbours.
STAMPED_WRONG = ("arkime-y2038-bgp-", "pfring-kday4-", "tcpdump-kday",
                 "tcpflow-bug8-")
NAME = re.compile(r"^own-(.*)-at-(client|server)-[0-9a-f]{6}\.pcap$")
LOSSES = {"lost-once": 1, "two-losses": 2}
FIELDS = ("sent", "arrived", "lost", "left_out_of_order", "not_seen_leaving")


def table():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "pairs.tsv"), encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines
                if line.strip() and not line.startswith("#")]
    return {row[0]: row[1:] for row in rows}


def pairs(folder):
    found = {}
    for file in os.listdir(folder):
        match = NAME.match(file)
        if match:
            found.setdefault(match[1], {})[match[2]] = os.path.join(folder,
                                                                    file)
    return {name: (both["client"], both["server"])
            for name, both in sorted(found.items()) if len(both) == 2}


def told(tcplab, paths):
    """What is told of the pair; None: nothing in common."""
    run = subprocess.run([tcplab, "show", "--pair", "--summary", "--as",
                          "json", *paths], capture_output=True, timeout=20,
                         check=False)
    if run.returncode == 1 and b"all was lost on the way" in run.stderr:
        return None
    if run.returncode != 0:
        sys.exit("%s: %d: %s" % (paths[0], run.returncode, run.stderr))
    return json.loads(run.stdout.splitlines()[-1])


def problems(name, expected, pair):
    if pair is None or not expected:
        if pair is not None or expected:
            yield "in common: %s, expected: %s" % (pair, expected)
        return
    ways = [pair["client_to_server"], pair["server_to_client"]]
    got = [str(pair["connections"])] + ["/".join(str(way[field]) for way in ways)
                                        for field in FIELDS]
    if got != expected:
        yield "%s, expected %s" % (got, expected)
    lost = sum(way["lost"] + way["left_out_of_order"] for way in ways)
    for words, count in LOSSES.items():
        if words in name and lost != count:
            yield "%d lost, and its name says %d" % (lost, count)
    for way in ways:
        if way["doubled"] or way["reordered"] or way["backward"]:
            yield "doubled, reordered or backward: %s" % way
        if not 40e6 <= way["delay_ns"]["median"] <= 45e6:
            yield "a delay of %d ns" % way["delay_ns"]["median"]
    clock = pair["clock"]
    if abs(clock["offset_ns"]) > 3 * clock["uncertainty_ns"]:
        yield "an offset of %(offset_ns)d +-%(uncertainty_ns)d ns" % clock


def problems_alone(tcplab, path):
    """What is told of a capture and itself that cannot be."""
    run = subprocess.run([tcplab, "show", "--pair", "--summary", "--as",
                          "json", path, path], capture_output=True, timeout=20,
                         check=False)
    if run.returncode not in (0, 1):
        yield "exit status %d: %s" % (run.returncode, run.stderr[-200:])
    for line in run.stdout.splitlines()[-1:]:
        pair = json.loads(line)
        for way in (pair["client_to_server"], pair["server_to_client"]):
            delays = way["delay_ns"] or {"min": 0, "max": 0}
            if (way["lost"] or way["not_seen_leaving"] or way["backward"] or
                    delays["min"] or delays["max"]):
                yield "together with itself: %s" % way


def main():
    tcplab, folder = sys.argv[1:3]
    expected = table()
    found = pairs(folder)
    wrong = 0
    for name, paths in found.items():
        if name not in expected:
            print("%s: not in pairs.tsv" % name)
            wrong += 1
            continue
        for problem in problems(name, expected[name], told(tcplab, paths)):
            print("%s: %s" % (name, problem))
            wrong += 1
        swapped = told(tcplab, paths[::-1])
        # Of a simultaneous open both ends are clients: neither is first.
        if swapped and name != "simultaneous-open" and not swapped["swapped"]:
            print("%s: the other way around, and that is not noticed" % name)
            wrong += 1
    alone = [file for file in sorted(os.listdir(folder))
             if file.endswith((".pcap", ".pcapng", ".gz")) and
             not file.startswith(STAMPED_WRONG)]
    for file in alone:
        for problem in problems_alone(tcplab, os.path.join(folder, file)):
            print("%s: %s" % (file, problem))
            wrong += 1
    print("%d pairs, %d captures together with themselves, %d differences"
          % (len(found), len(alone), wrong))
    sys.exit(wrong > 0 or not found)


if __name__ == "__main__":
    main()
