"""What a server's PowerShell answers: objects as Exchange and Windows make them, written by psrpcore."""

import hashlib
import json
import uuid

from psrpcore.types import (
    ErrorCategory,
    ErrorCategoryInfo,
    NETException,
    PSByteArray,
    PSDateTime,
    PSEnumBase,
    PSFlagBase,
    PSGuid,
    PSNoteProperty,
    PSObject,
    PSType,
    PSUInt,
    PSUInt64,
    PSVersion,
    add_note_property,
)

from organization import NOW, SNAP_INS, VERSIONS

HELPER = r"C:\Program Files\mapisweep\mapisweep-helper.exe"


@PSType(["Microsoft.Exchange.Data.Mapi.ClientMode"])
class ClientMode(PSEnumBase):
    Unknown = 0
    Classic = 1
    Cached = 2
    ExchangeServer = 3


@PSType(["Microsoft.Exchange.Data.Directory.SystemConfiguration.ServerRole"])
class ServerRole(PSFlagBase):
    Mailbox = 2
    ClientAccess = 4
    HubTransport = 32


@PSType(["Microsoft.PowerShell.Commands.DisplayHintType"])
class DisplayHint(PSEnumBase):
    Date = 0
    Time = 1
    DateTime = 2


def run(pipeline, command, organization, reaches_directory, report):
    """Runs a command that is a pipeline by itself, to its end."""
    name = command.command_text
    if name in CMDLETS:
        parameters = {name: value for name, value in command.parameters}
        for value in call(pipeline, name, parameters, organization, reaches_directory):
            pipeline.write_output(value)
            report.count("objects")
    else:
        fail(pipeline, "CommandNotFoundException", ErrorCategory.ObjectNotFound, name, not_recognized(name))
    pipeline.complete()


def call(pipeline, name, parameters, organization, reaches_directory):
    """What a cmdlet puts out. Everything must be as the client meant it."""
    if name in OF_THE_DIRECTORY and not reaches_directory:
        # as Exchange puts it where the session has no ticket of its own: the second hop
        text = "Active Directory server is not available. Error message: The supplied credential is invalid."
        exception = "Microsoft.Exchange.Data.Directory.ADTransientException"
        fail(pipeline, exception, ErrorCategory.NotSpecified, None, text)
        return []
    return CMDLETS[name](pipeline, organization, **parameters)


def not_recognized(name):
    return f"The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program."


def fail(pipeline, exception, category, target, text):
    error = NETException(Message=text, HResult=-2146233087)
    error.PSObject.type_names = [exception, "System.Exception", "System.Object"]
    info = ErrorCategoryInfo(Category=category, Reason=exception.rpartition(".")[2], TargetName=target)
    pipeline.write_error(error, info, target, f"{category.name},{exception}")


def make(types, properties, shown=None, added=None):
    """An object as the serializer writes one of a type it does not know: its properties, and what it shows."""
    value = PSObject()
    value.PSObject.type_names = [*types, "System.Object"]
    value.PSObject.adapted_properties = [PSNoteProperty(name, item) for name, item in properties.items()]
    value.PSObject.extended_properties = [PSNoteProperty(name, item) for name, item in (added or {}).items()]
    if shown is not None:
        value.PSObject.to_string = shown
    return value


def get_ps_snapin(pipeline, organization, Registered):
    # with no value it would not be set for a function
    assert Registered is True, Registered
    for name in ["SqlServerCmdletSnapin100", SNAP_INS[organization.exchange]]:
        yield make(
            ["System.Management.Automation.PSSnapInInfo"],
            {
                "Name": name,
                "IsDefault": False,
                "ApplicationBase": r"C:\Program Files\Microsoft\Exchange Server\bin",
                "PSVersion": PSVersion("1.0"),
                "Version": PSVersion("8.0.0.0"),
                "Types": [r"Exchange.types.ps1xml", None],
                "Description": "Admin Tasks for the Exchange Server",
                "Vendor": "Microsoft Corporation",
                "LogPipelineExecutionDetails": False,
            },
            shown=name,
        )


def add_ps_snapin(pipeline, organization, Name):
    if Name != SNAP_INS[organization.exchange]:
        text = f"The Windows PowerShell snap-in '{Name}' is not installed on this machine."
        fail(pipeline, "System.Management.Automation.PSArgumentException", ErrorCategory.InvalidArgument, Name, text)
    pipeline.write_verbose("The snap-in is loaded.")
    return []


def get_item(pipeline, organization, Path):
    assert Path == "Env:COMPUTERNAME", Path
    yield make(
        ["System.Collections.DictionaryEntry", "System.ValueType"],
        {"Name": "COMPUTERNAME", "Key": "COMPUTERNAME", "Value": organization.computer},
        shown="System.Collections.DictionaryEntry",
        added={
            "PSPath": r"Microsoft.PowerShell.Core\Environment::COMPUTERNAME",
            "PSDrive": make(["System.Management.Automation.PSDriveInfo"], {"Name": "Env"}, shown="Env"),
            "PSIsContainer": False,
        },
    )


def get_exchange_server(pipeline, organization, Identity=None):
    name, fqdn = organization.computer, organization.fqdn
    # without one all are meant, and there is no other
    assert Identity is None or Identity.lower() in (name.lower(), fqdn), Identity
    # of one that lists logons it would mean that some may be missing
    pipeline.write_warning("Der Verzeichnisdienst antwortet langsam.")
    version = dict(zip(("Major", "Minor", "Build", "Revision"), VERSIONS[organization.exchange]))
    major, minor, build, revision = version.values()
    identity = make(
        ["Microsoft.Exchange.Data.Directory.ADObjectId"],
        {
            "DistinguishedName": f"CN={name},CN=Servers,CN=Configuration,DC=corp,DC=example",
            "ObjectGuid": PSGuid(int=uuid.UUID("4e2e6d4e-5a8f-4f6e-8a74-6f6f2f3d0f11").int),
            "Name": name,
        },
        shown=name,
    )
    yield make(
        ["Microsoft.Exchange.Data.Directory.Management.ExchangeServer"],
        {
            "Name": name,
            "Fqdn": fqdn,
            "ServerRole": ServerRole.Mailbox | ServerRole.ClientAccess | ServerRole.HubTransport,
            "AdminDisplayVersion": make(
                ["Microsoft.Exchange.Data.ServerVersion"],
                version,
                shown=f"Version {major}.{minor} (Build {build}.{revision})",
            ),
            "WhenChanged": NOW,
            "CurrentDomainControllers": [],
            # the same object twice is written once
            "Identity": identity,
            "Id": identity,
            "IsValid": True,
        },
        shown=name,
    )


def get_item_property(pipeline, organization, Path):
    services = r"HKLM:\SYSTEM\CurrentControlSet\Services"
    values = {
        rf"{services}\MSExchangeIS\ParametersSystem": {
            "Maximum Allowed Sessions Per User": 34,
            "Logon Only As": None,
        },
        rf"{services}\Tcpip\Parameters": {"KeepAliveTime": 900_000},
    }
    value = make(["System.Management.Automation.PSCustomObject"], {})
    for name, item in {
        **values[Path],
        "PSPath": r"Microsoft.PowerShell.Core\Registry::HKEY_LOCAL_MACHINE\SYSTEM",
    }.items():
        add_note_property(value, name, item)
    yield value


def get_date(pipeline, organization):
    value = PSDateTime(
        *NOW.timetuple()[:6], NOW.microsecond, tzinfo=NOW.tzinfo, nanosecond=NOW.nanosecond
    )
    add_note_property(value, "DisplayHint", DisplayHint.DateTime)
    add_note_property(value, "DateTime", "Montag, 15. Juni 2009 14:30:00")
    yield value


READER = "System.Diagnostics.Eventing.Reader"


def get_win_event(pipeline, organization, LogName, MaxEvents, Oldest=None, FilterXPath=None):
    """The newest events first, or the oldest of all. What stands in one is a list of objects that hold a value each."""
    assert LogName == "Application", LogName
    if Oldest:
        assert Oldest is True and MaxEvents == 1, (Oldest, MaxEvents)
        yield _event(4111, "MSDTC", [PSByteArray(b"MSDTC")])
        return
    assert "Provider[@Name='MSExchangeIS'] and (EventID=9646)" in FilterXPath, FilterXPath
    user = organization.users["jsmith"]
    binary = PSByteArray(b"[DIAG_CTX]")
    for who in (f"ba765653-5439-437a-993f-806575b85fbb: {user.dn}", user.dn):
        yield _event(9646, "MSExchangeIS", [who, "34", "session", binary])


def _event(number, provider, data):
    held = [make([f"{READER}.EventProperty"], {"Value": value}, shown=f"{READER}.EventProperty") for value in data]
    properties = {
        "Id": number,
        "ProviderName": provider,
        "TimeCreated": NOW,
        "Properties": held,
    }
    types = [f"{READER}.EventLogRecord", f"{READER}.EventRecord"]
    return make(types, properties, shown=types[0], added={"Message": "Die MAPI-Sitzung ..."})


def set_ad_server_settings(pipeline, organization, ViewEntireForest):
    if organization.exchange == "2007":
        name = "Set-AdServerSettings"
        return fail(pipeline, "CommandNotFoundException", ErrorCategory.ObjectNotFound, name, not_recognized(name)) or []
    assert ViewEntireForest is True, ViewEntireForest
    organization.sees_whole_forest = True
    return []


def get_mailbox(pipeline, organization, Identity, ResultSize):
    assert organization.sees_whole_forest, "people are sought in one domain"
    assert ResultSize == "Unlimited", ResultSize
    name = Identity.rpartition("\\")[2].partition("@")[0].lower()
    named = {user.dn.lower(): user for user in organization.users.values()} | organization.users
    user = named.get(name)
    if user is None:
        exception = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
        text = f"The operation couldn't be performed because object '{Identity}' couldn't be found on 'dc01'."
        return fail(pipeline, exception, ErrorCategory.InvalidData, Identity, text) or []
    return [
        make(
            ["Microsoft.Exchange.Data.Directory.Management.Mailbox"],
            {
                "SamAccountName": user.account,
                "DisplayName": user.display_name,
                "LegacyExchangeDN": user.dn,
                "Database": make(
                    ["Microsoft.Exchange.Data.Directory.ADObjectId"],
                    {"Name": "Mailbox Database"},
                    shown=r"EX01\First Storage Group\Mailbox Database",
                ),
                "ServerName": "ex01",
                "EmailAddresses": [f"SMTP:{user.account}@corp.example", f"X500:{user.dn}"],
            },
            shown=user.display_name,
        )
    ]


def get_logon_statistics(pipeline, organization, Server):
    assert Server.lower() in (organization.computer.lower(), organization.fqdn), Server
    pipeline.write_verbose("Der Postfachspeicher antwortet langsam.")
    pipeline.write_progress("Get-LogonStatistics", 1, "EX01", percent_complete=50)
    for logon in organization.logons:
        yield _logon(logon, organization.exchange)
    pipeline.write_debug("done")


def _logon(logon, exchange):
    count = PSUInt(logon.number)
    columns = {
        "AdapterSpeed": None,
        "ClientIPAddress": logon.address,
        "ClientMode": ClientMode[logon.mode],
        "ClientName": logon.client,
        "ClientVersion": "12.0.6425.1000",
        "CodePage": PSUInt(1252),
        "CurrentOpenAttachments": PSUInt(0),
        "CurrentOpenFolders": count,
        "CurrentOpenMessages": None,
        "FolderOperationCount": count,
        "FullMailboxDirectoryName": logon.user.dn,
        "FullUserDirectoryName": logon.user.dn,
        "HostAddress": "",
        "LastAccessTime": logon.last_access,
        "Latency": PSUInt(4_294_967_295),
        "LocaleID": PSUInt(1031),
        "LogonTime": logon.logged_on,
        "MACAddress": "",
        "MessagingOperationCount": count,
        "OtherOperationCount": count,
        "ProgressOperationCount": None,
        "RPCCallsSucceeded": PSUInt64(5_000_000_000),
        "StreamOperationCount": count,
        "TableOperationCount": count,
        "TotalOperationCount": count,
        "TransferOperationCount": None,
        "UserName": logon.user.display_name,
        "Windows2000Account": f"CORP\\{logon.user.account}",
        "ServerName": "EX01",
    }
    if exchange == "2007":
        columns["StorageGroupName"] = "First Storage Group"
    else:
        columns["ApplicationId"] = "Client=MSExchangeRPC"
        # a session has several logons
        columns["SessionId"] = f"{logon.number // 2:08x}"
    columns["DatabaseName"] = "Mailbox Database"
    columns["Identity"] = make(["Microsoft.Exchange.Data.Mapi.MailboxId"], {}, shown=logon.user.dn)
    types = ["Microsoft.Exchange.Data.Mapi.LogonStatistics", "Microsoft.Exchange.Data.Mapi.MapiObject"]
    return make(types, columns, shown=logon.user.dn)


def run_helper(parameters, organization, report):
    """In place of the helper: the parameters are checked, the report is what the helper's protocol says."""
    result = {"Path": HELPER, "Step": "stale", "Failure": None, "FailureCode": 0, "StaleRemoved": False}
    result |= {"ExitCode": None, "Output": [], "Removed": True}
    report.require(isinstance(parameters["WaitSeconds"], int), "no limit to waiting for another run")
    if "Bytes" in parameters:
        program = bytes(parameters["Bytes"])
        report.require(program[:2] == b"MZ", "the helper is no Windows program")
        report.require(hashlib.sha256(program).hexdigest() == parameters["Sha256"], "the helper arrives changed")
        report.require(isinstance(parameters["TimeoutSeconds"], int), "no time limit")
        lines, exit_code = _helper(parameters["Arguments"], parameters["InputText"], organization, report)
        # each ends with a line end, so the last is followed by one that is empty
        output = [json.dumps(line, separators=(",", ":")) for line in lines] + [""]
        result |= {"Step": "done", "ExitCode": exit_code, "Output": output}
    value = make(["System.Management.Automation.PSCustomObject"], {})
    for name, item in result.items():
        add_note_property(value, name, item)
    return value


def _helper(arguments, text, organization, report):
    [command, *options] = arguments
    head = {"helper": "mapisweep-helper", "protocol": 1, "version": "0.1.0", "command": command, "elevated": True}
    if command == "list":
        report.require(text == "", "input for a list")
        lines = [_line(connection) for connection in organization.connections]
        return [head, *lines, {"summary": {"listed": len(lines)}}], 0
    *targets, end = text.removesuffix("\r\n").split("\r\n")
    report.require(options == ["--max", str(len(targets))], f"options {options}")
    report.require(end == f"end {len(targets)}", f"the list of targets ends with {end}")
    lines = []
    for target in targets:
        family, local, remote, pid, image = target.split(" ", 4)
        connection = (family, local, remote, int(pid), image)
        closed = organization.close(connection)
        lines.append(_line(connection) | {"outcome": "closed" if closed else "already_gone", "code": 0})
    outcomes = ("closed", "still_open", "already_gone", "denied", "changed", "refused", "failed")
    summary = {name: sum(line["outcome"] == name for line in lines) for name in outcomes}
    return [head, *lines, {"summary": {"targets": len(lines), **summary}}], 0


def _line(connection):
    names = ("family", "local", "remote", "pid", "image")
    line = dict(zip(names, connection))
    return {**{name: line[name] for name in names[:3]}, "state": "established", "pid": line["pid"], "image": line["image"]}


CMDLETS = {
    "Get-PSSnapin": get_ps_snapin,
    "Add-PSSnapin": add_ps_snapin,
    "Get-Item": get_item,
    "Get-ExchangeServer": get_exchange_server,
    "Get-ItemProperty": get_item_property,
    "Get-Date": get_date,
    "Get-Mailbox": get_mailbox,
    "Get-LogonStatistics": get_logon_statistics,
    "Get-WinEvent": get_win_event,
    "Set-AdServerSettings": set_ad_server_settings,
}

OF_THE_DIRECTORY = {"Get-ExchangeServer", "Get-Mailbox", "Get-LogonStatistics"}
"""Those that ask Active Directory before anything else."""
