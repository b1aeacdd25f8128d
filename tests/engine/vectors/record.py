"""Has Microsoft's PowerShell engine serialise expressions.ps1, each expression a pipeline, and prints what came.

usage: record.py PWSH EXPRESSIONS

A line of JSON an expression: name, expression, and messages, each a pair of its type in PSRP and its data as it came,
but for what differs from run to run (`settled`). PIPELINE_STATE is there only if it carries an error.
"""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from psrpcore import ClientPowerShell  # noqa: E402
from psrpcore.types import PSRPMessageType, RemoteStreamOptions  # noqa: E402
from recording import Engine, settled  # noqa: E402

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
]
"""What else differs from run to run."""


def main(pwsh, expressions):
    with open(expressions) as file:
        [_, *parts] = NAMED.split(file.read())
    engine = Engine([pwsh, "-s", "-NoLogo", "-NoProfile"], ENVIRONMENT)
    for name, expression in zip(parts[::2], (part.strip() for part in parts[1::2])):
        messages = [(kind, settled(data, UNSETTLED)) for kind, data in run(engine, name, expression)]
        print(json.dumps({"name": name, "expression": expression, "messages": messages}))
    engine.close()


def run(engine, name, expression):
    """Each message of a pipeline with this expression: its type and its data."""
    options = RemoteStreamOptions
    wanted = options.AddInvocationInfo if name.endswith("with its invocation") else options.none
    pipeline = ClientPowerShell(engine.client, remote_stream_options=wanted, redirect_shell_error_to_out=False)
    pipeline.add_script(expression, use_local_scope=True)
    for said in engine.run(pipeline):
        if said.kind is not PSRPMessageType.PipelineState or "ErrorRecord" in said.data:
            yield said.kind.name, said.data


if __name__ == "__main__":
    main(*sys.argv[1:])
