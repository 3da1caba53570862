"""What goes between the daemon and its press: frames, each a length (4 bytes, big-endian) and a message in MessagePack.

The daemon sends a `Setup` and then batches; the press answers each, in their order.
"""

import msgspec

from services.gateway.preparing import Batch
from services.gateway.receipts import Rejected
from streams.arrivals import Judged
from streams.commands import MarkConversation
from streams.config import IntakeConfig

LENGTH_BYTES = 4


class Setup(msgspec.Struct, frozen=True, array_like=True):
    """What it is told first. The vault's key it finds where the daemon found it."""

    folder: str
    config: IntakeConfig
    shared: bool = False
    """The vault's keys are those of a house on Kafka, which the environment names."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """It is set up, and everything that loads at first use is loaded."""


class Written(msgspec.Struct, frozen=True, tag="written"):
    """A batch, prepared and judged (`services.gateway.preparing.Prepared`)."""

    wrong: tuple[Rejected, ...]
    numbers: tuple[int, ...]
    arrivals: tuple[Judged | MarkConversation, ...]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The vault refuses to write."""

    why: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Preparing a batch raised what nothing should."""

    why: str


Answer = Ready | Written | Refused | Failed
_encoder = msgspec.msgpack.Encoder()
decode_setup = msgspec.msgpack.Decoder(Setup).decode
decode_batch = msgspec.msgpack.Decoder(Batch).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode


def framed(message: Setup | Batch | Answer) -> bytes:
    """A message as it goes through."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body
