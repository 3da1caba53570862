"""What goes out: blanks filled, free words read by a lawyer, released by who may, the link recorded; and taken back.

The core lets a text be released only as it was filled from a statement that is approved, unchanged and not expired, at
that moment. A person posts it; nothing here does.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from alerting.asking import Writing
from alerting.commands import TEXT_CHARACTERS_MOST, Refusal
from alerting.compliance import lint
from alerting.config import ContentItem
from alerting.content import expired, fill, lock, lock_item, needs_free_words
from alerting.content_commands import (
    CorrectContent,
    FillContent,
    RecordLink,
    ReleaseContent,
    ReviewFilling,
    WithdrawContent,
)
from alerting.content_events import (
    AnyContentEvent,
    ContentCorrected,
    ContentFilled,
    ContentPosted,
    ContentReleased,
    ContentWithdrawn,
    FillingReviewed,
)
from alerting.errors import BlankError
from alerting.events import PageRequested
from alerting.levels import Level
from alerting.orders import Orders
from alerting.reviewers import LEGAL
from alerting.reviewing import FLAGS_KEPT_MOST
from alerting.shelf import ContentFile, Filling
from streams import ids

RELEASE_ID_DIGITS = 12
_LINK = re.compile(r"https?://[^\s/?#]+[^\s]*")
LINK_CHARACTERS_MOST = 2_000

Decision = Sequence[AnyContentEvent | PageRequested]


def release_id(brand: str, item: str, command: str) -> str:
    """Derived from the command that lets it go out."""
    return ids.derived("release", brand, item, command)[:RELEASE_ID_DIGITS]


def usable(orders: Orders, file: ContentFile, item: ContentItem | None, now: datetime) -> Refusal | None:
    """Why a statement may not be released now; None: it may."""
    if item is None:
        return "unknown_content"
    if file.withdrawn:
        return "content_withdrawn"
    review = file.review_of(item)
    if review is None or not review.holds:
        return "not_approved"
    return "content_expired" if expired(item, now, orders.zone) else None


def fill_in(
    orders: Orders,
    file: ContentFile,
    item: ContentItem | None,
    urgency: Level | None,
    command: FillContent,
    now: datetime,
) -> Decision | Refusal:
    """Fill the blanks of an approved statement; free words go to a lawyer."""
    refusal = usable(orders, file, item, now)
    if refusal is not None:
        return refusal
    assert item is not None
    if command.hash != lock_item(item):
        return "text_changed"
    try:
        text = fill(item, command.values, now, orders.zone)
    except BlankError:
        return "blanks_wrong"
    text_hash = lock(text)
    known = file.filling(text_hash)
    if known is not None and known.is_cleared:
        return []
    writing = Writing(orders, file, command.id, now)
    writing.add(
        ContentFilled(
            cause=command.id, key=command.brand, at=now, item=item.id, by=command.who, incident=command.incident,
            hash=command.hash, text_hash=text_hash, text=text, values=tuple(sorted(command.values.items())),
            needs_legal=needs_free_words(item), flags=tuple(lint(text, item.platform)[:FLAGS_KEPT_MOST]),
        )
    )  # fmt: skip
    if needs_free_words(item):
        for person in orders.config.people:
            if LEGAL in person.roles and person.id not in _parties(file, command.who):
                writing.page(person.id, "review", urgency, "filling")
    return writing.events


def _parties(file: ContentFile, filler: str) -> frozenset[str]:
    """Who may not judge a filled text: whoever wrote or filled it."""
    return frozenset((*(file.review.authors if file.review is not None else ()), filler))


def review_filling(
    orders: Orders, file: ContentFile, command: ReviewFilling, now: datetime
) -> Decision | Refusal:
    """A lawyer says whether the filled text may go out; a later opinion replaces an earlier one."""
    person, filling = orders.config.person(command.who), file.filling(command.text_hash)
    if person is None:
        return "unknown_person"
    if filling is None:
        return "not_filled"
    if LEGAL not in person.roles:
        return "not_a_reviewer"
    if person.id in _parties(file, filling.by):
        return "own_content"
    if not command.opinion.strip():
        return "opinion_missing"
    if len(command.opinion) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    return [
        FillingReviewed(
            cause=command.id, key=command.brand, at=now, item=file.item, by=command.who, incident=filling.incident,
            text_hash=filling.text_hash, verdict=command.verdict, opinion=command.opinion,
        )
    ]  # fmt: skip


def release(
    orders: Orders, file: ContentFile, item: ContentItem | None, command: ReleaseContent, now: datetime
) -> Decision | Refusal:
    """Let a filled text go out."""
    if orders.config.person(command.who) is None:
        return "unknown_person"
    refusal = usable(orders, file, item, now)
    if refusal is not None:
        return refusal
    filling = file.filling(command.text_hash)
    if filling is None or item is None or filling.hash != lock_item(item):
        return "not_filled"
    refusal = _not_releasable(orders, item, filling, now) or _link_refused(command.link)
    if refusal is not None:
        return refusal
    review = file.review_of(item)
    assert review is not None
    return [
        ContentReleased(
            cause=command.id, key=command.brand, at=now, item=item.id, by=command.who,
            incident=command.incident or filling.incident,
            release=release_id(command.brand, item.id, command.id),
            scenario=item.scenario, platform=item.platform, variant=item.variant, hash=filling.hash,
            text_hash=filling.text_hash, text=filling.text, link=command.link,
            emergency=review.wants_ratification,
        )
    ]  # fmt: skip


def _not_releasable(orders: Orders, item: ContentItem, filling: Filling, now: datetime) -> Refusal | None:
    if not filling.is_cleared:
        return "legal_missing"
    try:
        # A time that was promised may have come closer than it may be, or be over.
        still = fill(item, dict(filling.values), now, orders.zone)
    except BlankError:
        return "blanks_wrong"
    if lock(still) != filling.text_hash:
        return "blanks_wrong"
    if filling.needs_legal or not _adds_objection(item, filling.text):
        return None
    return "not_compliant"


def _adds_objection(item: ContentItem, text: str) -> bool:
    """Whether filling made words that block, which the reviewers have not seen."""
    seen = {flag.words for flag in lint(item.text, item.platform)}
    return any(flag.severity == "block" and flag.words not in seen for flag in lint(text, item.platform))


def _link_refused(link: str) -> Refusal | None:
    if not link or (len(link) <= LINK_CHARACTERS_MOST and _LINK.fullmatch(link)):
        return None
    return "link_wrong"


def record_link(file: ContentFile, command: RecordLink, now: datetime) -> Decision | Refusal:
    """Where it stands. Accepted whatever became of the approval since: it is a record of what is."""
    known = file.release(command.release)
    if known is None:
        return "unknown_release"
    if not command.link or _link_refused(command.link) is not None:
        return "link_wrong"
    return [
        ContentPosted(
            cause=command.id, key=command.brand, at=now, item=file.item, by=command.who, incident=known.incident,
            release=known.id, link=command.link,
        )
    ]  # fmt: skip


def withdraw(
    file: ContentFile, item: ContentItem | None, command: WithdrawContent, now: datetime
) -> Decision | Refusal:
    """Take a released text down, or the statement out of use."""
    known = file.release(command.release)
    if command.release and known is None:
        return "unknown_release"
    if item is None and known is None:
        return "unknown_content"
    if (known is not None and known.is_over) or (known is None and file.withdrawn):
        return "release_over"
    if not command.reason.strip():
        return "reason_missing"
    if len(command.reason) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    return [
        ContentWithdrawn(
            cause=command.id, key=command.brand, at=now, item=file.item, by=command.who,
            incident=known.incident if known is not None else "", reason=command.reason, release=command.release,
        )
    ]  # fmt: skip


def correct(file: ContentFile, command: CorrectContent, now: datetime) -> Decision | Refusal:
    """Record that a correction of a released text went out."""
    known = file.release(command.release)
    if known is None:
        return "unknown_release"
    if known.is_over:
        return "release_over"
    if not command.note.strip():
        return "text_missing"
    if len(command.note) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    if _link_refused(command.link) is not None:
        return "link_wrong"
    return [
        ContentCorrected(
            cause=command.id, key=command.brand, at=now, item=file.item, by=command.who, incident=known.incident,
            release=known.id, note=command.note, link=command.link,
        )
    ]  # fmt: skip
