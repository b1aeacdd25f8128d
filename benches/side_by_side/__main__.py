"""mapisweep beside pypsrp: the same work on the same simulated servers, peers in turn within one run.

usage: side_by_side [FLEET HELPER], two files with what the other benchmarks printed, for BENCHMARKS.md

Prints what it found as BENCHMARKS.md, and on standard error what goes on. `scripts/bench` runs it.

| file | what it knows |
| --- | --- |
| measure | one run and what it took; benches/stage is the server and the slow line |
| peer | what pypsrp does |
| microsoft | Microsoft's PowerShell as the server |
| document | the figures as BENCHMARKS.md, by the template beside it |
"""

import itertools
import json
import sys
from pathlib import Path

import document
import microsoft
from measure import Stage, best, start_ratio

WAYS = ("mapisweep", "pipelines", "batch")
ROUND_TRIPS = (0, 20, 80)
ROUNDS = 5
ROUNDS_OF_MANY = 2


def main():
    others = [Path(name).read_text(encoding="utf-8").rstrip() for name in sys.argv[1:]]
    fleet, helper = others or ["not run"] * 2
    stage = Stage()

    def compare(verb, rounds=ROUNDS, **settings):
        print(f"{verb} {settings}", file=sys.stderr)
        runs = [{way: stage.run(way, verb, **settings) for way in WAYS} for _ in range(rounds)]
        found = {way: best([one[way] for one in runs]) for way in WAYS}
        for way, run in found.items():
            print(f"  {way}: {run}", file=sys.stderr)
        return found

    stage.run("mapisweep", "logons-of")  # warm
    pairs = itertools.product(("close", "logons-of"), ROUND_TRIPS)
    found = {(verb, trip): compare(verb, round_trip=trip) for verb, trip in pairs}
    found["5,000"] = compare("logons", round_trip=80, rows=5_000, rounds=ROUNDS_OF_MANY)
    found["50,000"] = compare("logons", rows=50_000, rounds=ROUNDS_OF_MANY)
    stage.close()
    start = start_ratio(30)
    pwsh = microsoft.find()
    by_engine = microsoft.measured(pwsh) if pwsh else None
    print(json.dumps(by_engine), file=sys.stderr)
    print(document.written(found, start, by_engine, fleet, helper, ROUNDS, ROUNDS_OF_MANY))


if __name__ == "__main__":
    main()
