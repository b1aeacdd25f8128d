"""Asks a restricted endpoint what it takes, with psrpcore, and prints a JSON object of what came: how many objects, or
the id of the error.

usage: restricted.py ENGINE    (as settings.py has it)
"""

import json
import re
import sys

from psrpcore import ClientPowerShell
from psrpcore.types import PSRPMessageType
from recording import Engine

SERVERS = "Get-ExchangeServer"
QUESTIONS = {
    "a command": lambda asked: asked.add_command(SERVERS),
    "a script that is one command's name": lambda asked: asked.add_script(SERVERS),
    "a script": lambda asked: asked.add_script("1 + 1"),
    "a switch without a value": lambda asked: asked.add_command("Get-PSSnapin").add_parameter("Registered", None),
    "a switch that is true": lambda asked: asked.add_command("Get-PSSnapin").add_parameter("Registered", True),
    "Select-Object": lambda asked: asked.add_command(SERVERS).add_command("Select-Object"),
    "Select-Object of columns": lambda asked: (
        asked.add_command(SERVERS).add_command("Select-Object").add_parameter("Property", ["Name", "Fqdn"])
    ),
    "Get-Date": lambda asked: asked.add_command("Get-Date"),
    "Remove-Item": lambda asked: asked.add_command("Remove-Item").add_parameter("Path", "/nowhere"),
}
ERROR = re.compile(r'N="FullyQualifiedErrorId">(\w+)')


def main(settings):
    engine = Engine(settings["command"], settings["environment"])
    print(json.dumps({question: answer(engine, build) for question, build in QUESTIONS.items()}))
    engine.close()


def answer(engine, build):
    pipeline = ClientPowerShell(engine.client)
    build(pipeline)
    said = engine.run(pipeline)
    if error := ERROR.search("".join(one.data for one in said)):
        return error[1]
    return sum(one.kind is PSRPMessageType.PipelineOutput for one in said)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
