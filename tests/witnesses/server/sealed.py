"""The body of a sealed message, [MS-WSMV] 2.2.9.1: strict in what is read, variable in what is written."""

import re

from acceptor import Refused

REQUEST_TYPE = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
HEAD = re.compile(
    rb"--Encrypted Boundary\r\n"
    rb"\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
    rb"\tOriginalContent: type=application/soap\+xml;charset=UTF-8;Length=(\d+)\r\n"
    rb"--Encrypted Boundary\r\n"
    rb"\tContent-Type: application/octet-stream\r\n"
    rb"\x10\0\0\0"
)
TAIL = b"--Encrypted Boundary--\r\n"


class Sealing:
    """The seals of one TCP connection."""

    def __init__(self, acceptor, settings, attacker):
        self._acceptor = acceptor
        self._settings = settings
        self._attacker = attacker
        self._previous = []

    def open(self, body):
        """Windows takes only what looks exactly like this."""
        head = HEAD.match(body)
        if not head or not body.endswith(TAIL):
            raise Refused("not an encrypted body as Windows reads it")
        sealed = body[head.end() : -len(TAIL)]
        if len(sealed) != 16 + int(head[1]):
            raise Refused("the length in OriginalContent is wrong")
        return self._acceptor.unseal(sealed)

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
        return f'{kind};protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'

    def _body(self, pieces):
        boundary = self._settings.boundary
        body = bytearray()
        for piece in pieces:
            head = (
                f"{boundary}\r\n"
                "\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
                f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={len(piece) - 16}\r\n"
                f"{boundary}\r\n"
                "\tContent-Type: application/octet-stream\r\n"
            )
            body += head.encode() + (16).to_bytes(4, "little") + piece
        body += f"{boundary}--\r\n".encode()
        return bytes(body)
