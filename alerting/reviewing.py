"""The three-level review (三级审核): handed in, asked for, an opinion each, approved or returned; and the emergency lane.

The levels come one after the other; a special industry has legal first. A reviewer who keeps silent is followed by a
deputy. In the emergency lane legal and commander decide at once, and the other two levels ratify within a day: legal's
opinion counts for both, so that in the end three levels and the commander stand behind it, four different people.
"""

from collections.abc import Sequence
from datetime import datetime

from alerting.asking import Writing, ask, ask_to_correct
from alerting.commands import TEXT_CHARACTERS_MOST, Refusal
from alerting.config import ContentItem
from alerting.content import expired, lock_item
from alerting.content_checks import check_content, draft_refused, needs_legal_first
from alerting.content_commands import DraftContent, ReviewContent, SubmitContent
from alerting.content_events import (
    AnyContentEvent,
    ContentApproved,
    ContentDrafted,
    ContentRatified,
    ContentReturned,
    ContentSubmitted,
    OpinionGiven,
)
from alerting.events import PageRequested
from alerting.levels import Level
from alerting.orders import Orders
from alerting.reviewers import barred, eligible, has_route, spared
from alerting.shelf import EMERGENCY, LEGAL_FIRST, THREE_LEVELS, ContentFile, Review

FLAGS_KEPT_MOST = 50
TITLE_CHARACTERS = 40


def draft(
    orders: Orders, file: ContentFile, configured: ContentItem | None, command: DraftContent, now: datetime
) -> Sequence[AnyContentEvent] | Refusal:
    """Write a statement at the desk."""
    content, known = command.content, file.current(configured)
    if orders.config.person(command.who) is None:
        return "unknown_person"
    if content.id != command.item or content.author != command.who:
        return "not_this_content"
    if (refusal := draft_refused(content)) is not None:
        return refusal
    if known is not None and lock_item(known) == lock_item(content):
        return "not_changed"
    over = lock_item(configured) if configured is not None else None
    return [
        ContentDrafted(
            cause=command.id, key=command.brand, at=now, item=file.item, by=command.who, content=content, over=over
        )
    ]  # fmt: skip


def submit(
    orders: Orders,
    file: ContentFile,
    configured: ContentItem | None,
    urgency: Level | None,
    command: SubmitContent,
    now: datetime,
) -> Sequence[AnyContentEvent | PageRequested] | Refusal:
    """Hand a statement in."""
    item = file.current(configured)
    if item is None:
        return "unknown_content"
    flags = check_content(item, orders.zone, now)
    refusal = _not_submittable(orders, file, item, urgency, command, now)
    if refusal is None and not command.despite.strip() and any(flag.severity == "block" for flag in flags):
        refusal = "not_compliant"
    if refusal is not None:
        return refusal
    legal_first = needs_legal_first(item)
    authors, levels = authors_of(file, item, configured), EMERGENCY if command.emergency else THREE_LEVELS
    if not has_route(
        [[p.id for p in eligible(orders.config, level, authors, legal_only=legal_first)] for level in levels]
    ):
        return "no_route"
    writing = Writing(orders, file, command.id, now)
    ask_to_correct(writing, "edited")
    writing.add(
        ContentSubmitted(
            cause=command.id, key=command.brand, at=now, item=item.id, by=command.who, incident=command.incident,
            hash=command.hash, number=file.review.number + 1 if file.review is not None else 1,
            authors=authors, order=LEGAL_FIRST if legal_first else THREE_LEVELS,
            emergency=command.emergency, legal_only=legal_first, flags=tuple(flags[:FLAGS_KEPT_MOST]),
            despite=command.despite, title=item.text.strip()[:TITLE_CHARACTERS], expires=item.expires,
        )
    )  # fmt: skip
    ask(writing, urgency)
    return writing.events


def _not_submittable(
    orders: Orders,
    file: ContentFile,
    item: ContentItem,
    urgency: Level | None,
    command: SubmitContent,
    now: datetime,
) -> Refusal | None:
    review = file.review_of(item)
    if command.hash != lock_item(item):
        return "text_changed"
    if expired(item, now, orders.zone):
        return "content_expired"
    if command.emergency and urgency != "red":
        return "not_red"
    if len(command.despite) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    if review is None or file.withdrawn:
        return None
    if review.returned_at is not None:
        return "not_changed"
    if review.approved_at is None and command.emergency and not review.emergency:
        return None  # the storm came while it was in the ordinary lane
    return "in_review" if review.open_levels else "already_approved"


def authors_of(file: ContentFile, item: ContentItem, configured: ContentItem | None) -> tuple[str, ...]:
    """Everybody who had a hand in the text."""
    written = file.writers if item is file.draft else ()
    first = (configured.author,) if configured is not None else ()
    return tuple(sorted({item.author, *first, *written}))


def review(
    orders: Orders,
    file: ContentFile,
    configured: ContentItem | None,
    urgency: Level | None,
    command: ReviewContent,
    now: datetime,
) -> Sequence[AnyContentEvent | PageRequested] | Refusal:
    """Give an opinion."""
    item, current = file.current(configured), file.review
    if current is None:
        return "not_in_review"
    refusal = _not_reviewable(orders, file, item, current, command)
    if refusal is not None:
        return refusal
    writing = Writing(orders, file, command.id, now)
    writing.add(
        OpinionGiven(
            cause=command.id, key=command.brand, at=now, item=file.item, by=command.who, incident=current.incident,
            hash=current.hash, number=current.number, level=command.level, verdict=command.verdict,
            opinion=command.opinion,
        )
    )  # fmt: skip
    if command.verdict == "return":
        _returned(writing, current, command)
    else:
        _agreed(writing, urgency, command.who)
    return writing.events


def _not_reviewable(
    orders: Orders, file: ContentFile, item: ContentItem | None, current: Review, command: ReviewContent
) -> Refusal | None:
    person = orders.config.person(command.who)
    if person is None:
        return "unknown_person"
    changed = item is None or lock_item(item) != current.hash
    if command.hash != current.hash or (changed and not current.wants_ratification):
        return "text_changed"
    if file.withdrawn and not current.wants_ratification:
        return "content_withdrawn"
    if command.who in current.authors:
        return "own_content"
    if command.who in barred(current):
        return "reviewed_before"
    if command.level not in current.open_levels:
        return "not_in_review"
    if person not in eligible(orders.config, command.level, (), legal_only=current.legal_only):
        return "not_a_reviewer"
    if not spared(orders.config, current, command.level, command.who):
        return "needed_elsewhere"
    return _opinion_refused(command.opinion)


def _opinion_refused(opinion: str) -> Refusal | None:
    if not opinion.strip():
        return "opinion_missing"
    return "text_too_long" if len(opinion) > TEXT_CHARACTERS_MOST else None


def _returned(writing: Writing, before: Review, command: ReviewContent) -> None:
    writing.add(
        ContentReturned(
            cause=writing.cause, key=writing.orders.brand.id, at=writing.now, item=writing.file.item, by=command.who,
            incident=before.incident, hash=before.hash, number=before.number, level=command.level,
            opinion=command.opinion,
        )
    )  # fmt: skip
    if before.wants_ratification:
        ask_to_correct(writing, "returned")
    for author in before.authors:
        writing.page(author, "review", None, "returned")


def _agreed(writing: Writing, urgency: Level | None, by: str) -> None:
    current = writing.file.review
    assert current is not None
    told = {
        "cause": writing.cause, "key": writing.orders.brand.id, "at": writing.now, "item": writing.file.item,
        "incident": current.incident, "hash": current.hash, "number": current.number,
    }  # fmt: skip
    is_complete = not set(current.order) - current.given
    if current.approved_at is None:
        if is_complete or (current.emergency and set(EMERGENCY) <= current.given):
            writing.add(ContentApproved(**told, by=by, emergency=current.emergency))  # type: ignore[arg-type]
    elif is_complete:
        writing.add(ContentRatified(**told, by=by))  # type: ignore[arg-type]
    ask(writing, urgency)
