"""Fragments as they go by, [MS-PSRP] 2.2.4 and 2.2.1: read as far as a server has to know what it passes on."""

import struct
import uuid
from dataclasses import dataclass

START = 1
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
    at = 0
    while at < len(fragments):
        flags, length = struct.unpack_from(">BI", fragments, at + 16)
        blob = fragments[at + 21 : at + 21 + length]
        if flags & START:
            (kind,) = struct.unpack_from("<I", blob, 4)
            yield Begun(kind, uuid.UUID(bytes_le=blob[8:24]), uuid.UUID(bytes_le=blob[24:40]), blob[40:])
        at += 21 + length
