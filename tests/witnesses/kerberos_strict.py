"""What the lab makes of a client of Kerberos that keeps to the rules, and of ones that do not. MIT's library (Debian's
python3-gssapi), its own SPNEGO, and the envelope written here.

usage: kerberos_strict.py PORT HOST SCHEME, where SCHEME is "Negotiate" or "Kerberos". The ticket is the one that
KRB5CCNAME names. Prints a case and an HTTP status a line; after the right case, whether the answer could be read.
"""

import base64
import http.client
import sys

sys.path.append("/usr/lib/python3/dist-packages")
import gssapi  # noqa: E402

PORT, HOST, SCHEME = int(sys.argv[1]), sys.argv[2], sys.argv[3]
KERBEROS = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
MECHANISM = {"Negotiate": SPNEGO, "Kerberos": KERBEROS}[SCHEME]
PROTOCOL = {
    "Negotiate": "application/HTTP-SPNEGO-session-encrypted",
    "Kerberos": "application/HTTP-Kerberos-session-encrypted",
}
OTHER = {"Negotiate": "Kerberos", "Kerberos": "Negotiate"}[SCHEME]
MESSAGE = b"<no-envelope/>"


class Client:
    """One connection."""

    def __init__(self):
        self.http = http.client.HTTPConnection("127.0.0.1", PORT)
        self.context = gssapi.SecurityContext(
            name=gssapi.Name(f"HTTP@{HOST}", gssapi.NameType.hostbased_service),
            mech=MECHANISM,
            usage="initiate",
            flags=gssapi.RequirementFlag.mutual_authentication
            | gssapi.RequirementFlag.confidentiality
            | gssapi.RequirementFlag.integrity
            | gssapi.RequirementFlag.out_of_sequence_detection
            | gssapi.RequirementFlag.replay_detection,
        )

    def post(self, headers, body=b""):
        self.http.request("POST", "/wsman", body, headers)
        answer = self.http.getresponse()
        return answer, answer.read()

    def sign_in(self):
        token = base64.b64encode(self.context.step()).decode()
        answer, _ = self.post({"Authorization": f"{SCHEME} {token}"})
        assert answer.status == 200, answer.status
        scheme, token = answer.headers["WWW-Authenticate"].split()
        assert scheme == SCHEME
        self.context.step(base64.b64decode(token))
        assert self.context.complete
        return self

    def token(self, rotated=28):
        """A sealed message, its header turned so far; where nothing else is said as Windows does it."""
        token = self.context.wrap(MESSAGE, True).message
        rest = token[16:]
        rest = rest[-rotated:] + rest[:-rotated] if rotated else rest
        return token[:6] + rotated.to_bytes(2, "big") + token[8:16] + rest

    def send(self, token, header=60, protocol=PROTOCOL[SCHEME]):
        boundary = b"--Encrypted Boundary"
        body = b"\r\n".join(
            [
                boundary,
                b"\tContent-Type: " + protocol.encode(),
                b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d" % len(MESSAGE),
                boundary,
                b"\tContent-Type: application/octet-stream",
                header.to_bytes(4, "little") + token + boundary + b"--",
                b"",
            ]
        )
        kind = f'multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary"'
        return self.post({"Content-Type": kind}, body)

    def read(self, answer, body):
        """What a sealed answer says."""
        assert PROTOCOL[SCHEME] in answer.headers["Content-Type"]
        start = body.index(b"octet-stream\r\n") + len(b"octet-stream\r\n")
        return self.context.unwrap(body[start + 4 : -len(b"--Encrypted Boundary--\r\n")]).message


def main():
    client = Client().sign_in()
    answer, body = client.send(client.token())
    print("right:", answer.status, "Fault" if b"Fault>" in client.read(answer, body) else "nothing")

    client = Client().sign_in()
    print("another protocol:", client.send(client.token(), protocol=PROTOCOL[OTHER])[0].status)

    client = Client().sign_in()
    token = bytearray(client.token())
    token[-1] ^= 1
    print("changed:", client.send(bytes(token))[0].status)

    client = Client().sign_in()
    print("not turned:", client.send(client.token(rotated=0))[0].status)

    client = Client().sign_in()
    print("cut elsewhere:", client.send(client.token(), header=59)[0].status)

    client = Client().sign_in()
    token = client.token()
    client.send(token)
    print("sent twice:", client.send(token)[0].status)

    stranger, client = Client(), Client().sign_in()
    print("of nobody's connection:", stranger.send(client.token())[0].status)

    client = Client().sign_in()
    print("in clear:", client.post({"Content-Type": "application/soap+xml"}, MESSAGE)[0].status)

    # flags that any client asks for, and no names
    token = base64.b64encode(b"NTLMSSP\0" + (1).to_bytes(4, "little") + b"\x35\x82\x08\x62" + bytes(16)).decode()
    answer, _ = Client().post({"Authorization": f"{SCHEME} {token}"})
    is_challenged = any(" " in offer for offer in answer.headers.get_all("WWW-Authenticate"))
    print("NTLM:", answer.status, "challenged" if is_challenged else "refused")


main()
