"""The server's side of Kerberos, by MIT's library in C: bare, or in SPNEGO, which is that library's, too."""

import os
import struct

import rc4
from acceptor import Refused, debians_gssapi

gssapi = debians_gssapi()
from gssapi.raw import IOV, GSSError, IOVBufferType, accept_sec_context, inquire_sec_context_by_oid  # noqa: E402
from gssapi.raw import ChannelBindings, unwrap_iov, wrap_iov  # noqa: E402

KERBEROS = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
SESSION_KEY = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2.5.5")
CHANNEL_BOUND = 0x800
"""GSS_C_CHANNEL_BOUND_FLAG: the client's bindings were there, and are ours."""
HEADS = {
    "negotiate": (bytes.fromhex("06062b0601050502"), bytes([0xA1])),
    "kerberos": (bytes.fromhex("06092a864886f712010202"),),
}
"""How a first token names its mechanism, and how SPNEGO's later ones begin."""
AES_HEADER, AES_TURNED = 60, 28
BAD_INTEGRITY, MODIFIED = bytes.fromhex("a60302011f"), bytes.fromhex("a603020129")
"""The code in a KRB-ERROR, RFC 4120 5.9.1: what MIT's library and what Windows says of keys that do not fit."""


class NotBelieved(Refused):
    """A token that does not hold. The library may have an answer to it, which says why."""

    def __init__(self, failure):
        super().__init__(str(failure))
        token = getattr(failure, "token", None)
        # of another channel Windows says nothing
        has_answer = token and not isinstance(failure, gssapi.exceptions.BadChannelBindingsError)
        self.answer = token.replace(BAD_INTEGRITY, MODIFIED) if has_answer else None


def prepare(settings):
    """What the library reads from its environment, for one server after the other."""
    os.environ["KRB5_CONFIG"] = settings["krb5_conf"]
    # an acceptor needs no tickets; whoever finds one here has not delegated it
    os.environ["KRB5CCNAME"] = "MEMORY:nobody"
    # a replay cache is one of the computer's, and tests share it
    os.environ["KRB5RCACHENAME"] = "none:"


class Kerberos:
    """Good for one TCP connection."""

    def __init__(self, settings, channel=None):
        self._settings = settings
        self._bindings = ChannelBindings(application_data=channel) if channel else None
        store = {"keytab": settings["keytab"]}
        self._credentials = gssapi.Credentials(usage="accept", mechs=[KERBEROS, SPNEGO], store=store)
        self._context = None
        self.complete = False
        self.person = None
        self.delegated = None

    def step(self, token):
        """Returns the answer, if there is one."""
        try:
            result = accept_sec_context(token, self._credentials, self._context, self._bindings)
        except GSSError as failure:
            raise NotBelieved(failure) from failure
        self._context = result.context
        self.complete = not result.more_steps
        if self.complete:
            self._check_binding(int(result.flags))
            self.person = str(gssapi.Name(result.initiator_name))
            self.delegated = result.delegated_creds
        return result.token

    def _check_binding(self, flags):
        if self._bindings and self._settings.get("strict_binding") and not flags & CHANNEL_BOUND:
            raise Refused("not bound to the channel")

    def second_hop(self, service):
        """Whether the delegated ticket, and nothing else, is good for another service."""
        if not self.delegated:
            return False
        credentials = gssapi.Credentials(base=self.delegated)
        name = gssapi.Name(service, gssapi.NameType.kerberos_principal)
        context = gssapi.SecurityContext(name=name, creds=credentials, mech=KERBEROS, usage="initiate")
        return str(credentials.name) == self.person and bool(context.step())

    def seal(self, message):
        # no trailer: it goes, turned round, into the header
        buffers = IOV(IOVBufferType.header, message, IOVBufferType.padding, std_layout=False)
        wrap_iov(self._context, buffers, confidential=True)
        header, data, padding = (buffer.value or b"" for buffer in buffers)
        if rc4.is_sealed_by(header) and not self._settings.get("padded_rc4"):
            return rc4.seal(self._key(), rc4.number_of(self._key(), header), message)
        return header, data + padding

    def unseal(self, header, data):
        if not rc4.is_sealed_by(header):
            _check_aes(header)
        buffers = IOV(
            (IOVBufferType.header, False, header),
            (IOVBufferType.data, False, data),
            (IOVBufferType.padding, False, b""),
            std_layout=False,
        )
        try:
            result = unwrap_iov(self._context, buffers)
        except GSSError as failure:
            raise Refused(str(failure)) from failure
        if not result.encrypted:
            raise Refused("signed, not sealed")
        text = buffers[1].value
        # gss_wrap pads for RC4, Windows does not; both are taken
        return text.removesuffix(b"\1") if rc4.is_sealed_by(header) else text

    def _key(self):
        return inquire_sec_context_by_oid(self._context, SESSION_KEY)[0]


def check_head(scheme, token):
    """Under Kerberos comes Kerberos, under Negotiate SPNEGO."""
    heads = HEADS[scheme.lower()]
    begins = token[:1] in heads or any(head in token[:20] for head in heads)
    if not begins:
        raise Refused(f"{token[:20].hex()} is no token for {scheme}")


def _check_aes(header):
    """RFC 4121 4.2.6.2, and what Windows makes of it: of no extra count, turned so that the trailer is in front."""
    if len(header) != AES_HEADER:
        raise Refused(f"a header of {len(header)} bytes")
    kind, flags, filler, extra, turned = struct.unpack_from(">HBBHH", header)
    if (kind, filler, extra, turned) != (0x0504, 0xFF, 0, AES_TURNED):
        raise Refused(f"not as Windows turns it: {header[:16].hex()}")
    if flags & 0b11 != 0b10:
        raise Refused("not sealed, or not by the client")
