"""WS-Management's shell ([MS-WSMV] 3.1.4, [MS-PSRP] 3.2), with psrpcore's server in it.

psrpcore does PowerShell remoting: fragments, messages, states, CLIXML. Here its payloads are put into envelopes. A
pipeline is run to its end as soon as psrpcore has put it together; the client then fetches what it said.
"""

import base64
import uuid
from collections import deque

import psrpcore
from psrpcore.types import HostMethodIdentifier, PSInvocationState, PSVersion

import cmdlets
import soap
from soap import child, tag

STATE = soap.NAMESPACES["rsp"] + "/CommandState/"
SIGNAL_STOP = "powershell/signal/crtl_c"


class Shells:
    """All shells of the server. Not safe for threads."""

    def __init__(self, settings, organization, report):
        self._settings = settings
        self._organization = organization
        self._report = report
        self._shells = {}
        self._message_ids = set()

    def __len__(self):
        return len(self._shells)

    def answer(self, body):
        """Returns the HTTP status and the envelope that answers one."""
        if len(body) > self._settings.max_envelope:
            self._report.count("too_large")
            return 413, b""
        request = soap.Request.read(body)
        self._check(request)
        try:
            envelope = self._serve(request)
        except soap.Fault as fault:
            return 500, soap.written(fault.envelope(request))
        written = soap.written(envelope)
        limit = min(request.max_envelope, self._settings.max_envelope)
        self._report.require(len(written) <= limit, f"the server itself wrote {len(written)} bytes of {limit}")
        return 200, written

    def _check(self, request):
        require = self._report.require
        require(request.message_id not in self._message_ids, f"message id {request.message_id} twice")
        self._message_ids.add(request.message_id)
        name = self._settings.name
        require(request.to.startswith(f"http://{name}:") or request.to.startswith(f"https://{name}:"), f"To {request.to}")
        require(request.resource == soap.RESOURCE, f"ResourceURI {request.resource}")
        require(request.timeout.startswith("PT"), f"OperationTimeout {request.timeout}")

    def _serve(self, request):
        if request.action == "Create":
            shell = Shell(request, self._settings, self._organization, self._report)
            self._shells[shell.id] = shell
            return shell.created(request)
        shell = self._shells.get(request.shell_id)
        if shell is None:
            raise soap.no_such_shell()
        if request.action == "Delete":
            del self._shells[shell.id]
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

    def __init__(self, pipeline, timeouts):
        self.pipeline = pipeline
        self.timeouts = timeouts
        self.output = deque()
        self.ended = False
        """The client has said that it is done with it."""

    @property
    def done(self):
        ended = (PSInvocationState.Completed, PSInvocationState.Failed, PSInvocationState.Stopped)
        return self.pipeline.state in ended and not self.output


class Shell:
    """One shell: a runspace pool and its commands."""

    def __init__(self, request, settings, organization, report):
        self._settings = settings
        self._organization = organization
        self._report = report
        self._pool = psrpcore.ServerRunspacePool()
        self._pool.our_capability.protocolversion = PSVersion(settings.protocol)
        self._output = deque()
        self._commands = {}
        shell = request.body.find(tag("rsp:Shell"))
        self._report.require(request.options.get("protocolversion") == "2.3", f"options {request.options}")
        self._feed(base64.b64decode(shell.findtext(tag("ps:creationXml"))))
        self.id = str(self._pool.runspace_pool_id).upper()
        self._report.require(shell.get("ShellId") == self.id, f"ShellId {shell.get('ShellId')} of pool {self.id}")

    def created(self, request):
        envelope, body = soap.answer(request, soap.NAMESPACES["x"] + "/CreateResponse")
        reference = child(body, "x:ResourceCreated")
        child(reference, "a:Address", request.to)
        parameters = child(reference, "a:ReferenceParameters")
        child(parameters, "w:ResourceURI", request.resource)
        child(child(parameters, "w:SelectorSet"), "w:Selector", self.id, Name="ShellId")
        shell = child(body, "rsp:Shell")
        child(shell, "rsp:ShellId", self.id)
        child(shell, "rsp:Owner", self._settings.user)
        return envelope

    def command(self, request):
        line = request.body.find(tag("rsp:CommandLine"))
        fragments = base64.b64decode(line.findtext(tag("rsp:Arguments")))
        # the last one may be left to Delete
        left = sum(not command.ended for command in self._commands.values())
        self._report.require(left == 0, f"{left} commands left when another began")
        pipeline = psrpcore.ServerPipeline(self._pool, _pipeline_id(fragments))
        wished = line.get("CommandId")
        command_id = str(uuid.uuid4()).upper() if self._settings.own_command_ids else wished
        self._commands[command_id] = Command(pipeline, self._settings.timeouts)
        self._feed(fragments)
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/CommandResponse")
        child(child(body, "rsp:CommandResponse"), "rsp:CommandId", command_id)
        return envelope

    def send(self, request):
        for stream in request.body.iter(tag("rsp:Stream")):
            self._command(stream.get("CommandId"))
            self._feed(base64.b64decode(stream.text))
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/SendResponse")
        child(body, "rsp:SendResponse")
        return envelope

    def receive(self, request):
        command_id = request.body.find(f".//{tag('rsp:DesiredStream')}").get("CommandId")
        command = self._command(command_id)
        output = command.output if command else self._output
        if command and command.timeouts:
            command.timeouts -= 1
            self._report.count("timeouts")
            raise soap.timed_out()
        if not output and not (command and command.done):
            # nothing will come before the client says something; a real server would wait first
            raise soap.timed_out()
        envelope, body = soap.answer(request, soap.NAMESPACES["rsp"] + "/ReceiveResponse")
        received = child(body, "rsp:ReceiveResponse")
        room = min(request.max_envelope, self._settings.max_envelope) - 4096
        mute = command and self._settings.mute
        while not mute and output and (room := room - len(output[0]) * 4 // 3 - 256) > 0:
            stream = child(received, "rsp:Stream", base64.b64encode(output.popleft()).decode(), Name="stdout")
            if command:
                stream.set("CommandId", command_id)
        self._tell_states(received, command_id, command)
        return envelope

    def _tell_states(self, received, command_id, command):
        if self._settings.many_states:
            for other_id, other in self._commands.items():
                if other_id != command_id:
                    self._tell_state(received, other_id, "Done" if other.done else "Running")
            if command:
                self._tell_state(received, command_id, "Pending")
                self._tell_state(received, command_id, "Running")
        if command and command.done:
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
            # one that has ended cannot be stopped, and that is no error
            if command.pipeline.state == PSInvocationState.Running:
                command.pipeline.stop()
                self._collect()
        else:
            command.pipeline.close()
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

    def _feed(self, fragments):
        self._pool.receive_data(psrpcore.PSRPPayload(fragments, psrpcore.StreamType.default, None))
        while event := self._pool.next_event():
            if isinstance(event, psrpcore.CreatePipelineEvent):
                pipeline = self._pool.pipeline_table[event.pipeline_id]
                pipeline.start()
                if self._settings.asks:
                    pipeline.host_call(HostMethodIdentifier.ReadLine)
                else:
                    cmdlets.run(pipeline, self._organization, self._report)
            elif isinstance(event, psrpcore.PipelineHostResponseEvent):
                self._report.count("questions_declined", by=event.error is not None)
                cmdlets.run(self._pool.pipeline_table[event.pipeline_id], self._organization, self._report)
        self._collect()

    def _collect(self):
        """Sorts what psrpcore has to say by who is to hear it."""
        outputs = {command.pipeline.pipeline_id: command.output for command in self._commands.values()}
        # Windows cuts at 32 KB
        size = min(32 * 1024, self._settings.max_envelope // 2)
        while payload := self._pool.data_to_send(size):
            outputs.get(payload.pipeline_id, self._output).append(payload.data)


def _pipeline_id(fragments):
    """psrpcore wants to know a pipeline before it reads the message that names it, [MS-PSRP] 2.2.1."""
    message = fragments[21:]
    return uuid.UUID(bytes_le=message[24:40])
