"""A runspace pool that is a process of Microsoft's PowerShell, started with `-s`.

It speaks PowerShell remoting on standard input and output, in the envelope of its out-of-process transport: one element
a line. That envelope is all that is written here. The id of zeros is the pool's, any other a pipeline's.
"""

import base64
import os
import re
import subprocess
import threading
import uuid
from collections import deque

from fragments import END, NOBODY, PIPELINE_STATE, START, begun, pieces, read

ELEMENT = re.compile(rb"<(\w+)(?: Stream='(\w*)')? PSGuid='([0-9a-fA-F-]{36})' ?(?:/>|>([^<]*)</\w+>)")
ENDED = re.compile(rb'<I32 N="PipelineState">[345]</I32>')
"""Stopped, completed, failed: [MS-PSRP] 2.2.3.5."""
PATIENCE = 60
"""Seconds until an element that is not acknowledged counts as lost."""
FAREWELL = 2
"""Seconds in which an engine ends when its pool is closed and its input has ended."""


class EnginePool:
    speaks_by_itself = True

    def __init__(self, fragments, settings, changed, report):
        self._changed = changed
        self._report = report
        self._output = {None: deque()}
        self._ended = set()
        self._gathered = {}
        self._acknowledged = set()
        self.is_broken = False
        [first, *_] = begun(fragments)
        self.id = first.pool
        self._process = subprocess.Popen(
            settings.engine["command"],
            env={**os.environ, **settings.engine.get("environment", {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # who interrupts the tests does not interrupt it: they put it away
            start_new_session=True,
        )
        for task in (self._hear, self._mourn):
            threading.Thread(target=task, daemon=True).start()
        self.feed(None, fragments)

    def run(self, pipeline_id, fragments):
        self._output[pipeline_id] = deque()
        self._say("Command", pipeline_id)
        self.feed(pipeline_id, fragments)
        self._report.count("pipelines")

    def feed(self, pipeline_id, fragments):
        self._say("Data", pipeline_id, base64.b64encode(fragments))

    def output(self, pipeline_id):
        return self._output[pipeline_id]

    def has_ended(self, pipeline_id):
        return pipeline_id in self._ended

    def stop(self, pipeline_id):
        if pipeline_id not in self._ended:
            self._say("Signal", pipeline_id)

    def end(self, pipeline_id):
        # one that runs is stopped by it; the acknowledgement waits for that
        self._say("Close", pipeline_id)

    def close(self):
        for pipeline_id in self._output.keys() - self._ended - {None}:
            self.end(pipeline_id)
        self._write("Close", None)
        try:
            # it never acknowledges that one
            self._process.stdin.close()
        except OSError:
            pass
        self._changed.wait_for(lambda: self.is_broken, FAREWELL)
        self._process.kill()
        self._process.wait()

    def _say(self, kind, pipeline_id, content=None):
        """Writes an element and waits until it is acknowledged."""
        about = (kind + "Ack", pipeline_id)
        self._acknowledged.discard(about)
        self._write(kind, pipeline_id, content)
        heard = self._changed.wait_for(lambda: about in self._acknowledged or self.is_broken, PATIENCE)
        self._report.require(heard, f"the engine does not acknowledge {kind}")

    def _write(self, kind, pipeline_id, content=None):
        stream = " Stream='Default'" if content else ""
        head = f"<{kind}{stream} PSGuid='{pipeline_id or NOBODY}'"
        line = f"{head}>{content.decode()}</{kind}>" if content else f"{head} />"
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self.is_broken = True

    def _hear(self):
        for line in self._process.stdout:
            with self._changed:
                if element := ELEMENT.match(line):
                    self._take(*element.groups())
                elif line.strip():
                    # whoever writes there by other means than the transport's breaks it
                    self._report.complain(f"the engine said {line[:200]!r}")
                    self.is_broken = True
                self._changed.notify_all()

    def _mourn(self):
        # the end of its output does not tell: whom it started may hold that open
        self._process.wait()
        with self._changed:
            self.is_broken = True
            self._changed.notify_all()

    def _take(self, kind, stream, name, content):
        named = uuid.UUID(name.decode())
        pipeline_id = None if named == NOBODY else named
        if kind != b"Data":
            self._acknowledged.add((kind.decode(), pipeline_id))
            return
        fragments = base64.b64decode(content)
        self._output.get(pipeline_id, self._output[None]).append(fragments)
        for flags, blob in pieces(fragments):
            self._gather(pipeline_id, flags, blob)

    def _gather(self, pipeline_id, flags, blob):
        # a state with an error in it may take many fragments
        before = b"" if flags & START else self._gathered[pipeline_id]
        self._gathered[pipeline_id] = before + blob
        if flags & END:
            message = read(self._gathered.pop(pipeline_id))
            if message.kind == PIPELINE_STATE and ENDED.search(message.data):
                self._ended.add(pipeline_id)

