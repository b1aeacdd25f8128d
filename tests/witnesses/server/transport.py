"""HTTP as Windows' HTTP.SYS speaks it, on one TCP connection at a time. The sign-in belongs to the connection."""

import base64
import gzip
import hashlib
import http.client
import secrets
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from acceptor import Refused
from sealed import Sealing
from sign_in import SignIn
from tamper import Attacker

SOAP_TYPE = "application/soap+xml;charset=UTF-8"
CREATE = b"http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
ANOTHER_CHANNEL = b"tls-server-end-point:" + bytes(32)
COOKIES = ("MS-WSMAN", "X-BackEndCookie")
# Windows takes a ticket of 64 KB and more where it is told to; Python's own limit for a header is lower
http.client._MAXLINE = 1 << 20


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, settings, shells, report):
        self.settings = settings
        self.shells = shells
        self.report = report
        self.attacker = Attacker(settings)
        self.cookie = secrets.token_hex(16)
        self.legs_to_close = settings.close_between_legs
        self.requests_to_forget = settings.forgets_at
        self.lock = threading.Lock()
        self.channel = None
        super().__init__(("127.0.0.1", 0), Connection)
        if settings.certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(settings.certificate)
            self.socket = tls.wrap_socket(self.socket, server_side=True)
            self.channel = ANOTHER_CHANNEL if settings.relay else _end_point(settings.certificate)

    def handle_error(self, request, client_address):
        # a client that is gone is no news
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, ssl.SSLError)):
            self.report.complain(f"the server failed: {error!r}")
            super().handle_error(request, client_address)


class Connection(BaseHTTPRequestHandler):
    """Lives as long as its TCP connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Microsoft-HTTPAPI/2.0", ""
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self._forget()
        self.server.report.count("connections")

    def _forget(self):
        self.sign_in = SignIn(self.server.settings, self.server.channel, self.server.report)
        self.sealing = None

    def do_POST(self):
        self.server.report.count("requests")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._check_headers()
        # goes with the answer to what it came with
        self.token = None
        try:
            if not self._signs_in():
                return
            # some clients sign in first and ask afterwards
            self._serve(body) if body else self._welcome()
        except Refused as refusal:
            self.server.report.complain(f"refused: {refusal}")
            self._answer(400)
            self.close_connection = True

    # sign-in

    def _signs_in(self):
        """Whether the connection is signed in now; if not, the client has been answered."""
        settings = self.server.settings
        if not (message := self.headers["Authorization"]):
            if self.sign_in.visitor and not self._forgets():
                return True
            self._challenge()
            return False
        scheme, _, token = message.partition(" ")
        token = base64.b64decode(token)
        if settings.max_token and len(token) > settings.max_token:
            self.server.report.count("too_large_tokens")
            self.sign_in.visitor = None
            self._answer(settings.too_large)
            return False
        if scheme.lower() not in {offer.lower() for offer in settings.schemes}:
            self._challenge()
            return False
        leg = self.sign_in.hear(scheme, token)
        answer = leg.token and f"{scheme} {base64.b64encode(leg.token).decode()}"
        if not leg.signed_in:
            self._challenge(answer)
            if leg.begun:
                self._close_between_legs()
            return False
        self.token = answer
        self.sealing = None
        if not self.server.channel:
            self.sealing = Sealing(self.sign_in.acceptor, scheme, settings, self.server.attacker)
        return True

    def _forgets(self):
        """Once in the server's life a connection is not known any more."""
        with self.server.lock:
            self.server.requests_to_forget -= 1
            if self.server.requests_to_forget != 0:
                return False
        self.server.report.count("forgotten")
        self._forget()
        return True

    def _challenge(self, answer=None):
        self.send_response(401)
        for offer in [answer] if answer else self.server.settings.schemes:
            self.send_header("WWW-Authenticate", offer)
        self._send_early()

    def _welcome(self):
        """The answer to who has signed in and not asked for anything."""
        self.send_response(200)
        if self.token:
            self.send_header("WWW-Authenticate", self.token)
        self._send_early()

    def _send_early(self):
        """Nothing, or what nobody must believe: the client does not know yet who says it."""
        body = self.server.settings.early_body.encode()
        if body:
            self.send_header("Content-Type", SOAP_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _close_between_legs(self):
        with self.server.lock:
            self.close_connection = self.server.legs_to_close > 0
            self.server.legs_to_close -= 1

    # messages

    def _serve(self, body):
        report = self.server.report
        if self.sealing:
            wanted = self.sealing.request_type
            report.require(self.headers["Content-Type"] == wanted, f"Content-Type {self.headers['Content-Type']}")
            body = self.sealing.open(body)
            report.count("sealed_requests")
        else:
            report.require(self.headers["Content-Type"] == SOAP_TYPE, f"Content-Type {self.headers['Content-Type']}")
        if self.server.settings.cookie and CREATE not in body and not self._shows_cookies():
            raise Refused("no session cookie")
        status, message = self.server.shells.answer(body, self.sign_in.visitor)
        self._answer(status, message)
        if self.server.settings.sign_in_each:
            self._forget()
        self.close_connection = bool(self.server.settings.close)

    def _answer(self, status, message=b""):
        settings = self.server.settings
        self.send_response(status)
        if self.token:
            self.send_header("WWW-Authenticate", self.token)
        body = message
        if message:
            content_type = SOAP_TYPE
            if self.sealing:
                content_type, body = self.sealing.seal(message)
                self.server.report.count("sealed_answers")
            self.send_header("Content-Type", content_type)
        if settings.gzip and body:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if settings.cookie and not self._shows_cookies():
            for name in COOKIES:
                self.send_header("Set-Cookie", f"{name}={self.server.cookie}; path={self.server.settings.path}; HttpOnly")
        if settings.sign_in_each:
            self.send_header("Persistent-Auth", "false")
        if settings.close == "announced":
            self.send_header("Connection", "close")
        self._send_body(body)

    def _send_body(self, body):
        if not self.server.settings.chunked:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        # cuts through boundaries, lengths and signatures
        for at in range(0, len(body), 97):
            chunk = body[at : at + 97]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    # what is expected

    def _check_headers(self):
        require = self.server.report.require
        require(self.path == self.server.settings.path, f"path {self.path}")
        require(self.headers["Accept-Encoding"] == "identity", f"Accept-Encoding {self.headers['Accept-Encoding']}")
        require(self.headers["Host"].startswith(f"{self.server.settings.name}:"), f"Host {self.headers['Host']}")

    def _shows_cookies(self):
        shown = {cookie.strip() for cookie in self.headers.get("Cookie", "").split(";")}
        return all(f"{name}={self.server.cookie}" in shown for name in COOKIES)

    def log_message(self, *_):
        pass


def _end_point(certificate):
    """tls-server-end-point, RFC 5929, of a certificate signed with SHA-256."""
    with open(certificate, encoding="ascii") as file:
        text = file.read()
    pem = text[text.index("-----BEGIN CERTIFICATE") :]
    der = ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END CERTIFICATE-----") + 25])
    return b"tls-server-end-point:" + hashlib.sha256(der).digest()
