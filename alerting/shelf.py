"""The shelf: what became of each prepared statement of a brand, as a pure fold of its events.

The texts themselves stand in the configuration or, written at the desk, in a draft. An approval is of one hash; a text
with another hash has none, so no edit needs to be noticed in order to lose it.
"""

from datetime import datetime
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

import msgspec

from alerting.config import ContentItem
from alerting.content import expired, lock_item
from alerting.content_events import (
    AnyContentEvent,
    ContentApproved,
    ContentCorrected,
    ContentDrafted,
    ContentFilled,
    ContentPosted,
    ContentRatified,
    ContentReleased,
    ContentReturned,
    ContentSubmitted,
    ContentWithdrawn,
    CorrectionAsked,
    FillingReviewed,
    OpinionGiven,
    RatificationLapsed,
    ReviewAsked,
    ReviewLevel,
    ReviewVerdict,
)

THREE_LEVELS: tuple[ReviewLevel, ...] = ("planner", "manager", "legal")
LEGAL_FIRST: tuple[ReviewLevel, ...] = ("legal", "planner", "manager")
"""Medical, financial and education content."""
EMERGENCY: tuple[ReviewLevel, ...] = ("legal", "commander")
Standing = Literal[
    "draft", "in_review", "returned", "approved", "to_ratify", "lapsed", "expired", "withdrawn"
]
FILLINGS_MOST = 20
RELEASES_MOST = 50
_replace = msgspec.structs.replace


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer said."""

    level: ReviewLevel
    by: str
    at: datetime
    verdict: ReviewVerdict
    text: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who was asked when."""

    level: ReviewLevel
    person: str
    at: datetime


class Review(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One review of one text."""

    number: int
    hash: str
    authors: tuple[str, ...]
    order: tuple[ReviewLevel, ...]
    emergency: bool = False
    legal_only: bool = False
    submitted_by: str
    submitted_at: datetime
    incident: str = ""
    opinions: tuple[Opinion, ...] = ()
    asked: tuple[Asked, ...] = ()
    approved_at: datetime | None = None
    returned_at: datetime | None = None
    ratified_at: datetime | None = None
    lapsed_at: datetime | None = None

    @property
    def given(self) -> frozenset[ReviewLevel]:
        """Levels whose opinion is there."""
        return frozenset(opinion.level for opinion in self.opinions)

    @property
    def open_levels(self) -> tuple[ReviewLevel, ...]:
        """Levels whose opinion is wanted now."""
        if self.returned_at is not None:
            return ()
        missing = [level for level in self.order if level not in self.given]
        if self.emergency and self.approved_at is None:
            return tuple(level for level in EMERGENCY if level not in self.given)
        return tuple(missing[:1])

    @property
    def holds(self) -> bool:
        """Whether its text may be released, as long as it is still that text."""
        return self.approved_at is not None and self.returned_at is None and self.lapsed_at is None

    @property
    def wants_ratification(self) -> bool:
        """Whether two people's word stands alone."""
        return self.emergency and self.approved_at is not None and self.ratified_at is None


class Filling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text with its blanks filled."""

    hash: str
    """Of the statement it was filled into."""
    text_hash: str
    text: str
    values: tuple[tuple[str, str], ...] = ()
    by: str
    at: datetime
    incident: str = ""
    needs_legal: bool = False
    legal: Opinion | None = None

    @property
    def is_cleared(self) -> bool:
        """Whether a lawyer agreed, where one has to."""
        return not self.needs_legal or (self.legal is not None and self.legal.verdict == "approve")


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A text that went out."""

    id: str
    hash: str
    text_hash: str
    by: str
    at: datetime
    incident: str = ""
    link: str = ""
    is_over: bool = False
    """It was taken down or corrected."""


class ContentFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One prepared statement and its way."""

    item: str
    draft: ContentItem | None = None
    over: str | None = None
    """Lock of the configuration's text that the draft replaces."""
    writers: tuple[str, ...] = ()
    """Who wrote at the draft."""
    review: Review | None = None
    """The last one."""
    fillings: tuple[Filling, ...] = ()
    releases: tuple[Release, ...] = ()
    withdrawn: str = ""
    """Why it is not to be used; until it is handed in again."""
    to_correct: tuple[str, ...] = ()
    """Releases that must be withdrawn or corrected."""

    def current(self, configured: ContentItem | None) -> ContentItem | None:
        """The text that holds: the draft, unless the configuration says something else since."""
        over = lock_item(configured) if configured is not None else None
        return self.draft if self.draft is not None and self.over == over else configured

    def review_of(self, item: ContentItem) -> Review | None:
        """The review of exactly this text; None: there is none, or it is of another text."""
        review = self.review
        return review if review is not None and review.hash == lock_item(item) else None

    def filling(self, text_hash: str) -> Filling | None:
        """The newest filling of this text."""
        return next((each for each in reversed(self.fillings) if each.text_hash == text_hash), None)

    def release(self, release: str) -> Release | None:
        """The release of this id."""
        return next((each for each in self.releases if each.id == release), None)


def standing_of(file: ContentFile, item: ContentItem, at: datetime, zone: ZoneInfo) -> Standing:
    """How a statement stands: what may be done with it next."""
    review = file.review_of(item)
    if file.withdrawn:
        return "withdrawn"
    if review is None:
        return "expired" if expired(item, at, zone) else "draft"
    if review.returned_at is not None:
        return "returned"
    if review.approved_at is None:
        return "in_review"
    if review.lapsed_at is not None:
        return "lapsed"
    if expired(item, at, zone):
        return "expired"
    return "to_ratify" if review.wants_ratification else "approved"


def fold_content(file: ContentFile, event: AnyContentEvent) -> ContentFile:
    """The statement's file after one more event."""
    match event:
        case ContentDrafted():
            writers = (
                {*file.writers, event.content.author}
                if file.over == event.over and file.draft
                else {event.content.author}
            )
            return _replace(file, draft=event.content, over=event.over, writers=tuple(sorted(writers)))
        case ContentSubmitted():
            return _replace(file, review=_submitted(event), withdrawn="", fillings=())
        case (
            ReviewAsked()
            | OpinionGiven()
            | ContentApproved()
            | ContentReturned()
            | ContentRatified()
            | RatificationLapsed()
        ):
            return _fold_review(file, event)
        case CorrectionAsked():
            return _replace(file, to_correct=tuple(dict.fromkeys((*file.to_correct, *event.releases))))
        case ContentFilled() | FillingReviewed():
            return _fold_filling(file, event)
        case ContentReleased() | ContentPosted() | ContentCorrected():
            return _fold_release(file, event)
        case ContentWithdrawn():
            return (
                _over(file, event.release)
                if event.release
                else _replace(file, withdrawn=event.reason, fillings=())
            )
        case _:
            assert_never(event)


def _submitted(event: ContentSubmitted) -> Review:
    return Review(
        number=event.number,
        hash=event.hash,
        authors=event.authors,
        order=event.order,
        emergency=event.emergency,
        legal_only=event.legal_only,
        submitted_by=event.by or "",
        submitted_at=event.at,
        incident=event.incident,
    )


def _fold_review(
    file: ContentFile,
    event: ReviewAsked
    | OpinionGiven
    | ContentApproved
    | ContentReturned
    | ContentRatified
    | RatificationLapsed,
) -> ContentFile:
    review = file.review
    if review is None or review.number != event.number:
        return file
    match event:
        case ReviewAsked():
            asked = Asked(level=event.level, person=event.person, at=event.at)
            review = _replace(review, asked=(*review.asked, asked))
        case OpinionGiven():
            review = _replace(review, opinions=(*review.opinions, _opinion(event)))
        case ContentApproved():
            review = _replace(review, approved_at=event.at)
        case ContentReturned():
            review = _replace(review, returned_at=event.at)
        case ContentRatified():
            file = _replace(file, to_correct=())
            review = _replace(review, ratified_at=event.at, lapsed_at=None)
        case RatificationLapsed():
            review = _replace(review, lapsed_at=event.at)
        case _:
            assert_never(event)
    return _replace(file, review=review)


def _opinion(event: OpinionGiven) -> Opinion:
    return Opinion(
        level=event.level, by=event.by or "", at=event.at, verdict=event.verdict, text=event.opinion
    )


def _fold_filling(file: ContentFile, event: ContentFilled | FillingReviewed) -> ContentFile:
    match event:
        case ContentFilled():
            filling = Filling(
                hash=event.hash,
                text_hash=event.text_hash,
                text=event.text,
                values=event.values,
                by=event.by or "",
                at=event.at,
                incident=event.incident,
                needs_legal=event.needs_legal,
            )
            kept = tuple(each for each in file.fillings if each.text_hash != event.text_hash)
            return _replace(file, fillings=(*kept, filling)[-FILLINGS_MOST:])
        case FillingReviewed():
            opinion = Opinion(
                level="legal", by=event.by or "", at=event.at, verdict=event.verdict, text=event.opinion
            )
            fillings = (
                _replace(each, legal=opinion) if each.text_hash == event.text_hash else each
                for each in file.fillings
            )
            return _replace(file, fillings=tuple(fillings))
        case _:
            assert_never(event)


def _fold_release(
    file: ContentFile, event: ContentReleased | ContentPosted | ContentCorrected
) -> ContentFile:
    match event:
        case ContentReleased():
            release = Release(
                id=event.release,
                hash=event.hash,
                text_hash=event.text_hash,
                by=event.by or "",
                at=event.at,
                incident=event.incident,
                link=event.link,
            )
            return _replace(file, releases=(*file.releases, release)[-RELEASES_MOST:])
        case ContentPosted():
            releases = (
                _replace(each, link=event.link) if each.id == event.release else each
                for each in file.releases
            )
            return _replace(file, releases=tuple(releases))
        case ContentCorrected():
            return _over(file, event.release)
        case _:
            assert_never(event)


def _over(file: ContentFile, release: str) -> ContentFile:
    """A release was taken down or corrected."""
    releases = tuple(_replace(each, is_over=True) if each.id == release else each for each in file.releases)
    left = tuple(each for each in file.to_correct if each != release)
    return _replace(file, releases=releases, to_correct=left)
