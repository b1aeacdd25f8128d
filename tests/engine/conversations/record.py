"""Has Microsoft's PowerShell engine run pipelines, one after the other in one pool, and prints what came.

Standard input is JSON: `engine`, how to start it; `state`, the file of the stand-ins for Exchange; and `pipelines`, each
with its name, what it says for people to read, the state to be in that file, its commands and whether it is stopped;
`computer` is what this one is called, and what it is to be called.

A line of JSON each, the first for the opening of the pool: name, asked, and messages, each of them its type in PSRP,
whether the pool or the pipeline says it, and its data as it came, but for what differs from run to run (`arranged`, `OF_A_SLOW_REMOVAL`).
"""

import json
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from psrpcore import ClientPowerShell  # noqa: E402
from psrpcore.types import deserialize  # noqa: E402
from recording import Engine, settled  # noqa: E402

STAND_INS = "Z:" + os.path.realpath(os.path.join(os.path.dirname(__file__), "../exchange")).replace("/", "\\")
UNSETTLED = [
    (re.compile(re.escape(STAND_INS)), r"C:\\Exchange"),
    (re.compile(r"_x000D__x000A_   at [^<]*|(?<=<S N=\"StackTrace\">)   at [^<]*"), ""),
    # the state names no other month; whether there is an offset is kept
    (re.compile(r"(<DT\b[^>]*>)(?!2026-03)[^<]*?(Z|[-+]\d\d:\d\d|)(?=<)"), r"\g<1>2026-03-02T08:05:00.1234567\g<2>"),
    # which mapisweep it was
    (re.compile(r'(?<="version":")[^"]*'), "1.2.3"),
    (re.compile(r"(<G\b[^>]*>)[^<]*"), r"\g<1>00000000-0000-0000-0000-000000000000"),
]
"""What else differs from run to run, or says where in the engine an error comes from."""
OF_A_SLOW_REMOVAL = '<S N="Activity"> </S>'
"""In a progress record that only comes where removing a file takes its time."""
NO_CIPHER = None
MEMBER = re.compile(r'<(\w+) N="(?P<name>[^"]*)"(?: />|>[^<]*</\1>)')
ENTRY = re.compile(r'<En><S N="Key">(?P<name>[^<]*)</S>(?:(?!<En>).)*?</En>')


def main():
    job = json.load(sys.stdin)
    tell(job, job["pipelines"][0])
    engine = Engine(**job["engine"])
    write("a pool opens", "", engine.opening, job["computer"])
    for pipeline in job["pipelines"]:
        tell(job, pipeline)
        said = engine.run(built(engine, pipeline["commands"]), stop_after=2 if pipeline["stopped"] else None)
        write(pipeline["name"], pipeline["asked"], said, job["computer"])
    engine.close()


def tell(job, pipeline):
    with open(job["state"], "w") as file:
        json.dump(pipeline["state"], file)


def built(engine, commands):
    pipeline = ClientPowerShell(engine.client, redirect_shell_error_to_out=False)
    for command in commands:
        if command["is_script"]:
            # as mapisweep has it
            pipeline.add_script(command["text"], use_local_scope=True)
        else:
            pipeline.add_command(command["text"])
        for name, value in command["arguments"]:
            pipeline.add_parameter(name, deserialize(ElementTree.fromstring(value), NO_CIPHER))
    return pipeline


def write(name, asked, said, computer):
    messages = [
        (one.kind.name, "pool" if one.is_pools else "pipeline", arranged(one.data, computer))
        for one in said
        if OF_A_SLOW_REMOVAL not in one.data
    ]
    print(json.dumps({"name": name, "asked": asked, "messages": messages}))


def arranged(data, computer):
    known_as, is_called = computer
    data = re.sub(rf"\b{known_as}\b", is_called, settled(data, UNSETTLED))
    data = ordered(ENTRY, data)
    return ordered(MEMBER, data) if data.count("<Obj ") == 1 and "PSCustomObject" in data else data


def ordered(part, data):
    """Parts of a hash table, and of a bag that was made of one, come in another order each time."""
    parts = iter(sorted(part.finditer(data), key=lambda found: found["name"]))
    return part.sub(lambda _: next(parts)[0], data)


if __name__ == "__main__":
    main()
