"""What there is on the server: logons, connections, a clock that stands still.

Facts of Exchange, not of mapisweep: the columns of Get-LogonStatistics, which process owns a client's connection, that
a client's sessions end when the last of its connections is closed.
"""

from dataclasses import dataclass
from datetime import timedelta, timezone

from psrpcore.types import PSDateTime

SUMMER = timezone(timedelta(hours=2))
WINTER = timezone(timedelta(hours=1))
NOW = PSDateTime(2009, 6, 15, 14, 30, 0, 123456, tzinfo=SUMMER, nanosecond=700)

PROCESSES = {
    "2007": ("store.exe", 2316),
    "2010": ("Microsoft.Exchange.RpcClientAccess.Service.exe", 3140),
}
VERSIONS = {"2007": (8, 3, 83, 6), "2010": (14, 3, 123, 4)}
SNAP_INS = {
    "2007": "Microsoft.Exchange.Management.PowerShell.Admin",
    "2010": "Microsoft.Exchange.Management.PowerShell.E2010",
}


@dataclass(frozen=True)
class User:
    account: str
    display_name: str

    @property
    def dn(self):
        return f"/o=Example/ou=First Administrative Group/cn=Recipients/cn={self.account}"


@dataclass(frozen=True)
class Logon:
    number: int
    user: User
    address: str
    client: str
    mode: str
    logged_on: PSDateTime
    last_access: PSDateTime


class Organization:
    def __init__(self, settings):
        self.exchange = settings.exchange
        self.computer = settings.computer
        # holds for a shell
        self.sees_whole_forest = False
        self.users = {}
        self.logons = []
        self.connections = []
        self._people()
        for number in range(settings.crowd):
            user = self._user(f"user{number}", f"User {number}")
            address = f"10.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"
            self._holds(user, address, minutes=number % 5, client=f"PC{number}")
        heap = self._user("heap", "Uriah Heep")
        for number in range(settings.heap // 50):
            self._holds(heap, f"10.3.{number >> 8}.{number & 255}", connections=50, minutes=7 * 24 * 60)

    @property
    def fqdn(self):
        return f"{self.computer}.corp.example".lower()

    def _people(self):
        smith = self._user("jsmith", "John Smith")
        self._holds(smith, "10.1.4.23", 19, minutes=3 * 24 * 60, client="JSMITH-LT", mode="Cached")
        self._holds(smith, "10.1.9.80", 13, minutes=25 * 60, client="JSMITH-LT", mode="Cached")
        self._holds(smith, "10.1.4.77", 2, minutes=2, client="JSMITH-PC", mode="Cached")
        self._holds(smith, "10.1.8.5", 1, minutes=6 * 60, client="TS01")
        # names that CLIXML has to escape: a tab, what looks like an escape, a character beyond 16 bits
        terminal = [("jürgen", "Jürgen _x0041_ Müller"), ("aoi", "山田\t葵"), ("party", "Party 🎉 <&>")]
        for account, name in terminal:
            self._holds(self._user(account, name), "10.1.8.5", 2, minutes=30, client="TS01")
        # logged on before the clocks were changed, so at another offset from UTC
        early = PSDateTime(2009, 3, 2, 9, 5, 0, 0, tzinfo=WINTER)
        self._log_on(smith, "10.1.4.23", "JSMITH-LT", "Cached", early, early)
        # clients without an address, and one that never said when
        self._log_on(smith, "", "", "Unknown", early, None)
        self._log_on(smith, "0.0.0.0", "JSMITH-V6", "Classic", None, None)
        system = User("EX01$", "Microsoft System Attendant")
        self._log_on(system, "10.0.0.11", "EX01", "ExchangeServer", NOW, NOW)
        self._connect("[2001:db8::23]", "[2001:db8::11]:6001")

    def _user(self, account, display_name):
        user = User(account, display_name)
        self.users[account] = user
        return user

    def _holds(self, user, address, logons=1, connections=None, *, minutes, client="", mode="Classic"):
        last = NOW - timedelta(minutes=minutes)
        for _ in range(logons):
            self._log_on(user, address, client, mode, last - timedelta(hours=1), last)
        for _ in range(connections or logons):
            self._connect(address)

    def _log_on(self, user, address, client, mode, logged_on, last_access):
        number = len(self.logons) + 1
        self.logons.append(Logon(number, user, address, client, mode, logged_on, last_access))

    def _connect(self, address, local="10.0.0.11:6001"):
        image, pid = PROCESSES[self.exchange]
        family = "tcp6" if address.startswith("[") else "tcp4"
        remote = f"{address}:{50_000 + len(self.connections) % 15_000}"
        self.connections.append((family, local, remote, pid, image))

    def close(self, connection):
        """Whether there was such a connection. With its last one, a client's sessions end."""
        if connection not in self.connections:
            return False
        self.connections.remove(connection)
        address = connection[2].rpartition(":")[0]
        if not any(other[2].rpartition(":")[0] == address for other in self.connections):
            self.logons = [logon for logon in self.logons if logon.address != address]
        return True
