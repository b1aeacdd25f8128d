"""PyPI's pypsrp as a client of the server in server/, by Kerberos: pyspnego on MIT's library.

usage: kerberos_client.py SETTINGS, where SETTINGS is a JSON object with port, host (by which the server is known to the
KDC), service, scheme ("negotiate" or "kerberos"), delegate, bind (to the channel), ca (a file, for HTTPS; null for HTTP) and,
where the cmdlets come from one, snap_in. The ticket is the one that KRB5CCNAME names.

Opens a runspace pool, runs a cmdlet that needs Active Directory, and prints how many rows it gave and the kinds of
errors; or "refused", and what the server said of it.
"""

import json
import sys
import types

# Debian's package python3-gssapi, which a virtual environment does not see
sys.path.append("/usr/lib/python3/dist-packages")
# PyPI's krb5 would have to be compiled; pyspnego uses it to get tickets only, and here there is one already
sys.modules["krb5"] = types.ModuleType("krb5")

from pypsrp.exceptions import AuthenticationError  # noqa: E402
from pypsrp.powershell import PowerShell, RunspacePool  # noqa: E402
from pypsrp.wsman import WSMan  # noqa: E402
from spnego.exceptions import SpnegoError  # noqa: E402

SETTINGS = json.loads(sys.argv[1])


def connection():
    ca = SETTINGS["ca"]
    return WSMan(
        server="127.0.0.1",
        port=SETTINGS["port"],
        auth=SETTINGS["scheme"],
        ssl=ca is not None,
        cert_validation=ca or True,
        negotiate_delegate=SETTINGS["delegate"],
        negotiate_hostname_override=SETTINGS["host"],
        negotiate_send_cbt=SETTINGS["bind"],
        negotiate_service=SETTINGS["service"],
        reconnection_retries=0,
    )


def logons():
    with RunspacePool(connection()) as pool:
        if snap_in := SETTINGS.get("snap_in"):
            PowerShell(pool).add_cmdlet("Add-PSSnapin").add_parameters({"Name": snap_in}).invoke()
        powershell = PowerShell(pool)
        powershell.add_cmdlet("Get-LogonStatistics").add_parameters({"Server": "ex01"})
        rows = powershell.invoke()
        return len(rows), *(error.reason for error in powershell.streams.error)


if __name__ == "__main__":
    try:
        print(*logons())
    except AuthenticationError:
        print("refused")
    except SpnegoError as answer:
        print("refused:", answer)
