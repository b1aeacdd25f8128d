"""Accepts a Kerberos sign-in by MIT's library and seals with RC4-HMAC as WinRM does: RFC 4757 section 7.3, with the
padding byte or without it. A line in, a line out, all in hexadecimal:

    TOKEN                      the answer to the initiator's token; the context stands
    padded|unpadded MESSAGE    its header and its data
"""
import hashlib
import hmac
import struct
import sys

import gssapi
from gssapi.raw import OID, inquire_sec_context_by_oid

# GSS_C_INQ_SSPI_SESSION_KEY
SESSION_KEY = OID.from_int_seq("1.2.840.113554.1.2.2.5.5")
MECHANISM = bytes.fromhex("06092a864886f712010202")
# TOK_ID, SGN_ALG, SEAL_ALG, filler
HEADER = bytes.fromhex("02011100" "1000ffff")


def hashed(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def rc4(key, data):
    box, j = list(range(256)), 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def length(n):
    if n < 0x80:
        return bytes([n])
    encoded = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(encoded)]) + encoded


def sequence_key(key, checksum):
    return hashed(hashed(key, struct.pack("<I", 0)), checksum)


def next_sequence(context, key):
    """The number of the next message: the library's own is asked for its, and the message thrown away."""
    token = context.wrap(b"probe", True).message
    body = token[token.index(HEADER):]
    number = rc4(sequence_key(key, body[16:24]), body[8:16])
    return struct.unpack(">I", number[:4])[0] + 1, token


def seal(key, number, message, padding):
    confounder = bytes(range(8))
    plain = confounder + message + padding
    signing = hashed(key, b"signaturekey\0")
    checksum = hashed(signing, hashlib.md5(struct.pack("<I", 13) + HEADER + plain).digest())[:8]
    local = bytes(byte ^ 0xF0 for byte in key)
    sealing = hashed(hashed(local, struct.pack("<I", 0)), struct.pack(">I", number))
    # sent by the acceptor
    direction = b"\xff" * 4
    sequence = rc4(sequence_key(key, checksum), struct.pack(">I", number) + direction)
    body = MECHANISM + HEADER + sequence + checksum + rc4(sealing, plain)
    token = b"\x60" + length(len(body)) + body
    cut = len(token) - len(message) - len(padding)
    return token[:cut], token[cut:]


def main():
    say = lambda *parts: print(*(part.hex() for part in parts), flush=True)
    context = gssapi.SecurityContext(usage="accept")
    say(context.step(bytes.fromhex(sys.stdin.readline())))
    key = inquire_sec_context_by_oid(context, SESSION_KEY)[0]
    number, probe = next_sequence(context, key)
    # the initiator opens it, so that the numbers go on from there
    say(probe)
    for line in sys.stdin:
        how, message = line.split()
        say(*seal(key, number, bytes.fromhex(message), b"\x01" if how == "padded" else b""))
        number += 1


main()
