"""Microsoft's PowerShell 7.6 as the server: how fast it gives rows as lines and as objects, and how many requests
`logons` takes. What Exchange's cmdlets return is made up, by scripts in tests/engine/exchange.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import peer
from measure import PASSWORD, ROOT, mapisweep

sys.path.insert(0, str(ROOT / "tests/engine"))

from psrpcore import ClientPowerShell  # noqa: E402
from recording import Engine  # noqa: E402

STAND_INS = ROOT / "tests/engine/exchange"
ROWS = 2_000
FEW = 38
"""As on the lab's server."""
ROUNDS = 5
USER = "CORP\\ann"
ON_THIS_SERVER = ("Get-LogonStatistics", {"Server": "EX01"})
WAYS = {
    "lines": [(peer.SCRIPT, {"Requests": [peer.question("Get-LogonStatistics", peer.OF_A_LOGON, here=["Server"])]})],
    "selected": [ON_THIS_SERVER, ("Select-Object", {"Property": peer.OF_A_LOGON})],
    "whole": [ON_THIS_SERVER],
    "cmdlet alone": [ON_THIS_SERVER, ("Out-Null", {})],
}


def find():
    """The program, as tests/outside/src/pwsh.rs finds it, or None."""
    named = os.environ.get("MAPISWEEP_PWSH")
    unpack, folder = ROOT / "../shared/pwsh/unpack", ROOT / "target/pwsh"
    if not named and os.access(unpack, os.X_OK):
        subprocess.run([unpack, "linux", folder], check=True)
    place = Path(named) if named else folder
    program = place / "linux/pwsh" if place.is_dir() else place
    return program if program.is_file() else None


def measured(pwsh):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/types")
        globalization = {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
        build = [pwsh, "-NoLogo", "-NoProfile", "-File", STAND_INS / "build.ps1", f"{folder}/types"]
        subprocess.run(build, check=True, env={**os.environ, **globalization})
        state = Path(folder) / "state.json"
        environment = {
            **globalization,
            "COMPUTERNAME": "EX01",
            "PSModulePath": str(STAND_INS / "modules"),
            "MAPISWEEP_STUB_STATE": str(state),
            "MAPISWEEP_STUB_TYPES": f"{folder}/types",
        }
        settings = {"command": [str(pwsh), "-s", "-NoLogo", "-NoProfile"], "environment": environment}
        state.write_text(json.dumps(exchange(ROWS)), encoding="utf-8")
        found = {"seconds": seconds(settings), "version": version(pwsh, globalization)}
        state.write_text(json.dumps(exchange(FEW)), encoding="utf-8")
        return {**found, "requests": requests(settings)}


def version(pwsh, environment):
    said = subprocess.run([pwsh, "--version"], check=True, env={**os.environ, **environment}, capture_output=True)
    return re.search(r"[\d.]+", said.stdout.decode())[0]


def exchange(rows):
    """As tests/engine/exchange.rs has it."""
    logon = {
        "account": "jsmith",
        "name": "John Smith",
        "dn": "/o=Example/ou=Administrative Group/cn=Recipients/cn=jsmith",
        "client": "LAPTOP",
        "mode": "Cached",
        "began": 90_000,
        "used": 86_400,
    }
    logons = [{**logon, "address": f"10.1.{row >> 8}.{row & 255}", "session": f"{row // 2:08x}"} for row in range(rows)]
    roles = "Mailbox, ClientAccess, HubTransport"
    return {
        "exchange": "2010",
        "snapIns": ["Microsoft.Exchange.Management.PowerShell.E2010"],
        "servers": [{"name": "EX01", "fqdn": "ex01.corp.example", "version": [14, 3, 123, 4], "roles": roles}],
        "dags": [],
        "mailboxes": [{key: logon[key] for key in ("account", "name", "dn")}],
        "logons": logons,
        "peculiar": {},
    }


class Watched(Engine):
    def seconds(self, pipeline):
        """The processor's, from its command until the engine has said that it has ended; what came is not read. Time on
        the clock is that of whatever else runs here, too."""
        pipeline.start()
        command = self.client.data_to_send().data
        before = self._worked()
        self._pool.run(pipeline.pipeline_id, command)
        self._until(lambda: self._pool.has_ended(pipeline.pipeline_id))
        took = self._worked() - before
        self._pool.end(pipeline.pipeline_id)
        return took

    def _worked(self):
        status = Path(f"/proc/{self._pool._process.pid}/stat").read_text(encoding="utf-8")
        user, system = status.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def seconds(settings):
    """The least of each way, each time in a fresh engine, as every shell has one: most of it is compiling."""
    rounds = [{way: once(settings, commands) for way, commands in WAYS.items()} for _ in range(ROUNDS)]
    return {way: min(one[way] for one in rounds) for way in WAYS}


def once(settings, commands):
    engine = Watched(**settings)
    engine.seconds(pipeline(engine, [("Add-PSSnapin", {"Name": peer.SNAP_IN})]))
    took = engine.seconds(pipeline(engine, commands))
    engine.close()
    return took


def pipeline(engine, commands):
    asked = ClientPowerShell(engine.client, redirect_shell_error_to_out=False)
    for text, parameters in commands:
        if text == peer.SCRIPT:
            asked.add_script(text, use_local_scope=True)
        else:
            asked.add_command(text)
        asked.add_parameters(**parameters)
    return asked


def requests(settings):
    """How many HTTP requests `logons` takes."""
    server = subprocess.Popen(
        [sys.executable, ROOT / "tests/witnesses/server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def say(line):
        server.stdin.write(line + "\n")
        server.stdin.flush()
        return json.loads(server.stdout.readline())

    port = say(json.dumps({"user": USER, "password": PASSWORD, "engine": settings}))["port"]
    command, environment = mapisweep(port, {"user": USER, "password": PASSWORD}, ["logons", "jsmith"])
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    report = say("")
    server.stdin.close()
    server.wait()
    assert ran.returncode == 0 and not report["complaints"], (ran, report)
    return report["counts"]["requests"]
