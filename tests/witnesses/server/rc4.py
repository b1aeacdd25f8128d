"""RC4-HMAC's seals as WinRM makes them: RFC 4757 7.3, without the byte of padding.

MIT's library seals with that byte only, so that its seal is taken off again but for its number.
"""

import hashlib
import hmac
import os
import struct

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

OID = bytes.fromhex("06092a864886f712010202")
HEAD = bytes.fromhex("0201" "1100" "1000" "ffff")
"""A Wrap token, HMAC, RC4, filler."""
FROM_ACCEPTOR = b"\xff" * 4
USAGE_SEAL = struct.pack("<I", 13)
NO_SALT = bytes(4)
"""What is mixed into keys of full strength."""


def is_sealed_by(header):
    return header[:1] == b"\x60"


def number_of(key, header):
    """The number in a token's header, which is sealed itself."""
    at = header.index(HEAD) + len(HEAD)
    number, checksum = header[at : at + 8], header[at + 8 : at + 16]
    return struct.unpack(">I", _rc4(_number_key(key, checksum), number)[:4])[0]


def seal(key, number, message):
    """The header, which has the token's whole length in it, and the sealed message."""
    confounder = os.urandom(8)
    sign_key = _hmac(key, b"signaturekey\0")
    checksum = _hmac(sign_key, _md5(USAGE_SEAL + HEAD + confounder + message))[:8]
    in_clear = struct.pack(">I", number)
    seal_key = _hmac(_hmac(bytes(byte ^ 0xF0 for byte in key), NO_SALT), in_clear)
    sealed = _rc4(seal_key, confounder + message)
    sealed_number = _rc4(_number_key(key, checksum), in_clear + FROM_ACCEPTOR)
    inner = OID + HEAD + sealed_number + checksum
    header = b"\x60" + _length(len(inner) + len(sealed)) + inner + sealed[:8]
    return header, sealed[8:]


def _number_key(key, checksum):
    return _hmac(_hmac(key, NO_SALT), checksum)


def _length(size):
    """DER's."""
    if size < 0x80:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def _rc4(key, text):
    return Cipher(ARC4(key), mode=None).encryptor().update(text)


def _hmac(key, text):
    return hmac.digest(key, text, "md5")


def _md5(text):
    return hashlib.md5(text).digest()
