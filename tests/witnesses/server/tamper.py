"""What somebody on the way would try with one sealed answer.

Each attack is given the acceptor, the message, and the pieces of the answer before; it returns the pieces to send, each
a header, what follows it and, where that is a lie, the length that is announced; or None to send the message in clear.
"""

import os
import threading


def flip(at):
    def attack(acceptor, message, previous):
        header, data = acceptor.seal(message)
        sealed = bytearray(header + data)
        sealed[at] ^= 1
        return [(bytes(sealed[: len(header)]), bytes(sealed[len(header) :]))]

    return attack


def sign_with_another_key(acceptor, message, previous):
    right = acceptor.context._sign_key_out
    acceptor.context._sign_key_out = bytes(len(right))
    sealed = acceptor.seal(message)
    acceptor.context._sign_key_out = right
    return [sealed]


def know_no_key(acceptor, message, previous):
    header, data = acceptor.seal(message)
    return [(os.urandom(len(header)), os.urandom(len(data)))]


def replay(acceptor, message, previous):
    return previous


def reorder(acceptor, message, previous):
    half = len(message) // 2
    first, second = acceptor.seal(message[:half]), acceptor.seal(message[half:])
    return [second, first]


def withhold(acceptor, message, previous):
    acceptor.seal(message)
    return [acceptor.seal(message)]


def cut_short(acceptor, message, previous):
    header, data = acceptor.seal(message)
    return [(header, data[:-1])]


def announce(difference):
    def attack(acceptor, message, previous):
        header, data = acceptor.seal(message)
        return [(header, data, len(data) + difference)]

    return attack


def send_in_clear(acceptor, message, previous):
    return None


ATTACKS = {
    "wrong_sign_key": sign_with_another_key,
    "no_key": know_no_key,
    "flipped_byte": flip(16 + 200),
    "flipped_signature": flip(4),
    "flipped_sequence_number": flip(12),
    "replayed": replay,
    "reordered": reorder,
    "withheld": withhold,
    "cut_short": cut_short,
    "announced_shorter": announce(-1),
    "announced_longer": announce(1),
    "in_clear": send_in_clear,
}


class Attacker:
    """Strikes once, at the sealed answer of a number."""

    def __init__(self, settings):
        self._attack = ATTACKS.get(settings.tamper)
        self._wait = settings.tamper_at
        self._lock = threading.Lock()

    def next(self):
        """The attack that the answer now due is to suffer, if any."""
        if self._attack is None:
            return None
        with self._lock:
            self._wait -= 1
            return self._attack if self._wait == 0 else None
