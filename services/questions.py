"""What is asked of a process of its own, since it takes seconds of a core, and what comes back (`services.aside`)."""

from datetime import datetime

import msgspec

from alerting.config import DeskConfig
from services.sla_history import EVENTS_MOST
from services.web.report_figures import Asked
from streams.config import IntakeConfig

WHAT_IF_EVENTS_MOST = 300_000
"""Events that are decided once more under other promises: some half a minute."""


class PreviewAsked(msgspec.Struct, frozen=True, kw_only=True, tag="preview"):
    """A brand's history with these desks (`services.preview`)."""

    folder: str | None
    """Whose journals; None: those on Kafka, as the environment names it."""
    brand: str
    before: DeskConfig
    after: DeskConfig
    from_at: datetime
    to_at: datetime


class ReportAsked(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """A report on response times (`services.sla_answers`)."""

    folder: str | None
    asked: Asked
    brand: str | None
    now: datetime
    zone: str
    what_if: IntakeConfig | None = None
    """What else might have been promised."""
    events_most: int = EVENTS_MOST
    what_if_events_most: int = WHAT_IF_EVENTS_MOST


Question = PreviewAsked | ReportAsked


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
