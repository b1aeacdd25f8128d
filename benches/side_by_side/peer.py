"""pypsrp does what mapisweep does, as one process a run.

usage: peer.py WAY VERB PORT, with the user and the password in USER and PASSWORD

WAY is `pipelines`: a pipeline a question, as whoever has pypsrp would write it; or `batch`: mapisweep's own script with
its own questions. VERB is `logons` (of everybody), `logons-of` (of jsmith) or `close` (of jsmith's stale ones).

The lab knows no other script than mapisweep's, so both ways run the helper by that one.
"""

import hashlib
import json
import os
import sys
from collections import Counter
from pathlib import Path

from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = (ROOT / "crates/core/src/batch/batch.ps1").read_text(encoding="utf-8")
HELPER = (ROOT / "helper/dist/mapisweep-helper.exe").read_bytes()

USER = "jsmith"
STALE = ("10.1.4.23", "10.1.9.80")
SNAP_IN = "Microsoft.Exchange.Management.PowerShell.E2010"
PARAMETERS_SYSTEM = r"HKLM:\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem"
OF_THE_HELPER = ["Path", "Step", "Failure", "FailureCode", "StaleRemoved", "ExitCode", "Output", "Removed"]
OF_A_LOGON = [
    "Windows2000Account",
    "UserName",
    "FullUserDirectoryName",
    "ClientIPAddress",
    "ClientName",
    "ClientMode",
    "LogonTime",
    "LastAccessTime",
    "SessionId",
    "ApplicationId",
    "DatabaseName",
]
"""Account and address are the first and the fourth."""


def main():
    way, verb, port = sys.argv[1:]
    connection = WSMan(
        server="127.0.0.1",
        port=int(port),
        username=os.environ["USER"],
        password=os.environ["PASSWORD"],
        auth="ntlm",
        ssl=False,
        reconnection_retries=0,
    )
    with RunspacePool(connection) as pool:
        {"pipelines": by_pipelines, "batch": by_batch}[way](pool, verb)


def by_pipelines(pool, verb):
    def ask(cmdlet, **parameters):
        powershell = PowerShell(pool)
        powershell.add_cmdlet(cmdlet).add_parameters(parameters)
        return finished(powershell, powershell.invoke())

    ask("Get-PSSnapin", Registered=True)
    ask("Add-PSSnapin", Name=SNAP_IN)
    [computer] = ask("Get-Item", Path="Env:COMPUTERNAME")
    computer = computer.adapted_properties["Value"]
    ask("Get-ExchangeServer", Identity=computer)
    ask("Get-ItemProperty", Path=PARAMETERS_SYSTEM)
    ask("Get-Date")
    if verb != "logons":
        ask("Get-Mailbox", Identity=USER)

    def logons():
        rows = (row.adapted_properties for row in ask("Get-LogonStatistics", Server=computer))
        return Counter((row["Windows2000Account"], row["ClientIPAddress"]) for row in rows)

    before = logons()
    if verb == "close":
        listed = run_batch(pool, [helper("list")])
        run_batch(pool, [helper_that_closes(listed)])
        check(before, logons())


def by_batch(pool, verb):
    """Two batches, as mapisweep sends them (src/servers/look.rs, act.rs)."""
    asked = [
        question("Get-PSSnapin", ["Name"], Registered=True),
        question("Add-PSSnapin", [], Name=SNAP_IN),
        question("Get-ExchangeServer", ["Name", "Fqdn", "AdminDisplayVersion", "ServerRole"], here=["Identity"]),
    ]
    needs = [2]
    if verb != "logons":
        needs = [len(asked)]
        asked.append(question("Get-Mailbox", ["SamAccountName", "LegacyExchangeDN", "Database"], [2], Identity=USER))
    limits = ["Disable Session Limit", "Maximum Allowed Sessions Per User"]
    asked.append(question("Get-ItemProperty", limits, needs, Path=PARAMETERS_SYSTEM))
    asked.append(question("Get-Date", ["."], needs))
    logons_at = len(asked)
    asked.append(question("Get-LogonStatistics", OF_A_LOGON, needs, here=["Server"]))
    if verb == "close":
        asked.append(helper("list", needs=[logons_at]))
    looked = run_batch(pool, asked)
    before = counted(looked, logons_at)
    if verb == "close":
        again = question("Get-LogonStatistics", OF_A_LOGON, [0], here=["Server"])
        acted = run_batch(pool, [helper_that_closes(looked), again])
        check(before, counted(acted, 1))


def run_batch(pool, requests):
    powershell = PowerShell(pool)
    powershell.add_script(SCRIPT).add_parameter("Requests", requests)
    output = finished(powershell, powershell.invoke())
    return [line for lines in output for line in lines]


def question(cmdlet, columns, needs=(), here=(), **parameters):
    return {
        "Cmdlet": cmdlet,
        "Parameters": parameters,
        "Here": list(here),
        "Columns": columns,
        "Needs": list(needs),
        "Unless": [],
    }


def helper(*arguments, text="", needs=()):
    return question(
        "Invoke-MapisweepHelper",
        OF_THE_HELPER,
        needs,
        Bytes=HELPER,
        Sha256=hashlib.sha256(HELPER).hexdigest(),
        Arguments=list(arguments),
        InputText=text,
        TimeoutSeconds=60,
        WaitSeconds=15,
    )


def helper_that_closes(lines):
    """Those connections of a list that come from where the stale ones do."""
    [row] = [line for line in lines if "mapisweep-helper.exe|" in line]
    output = row.split("|")[2:][OF_THE_HELPER.index("Output")]
    heard = [json.loads(item[1:]) for item in output[1:].split("~,") if item.startswith("={")]
    stale = [line for line in heard if line.get("remote", "").rpartition(":")[0] in STALE]
    targets = [f"{one['family']} {one['local']} {one['remote']} {one['pid']} {one['image']}" for one in stale]
    text = "".join(f"{line}\r\n" for line in [*targets, f"end {len(targets)}"])
    return helper("close", "--max", str(len(targets)), text=text)


def counted(lines, number):
    rows = (line.split("|") for line in lines if line.startswith(f"{number}|r|"))
    return Counter((fields[2][1:], fields[5][1:]) for fields in rows)


def check(before, after):
    of_user = rf"CORP\{USER}"
    assert all(before[of_user, address] > 0 for address in STALE), before
    assert all(after[of_user, address] == 0 for address in STALE), after


def finished(powershell, output):
    errors = [str(error) for error in powershell.streams.error]
    assert not powershell.had_errors, errors
    return output


if __name__ == "__main__":
    main()
