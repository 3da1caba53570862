"""What is asked of a process of its own, since it takes seconds of a core, and what comes back (`services.aside`)."""

from datetime import datetime

import msgspec

from alerting.config import DeskConfig


class PreviewAsked(msgspec.Struct, frozen=True, kw_only=True, tag="preview"):
    """A brand's history with these desks (`services.preview`)."""

    folder: str
    brand: str
    before: DeskConfig
    after: DeskConfig
    from_at: datetime
    to_at: datetime


Question = PreviewAsked


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """The answer, as it was encoded."""

    body: msgspec.Raw


class TooLong(msgspec.Struct, frozen=True, tag="too_long"):
    """More happened in that time than is read at once."""

    why: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """It could not be answered."""

    why: str


Answer = Answered | TooLong | Failed
encode = msgspec.msgpack.Encoder().encode
decode_question = msgspec.msgpack.Decoder(Question).decode
decode_answer: "msgspec.msgpack.Decoder[Answer]" = msgspec.msgpack.Decoder(Answer)
