"""PyPI's pyspnego as a client of the lab, by Kerberos: bodies that WinRM takes and bodies that it does not.

usage: kerberos_bodies.py SETTINGS, where SETTINGS is a JSON object with port, host (by which the server is known to the
KDC) and scheme ("Negotiate" or "Kerberos"). The ticket is the one that KRB5CCNAME names.

Prints a JSON object: the HTTP status of each case, each on a connection of its own.
"""

import base64
import http.client
import json
import struct
import sys
import types

# Debian's package python3-gssapi, which a virtual environment does not see
sys.path.append("/usr/lib/python3/dist-packages")
# PyPI's krb5 would have to be compiled; pyspnego uses it to get tickets only, and here there is one already
sys.modules["krb5"] = types.ModuleType("krb5")

import spnego  # noqa: E402

SETTINGS = json.loads(sys.argv[1])
SCHEME = SETTINGS["scheme"]
NEGOTIATE = "application/HTTP-SPNEGO-session-encrypted"
KERBEROS = "application/HTTP-Kerberos-session-encrypted"
OWN, OTHER = (KERBEROS, NEGOTIATE) if SCHEME == "Kerberos" else (NEGOTIATE, KERBEROS)
# answered with a fault, which is sealed as any answer is
MESSAGE = b"<Envelope>not WS-Management</Envelope>"


class Client:
    def __init__(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", SETTINGS["port"])

    def post(self, body=b"", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("POST", "/wsman", body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def post_token(self, token):
        authorization = f"{SCHEME} {base64.b64encode(token).decode()}"
        answer, _ = self.post(Authorization=authorization)
        return answer

    def sign_in(self):
        """An empty POST with the token; what comes back proves the server."""
        self.context = spnego.client(
            hostname=SETTINGS["host"], service="HTTP", protocol=SCHEME.lower()
        )
        answer = self.post_token(self.context.step())
        assert answer.status == 200, answer.status
        scheme, token = answer.headers["WWW-Authenticate"].split()
        assert scheme == SCHEME, scheme
        self.context.step(base64.b64decode(token))
        assert self.context.complete
        return self

    def sealed(self, protocol=OWN, moved=0, flipped=False, longer=0):
        """A sealed message; `moved` bytes of the ciphertext stand with the signature."""
        header, data, _ = self.context.wrap_winrm(MESSAGE)
        if flipped:
            data = data[:-1] + bytes([data[-1] ^ 1])
        header, data = header + data[:moved], data[moved:]
        body = (
            f"--Encrypted Boundary\r\n\tContent-Type: {protocol}\r\n"
            "\tOriginalContent: type=application/soap+xml;charset=UTF-8;"
            f"Length={len(MESSAGE) + longer}\r\n"
            "--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n"
        ).encode()
        body += struct.pack("<I", len(header)) + header + data + b"--Encrypted Boundary--\r\n"
        kind = f'multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary"'
        return self.post(body, Content_Type=kind)

    def opened(self, answer, body):
        assert OWN in answer.headers["Content-Type"], answer.headers["Content-Type"]
        sealed = body.split(b"octet-stream\r\n")[1].removesuffix(b"--Encrypted Boundary--\r\n")
        (length,) = struct.unpack_from("<I", sealed)
        return self.context.unwrap_winrm(sealed[4 : 4 + length], sealed[4 + length :])


def as_it_should_be():
    client = Client().sign_in()
    # the second message shows that the first moved both counters
    for _ in range(2):
        answer, body = client.sealed()
        assert b"Fault" in client.opened(answer, body)
    return answer.status


def sealed_as(**peculiar):
    answer, _ = Client().sign_in().sealed(**peculiar)
    return answer.status


def unsealed():
    answer, _ = Client().sign_in().post(MESSAGE, Content_Type="application/soap+xml")
    return answer.status


def by_another_context():
    client, another = Client().sign_in(), Client().sign_in()
    client.context = another.context
    answer, _ = client.sealed()
    return answer.status


def ntlm():
    """NTLM's first token; a challenge to it has its own signature."""
    answer = Client().post_token(b"NTLMSSP\0\1\0\0\0" + struct.pack("<I", 0x62088235) + bytes(24))
    challenged = any(" " in offer for offer in answer.headers.get_all("WWW-Authenticate"))
    return [answer.status, challenged]


if __name__ == "__main__":
    outcome = {
        "as it should be": as_it_should_be(),
        "the other scheme's protocol": sealed_as(protocol=OTHER),
        "a flipped bit": sealed_as(flipped=True),
        "cut in another place": sealed_as(moved=1, longer=-1),
        "another length": sealed_as(longer=1),
        "another context": by_another_context(),
        "unsealed": unsealed(),
        "NTLM": ntlm(),
    }
    print(json.dumps(outcome))
