"""A client of an engine that writes down what the engine says: psrpcore's, over the pool that `engine.py` starts."""

import os
import re
import struct
import sys
import threading
import types
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../witnesses/server"))

from engine import EnginePool  # noqa: E402
from psrpcore import ClientRunspacePool, PSRPPayload, StreamType  # noqa: E402
from psrpcore.types import PSRPMessageType, RunspacePoolState  # noqa: E402
from report import Report  # noqa: E402

OF_THE_MOMENT = [
    (re.compile(r'(<U32 N="(?:ProcessId|NativeThreadId|ManagedThreadId)">)[^<]*'), r"\g<1>1"),
    (re.compile(r'(<S N="(?:Computer|User)">)[^<]*'), r"\g<1>vectors"),
]
"""What differs from run to run, and what is written in its place."""


def settled(data, unsettled):
    for differing, instead in [*unsettled, *OF_THE_MOMENT]:
        data = differing.sub(instead, data)
    return data


@dataclass(frozen=True)
class Said:
    """A message to the client: of which type, whether it is the pool's own, and its data."""

    kind: PSRPMessageType
    is_pools: bool
    data: str


class Engine:
    """One engine with one runspace pool, which psrpcore opens."""

    def __init__(self, command, environment):
        self._changed = threading.Condition()
        self._changed.acquire()
        self.client = ClientRunspacePool()
        self.client.open()
        self._report = Report()
        # in one piece each, what the pool itself said until it was open
        self.opening = []
        settings = types.SimpleNamespace(engine={"command": command, "environment": environment})
        self._pool = EnginePool(self.client.data_to_send().data, settings, self._changed, self._report)
        self._until(lambda: self.client.state == RunspacePoolState.Opened)
        self.opening = list(messages(b"".join(self.opening)))

    def run(self, pipeline, stop_after=None):
        """Each message of a pipeline, which is stopped after so many seconds."""
        pipeline.start()
        self._pool.run(pipeline.pipeline_id, self.client.data_to_send().data)
        if stop_after:
            self._changed.wait_for(lambda: False, stop_after)
            self._pool.stop(pipeline.pipeline_id)
        self._until(lambda: self._pool.has_ended(pipeline.pipeline_id))
        self._pool.end(pipeline.pipeline_id)
        return list(messages(b"".join(self._pool.output(pipeline.pipeline_id))))

    def close(self):
        self._pool.close()

    def _until(self, condition):
        """Has psrpcore read what comes for the pool meanwhile. The engine never asks for keys to be exchanged: it
        encrypts with one that nobody else knows yet."""
        output = self._pool.output(None)
        while not condition():
            while output:
                self.opening.append(output[0])
                self.client.receive_data(PSRPPayload(output.popleft(), StreamType.default, None))
            while self.client.next_event():
                pass
            if not condition() and not self._changed.wait_for(lambda: output or condition(), 180):
                raise TimeoutError(self._report.summary([]))


def messages(fragments):
    """Messages out of fragments, [MS-PSRP] 2.2.4 and 2.2.1: those of one are not mixed with those of another here."""
    at, message = 0, b""
    while at < len(fragments):
        flags, length = struct.unpack_from(">BI", fragments, at + 16)
        message += fragments[at + 21 : at + 21 + length]
        at += 21 + length
        if flags & 2:
            destination, kind = struct.unpack_from("<II", message)
            assert destination == 1, "what a server says is for the client"
            is_pools = not any(message[24:40])
            yield Said(PSRPMessageType(kind), is_pools, message[40:].decode("utf-8-sig"))
            message = b""
