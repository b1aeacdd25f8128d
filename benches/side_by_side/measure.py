"""One run of a program against one simulated server behind a slow line, and what it took."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Unwort-7!"
PEER = Path(__file__).with_name("peer.py")


@dataclass
class Run:
    whole: float
    """Seconds of the process."""
    on_the_line: float
    """Seconds from its first connection to the last byte it got: without the start of Python, for one."""
    peak: int
    """Bytes of memory."""
    requests: int
    sent: int
    received: int


class Stage:
    """benches/stage, which starts one server after the other."""

    def __init__(self):
        program = ROOT / "target/release/examples/bench-stage"
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def run(self, who, verb, round_trip=0, rows=0):
        """`who` is mapisweep, or a way of peer.py's."""
        reached = self._say(json.dumps({"delay": round_trip // 2, "rows": rows}))
        lines = {"logons": ["logons"], "logons-of": ["logons", "jsmith"], "close": ["close", "jsmith", "--yes"]}
        if who == "mapisweep":
            command, environment = mapisweep(reached["port"], reached, lines[verb])
        else:
            command = [sys.executable, PEER, who, verb, str(reached["port"])]
            environment = {"USER": reached["user"], "PASSWORD": reached["password"]}
        whole, peak = timed(command, environment)
        saw = self._say("")
        assert saw["closed"] == (31 if verb == "close" else 0) and not saw["left"], saw
        return Run(whole, saw["on_the_line"], peak, saw["requests"], saw["sent"], saw["received"])

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def mapisweep(port, account, line):
    """The command line and its environment."""
    program = ROOT / "target/release/mapisweep"
    command = [program, *line, "--server", "ex01", "--auth", "ntlm", "--connect-to", f"ex01=127.0.0.1:{port}"]
    home = ROOT / "target/bench-home"
    environment = {"HOME": str(home), "MAPISWEEP_USER": account["user"], "MAPISWEEP_PASSWORD": account["password"]}
    return command, environment


def timed(command, environment):
    """Seconds, and bytes of memory, as GNU's time has them: a child of Python's would count Python's own."""
    with tempfile.NamedTemporaryFile("r") as report:
        command = ["/usr/bin/time", "--format=%M", f"--output={report.name}", *command]
        began = time.perf_counter()
        ran = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        whole = time.perf_counter() - began
        assert ran.returncode == 0, ran.stderr
        return whole, int(report.read().split()[-1]) * 1024


def best(runs):
    """The fastest; in memory the most that any took."""
    fastest = min(runs, key=lambda run: run.whole)
    return Run(
        fastest.whole,
        min(run.on_the_line for run in runs),
        max(run.peak for run in runs),
        fastest.requests,
        fastest.sent,
        fastest.received,
    )


def start_ratio(rounds):
    """`mapisweep --version` to `python -c pass`, the fastest of each."""
    version, nothing = [ROOT / "target/release/mapisweep", "--version"], [sys.executable, "-c", "pass"]

    def once(command):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={"PATH": os.defpath})
        return time.perf_counter() - began

    pairs = [(once(version), once(nothing)) for _ in range(rounds)]
    ours, theirs = zip(*pairs)
    return min(ours), min(theirs)
