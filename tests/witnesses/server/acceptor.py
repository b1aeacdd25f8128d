"""The server's side of NTLM, by code that was not written here.

An acceptor is good for one TCP connection: step() takes the client's messages, seal() and unseal() then protect what
is sent. What is sealed comes in two parts: the mechanism's header, which for NTLM is the signature, and the rest.
"""

import sys

import spnego
from spnego._ntlm_raw.messages import Authenticate, AvFlags, AvId, NTClientChallengeV2
from spnego.channel_bindings import GssChannelBindings


SIGNATURE = 16


class Refused(Exception):
    """The client's message or seal does not hold."""


class Pyspnego:
    """PyPI's pyspnego, NTLM in Python."""

    def __init__(self, channel=None):
        self._channel = GssChannelBindings(application_data=channel) if channel else None
        self.context = spnego.server(protocol="ntlm", channel_bindings=self._channel)

    @property
    def complete(self):
        return self.context.complete

    def step(self, token):
        return refusing(self.context.step, token)

    def seal(self, message):
        return _parted(self.context.wrap(message).data)

    def unseal(self, header, data):
        return refusing(self.context.unwrap, _joined(header, data)).data


class GssNtlmssp:
    """Debian's gss-ntlmssp, NTLM in C, through MIT's GSSAPI."""

    NTLM = "1.3.6.1.4.1.311.2.2.10"

    def __init__(self, channel=None):
        gssapi = debians_gssapi()
        mechanism = gssapi.OID.from_int_seq(self.NTLM)
        credentials = gssapi.Credentials(usage="accept", mechs=[mechanism])
        bindings = gssapi.raw.ChannelBindings(application_data=channel) if channel else None
        self._context = gssapi.SecurityContext(usage="accept", creds=credentials, channel_bindings=bindings)

    @property
    def complete(self):
        return self._context.complete

    def step(self, token):
        return refusing(self._context.step, token)

    def seal(self, message):
        return _parted(self._context.wrap(message, True).message)

    def unseal(self, header, data):
        return refusing(self._context.unwrap, _joined(header, data)).message


ACCEPTORS = {"pyspnego": Pyspnego, "gss-ntlmssp": GssNtlmssp}


def inspect(token, service, report):
    """What a Windows server with every protection on would insist on, whether or not the acceptor does."""
    response = Authenticate.unpack(token).nt_challenge_response
    report.require(len(response) > 24, "NTLMv1")
    pairs = NTClientChallengeV2.unpack(response[16:]).av_pairs
    report.require(pairs.get(AvId.flags, 0) & AvFlags.mic, "no MIC")
    report.require(AvId.channel_bindings in pairs, "no channel bindings, not even empty ones")
    report.require(pairs.get(AvId.target_name) == service, f"target {pairs.get(AvId.target_name)!r}")


def _parted(sealed):
    return sealed[:SIGNATURE], sealed[SIGNATURE:]


def _joined(header, data):
    if len(header) != SIGNATURE:
        raise Refused(f"a signature of {len(header)} bytes")
    return header + data


def refusing(function, *arguments):
    try:
        return function(*arguments)
    except Exception as failure:  # each implementation has its own
        raise Refused(f"{type(failure).__name__}: {failure}") from failure


def debians_gssapi():
    # Debian's package python3-gssapi, which a virtual environment does not see
    packages = "/usr/lib/python3/dist-packages"
    if packages not in sys.path:
        sys.path.append(packages)
    import gssapi

    return gssapi
