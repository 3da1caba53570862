"""Asking for opinions: whose phone rings, the deputy of who keeps silent, and what two people let out and nobody ratified.

At orange and red somebody is asked at once, whoever sleeps last. Else nobody is woken for a review: the first who is awake is
asked, and a deputy a day later.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerting.config import ContentItem
from alerting.content_events import (
    AnyContentEvent,
    CorrectionAsked,
    CorrectionReason,
    RatificationLapsed,
    ReviewAsked,
    ReviewLevel,
)
from alerting.events import PageReason, PageRequested
from alerting.levels import Level
from alerting.orders import Orders
from alerting.rest import first_awake
from alerting.reviewers import choices, to_ask
from alerting.shelf import ContentFile, Review, fold_content
from streams import ids

DEPUTY_AFTER: dict[Level | None, timedelta] = {
    "red": timedelta(minutes=5),
    "orange": timedelta(minutes=15),
}
DEPUTY_AFTER_IN_PEACE = timedelta(days=1)
"""At yellow, blue, and when nothing burns."""
RATIFY_WITHIN = timedelta(hours=24)
ASKED_MOST = 60
"""So often people are asked at one level of one review; then `check` should have been believed."""


class Writing:
    """What a decision about one statement has come to so far, and the file as it would stand after it."""

    def __init__(self, orders: Orders, file: ContentFile, cause: str, now: datetime) -> None:
        self.orders = orders
        self.file = file
        self.cause = cause
        self.now = now
        self.events: list[AnyContentEvent | PageRequested] = []

    def add(self, event: AnyContentEvent) -> None:
        """Decide one more event."""
        self.events.append(event)
        self.file = fold_content(self.file, event)

    def page(self, person: str, reason: PageReason, level: Level | None, about: str) -> None:
        """Call somebody about the statement; whoever has no contact sees it on the page."""
        known = self.orders.config.person(person)
        if known is None or not known.contacts:
            return
        turn = sum(isinstance(event, PageRequested) for event in self.events)
        self.events.append(
            PageRequested(
                cause=self.cause, key=self.orders.brand.id, at=self.now, incident="",
                page=ids.derived("page", self.cause, self.file.item, person, about, str(turn)),
                level=level or "blue", category=self.file.item, person=person, means="notify",
                reason=reason, climb=0, playbook_step=about,
            )
        )  # fmt: skip


def ask(writing: Writing, urgency: Level | None) -> None:
    """Ask somebody at every open level where nobody was asked yet."""
    current = writing.file.review
    assert current is not None
    asked = {each.level for each in current.asked}
    for level in current.open_levels:
        if level not in asked and _asked_first_at(writing.orders, current, level, urgency) <= writing.now:
            _ask_next(writing, level, urgency, writing.now)


def _asked_first_at(orders: Orders, current: Review, level: ReviewLevel, urgency: Level | None) -> datetime:
    """When somebody is to be asked at a level where nobody was."""
    since = max((current.submitted_at, *(opinion.at for opinion in current.opinions)))
    if urgency in DEPUTY_AFTER:
        return since
    return first_awake(choices(orders.config, current, level), orders.zone, since)


def _ask_next(writing: Writing, level: ReviewLevel, urgency: Level | None, at: datetime) -> None:
    current = writing.file.review
    assert current is not None
    person = to_ask(writing.orders, current, level, urgency, writing.now)
    if person is None:
        return
    turn = sum(each.level == level for each in current.asked)
    writing.add(
        ReviewAsked(
            cause=writing.cause, key=writing.orders.brand.id, at=at, item=writing.file.item,
            incident=current.incident, hash=current.hash, number=current.number, level=level, person=person.id,
            round=turn, urgency=urgency,
        )
    )  # fmt: skip
    writing.page(person.id, "review", urgency, level)


def ask_to_correct(writing: Writing, reason: CorrectionReason) -> None:
    """What went out on the word of two people, and was never ratified, must be withdrawn or corrected."""
    current = writing.file.review
    if current is None or not current.wants_ratification:
        return
    live = [each for each in writing.file.releases if each.hash == current.hash and not each.is_over]
    if not live:
        return
    writing.add(
        CorrectionAsked(
            cause=writing.cause, key=writing.orders.brand.id, at=writing.now, item=writing.file.item,
            incident=live[-1].incident, hash=current.hash, number=current.number, reason=reason,
            releases=tuple(each.id for each in live),
        )
    )  # fmt: skip
    commanders = (opinion.by for opinion in current.opinions if opinion.level == "commander")
    for person in dict.fromkeys((*(each.by for each in live), *commanders)):
        writing.page(person, "correct", "orange", reason)


def review_due_at(orders: Orders, file: ContentFile, urgency: Level | None) -> datetime | None:
    """When a deputy is to be asked, or a ratification runs out."""
    dues = [due for due in (_deputy_due(orders, file, urgency), _lapse_due(file)) if due is not None]
    return min((at for at, _ in dues), default=None)


def _deputy_due(
    orders: Orders, file: ContentFile, urgency: Level | None
) -> tuple[datetime, ReviewLevel] | None:
    current = file.review
    if current is None or not _is_asked_for(orders, file, current):
        return None
    waiting = [
        (_next_at(orders, current, level, urgency), level)
        for level in current.open_levels
        if sum(each.level == level for each in current.asked) < ASKED_MOST
        and choices(orders.config, current, level)
    ]
    return min(waiting, default=None)


def _next_at(orders: Orders, current: Review, level: ReviewLevel, urgency: Level | None) -> datetime:
    """When the next one is to be asked at a level."""
    asked = [each.at for each in current.asked if each.level == level]
    if not asked:
        return _asked_first_at(orders, current, level, urgency)
    return asked[-1] + DEPUTY_AFTER.get(urgency, DEPUTY_AFTER_IN_PEACE)


def _is_asked_for(orders: Orders, file: ContentFile, current: Review) -> bool:
    """Whether the opinion still matters: the text is the one under review, or went out already."""
    if current.wants_ratification:
        return not file.withdrawn or any(
            each.hash == current.hash and not each.is_over for each in file.releases
        )
    item = file.current(configured_item(orders, file.item))
    return item is not None and file.review_of(item) is not None and not file.withdrawn


def _lapse_due(file: ContentFile) -> tuple[datetime, str] | None:
    current = file.review
    if current is None or not current.wants_ratification or not current.holds:
        return None
    assert current.approved_at is not None
    return current.approved_at + RATIFY_WITHIN, "lapse"


def review_due(
    orders: Orders, file: ContentFile, urgency: Level | None, now: datetime
) -> Sequence[AnyContentEvent | PageRequested]:
    """What follows when it is."""
    current, lapse = file.review, _lapse_due(file)
    deputy = _deputy_due(orders, file, urgency)
    assert current is not None
    if lapse is not None and (deputy is None or lapse[0] <= deputy[0]):
        cause = ids.derived("content.lapse", orders.brand.id, file.item, str(current.number))
        writing = Writing(orders, file, cause, now)
        writing.add(
            RatificationLapsed(
                cause=cause, key=orders.brand.id, at=lapse[0], item=file.item, incident=current.incident,
                hash=current.hash, number=current.number,
            )
        )  # fmt: skip
        ask_to_correct(writing, "lapsed")
        return writing.events
    assert deputy is not None
    turn = sum(each.level == deputy[1] for each in current.asked)
    name = ("content.deputy", orders.brand.id, file.item, str(current.number), deputy[1], str(turn))
    writing = Writing(orders, file, ids.derived(*name), now)
    # After a long absence of the desk one deputy is asked, not all that were missed.
    _ask_next(writing, deputy[1], urgency, max(deputy[0], now))
    return writing.events


def configured_item(orders: Orders, item: str) -> ContentItem | None:
    """What the configuration holds under this id."""
    return next((each for each in orders.brand.content if each.id == item), None)
