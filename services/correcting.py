"""Corrections from the command line: how they are read, and how they are recorded where no daemon runs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import get_args

import msgspec

from alerting.commands import LOCAL_ADMIN
from services import asking
from services.engine import Engine
from services.errors import ServicesError, WrongUse
from services.web.texts import say
from streams import ids
from streams.commands import CorrectJudgement
from streams.events import CommandRefused, Label

NO_ITEM = (
    "no page shows this item: it did not come in, or fits no monitor (没有这条内容，或它没有命中任何监测)"
)


class CorrectionRefused(ServicesError):
    """Intake did not take a correction; the message says why."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What an item (its id) really is; what is None stays as it is."""

    item: str
    label: Label | None = None
    topic: str | None = None


def read_correction(item: str, label: str | None, topic: str | None) -> Correction:
    """A correction as it was typed; `item` is an id, or a platform and its own id with a slash between.

    Raises:
        WrongUse: there is no such label, or nothing is said.
    """
    known: dict[str, Label] = {name: name for name in get_args(Label)}
    if label is not None and label not in known:
        raise WrongUse(f"--label: found {label!r}, expected one of {', '.join(known)} (没有这个情绪)")
    if label is None and topic is None:
        raise WrongUse("expected --label or --topic (请给出 --label 或 --topic)")
    platform, slash, native_id = item.partition("/")
    return Correction(
        item=ids.item_id(platform, native_id) if slash else item,
        label=known[label] if label is not None else None,
        topic=topic,
    )


async def correct_alone(
    folder: Path, correction: Correction, environ: Mapping[str, str], now: Callable[[], datetime]
) -> None:
    """Record a correction in a folder that nobody else holds.

    Raises:
        CorrectionRefused: there is no such item or topic.
        streams.errors.StreamsError: the folder is held, or cannot be written.
    """
    row = asking.item_of(folder, environ, correction.item)
    if row is None:
        raise CorrectionRefused(NO_ITEM)
    errors: list[BaseException] = []
    with Engine(folder, None, clock=now, environ=environ, on_error=errors.append) as engine:
        engine.start()
        command = CorrectJudgement(
            id=ids.derived("correct", row.item, now().isoformat()),
            who=LOCAL_ADMIN,
            item=row.item,
            key=row.key,
            label=correction.label,
            topic=correction.topic,
        )
        (outcome,) = await engine.submit([command])
    for event in outcome.events:
        if isinstance(event, CommandRefused):
            key = f"refusal.{event.why}"
            raise CorrectionRefused(f"{say('en', key)} ({say('zh', key)})")
