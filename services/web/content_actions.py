"""What people do with prepared statements, from a form to a command. A released text is posted by a person."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, get_args

import msgspec

from alerting.commands import DeskCommand
from alerting.config import ContentItem, FreeBlank, TimeBlank
from alerting.content import fill, gaps, lock
from alerting.content_commands import (
    CorrectContent,
    DraftContent,
    FillContent,
    RecordLink,
    ReleaseContent,
    ReviewContent,
    ReviewFilling,
    SubmitContent,
    WithdrawContent,
)
from alerting.content_events import ContentFilled, ReviewLevel, ReviewVerdict
from alerting.errors import BlankError
from services.web.actions import Fields, command_id, settled, text_of
from services.web.content_wording import blank_words
from services.web.errors import BadQuestion, Refused
from services.web.forms import required_day
from services.web.offers import Offer
from services.web.visit import Visit

BLANK_PREFIX = "blank."
_Act = Callable[[Visit, Offer, Fields], Awaitable[None]]


async def act_on_content(visit: Visit, offer: Offer, action: str, fields: Fields) -> str:
    """Do `action` (one of `ACTIONS`) to a statement; returns the name of the text that says so.

    Raises:
        BadQuestion: there is no such action, or a field is not what was expected.
        Refused: the Desk refused it.
    """
    if action not in ACTIONS:
        raise BadQuestion(f"action: found {action[:40]!r}, expected one of {', '.join(ACTIONS)}")
    act, said = ACTIONS[action]
    await act(visit, offer, fields)
    return said


async def write_new(visit: Visit, brand: str, fields: Fields) -> str:
    """Write a statement that the configuration does not hold; returns its id.

    Its blanks are those of its text, all free: what may stand in them is narrowed in the configuration.

    Raises:
        BadQuestion: a field is not what was expected.
        Refused: the Desk refused it.
    """
    text = text_of(fields, "text").replace("\r\n", "\n")
    item = ContentItem(
        set=fields.get("scenario", "").strip(), scenario=fields.get("scenario", "").strip(),
        platform=fields.get("platform", "").strip(), variant=fields.get("variant", "").strip(), author=visit.person.id,
        expires=required_day(fields, "expires"), blanks=tuple(FreeBlank(name=name) for name in gaps(text)), text=text,
    )  # fmt: skip
    command = DraftContent(
        id=command_id(visit, fields), who=visit.person.id, brand=brand, item=item.id, content=item
    )
    await settled(visit, await visit.desk.house.command(command))
    return item.id


async def _ask(visit: Visit, command: DeskCommand) -> None:
    await settled(visit, await visit.desk.house.command(command))


async def _draft(visit: Visit, offer: Offer, fields: Fields) -> None:
    """Another text; blanks that it has still keep what may stand in them, new ones are free."""
    text = text_of(fields, "text").replace("\r\n", "\n")
    known = {blank.name: blank for blank in offer.item.blanks}
    content = msgspec.structs.replace(
        offer.item, author=visit.person.id, text=text,
        blanks=tuple(known.get(name) or FreeBlank(name=name) for name in gaps(text)),
        expires=required_day(fields, "expires") if fields.get("expires") else offer.item.expires,
    )  # fmt: skip
    await _ask(visit, DraftContent(**_head(visit, offer, fields), content=content))


async def _submit(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _ask(
        visit,
        SubmitContent(
            **_head(visit, offer, fields), hash=fields.get("hash", offer.hash),
            emergency=fields.get("emergency") in {"yes", "true"}, despite=text_of(fields, "despite"),
            incident=fields.get("incident", ""),
        ),
    )  # fmt: skip


async def _review(visit: Visit, offer: Offer, fields: Fields) -> None:
    level = _one_of(fields, "level", get_args(ReviewLevel), offer.mine[0] if offer.mine else "")
    await _ask(
        visit,
        ReviewContent(
            **_head(visit, offer, fields), hash=fields.get("hash", offer.hash), level=level,  # type: ignore[arg-type]
            verdict=_verdict(fields), opinion=text_of(fields, "opinion"),
        ),
    )  # fmt: skip


async def _fill(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _filled(visit, offer, fields)


async def _filled(visit: Visit, offer: Offer, fields: Fields) -> str:
    """Fill the blanks; the hash of the text."""
    values = _values(visit, offer.item, fields)
    command = FillContent(
        **_head(visit, offer, fields), hash=fields.get("hash", offer.hash), values=values,
        incident=fields.get("incident", ""),
    )  # fmt: skip
    outcome = await visit.desk.house.command(command)
    try:
        await settled(visit, outcome)
    except Refused as refused:
        if str(refused) == "blanks_wrong":
            raise Refused("blanks_wrong", _wrong_blank(visit, offer.item, values)) from refused
        raise
    filled = next((event for event in outcome.events if isinstance(event, ContentFilled)), None)
    if filled is not None:
        return filled.text_hash
    try:
        return lock(fill(offer.item, values, visit.now, visit.zone))  # it had been filled and cleared before
    except BlankError as error:
        raise Refused("blanks_wrong") from error


async def _publish(visit: Visit, offer: Offer, fields: Fields) -> None:
    """Fill and release in one press, where no free words stand in it."""
    text_hash = await _filled(visit, offer, fields)
    release = ReleaseContent(
        **_head(visit, offer, {}), text_hash=text_hash, link=fields.get("link", "").strip(),
        incident=fields.get("incident", ""),
    )  # fmt: skip
    await _ask(visit, release)


async def _review_filling(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _ask(
        visit,
        ReviewFilling(
            **_head(visit, offer, fields), text_hash=fields.get("text_hash", ""), verdict=_verdict(fields),
            opinion=text_of(fields, "opinion"),
        ),
    )  # fmt: skip


async def _release(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _ask(
        visit,
        ReleaseContent(
            **_head(visit, offer, fields), text_hash=fields.get("text_hash", ""),
            link=fields.get("link", "").strip(), incident=fields.get("incident", ""),
        ),
    )  # fmt: skip


async def _post(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _ask(
        visit,
        RecordLink(
            **_head(visit, offer, fields),
            release=fields.get("release", ""),
            link=fields.get("link", "").strip(),
        ),
    )


async def _withdraw(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _ask(
        visit,
        WithdrawContent(
            **_head(visit, offer, fields), reason=text_of(fields, "reason"), release=fields.get("release", "")
        ),
    )


async def _correct(visit: Visit, offer: Offer, fields: Fields) -> None:
    await _ask(
        visit,
        CorrectContent(
            **_head(visit, offer, fields), release=fields.get("release", ""), note=text_of(fields, "note"),
            link=fields.get("link", "").strip(),
        ),
    )  # fmt: skip


def _head(visit: Visit, offer: Offer, fields: Fields) -> Any:
    """Fields that every command begins with."""
    return {
        "id": command_id(visit, fields), "who": visit.person.id, "brand": offer.brand, "item": offer.item.id,
    }  # fmt: skip


def _wrong_blank(visit: Visit, item: ContentItem, values: Mapping[str, str]) -> str:
    """Which blank is not filled as it may be, and how it may be."""
    try:
        fill(item, values, visit.now, visit.zone)
    except BlankError as error:
        wrong = (blank for blank in item.blanks if blank.name == error.blank)
        return next((blank_words(blank, visit.language) for blank in wrong), "")
    return ""


def _values(visit: Visit, item: ContentItem, fields: Fields) -> dict[str, str]:
    """What was typed into the blanks; a time of day is the next one by the brand's wall."""
    typed = {
        name.removeprefix(BLANK_PREFIX): value.strip()
        for name, value in fields.items()
        if name.startswith(BLANK_PREFIX)
    }
    times = {blank.name for blank in item.blanks if isinstance(blank, TimeBlank)}
    return {name: _moment(visit, value) if name in times else value for name, value in typed.items()}


def _moment(visit: Visit, typed: str) -> str:
    try:
        clock = time.fromisoformat(typed)
    except ValueError:
        return typed  # a whole moment, or what the desk refuses
    local = visit.now.astimezone(visit.zone)
    found = datetime.combine(local.date(), clock, visit.zone)
    return (found if found > local else found + timedelta(days=1)).isoformat()


def _verdict(fields: Fields) -> ReviewVerdict:
    return _one_of(fields, "verdict", get_args(ReviewVerdict), "")  # type: ignore[return-value]


def _one_of(fields: Fields, name: str, words: tuple[str, ...], default: str) -> str:
    found = fields.get(name, default)
    if found not in words:
        raise BadQuestion(f"{name}: found {found[:40]!r}, expected one of {', '.join(words)}")
    return found


ACTIONS: Mapping[str, tuple[_Act, str]] = {
    "draft": (_draft, "content_drafted"),
    "submit": (_submit, "content_submitted"),
    "review": (_review, "content_reviewed"),
    "fill": (_fill, "content_filled"),
    "publish": (_publish, "content_released"),
    "review-filling": (_review_filling, "content_reviewed"),
    "release": (_release, "content_released"),
    "post": (_post, "content_posted"),
    "withdraw": (_withdraw, "content_withdrawn"),
    "correct": (_correct, "content_corrected"),
}
"""Each action with what it does and the text that says that it was done."""
