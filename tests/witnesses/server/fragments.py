"""Fragments as they go by, [MS-PSRP] 2.2.4 and 2.2.1: read as far as a server has to know what it passes on."""

import struct
import uuid
from dataclasses import dataclass

START = 1
END = 2
PIPELINE_STATE = 0x00041006
NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True)
class Begun:
    """The head of a message, and as much of its data as is in the first fragment."""

    kind: int
    pool: uuid.UUID
    pipeline: uuid.UUID
    data: bytes


def begun(fragments):
    """The messages that begin in these fragments."""
    for flags, blob in pieces(fragments):
        if flags & START:
            yield read(blob)


def pieces(fragments):
    """The flags of each fragment, and what it carries."""
    at = 0
    while at < len(fragments):
        flags, length = struct.unpack_from(">BI", fragments, at + 16)
        yield flags, fragments[at + 21 : at + 21 + length]
        at += 21 + length


def read(blob):
    """A message, or as much of it as is there."""
    (kind,) = struct.unpack_from("<I", blob, 4)
    return Begun(kind, uuid.UUID(bytes_le=blob[8:24]), uuid.UUID(bytes_le=blob[24:40]), blob[40:])
