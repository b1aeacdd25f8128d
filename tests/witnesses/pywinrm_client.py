"""PyPI's pywinrm as a client of the lab.

usage: pywinrm_client.py SETTINGS, as for pypsrp_client.py, without exchange.

pywinrm knows only the cmd shell, which the lab does not offer. What it shows is sign-in, sealing and that the refusal
arrives as a fault that somebody else's code can read.
"""

import json
import sys

from winrm.exceptions import InvalidCredentialsError, WSManFaultError
from winrm.protocol import Protocol

SETTINGS = json.loads(sys.argv[1])


def open_shell(password):
    ca = SETTINGS["ca"]
    scheme = "http" if ca is None else "https"
    protocol = Protocol(
        endpoint=f"{scheme}://127.0.0.1:{SETTINGS['port']}/wsman",
        transport=SETTINGS["auth"],
        username=SETTINGS["user"],
        password=password,
        message_encryption="always" if ca is None else "auto",
        ca_trust_path=ca or "legacy_requests",
    )
    return protocol.open_shell()


def main():
    try:
        open_shell(SETTINGS["password"])
    except WSManFaultError as fault:
        assert int(fault.wsman_fault_code) == 2150858752, fault.wsman_fault_code
        assert "was not found in the WS-Management catalog" in str(fault), fault
    else:
        raise AssertionError("the lab has no cmd shell")
    try:
        open_shell("wrong")
    except InvalidCredentialsError:
        pass
    else:
        raise AssertionError("any password will do")
    print("ok   the cmd shell is refused in words that pywinrm understands, and so is a wrong password")


if __name__ == "__main__":
    main()
