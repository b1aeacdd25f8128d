"""A runspace pool whose PowerShell is psrpcore's server side, and whose cmdlets are this folder's.

psrpcore does PowerShell remoting: fragments, messages, states, CLIXML. A pipeline is run to its end as soon as psrpcore
has put it together.
"""

from collections import deque

import psrpcore
from psrpcore.types import HostMethodIdentifier, PSInvocationState, PSVersion

import batch
import cmdlets

ENDED = (PSInvocationState.Completed, PSInvocationState.Failed, PSInvocationState.Stopped)


class ScriptedPool:
    speaks_by_itself = False
    """What it has to say is there as soon as it has been spoken to."""
    is_broken = False

    def __init__(self, fragments, settings, organization, visitor, report):
        self._settings = settings
        self._reaches_directory = visitor.delegated or not settings.requires_delegation
        self._organization = organization
        organization.sees_whole_forest = False
        self._report = report
        self._pool = psrpcore.ServerRunspacePool()
        self._pool.our_capability.protocolversion = PSVersion(settings.protocol)
        self._output = {None: deque()}
        self.feed(None, fragments)
        self.id = self._pool.runspace_pool_id

    def run(self, pipeline_id, fragments):
        # psrpcore wants to know a pipeline before it reads the message that names it
        psrpcore.ServerPipeline(self._pool, pipeline_id)
        self._output[pipeline_id] = deque()
        self.feed(pipeline_id, fragments)

    def feed(self, pipeline_id, fragments):
        self._pool.receive_data(psrpcore.PSRPPayload(fragments, psrpcore.StreamType.default, None))
        while event := self._pool.next_event():
            if isinstance(event, psrpcore.CreatePipelineEvent):
                pipeline = self._pool.pipeline_table[event.pipeline_id]
                pipeline.start()
                if self._settings.asks:
                    pipeline.host_call(HostMethodIdentifier.ReadLine)
                else:
                    self._run(pipeline)
            elif isinstance(event, psrpcore.PipelineHostResponseEvent):
                self._report.count("questions_declined", by=event.error is not None)
                self._run(self._pool.pipeline_table[event.pipeline_id])
        self._collect()

    def _run(self, pipeline):
        [command] = pipeline.metadata.commands
        place = (self._organization, self._reaches_directory, self._report)
        if command.is_script:
            batch.run(pipeline, command, self._settings, *place)
        else:
            cmdlets.run(pipeline, command, *place)

    def output(self, pipeline_id):
        return self._output[pipeline_id]

    def has_ended(self, pipeline_id):
        # one that was given up is not in the table any more
        pipeline = self._pool.pipeline_table.get(pipeline_id)
        return pipeline is None or pipeline.state in ENDED

    def stop(self, pipeline_id):
        pipeline = self._pool.pipeline_table[pipeline_id]
        # one that has ended cannot be stopped, and that is no error
        if pipeline.state == PSInvocationState.Running:
            pipeline.stop()
            self._collect()

    def end(self, pipeline_id):
        self._pool.pipeline_table[pipeline_id].close()

    def close(self):
        pass

    def _collect(self):
        """Sorts what psrpcore has to say by who is to hear it."""
        # Windows cuts at 32 KB
        size = min(self._settings.piece or 32 * 1024, self._settings.max_envelope // 2)
        while payload := self._pool.data_to_send(size):
            self._output.get(payload.pipeline_id, self._output[None]).append(payload.data)
