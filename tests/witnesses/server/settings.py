"""What can be asked of the server."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """The plain server, unless told otherwise: WinRM 3 on Exchange 2007, sealed NTLM under Negotiate."""

    user: str
    """DOMAIN\\name of the one account there is."""
    password: str

    # how it signs in
    acceptor: str = "pyspnego"
    """Or "gss-ntlmssp", or "none": NTLM is refused."""
    kerberos: dict = field(default_factory=dict)
    """With it, Kerberos is taken, too: in SPNEGO under Negotiate, bare under Kerberos.
    krb5_conf, keytab: files, for MIT's library.
    second_hop: a service, for which a delegated ticket must be good; without it none is.
    strict_binding: refuses whoever does not bind to the channel (CbtHardeningLevel=Strict); who binds to another is
    refused by any server.
    padded_rc4: seals RC4-HMAC as RFC 4757 has it, not as WinRM does.
    refuses: the ticket is good and refused all the same.
    reply: "missing", "garbage", "reject" or "ntlm" (SPNEGO's), in place of the proof of who the server is."""
    name: str = "ex01"
    """What the client calls this server."""
    schemes: tuple = ("Negotiate", "Kerberos")
    """What WWW-Authenticate offers; NTLM messages are taken under Negotiate and NTLM, whichever is offered."""
    sign_in_each: bool = False
    """The sign-in holds for one request (Persistent-Auth: false)."""
    cookie: bool = False
    """Sets session cookies when a shell is made, and refuses what comes to a shell without them."""
    max_token: int = 0
    """A larger token is not taken (MaxFieldLength, MaxRequestBytes)."""
    too_large: int = 400
    """The HTTP status that says so."""
    forgets_at: int = 0
    """Once, at the request of this number on connections that are signed in: the sign-in is not known any more."""
    early_body: str = ""
    """Beside every answer that belongs to a sign-in, in clear."""
    certificate: str = ""
    """A PEM file with key and certificate: HTTPS, bodies in clear, the sign-in bound to the channel."""

    # which of a server's endpoints it is
    path: str = "/wsman"
    resource: str = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"

    # how it closes TCP connections
    close: str = ""
    """After each answer: "announced" with Connection: close, or "silent"."""
    close_between_legs: int = 0
    """So many times right after the NTLM challenge, silently."""

    # how it writes bodies
    boundary: str = "--Encrypted Boundary"
    parts: int = 1
    """Pieces that an answer is sealed in."""
    chunked: bool = False
    gzip: bool = False
    """Compresses, although the client asked for identity."""

    # how WinRM behaves
    protocol: str = "2.3"
    """Of PowerShell remoting: 2.1 is WinRM 2.0, 2.2 and later 3.0."""
    max_envelope: int = 512_000
    """Larger requests are refused (HTTP 413); answers stay below this and below what the client asks for."""
    asks: bool = False
    """Each pipeline asks the user for a line before it runs."""
    own_command_ids: bool = False
    """Does not take the client's ids for commands, as WinRM 2.0."""
    timeouts: int = 0
    """So many Receives of each command time out first."""
    many_states: bool = False
    """Several CommandState elements an answer, also of other commands."""
    piece: int = 0
    """No more bytes of output in an answer, although more would fit."""
    lines: int = 250
    """So many lines of an answer come in one list; with 0 each is an object of its own."""
    mute: bool = False
    """Answers each Receive of a command at once, never with anything: it runs on."""

    # what is behind it
    engine: dict = field(default_factory=dict)
    """{"command": [...], "environment": {...}}: each shell is a process of PowerShell, started like this. Without it, all
    that a shell can do is what cmdlets.py has, and what that has to tell is this:"""
    exchange: str = "2007"
    """Or "2010": session ids, and another process that owns the connections."""
    computer: str = "EX01"
    """What it calls itself."""
    requires_delegation: bool = False
    """Exchange's cmdlets reach Active Directory only with a ticket that the client delegated."""
    crowd: int = 0
    """So many more users with a logon and a connection each."""
    heap: int = 0
    """So many stale connections of the user heap, 50 and one logon an address."""

    # what an attacker would try: once, with the sealed answer of this number, or with the sign-in
    tamper: str = ""
    """One of tamper.ATTACKS."""
    tamper_at: int = 4
    relay: bool = False
    """With a certificate: somebody ends TLS with that one and passes the sign-in on to a server that has another."""
