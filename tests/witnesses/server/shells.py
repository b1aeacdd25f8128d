"""WS-Management's shell ([MS-WSMV] 3.1.4, [MS-PSRP] 3.2): envelopes around what a runspace pool says.

The pool is psrpcore (scripted.py) or a process of PowerShell (engine.py). Both take and give fragments.
"""

import base64
import threading
import uuid

import soap
from engine import EnginePool
from fragments import begun
from scripted import ScriptedPool
from soap import child, tag

STATE = soap.NAMESPACES["rsp"] + "/CommandState/"
FEW = 4
"""So many commands that have ended may be there without anybody's running out of places."""
SIGNAL_STOP = "powershell/signal/crtl_c"


class Shells:
    """All shells of the server. Whoever waits for one lets others be served meanwhile."""

    def __init__(self, settings, organization, report):
        self._changed = threading.Condition()
        self._settings = settings
        self._organization = organization
        self._report = report
        self._shells = {}
        self._message_ids = set()

    def __len__(self):
        return len(self._shells)

    def answer(self, body, visitor):
        """Returns the HTTP status and the envelope that answers one."""
        with self._changed:
            return self._answer(body, visitor)

    def close(self):
        """Ends what was not deleted."""
        with self._changed:
            for shell in self._shells.values():
                shell.close()

    def _answer(self, body, visitor):
        if len(body) > self._settings.max_envelope:
            self._report.count("too_large")
            return 413, b""
        if soap.asks_what_this_is(body):
            return 200, soap.written(soap.identity())
        request = soap.Request.read(body)
        self._check(request)
        try:
            envelope = self._serve(request, visitor)
        except soap.Fault as fault:
            return 500, soap.written(fault.envelope(request))
        written = soap.written(envelope)
        limit = min(request.max_envelope, self._settings.max_envelope)
        self._report.require(len(written) <= limit, f"the server itself wrote {len(written)} bytes of {limit}")
        return 200, written

    def _pool(self, request, visitor):
        fragments = base64.b64decode(request.body.findtext(f".//{tag('ps:creationXml')}"))
        if self._settings.engine:
            return EnginePool(fragments, self._settings, self._changed, self._report)
        return ScriptedPool(fragments, self._settings, self._organization, visitor, self._report)

    def _check(self, request):
        require = self._report.require
        require(request.message_id not in self._message_ids, f"message id {request.message_id} twice")
        self._message_ids.add(request.message_id)
        name = self._settings.name
        require(request.to.startswith(f"http://{name}:") or request.to.startswith(f"https://{name}:"), f"To {request.to}")
        require(request.resource == self._settings.resource, f"ResourceURI {request.resource}")
        require(request.timeout.startswith("PT"), f"OperationTimeout {request.timeout}")

    def _serve(self, request, visitor):
        if request.action == "Create":
            pool = self._pool(request, visitor)
            shell = Shell(request, self._settings, pool, visitor.person, self._changed, self._report)
            self._shells[shell.id] = shell
            return shell.created(request)
        shell = self._shells.get(request.shell_id)
        if shell is None:
            raise soap.no_such_shell()
        self._report.require(shell.owner == visitor.person, f"{visitor.person} in the shell of {shell.owner}")
        if request.action == "Delete":
            del self._shells[shell.id]
            shell.close()
            return soap.answer(request, soap.NAMESPACES["x"] + "/DeleteResponse")[0]
        operations = {
            "Command": shell.command,
            "Send": shell.send,
            "Receive": shell.receive,
            "Signal": shell.signal,
        }
        return operations[request.action](request)


class Command:
    """A pipeline as WS-Management knows it."""

    def __init__(self, pipeline_id, timeouts):
        self.pipeline_id = pipeline_id
        self.timeouts = timeouts
        self.ended = False
        """The client has said that it is done with it."""


class Shell:
    """One shell: a runspace pool and its commands."""

    def __init__(self, request, settings, pool, owner, changed, report):
        self.owner = owner
        self._settings = settings
        self._changed = changed
        self._report = report
        self._pool = pool
        self._commands = {}
        self._report.require(request.options.get("protocolversion") == "2.3", f"options {request.options}")
        self.id = str(pool.id).upper()
        named = request.body.find(tag("rsp:Shell")).get("ShellId")
        self._report.require(named == self.id, f"ShellId {named} of pool {self.id}")

    def close(self):
        self._pool.close()

    def created(self, request):
        envelope, body = soap.answer(request, soap.NAMESPACES["x"] + "/CreateResponse")
        reference = child(body, "x:ResourceCreated")
        child(reference, "a:Address", request.to)
        parameters = child(reference, "a:ReferenceParameters")
        child(parameters, "w:ResourceURI", request.resource)
        child(child(parameters, "w:SelectorSet"), "w:Selector", self.id, Name="ShellId")
        shell = child(body, "rsp:Shell")
        child(shell, "rsp:ShellId", self.id)
        child(shell, "rsp:Owner", self.owner)
        return envelope

    def command(self, request):
        line = request.body.find(tag("rsp:CommandLine"))
        fragments = base64.b64decode(line.findtext(tag("rsp:Arguments")))
        left = [command for command in self._commands.values() if not command.ended]
        running = sum(not self._is_done(command) for command in left)
        self._report.require(running == 0, f"{running} commands were running when another began")
        # some may wait, and be left to Delete; each takes up one of a user's fifteen places
        self._report.require(len(left) <= FEW, f"{len(left)} commands were left when another began")
        [first, *_] = begun(fragments)
        wished = line.get("CommandId")
        command_id = str(uuid.uuid4()).upper() if self._settings.own_command_ids else wished
        self._commands[command_id] = Command(first.pipeline, self._settings.timeouts)
        self._pool.run(first.pipeline, fragments)
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/CommandResponse")
        child(child(body, "rsp:CommandResponse"), "rsp:CommandId", command_id)
        return envelope

    def send(self, request):
        for stream in request.body.iter(tag("rsp:Stream")):
            command = self._command(stream.get("CommandId"))
            self._pool.feed(command and command.pipeline_id, base64.b64decode(stream.text))
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/SendResponse")
        child(body, "rsp:SendResponse")
        return envelope

    def receive(self, request):
        command_id = request.body.find(f".//{tag('rsp:DesiredStream')}").get("CommandId")
        command = self._command(command_id)
        output = self._pool.output(command and command.pipeline_id)
        if command and command.timeouts:
            command.timeouts -= 1
            self._report.count("timeouts")
            raise soap.timed_out()
        if self._pool.speaks_by_itself:
            something = lambda: output or self._is_done(command) or self._pool.is_broken
            self._changed.wait_for(something, request.seconds)
        if not output and self._pool.is_broken:
            raise soap.host_process_gone()
        if not output and not self._is_done(command):
            # nothing will come before the client says something; a real server would wait first
            raise soap.timed_out()
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/ReceiveResponse")
        received = child(body, "rsp:ReceiveResponse")
        room = min(request.max_envelope, self._settings.max_envelope) - 4096
        mute = command and self._settings.mute
        most = 1 if self._settings.piece else len(output)
        while not mute and output and most and (room := room - len(output[0]) * 4 // 3 - 256) > 0:
            most -= 1
            stream = child(received, "rsp:Stream", base64.b64encode(output.popleft()).decode(), Name="stdout")
            if command:
                stream.set("CommandId", command_id)
        self._tell_states(received, command_id, command)
        return envelope

    def _tell_states(self, received, command_id, command):
        if self._settings.many_states:
            for other_id, other in self._commands.items():
                if other_id != command_id:
                    self._tell_state(received, other_id, "Done" if self._is_done(other) else "Running")
            if command:
                self._tell_state(received, command_id, "Pending")
                self._tell_state(received, command_id, "Running")
        if self._is_done(command):
            self._tell_state(received, command_id, "Done")
        elif command:
            self._tell_state(received, command_id, "Running")

    def _tell_state(self, received, command_id, word):
        state = child(received, "rsp:CommandState", CommandId=command_id, State=STATE + word)
        if word == "Done":
            child(state, "rsp:ExitCode", "0")

    def signal(self, request):
        signal = request.body.find(tag("rsp:Signal"))
        command_id = signal.get("CommandId")
        command = self._command(command_id)
        if signal.findtext(tag("rsp:Code")) == SIGNAL_STOP:
            self._pool.stop(command.pipeline_id)
        else:
            self._pool.end(command.pipeline_id)
            command.ended = True
            # kept where states of other commands are to be told
            if not self._settings.many_states:
                del self._commands[command_id]
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/SignalResponse")
        child(body, "rsp:SignalResponse")
        return envelope

    def _command(self, command_id):
        if command_id is None:
            return None
        if command_id not in self._commands:
            raise soap.no_such_shell()
        return self._commands[command_id]

    def _is_done(self, command):
        """Whether a command has ended and everything it said was fetched."""
        return command and self._pool.has_ended(command.pipeline_id) and not self._pool.output(command.pipeline_id)
