"""Has Microsoft's PowerShell engine serialise expressions.ps1, each expression a pipeline, and prints what came.

usage: record.py PWSH EXPRESSIONS

A line of JSON an expression: name, expression, and messages, each a pair of its type in PSRP and its data as it came,
but for what differs from run to run (`settled`). PIPELINE_STATE is there only if it carries an error.
"""

import json
import os
import re
import struct
import sys
import threading
import types
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../witnesses/server"))

from engine import EnginePool  # noqa: E402
from psrpcore import ClientPowerShell, ClientRunspacePool, PSRPPayload, StreamType  # noqa: E402
from psrpcore.types import PSRPMessageType, RemoteStreamOptions, RunspacePoolState  # noqa: E402
from report import Report  # noqa: E402

NAMED = re.compile(r"^# (\w+: .*)\n", re.M)
ENVIRONMENT = {
    "TZ": "Europe/Berlin",
    "LC_ALL": "en_US.UTF-8",
    "NO_COLOR": "1",
}
UNSETTLED = [
    # zeros of that length: the session key is a new one each time
    (re.compile(r"(<SS\b[^>]*>)([^<=]+)"), lambda found: found[1] + "A" * len(found[2])),
    (re.compile(r'(<DT N="TimeGenerated">)[^<]*'), r"\g<1>2026-03-02T09:05:00.0000000+01:00"),
    (re.compile(r'(<U32 N="(?:ProcessId|NativeThreadId|ManagedThreadId)">)[^<]*'), r"\g<1>1"),
    (re.compile(r'(<S N="(?:Computer|User)">)[^<]*'), r"\g<1>vectors"),
]
"""What differs from run to run, and what is written in its place."""


def main(pwsh, expressions):
    with open(expressions) as file:
        [_, *parts] = NAMED.split(file.read())
    engine = Engine([pwsh, "-s", "-NoLogo", "-NoProfile"])
    for name, expression in zip(parts[::2], (part.strip() for part in parts[1::2])):
        messages = [(kind, settled(data)) for kind, data in engine.run(name, expression)]
        print(json.dumps({"name": name, "expression": expression, "messages": messages}))
    engine.close()


def settled(data):
    for unsettled, instead in UNSETTLED:
        data = unsettled.sub(instead, data)
    return data


class Engine:
    """One engine with one runspace pool, which psrpcore opens."""

    def __init__(self, command):
        self._changed = threading.Condition()
        self._changed.acquire()
        self._client = ClientRunspacePool()
        self._client.open()
        self._report = Report()
        settings = types.SimpleNamespace(engine={"command": command, "environment": ENVIRONMENT})
        self._pool = EnginePool(self._client.data_to_send().data, settings, self._changed, self._report)
        self._until(lambda: self._client.state == RunspacePoolState.Opened)

    def run(self, name, expression):
        """Each message of a pipeline with this expression: its type and its data."""
        options = RemoteStreamOptions
        wanted = options.AddInvocationInfo if name.endswith("with its invocation") else options.none
        pipeline = ClientPowerShell(self._client, remote_stream_options=wanted, redirect_shell_error_to_out=False)
        pipeline.add_script(expression, use_local_scope=True)
        pipeline.start()
        self._pool.run(pipeline.pipeline_id, self._client.data_to_send().data)
        self._until(lambda: self._pool.has_ended(pipeline.pipeline_id))
        self._pool.end(pipeline.pipeline_id)
        for kind, data in messages(b"".join(self._pool.output(pipeline.pipeline_id))):
            if kind is not PSRPMessageType.PipelineState or "ErrorRecord" in data:
                yield kind.name, data

    def close(self):
        self._pool.close()

    def _until(self, condition):
        """Has psrpcore read what comes for the pool meanwhile. The engine never asks for keys to be exchanged: it
        encrypts with one that nobody else knows yet."""
        output = self._pool.output(None)
        while not condition():
            while output:
                self._client.receive_data(PSRPPayload(output.popleft(), StreamType.default, None))
            while self._client.next_event():
                pass
            if not condition() and not self._changed.wait_for(lambda: output or condition(), 60):
                raise TimeoutError(self._report.summary([]))


def messages(fragments):
    """Messages out of fragments, [MS-PSRP] 2.2.4 and 2.2.1: those of one are not mixed with those of another here."""
    at, message = 0, b""
    while at < len(fragments):
        flags, length = struct.unpack_from(">BI", fragments, at + 16)
        message += fragments[at + 21 : at + 21 + length]
        at += 21 + length
        if flags & 2:
            (kind,) = struct.unpack_from("<I", message, 4)
            yield PSRPMessageType(kind), message[40:].decode("utf-8-sig")
            message = b""


if __name__ == "__main__":
    main(*sys.argv[1:])
