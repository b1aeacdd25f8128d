"""The body of a sealed message, [MS-WSMV] 2.2.9.1: strict in what is read, variable in what is written."""

import re

from acceptor import Refused

PROTOCOLS = {"negotiate": "HTTP-SPNEGO-session-encrypted", "kerberos": "HTTP-Kerberos-session-encrypted"}
"""By the scheme of the sign-in, whatever the mechanism; NTLM's own scheme has Negotiate's."""
HEAD = re.compile(
    rb"--Encrypted Boundary\r\n"
    rb"\tContent-Type: application/([A-Za-z-]+)\r\n"
    rb"\tOriginalContent: type=application/soap\+xml;charset=UTF-8;Length=(\d+)\r\n"
    rb"--Encrypted Boundary\r\n"
    rb"\tContent-Type: application/octet-stream\r\n"
)
TAIL = b"--Encrypted Boundary--\r\n"


class Sealing:
    """The seals of one TCP connection."""

    def __init__(self, acceptor, scheme, settings, attacker):
        self._acceptor = acceptor
        self._protocol = PROTOCOLS.get(scheme.lower(), PROTOCOLS["negotiate"])
        self._settings = settings
        self._attacker = attacker
        self._previous = []

    @property
    def request_type(self):
        return f'multipart/encrypted;protocol="application/{self._protocol}";boundary="Encrypted Boundary"'

    def open(self, body):
        """Windows takes only what looks exactly like this."""
        head = HEAD.match(body)
        if not head or not body.endswith(TAIL):
            raise Refused("not an encrypted body as Windows reads it")
        if head[1].decode() != self._protocol:
            raise Refused(f"sealed as {head[1]}, signed in for {self._protocol}")
        sealed = body[head.end() + 4 : -len(TAIL)]
        size = int.from_bytes(body[head.end() : head.end() + 4], "little")
        header, data = sealed[:size], sealed[size:]
        if len(data) != int(head[2]):
            raise Refused("the length in OriginalContent is wrong")
        return self._acceptor.unseal(header, data)

    def seal(self, message):
        """Returns the content type and the body."""
        attack = self._attacker.next()
        if attack:
            pieces = attack(self._acceptor, message, self._previous)
        else:
            size = -(-len(message) // self._settings.parts)
            cuts = range(0, len(message), size)
            pieces = [self._acceptor.seal(message[at : at + size]) for at in cuts]
        self._previous = pieces
        if pieces is None:
            return "application/soap+xml;charset=UTF-8", message
        return self._content_type(pieces), self._body(pieces)

    def _content_type(self, pieces):
        kind = "multipart/x-multi-encrypted" if len(pieces) > 1 else "multipart/encrypted"
        return f'{kind};protocol="application/{self._protocol}";boundary="Encrypted Boundary"'

    def _body(self, pieces):
        boundary = self._settings.boundary
        body = bytearray()
        for header, data, *announced in pieces:
            length = announced[0] if announced else len(data)
            head = (
                f"{boundary}\r\n"
                f"\tContent-Type: application/{self._protocol}\r\n"
                f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={length}\r\n"
                f"{boundary}\r\n"
                "\tContent-Type: application/octet-stream\r\n"
            )
            body += head.encode() + len(header).to_bytes(4, "little") + header + data
        body += f"{boundary}--\r\n".encode()
        return bytes(body)
