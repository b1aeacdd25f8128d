"""The script that mapisweep sends, in Python: it runs questions one after the other and answers in lines.

The form of the lines is that of crates/core/src/batch/line.rs, written here from its specification alone. The script is
not interpreted: it must arrive as it was written, and then what it says is done here. What a value becomes as text is
what .NET makes of it in no language.
"""

import datetime
import enum
import itertools
import pathlib

from psrpcore.types import PSFlagBase, PSList, PSObject

import cmdlets

SCRIPT = pathlib.Path(__file__).parents[3] / "crates/core/src/batch/batch.ps1"
HELPER = "Invoke-MapisweepHelper"
CLIENT_LOG = "Get-MapisweepClientLog"
WHOLE_FOREST = "Set-MapisweepWholeForest"
REACH = "Test-MapisweepReach"
ALLOWED = {
    HELPER, CLIENT_LOG, WHOLE_FOREST, REACH, "Get-ClientAccessArray", "Get-DatabaseAvailabilityGroup", "Get-EventLog", "Get-MailboxDatabase",
    *cmdlets.CMDLETS
}
KEYS = {"Cmdlet", "Parameters", "Here", "Columns", "Needs", "Unless"}
ITSELF = "."
EVENT_PROPERTY = "System.Diagnostics.Eventing.Reader.EventProperty"


def run(pipeline, command, settings, organization, reaches_directory, report):
    """Runs the script, to its end. Everything must be as the client meant it."""
    written = SCRIPT.read_text(encoding="utf-8")
    report.require(command.command_text == written, "the script does not arrive as it was written")
    parameters = {name: value for name, value in command.parameters}
    report.require(list(parameters) == ["Requests", "Computer"], f"the script is given {list(parameters)}")
    lines = Lines(pipeline, settings.lines, organization.computer)
    meant = parameters["Computer"].lower() in ("", organization.computer.lower())
    report.require(meant, f"{parameters['Computer']} is meant")
    succeeded = {}
    for number, request in enumerate(parameters["Requests"] if meant else []):
        request = {str(key): value for key, value in request.items()}
        report.require(set(request) == KEYS, f"question {number} has {sorted(request)}")
        is_lacking = request["Needs"] and not any(succeeded[needed] for needed in request["Needs"])
        if is_lacking or any(succeeded[other] for other in request["Unless"]):
            lines.add(f"{number}|x")
            succeeded[number] = False
            continue
        if request["Cmdlet"] == HELPER and not parameters["Computer"]:
            # whose answer it is does not wait for what it will see
            lines.end()
        answer = Answer(pipeline, lines, number)
        given = {str(name): value for name, value in request["Parameters"].items()}
        given |= {str(name): organization.computer for name in request["Here"]}
        try:
            for value in call(answer, request["Cmdlet"], given, organization, reaches_directory, report):
                answer.row(value, request["Columns"])
                report.count("objects")
        except Terminating as failure:
            answer.failure = failure.record
        succeeded[number] = answer.end()
        if request["Cmdlet"] == HELPER:
            # what it saw does not wait for what comes after it
            lines.end()
    lines.end()
    pipeline.complete()


def call(answer, name, parameters, organization, reaches_directory, report):
    if name not in ALLOWED:
        report.complain(f"{name} is asked for")
        text = f"{name} is not on the list of cmdlets"
        raise Terminating(text, "System.Management.Automation.RuntimeException", text, "RuntimeException", 14, text)
    report.count("questions")
    if name == HELPER:
        return [cmdlets.run_helper(parameters, organization, report)]
    if name == CLIENT_LOG:
        # as on a computer without that log
        text = "where Exchange is installed is not known"
        raise Terminating(text, "System.Management.Automation.RuntimeException", text, "RuntimeException", 14, text)
    if name == REACH:
        # there is nobody but this one computer
        rows = itertools.product(parameters["Addresses"], parameters["Ports"])
        return [cmdlets.make([], {"Address": address, "Port": port, "Result": "Nothing"}) for address, port in rows]
    if name == WHOLE_FOREST and organization.exchange == "2007":
        organization.sees_whole_forest = True
        return []
    if name not in cmdlets.CMDLETS:
        exception = "CommandNotFoundException"
        text = cmdlets.not_recognized(name)
        raise Terminating(text, f"System.Management.Automation.{exception}", exception, exception, 13, name)
    return cmdlets.call(answer, name, parameters, organization, reaches_directory)


class Terminating(Exception):
    """Message, exception's type, id, category's reason and number, target: these end a cmdlet."""

    def __init__(self, *record):
        self.record = record


class Lines:
    """The script's output, in lists of so many lines; with 0 each line is an object of its own."""

    def __init__(self, pipeline, together, computer):
        self._pipeline = pipeline
        self._together = together
        self._lines = []
        self.add("mapisweep 2|" + text(computer))

    def add(self, line):
        if not self._together:
            return self._pipeline.write_output(line)
        self._lines.append(line)
        if len(self._lines) >= self._together:
            self.end()

    def end(self):
        if self._lines:
            lines = PSList(self._lines)
            lines.PSObject.type_names = ["System.String[]", "System.Array", "System.Object"]
            self._pipeline.write_output(lines)
            self._lines = []


class Answer:
    """That to one question. A cmdlet takes it for its pipeline: it hears errors and warnings, and passes the rest on."""

    def __init__(self, pipeline, lines, number):
        self._pipeline = pipeline
        self._lines = lines
        self._number = number
        self._rows = 0
        self._warnings = []
        self._errors = []
        self.failure = None

    def __getattr__(self, name):
        return getattr(self._pipeline, name)

    def write_warning(self, text):
        self._warnings.append(text)

    def write_error(self, exception, info, target, error_id):
        kind = exception.PSObject.type_names[0]
        self._errors.append((exception.Message, kind, error_id, info.Reason, int(info.Category), target))

    def row(self, value, columns):
        self._rows += 1
        self._add("r", (field_of(value, column) for column in columns))

    def end(self):
        """Whether it has succeeded: returned something, or come to its end without an error."""
        for warning in self._warnings:
            self._add("w", [text(warning)])
        for record in self._errors:
            self._add("e", map(text, record))
        if self.failure:
            self._add("f", map(text, self.failure))
        self._add(".", [str(self._rows)])
        return bool(self._rows or not (self._errors or self.failure))

    def _add(self, kind, fields):
        self._lines.add("|".join([str(self._number), kind, *fields]))


def field_of(value, column):
    """A property of an object, by its name in any case; one that was added comes before the type's own."""
    if column == ITSELF:
        return field(value)
    meta = value.PSObject
    for member in [*meta.extended_properties, *meta.adapted_properties]:
        if member.name.lower() == column.lower():
            return field(member.get_value(value))
    return ""


def field(value):
    if isinstance(value, (list, tuple)):
        return "*" + "~,".join(item(each) for each in value)
    return item(value)


def item(value):
    if isinstance(value, PSObject) and EVENT_PROPERTY in value.PSObject.type_names:
        return item(next(member.get_value(value) for member in value.PSObject.adapted_properties))
    if value is None:
        return "-"
    if isinstance(value, datetime.datetime):
        return "@" + round_trip(value)
    return text(value)


def text(value):
    shown = "" if value is None else as_string(value)
    return "=" + shown.replace("~", "~~").replace("|", "~p")


def as_string(value):
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, PSFlagBase):
        return ", ".join(flag.name for flag in sorted(type(value), key=int) if int(flag) & int(value) == int(flag))
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, bytes):
        return " ".join(map(str, value))
    return str(value)


def round_trip(date):
    """.NET's `o`: ticks of 100 ns, in the date's own offset; without one nobody knows whose clock it was."""
    ticks = date.microsecond * 10 + (getattr(date, "nanosecond", 0) or 0) // 100
    offset = date.strftime("%z")
    offset = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{date:%Y-%m-%dT%H:%M:%S}.{ticks:07d}{offset}"
