"""The figures as BENCHMARKS.md: template.md with its gaps filled."""

import platform
import subprocess
from datetime import date
from importlib.metadata import version
from pathlib import Path
from string import Template

from measure import ROOT

NAMES = {"mapisweep": "mapisweep", "pipelines": "pypsrp", "batch": "pypsrp, batch"}
MB = 1_000_000


def written(found, start, by_engine, fleet, helper, rounds, rounds_of_many):
    template = Template(Path(__file__).with_name("template.md").read_text(encoding="utf-8"))
    close, logons = ([(trip, found[verb, trip]) for trip in (0, 20, 80)] for verb in ("close", "logons-of"))
    return template.substitute(
        date=date.today().isoformat(),
        pypsrp=version("pypsrp"),
        headline=headline(found, start, by_engine),
        on_the_line=on_the_line(found),
        machine=machine(by_engine),
        rounds=rounds,
        rounds_of_many=rounds_of_many,
        close=side_by_side(close),
        logons=side_by_side(logons),
        many=many(found),
        by_requests=by_requests(found),
        start=f"{start[0] / start[1]:.2f}",
        engine=of_the_engine(by_engine),
        fleet=fleet,
        helper=helper,
    )


def headline(found, start, by_engine):
    close, logons = found["close", 80]["mapisweep"], found["logons-of", 80]["mapisweep"]
    rows = [
        ("`close --yes` at 80 ms: time, to pypsrp's", 0.45, ratio(found["close", 80]), "{:.2f}"),
        ("the same at 20 ms", 0.5, ratio(found["close", 20]), "{:.2f}"),
        ("`logons` at 80 ms: time, to pypsrp's", 0.45, ratio(found["logons-of", 80]), "{:.2f}"),
        ("the same at 20 ms", 0.5, ratio(found["logons-of", 20]), "{:.2f}"),
        ("`close --yes` at 80 ms: time, to its requests by the round trip", 1.15, by_round_trips(close), "{:.2f}"),
        ("`logons` at 80 ms: the same", 1.15, by_round_trips(logons), "{:.2f}"),
        ("`close --yes`: HTTP requests", 12, close.requests, "{}"),
        ("`logons`: HTTP requests", 8, logons.requests, "{}"),
        ("5,000 rows at 80 ms: seconds", 2, found["5,000"]["mapisweep"].whole, "{:.2f}"),
        ("50,000 rows: peak memory, MB", 80, found["50,000"]["mapisweep"].peak / MB, "{:.0f}"),
        ("50,000 rows: time, to pypsrp's", None, ratio(found["50,000"]), "{:.3f}"),
        ("start, to `python -c pass`", None, start[0] / start[1], "{:.2f}"),
    ]
    if by_engine:
        seconds = by_engine["seconds"]
        lines = seconds["lines"] / seconds["selected"]
        rows.append(("Microsoft's engine: 2,000 rows as lines, to an object a row", 0.25, lines, "{:.2f}"))
        rows.append(("Microsoft's engine: HTTP requests of `logons`", 8, by_engine["requests"], "{}"))
    else:
        rows.append(("Microsoft's engine: not found, not measured", None, None, "-"))
    return table(["", "wanted, at most", "found", ""], [judged(*row) for row in rows])


def judged(what, most, value, form):
    if most is None:
        return [what, "", form.format(value), ""]
    return [what, str(most), form.format(value), "met" if value <= most else "**missed**"]


def ratio(found):
    return found["mapisweep"].whole / found["pipelines"].whole


def by_round_trips(run, round_trip=0.080):
    return run.whole / (run.requests * round_trip)


def on_the_line(found):
    close = found["close", 80]
    on_it = close["mapisweep"].on_the_line / close["pipelines"].on_the_line
    return f"{on_it:.2f}"


def side_by_side(pairs):
    head = ["", *(f"time at {trip} ms" for trip, _ in pairs), "requests", "bytes sent", "received", "peak memory"]
    rows = []
    for way, name in NAMES.items():
        times = [f"{found[way].whole / found['pipelines'].whole:.2f}" for _, found in pairs]
        rows.append([name, *times, *carried(pairs[-1][1][way])])
    return table(head, rows)


def many(found):
    rows = []
    for what, trip in (("5,000", "80 ms"), ("50,000", "0 ms")):
        for way, name in NAMES.items():
            run = found[what][way]
            time = run.whole / found[what]["pipelines"].whole
            rows.append([f"{what} rows, {trip}", name, f"{time:.3f}", *carried(run)])
    return table(["", "", "time", "requests", "bytes sent", "received", "peak memory"], rows)


def carried(run):
    return [str(run.requests), f"{run.sent:,}", f"{run.received:,}", f"{run.peak / MB:.0f} MB"]


def by_requests(found):
    rows = []
    for verb, name in (("close", "`close --yes`"), ("logons-of", "`logons`")):
        for trip in (20, 80):
            run = found[verb, trip]["mapisweep"]
            rows.append([name, f"{trip} ms", str(run.requests), f"{by_round_trips(run, trip / 1000):.2f}"])
    return table(["", "round trip", "requests", "time, to requests by round trip"], rows)


def of_the_engine(by_engine):
    if not by_engine:
        return "Not measured: Microsoft's PowerShell was not found."
    seconds = by_engine["seconds"]
    names = {
        "lines": "mapisweep's script: lines of 11 columns",
        "selected": "an object a row, of the same columns (`Select-Object`)",
        "whole": "an object a row, as it is",
        "cmdlet alone": "what the stand-in for the cmdlet takes of each (`Out-Null`)",
    }
    rows = [[name, f"{seconds[way] / seconds['selected']:.2f}"] for way, name in names.items()]
    requests = f"`logons jsmith` there takes {by_engine['requests']} HTTP requests."
    return table(["", "time"], rows) + "\n\n" + requests


def machine(by_engine):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    said = {
        "processor": f"{len(models)} x {models[0]}",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}",
        "Rust": subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1],
        "Python": platform.python_version(),
        "pypsrp": f"{version('pypsrp')} (pyspnego {version('pyspnego')}, requests {version('requests')})",
        "PowerShell": by_engine["version"] if by_engine else "none",
        "mapisweep": revision(),
    }
    return table(["", ""], [[name, value] for name, value in said.items()])


def revision():
    command = ["git", "describe", "--always", "--dirty"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return f"{said.stdout.strip()}, profile release"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
