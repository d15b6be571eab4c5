#!/usr/bin/env python3
"""Show every prefix of ten captures: no crash, no report, in a second each.

usage: prefixes.py TCPLAB FOLDER [STEP]

With STEP, only every STEP-th prefix. The exit status must be 0 or 1, and 1
must give its reason.
"""
import os
import subprocess
import sys
import time

CHOSEN = ("own-wrap-ethernet", "own-wrap-gzip", "own-wrap-pcapng-be",
          "own-wrap-sll2-ipv6", "own-wrap-ipv6-hop-dest", "own-wrap-three",
          "own-wrap-ip-fragments-last", "own-four-tuple-reused-at-client",
          "own-fast-open", "own-hostile-option-length-1")


def problem(tcplab, prefix):
    begin = time.monotonic()
    run = subprocess.run([tcplab, "show", "--header", "-"], input=prefix,
                         capture_output=True, timeout=20, check=False)
    if run.returncode not in (0, 1):
        return "exit status %d %s" % (run.returncode, run.stderr[-300:])
    if b"Sanitizer" in run.stderr or b"runtime error" in run.stderr:
        return run.stderr[-300:]
    if run.returncode == 1 and not run.stderr.startswith(b"tcplab: "):
        return "no reason given"
    took = time.monotonic() - begin
    return "%.1f s" % took if took > 1 else None


def main():
    tcplab, folder = sys.argv[1:3]
    step = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    count = wrong = 0
    for name in sorted(os.listdir(folder)):
        if not name.startswith(CHOSEN) or name.endswith(".json"):
            continue
        with open(os.path.join(folder, name), "rb") as f:
            octets = f.read()
        for n in range(0, len(octets) + 1, step):
            why = problem(tcplab, octets[:n])
            count += 1
            if why:
                wrong += 1
                print("%s, %d octets: %s" % (name, n, why))
    print("prefixes: %d shown, %d wrong" % (count, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
