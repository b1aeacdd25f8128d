"""A WinRM server for our client, made of other people's protocol code.

NTLM is PyPI's pyspnego (or Debian's gss-ntlmssp, in C); Kerberos and SPNEGO are MIT's library; PowerShell remoting and
CLIXML are PyPI's psrpcore, its server side, or Microsoft's own PowerShell. What is written here is only what lies
between them: HTTP, the encrypted body, WS-Management envelopes, RC4's seals in WinRM's way, and the answers of a few
cmdlets. None of it is derived from mapisweep's own code.

    python tests/witnesses/server <<< '{"user": "CORP\\\\ann", "password": "..."}'

A line of standard input is a JSON object, see settings.py; it is answered by {"port": N}. An empty line ends that
server, and is answered by a report: what was counted, and every complaint about the client. Then there may be another.

| file | what it knows |
| --- | --- |
| settings | what can be asked for: one field a way in which real servers differ, or in which an attacker may try |
| transport | HTTP on one TCP connection: cookies, chunks, closing |
| sign_in | the legs of a sign-in, whichever way it goes |
| acceptor | NTLM, by two implementations |
| kerberos | Kerberos, bare and in SPNEGO, and what a delegated ticket is good for |
| rc4 | RC4-HMAC's seals as WinRM makes them |
| sealed | the encrypted body, both ways, and how to spoil it |
| soap | WS-Management envelopes and faults |
| shells | WS-Management's shell |
| fragments | as much of PowerShell remoting as goes by unread otherwise |
| scripted | a runspace pool made of psrpcore |
| engine | a runspace pool that is a process of Microsoft's PowerShell |
| batch | the script that runs several of them and answers in lines |
| cmdlets, organization | what the cmdlets of a scripted pool answer |
"""

import json
import os
import sys
import tempfile
import threading

from organization import Organization
from report import Report
from settings import Settings
from shells import Shells
from transport import Server


def main():
    for line in sys.stdin:
        serve(Settings(**json.loads(line)))


def serve(settings):
    """One server, until an empty line."""
    report = Report()
    with tempfile.NamedTemporaryFile("w") as users:
        domain, _, name = settings.user.partition("\\")
        users.write(f"{domain}:{name}:{settings.password}\n")
        users.flush()
        # both acceptors read their accounts from here
        os.environ["NTLM_USER_FILE"] = users.name
        if settings.kerberos:
            # only then: the library is Debian's
            import kerberos

            kerberos.prepare(settings.kerberos)
        shells = Shells(settings, Organization(settings), report)
        server = Server(settings, shells, report)
        # it looks for the end that often
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        print(json.dumps({"port": server.server_address[1]}), flush=True)
        sys.stdin.readline()
        server.shutdown()
        server.server_close()
        shells.close()
    print(json.dumps(report.summary(shells)), flush=True)


if __name__ == "__main__":
    main()
