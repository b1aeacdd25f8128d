"""PyPI's pypsrp as a client of the lab.

usage: pypsrp_client.py SETTINGS, where SETTINGS is a JSON object with port, user, password, auth ("ntlm" or "basic"),
ca (a file, for HTTPS; null for HTTP) and exchange ("2007" or "2013").

Every function `check_...` is one thing that must hold; a line is printed for each, and the exit code is 1 when one
does not.
"""

import json
import pathlib
import re
import sys
import threading
import time
import traceback

from pypsrp.complex_objects import ObjectMeta, PSInvocationState, RunspacePoolState
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import WinRS
from pypsrp.wsman import WSMan

SETTINGS = json.loads(sys.argv[1])
SCRIPT = pathlib.Path(__file__).parents[2] / "crates/core/src/batch/batch.ps1"
SNAP_INS = {
    "2007": "Microsoft.Exchange.Management.PowerShell.Admin",
    "2013": "Microsoft.Exchange.Management.PowerShell.SnapIn",
}


def connection(**changes):
    ca = SETTINGS["ca"]
    options = dict(
        server="127.0.0.1",
        port=SETTINGS["port"],
        username=SETTINGS["user"],
        password=SETTINGS["password"],
        auth=SETTINGS["auth"],
        ssl=ca is not None,
        cert_validation=ca or True,
        reconnection_retries=0,
    )
    options.update(changes)
    return WSMan(**options)


def run(pool, cmdlet, input=None, **parameters):
    powershell = PowerShell(pool)
    powershell.add_cmdlet(cmdlet).add_parameters(parameters)
    output = powershell.invoke(input=input)
    return powershell, output


def question(cmdlet, columns, needs=(), unless=(), here=(), **parameters):
    return {
        "Cmdlet": cmdlet,
        "Parameters": parameters,
        "Here": list(here),
        "Columns": list(columns),
        "Needs": list(needs),
        "Unless": list(unless),
    }


def ask(pool, *questions):
    """The objects in which mapisweep's script answers."""
    powershell = PowerShell(pool).add_script(SCRIPT.read_text(encoding="utf-8"))
    output = powershell.add_parameter("Requests", list(questions)).invoke()
    assert powershell.state == PSInvocationState.COMPLETED, powershell.streams.error
    assert not powershell.had_errors
    return output


def with_pool(check):
    def checked():
        with RunspacePool(connection()) as pool:
            check(pool)

    checked.__name__ = check.__name__
    return checked


@with_pool
def check_the_protocol_version_is_that_of_its_windows(pool):
    assert pool.state == RunspacePoolState.OPENED
    expected = {"2007": "2.1", "2013": "2.3"}[SETTINGS["exchange"]]
    assert pool.protocol_version == expected, pool.protocol_version


@with_pool
def check_typed_parameters_come_back_typed(pool):
    for value in ["plain", "Grüße_x000A_\r\n\t<&>", "", 7, 2**31 - 1, True, None, 1.5, b"\x00\xff", [1, "two", None]]:
        powershell, output = run(pool, "Write-Output", InputObject=value)
        expected = value if isinstance(value, list) else [value]
        assert powershell.state == PSInvocationState.COMPLETED
        # PowerShell has no -InputObject $null; the lab waits for pipeline input then, and there is none
        assert output == ([] if value is None else expected), (value, output)


@with_pool
def check_pipeline_input_is_read_to_its_end(pool):
    _, output = run(pool, "Write-Output", input=[1, "two", {"three": 3}, "x" * 400_000])
    assert output == [1, "two", {"three": 3}, "x" * 400_000]


@with_pool
def check_output_larger_than_the_envelope_arrives_whole(pool):
    _, output = run(pool, "Get-LabObject", Count=3, Size=1_000_000)
    assert [len(row.adapted_properties["Text"]) for row in output] == [1_000_000] * 3
    _, output = run(pool, "Get-LabObject", Count=2_000, Size=300)
    assert [row.adapted_properties["Number"] for row in output] == list(range(2_000))


@with_pool
def check_a_parameter_larger_than_the_envelope_arrives_whole(pool):
    sent = bytes(range(256)) * 2_000
    _, output = run(pool, "Write-Output", InputObject=sent)
    assert output == [sent]


@with_pool
def check_an_unknown_command_fails_as_on_windows(pool):
    powershell, output = run(pool, "Get-LogonStatistics")
    assert powershell.state == PSInvocationState.FAILED
    assert output == []
    error = powershell.streams.error[-1]
    assert error.reason == "CommandNotFoundException", error.reason
    assert error.target_name == "Get-LogonStatistics"


@with_pool
def check_the_snap_in_brings_the_cmdlets(pool):
    run(pool, "Add-PSSnapin", Name=SNAP_INS[SETTINGS["exchange"]])
    powershell, output = run(pool, "Get-Mailbox", Identity="jsmith")
    assert powershell.state == PSInvocationState.COMPLETED
    assert output[0].adapted_properties["SamAccountName"] == "jsmith"
    powershell, output = run(pool, "Get-Mailbox", Identity="nobody")
    assert powershell.state == PSInvocationState.COMPLETED
    assert powershell.streams.error[0].reason == "ManagementObjectNotFoundException"
    _, rows = run(pool, "Get-LogonStatistics", Server="ex01")
    if SETTINGS["exchange"] == "2013":
        assert rows == []
        return
    accounts = {row.adapted_properties["Windows2000Account"] for row in rows}
    assert "CORP\\jsmith" in accounts, accounts
    assert len(rows[0].adapted_properties) == 33, sorted(rows[0].adapted_properties)


@with_pool
def check_errors_and_warnings_are_told_apart(pool):
    powershell, _ = run(pool, "Write-Error", Message="not fatal")
    assert powershell.state == PSInvocationState.COMPLETED
    assert str(powershell.streams.error[0]) == "not fatal"
    powershell, _ = run(pool, "Write-Error", Message="fatal", ErrorAction="Stop")
    assert powershell.state == PSInvocationState.FAILED
    powershell, _ = run(pool, "Write-Warning", Message="mind the gap")
    assert [str(warning) for warning in powershell.streams.warning] == ["mind the gap"]
    powershell, _ = run(pool, "Write-Verbose", Message="by the way")
    assert [str(verbose) for verbose in powershell.streams.verbose] == ["by the way"]


@with_pool
def check_a_script_is_declined(pool):
    powershell = PowerShell(pool).add_script("1 + 1")
    assert powershell.invoke() == []
    assert powershell.state == PSInvocationState.FAILED
    assert "does not interpret PowerShell" in str(powershell.streams.error[-1])


@with_pool
def check_the_script_answers_in_lines(pool):
    [lines] = ask(
        pool,
        question("Get-Item", ["Name", "value", "Absent"], Path="Env:COMPUTERNAME"),
        question("Get-Mailbox", ["Name"], Identity="jsmith"),
        question("Add-PSSnapin", [], unless=[1], Name=SNAP_INS[SETTINGS["exchange"]]),
        question("Get-ExchangeServer", ["Name", "Edition", "WhenChanged"], needs=[2], here=["Identity"]),
        question("Get-Mailbox", ["SamAccountName", "EmailAddresses"], Identity="jsmith"),
        question("Get-Mailbox", ["Name"], Identity="nobody"),
        question("Get-Date", ["."], needs=[5]),
        question("Get-Date", ["."], unless=[5]),
        question("Write-Output", ["."], InputObject="anything"),
    )
    assert lines[:3] == ["mapisweep 2|=EX01", "0|r|=COMPUTERNAME|=EX01|", "0|.|1"], lines
    no_snap_in, *rest = lines[3:]
    assert no_snap_in.startswith("1|f|=The term 'Get-Mailbox' is not recognized"), no_snap_in
    assert no_snap_in.split("|")[3] == "=System.Management.Automation.CommandNotFoundException", no_snap_in
    addresses = "=SMTP:jsmith@corp.example~,=X500:/o=Example/ou=First Administrative Group/cn=Recipients/cn=jsmith"
    expected = ["1|.|0", "2|.|0", "3|r|=EX01|=Enterprise|-", "3|.|1", f"4|r|=jsmith|*{addresses}", "4|.|1"]
    assert rest[:6] == expected, rest
    missing, end, skipped, clock, *rest = rest[6:]
    assert missing.startswith("5|e|=The operation couldn't be performed"), missing
    assert missing.split("|")[6:] == ["=6", "=nobody"], missing
    assert (end, skipped) == ("5|.|0", "6|x")
    assert re.fullmatch(r"7\|r\|@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+01:00", clock), clock
    assert rest[0] == "7|.|1" and rest[1].startswith("8|f|=Write-Output is not on the list of cmdlets|"), rest
    assert rest[2:] == ["8|.|0"], rest


@with_pool
def check_the_script_puts_out_what_the_helper_said_at_once(pool):
    columns = ["Step", "Failure", "FailureCode", "ExitCode", "Output", "Removed"]
    helper = question("Invoke-MapisweepHelper", columns)
    spoiled = question("Invoke-MapisweepHelper", columns, Bytes=b"MZ, and no more", Sha256="00")
    head, first, second, third = ask(pool, helper, spoiled, question("Get-Date", []))
    assert head == ["mapisweep 2|=EX01"], head
    assert first == ["0|r|=stale|-|=0|-|*|=True", "0|.|1"], first
    refused = "=hash|=the SHA-256 of the file on the server differs|=0|-|*|=True"
    assert second == [f"1|r|{refused}", "1|.|1"], second
    assert third == ["2|r", "2|.|1"], third


@with_pool
def check_a_secure_string_crosses(pool):
    pool.exchange_keys()
    secret = pool.serialize("Pässwörd €", ObjectMeta("SS"))
    _, output = run(pool, "Show-LabSecret", SecureString=secret)
    assert output == ["Pässwörd €"], output


@with_pool
def check_a_pipeline_stops_when_told(pool):
    if SETTINGS["exchange"] == "2007":
        # pypsrp signals the id it wished for, not the one that WinRM 2.0 gave
        return
    powershell = PowerShell(pool)
    powershell.add_cmdlet("Start-Sleep").add_parameters({"Seconds": 60})
    began = time.monotonic()
    powershell.begin_invoke()
    powershell.stop()
    assert powershell.state == PSInvocationState.STOPPED
    assert time.monotonic() - began < 30
    _, output = run(pool, "Write-Output", InputObject="still here")
    assert output == ["still here"]


@with_pool
def check_a_wait_longer_than_the_operation_timeout_goes_on(pool):
    pool.connection.operation_timeout = 1
    powershell, _ = run(pool, "Start-Sleep", Seconds=3)
    assert powershell.state == PSInvocationState.COMPLETED


def check_disconnect_is_refused_and_harms_nothing():
    with RunspacePool(connection()) as pool:
        try:
            pool.disconnect()
        except WSManFaultError as fault:
            assert fault.code == 2150858771, fault.code
        else:
            raise AssertionError("the lab has no disconnected sessions")
        _, output = run(pool, "Write-Output", InputObject="still here")
        assert output == ["still here"]


def check_the_sixth_shell_is_refused():
    if SETTINGS["exchange"] != "2007":
        return
    pools = [RunspacePool(connection()) for _ in range(5)]
    try:
        for pool in pools:
            pool.open()
        try:
            RunspacePool(connection()).open()
        except WSManFaultError as fault:
            assert fault.code == 2150859173, fault.code
        else:
            raise AssertionError("six shells")
    finally:
        for pool in pools:
            pool.close()


def check_a_cmd_shell_is_not_offered():
    try:
        WinRS(connection()).open()
    except WSManFaultError as fault:
        assert fault.code == 2150858752, fault.code
    else:
        raise AssertionError("the lab has no cmd shell")


def check_a_wrong_password_is_refused():
    try:
        RunspacePool(connection(password="wrong")).open()
    except AuthenticationError:
        pass
    else:
        raise AssertionError("any password will do")


def check_a_body_in_clear_is_refused_on_http():
    if SETTINGS["ca"] is not None:
        return
    try:
        RunspacePool(connection(encryption="never")).open()
    except AuthenticationError:
        pass
    else:
        raise AssertionError("AllowUnencrypted is true")


def check_who_is_no_administrator_is_refused():
    try:
        RunspacePool(connection(username="CORP\\jsmith")).open()
    except WSManFaultError as fault:
        assert fault.code == 5, fault.code
    else:
        raise AssertionError("anybody may")


def check_two_clients_at_once_do_not_mix():
    failures = []

    def work(name):
        try:
            with RunspacePool(connection()) as pool:
                for number in range(5):
                    _, output = run(pool, "Write-Output", InputObject=f"{name} {number}")
                    assert output == [f"{name} {number}"]
        except Exception as failure:  # noqa: BLE001  told to the main thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def main():
    failed = 0
    checks = [(name, check) for name, check in globals().items() if name.startswith("check_")]
    for name, check in checks:
        try:
            check()
            print("ok  ", name)
        except Exception:  # noqa: BLE001  a check failed, whatever the reason
            failed += 1
            print("FAIL", name)
            traceback.print_exc(file=sys.stdout)
    print(f"{len(checks) - failed} of {len(checks)} hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
