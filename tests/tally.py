#!/usr/bin/env python3
"""Collects the results of all parts of ./dev test and adds them up.

  tally.py FOLDER run PART NAME -- COMMAND...    one case: exit 0 passed, 77 skipped, else failed
  tally.py FOLDER tap PART -- COMMAND...         a case per TAP line the command prints
  tally.py FOLDER meson PART TESTLOG.json        a case per test meson ran
  tally.py FOLDER note PART PASS|FAIL|SKIP NAME [WHY]
  tally.py FOLDER sum                            where the time went, what failed, then the closing
                                                 line; exit 1 on failure
"""
import json
import os
import re
import subprocess
import sys
import time

TAP_LINE = re.compile(r"^(not ok|ok)\b\s*\d*\s*-?\s*(.*?)(?:\s+#\s*(SKIP|TODO)\b\s*(.*))?$", re.I)
TOOK = re.compile(r"\(([0-9.]+) s\)")  # cases that run side by side say it themselves
SLOWEST = 10
MESON_VERDICT = {"OK": "PASS", "EXPECTEDFAIL": "PASS", "SKIP": "SKIP"}


def note(folder, part, verdict, name, why="", seconds=0.0):
    os.makedirs(folder, exist_ok=True)
    fields = [verdict, part, name, " ".join(why.split()), "%.1f" % seconds]
    with open(os.path.join(folder, "cases"), "a", encoding="utf-8") as out:
        out.write("\t".join(field.replace("\t", " ") for field in fields) + "\n")


def by_status(status):
    return "PASS" if status == 0 else "SKIP" if status == 77 else "FAIL"


def tap(folder, part, command):
    """Run, show the output as it comes, count its TAP lines. A command that dies without having
    said 'not ok' counts as a failure of its own; one without TAP lines is a single case."""
    seen = failed = 0
    before = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                             errors="replace")
    for line in child.stdout:
        print(line, end="", flush=True)
        match = TAP_LINE.match(line.rstrip("\n"))
        if not match:
            continue
        seen += 1
        verdict = "SKIP" if match[3] else "PASS" if match[1].lower() == "ok" else "FAIL"
        failed += verdict == "FAIL"
        took, now = TOOK.search(match[2]), time.monotonic()
        note(folder, part, verdict, TOOK.sub("", match[2]).strip() or "case %d" % seen,
             match[4] or "", float(took[1]) if took else now - before)
        before = now
    status = child.wait()
    if seen == 0:
        note(folder, part, by_status(status), os.path.basename(command[-1]), "exit %d" % status)
    elif status not in (0, 77) and failed == 0:
        note(folder, part, "FAIL", "the run as a whole", "exit %d" % status)


def meson(folder, part, path):
    try:
        with open(path, encoding="utf-8") as log:
            rows = [json.loads(line) for line in log if line.strip()]
    except OSError as error:
        note(folder, part, "FAIL", "meson test", "no log: %s" % error)
        return
    for row in rows:
        result = row.get("result", "?")
        note(folder, part, MESON_VERDICT.get(result, "FAIL"), row.get("name", "?"),
             "" if result == "OK" else result, row.get("duration", 0.0))


def tell_slowest(rows):
    """Where the minutes of a run go: the cases that took longest."""
    slow = sorted(rows, key=lambda row: -float(row[4]))[:SLOWEST]
    if slow and float(slow[0][4]) >= 1:
        print("the slowest cases:")
    for _, part, name, _, seconds in slow:
        if float(seconds) >= 1:
            print("%7.1f s  %s: %s" % (float(seconds), part, name))


def total(folder):
    counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    try:
        with open(os.path.join(folder, "cases"), encoding="utf-8") as cases:
            rows = [line.rstrip("\n").split("\t") for line in cases]
    except OSError:
        rows = []
    tell_slowest(rows)
    for verdict, part, name, why, _ in rows:
        counts[verdict] += 1
        if verdict != "PASS":
            word = "FAILED " if verdict == "FAIL" else "skipped"
            print("%s %s: %s%s" % (word, part, name, " (%s)" % why if why else ""))
    if not rows:
        print("FAILED: nothing was run")
    print("%d passed, %d failed, %d skipped" % (counts["PASS"], counts["FAIL"], counts["SKIP"]))
    return 0 if rows and counts["FAIL"] == 0 else 1


def main(arguments):
    folder, verb, rest = arguments[0], arguments[1], arguments[2:]
    if verb == "run":
        begin = time.monotonic()
        status = subprocess.run(rest[rest.index("--") + 1:], stdin=subprocess.DEVNULL).returncode
        note(folder, rest[0], by_status(status), rest[1], "" if status == 0 else "exit %d" % status,
             time.monotonic() - begin)
    elif verb == "tap":
        tap(folder, rest[0], rest[rest.index("--") + 1:])
    elif verb == "meson":
        meson(folder, rest[0], rest[1])
    elif verb == "note":
        note(folder, rest[0], rest[1], rest[2], " ".join(rest[3:]))
    elif verb == "sum":
        return total(folder)
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
