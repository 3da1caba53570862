"""The three-level review (三级审核): handed in, asked for, an opinion each, approved or returned; and the emergency lane.

The levels come one after the other; a special industry has legal first. A reviewer who keeps silent is followed by a
deputy. In the emergency lane legal and commander decide at once, and the other two levels ratify within a day: legal's
opinion counts for both, so that in the end three levels and the commander stand behind it, four different people.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerting.commands import LOCAL_ADMIN, TEXT_CHARACTERS_MOST, Refusal
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
    CorrectionAsked,
    CorrectionReason,
    OpinionGiven,
    RatificationLapsed,
    ReviewAsked,
    ReviewLevel,
)
from alerting.events import PageReason, PageRequested
from alerting.levels import Level
from alerting.orders import Orders
from alerting.reviewers import barred, choices, eligible, has_route, to_ask
from alerting.shelf import EMERGENCY, LEGAL_FIRST, THREE_LEVELS, ContentFile, Review, fold_content
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
FLAGS_KEPT_MOST = 50
TITLE_CHARACTERS = 40


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
    _ask_to_correct(writing, "edited")
    writing.add(
        ContentSubmitted(
            cause=command.id, key=command.brand, at=now, item=item.id, by=command.who, incident=command.incident,
            hash=command.hash, number=file.review.number + 1 if file.review is not None else 1,
            authors=authors, order=LEGAL_FIRST if legal_first else THREE_LEVELS,
            emergency=command.emergency, legal_only=legal_first, flags=tuple(flags[:FLAGS_KEPT_MOST]),
            despite=command.despite, title=item.text.strip()[:TITLE_CHARACTERS], expires=item.expires,
        )
    )  # fmt: skip
    _ask(writing, urgency)
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
        _ask_to_correct(writing, "returned")
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
    _ask(writing, urgency)


def _ask(writing: Writing, urgency: Level | None) -> None:
    """Ask somebody at every open level where nobody was asked yet."""
    current = writing.file.review
    assert current is not None
    asked = {each.level for each in current.asked}
    for level in current.open_levels:
        if level not in asked:
            _ask_next(writing, level, urgency, writing.now)


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


def _ask_to_correct(writing: Writing, reason: CorrectionReason) -> None:
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
        if person != LOCAL_ADMIN:
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
    after = DEPUTY_AFTER.get(urgency, DEPUTY_AFTER_IN_PEACE)
    last: dict[ReviewLevel, datetime] = {each.level: each.at for each in current.asked}
    counts = {level: sum(each.level == level for each in current.asked) for level in last}
    waiting = [
        (last[level] + after, level)
        for level in current.open_levels
        if 0 < counts.get(level, 0) < ASKED_MOST and choices(orders.config, current, level)
    ]
    return min(waiting, default=None)


def _is_asked_for(orders: Orders, file: ContentFile, current: Review) -> bool:
    """Whether the opinion still matters: the text is the one under review, or went out already."""
    if current.wants_ratification:
        return True
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
        _ask_to_correct(writing, "lapsed")
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
