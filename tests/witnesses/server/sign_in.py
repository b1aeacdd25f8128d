"""The sign-in of one TCP connection, leg by leg: which mechanism a token is for, and what is answered to it."""

from dataclasses import dataclass

from acceptor import ACCEPTORS, Refused, inspect

NTLM = b"NTLMSSP\0"
INSTEAD_OF_PROOF = {
    "missing": None,
    "garbage": b"no token at all",
    # RFC 4178 4.2.2: rejected; and to be gone on with as the other mechanism
    "reject": bytes.fromhex("a1073005a0030a0102"),
    "ntlm": bytes.fromhex("a1153013a0030a0103a10c060a2b06010401823702020a"),
}


@dataclass(frozen=True)
class Leg:
    """What is answered: a refusal (401) or, where the client is signed in now, what it came for."""

    signed_in: bool = False
    token: bytes = None
    begun: bool = False
    """There is another leg to come."""


REFUSED = Leg()


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, as the server's shells know them."""

    person: str
    delegated: bool
    """Has passed on a ticket that is good for Active Directory."""


class SignIn:
    def __init__(self, settings, channel, report):
        self._settings = settings
        self._channel = channel
        self._report = report
        self.acceptor = None
        self.visitor = None

    def hear(self, scheme, token):
        """Takes a token; whoever was signed in before is not any more."""
        self.visitor = None
        if token.startswith(NTLM):
            return self._ntlm(token)
        return self._kerberos(scheme, token) if self._settings.kerberos else REFUSED

    def _ntlm(self, token):
        if token[8] == 1:
            self._report.count("ntlm_begun")
            if self._settings.acceptor == "none":
                return REFUSED
            self.acceptor = ACCEPTORS[self._settings.acceptor](self._channel)
            return Leg(token=self.acceptor.step(token), begun=True)
        if not self.acceptor:
            raise Refused("the second message of a sign-in on a connection that saw no first")
        inspect(token, f"HTTP/{self._settings.name}", self._report)
        try:
            self.acceptor.step(token)
        except Refused as failure:
            return self._refuse(failure)
        # whoever is known by NTLM cannot be passed on
        return self._welcome(self._settings.user, delegated=False)

    def _kerberos(self, scheme, token):
        # only where it is asked for: the library reads its environment
        import kerberos

        settings = self._settings.kerberos
        kerberos.check_head(scheme, token)
        self._report.largest("largest_token", len(token))
        if self.acceptor is None or self.acceptor.complete:
            self.acceptor = kerberos.Kerberos(settings, self._channel)
        try:
            answer = self.acceptor.step(token)
        except Refused as failure:
            return self._refuse(failure, getattr(failure, "answer", None))
        if not self.acceptor.complete:
            return Leg(token=answer, begun=True)
        if settings.get("refuses"):
            return self._refuse("told to")
        self._report.count("kerberos_sign_ins")
        self._report.count("delegations", by=bool(self.acceptor.delegated))
        return self._welcome(self.acceptor.person, self._passes_on(settings), self._reply(settings, answer))

    def _passes_on(self, settings):
        """Whether Active Directory can be asked in the client's name."""
        service = settings.get("second_hop")
        # where nobody says what for, it is good for nothing
        passes_on = bool(service) and self.acceptor.second_hop(service)
        self._report.count("second_hops", by=passes_on)
        return passes_on

    def _reply(self, settings, answer):
        """What shows the client who the server is, or does not."""
        return INSTEAD_OF_PROOF.get(settings.get("reply"), answer)

    def _welcome(self, person, delegated, token=None):
        self.visitor = Visitor(person, delegated)
        self._report.count("sign_ins")
        self._report.welcome(person)
        return Leg(signed_in=True, token=token)

    def _refuse(self, why, token=None):
        self.acceptor = None
        self._report.refuse(str(why))
        return Leg(token=token)
