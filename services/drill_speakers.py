"""The stand-ins' part in what is said: texts handed in, three opinions, filled, released, posted, the emergency lane ratified.

One text for each platform goes out with the step of the playbook that publishes; without such a step nothing does.
Everything is asked for by the commands that people at desks use, so the desk may refuse it just the same. A person reads or
releases one text at a time, so a deputy who is asked meanwhile may be quicker.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from alerting.commands import DeskCommand, FinishStep
from alerting.config import Blank, ContentItem, DeskConfig, EnumBlank, FreeBlank, NumberBlank, TimeBlank
from alerting.content import fill, lock, lock_item, needs_free_words
from alerting.content_commands import (
    FillContent,
    RecordLink,
    ReleaseContent,
    ReviewContent,
    ReviewFilling,
    SubmitContent,
)
from alerting.content_events import (
    AnyContentEvent,
    ContentApproved,
    ContentFilled,
    ContentReleased,
    FillingReviewed,
    ReviewAsked,
)
from alerting.events import (
    ContentOffered,
    IncidentClosed,
    IncidentEased,
    IncidentOpened,
    IncidentRaised,
    OfferedVariant,
)
from alerting.levels import Level, rank
from alerting.permissions import may
from alerting.playbook_events import StepPlan
from alerting.reviewers import LEGAL, barred
from alerting.shelf import ContentFile, fold_content
from services.attendants import Job
from services.drill_score import PUBLISH
from services.drill_worklists import Task, Worklists
from streams import ids

OPINION = "演练：替身同意 · a stand-in agrees"
FREE_WORDS = "演练填写"
LINK = "https://drill.invalid/"
"""Where a drill's statements stand: nowhere (RFC 2606)."""


def is_publishing(step: StepPlan) -> bool:
    """Whether a statement goes out with this step."""
    return step.action == "publish_content" or step.id == PUBLISH


class Turn(msgspec.Struct, frozen=True):
    """It is time to let texts go out for an incident; `done` ticks the step."""

    done: FinishStep
    step: StepPlan


class Speakers:
    """Keeps what it saw of the shelf; jobs are put down with `later`."""

    def __init__(
        self,
        config: DeskConfig,
        review_after: timedelta,
        release_after: timedelta,
        absent: Collection[str],
        later: Callable[[datetime, Job], int],
    ) -> None:
        self._config = config
        self._review_after = review_after
        self._release_after = release_after
        self._absent = absent
        self._later = later
        self._lists = Worklists(later)
        self._shelf: dict[tuple[str, str], ContentFile] = {}
        self._levels: dict[tuple[str, str], Level] = {}
        """Of open incidents, by brand and id."""
        self._offers: dict[tuple[str, str], tuple[OfferedVariant, ...]] = {}
        """By incident and step."""
        self._turns: dict[str, Turn] = {}
        self._begun: set[tuple[str, str]] = set()
        """Incident and text of which a release is under way."""
        self._out: set[str] = set()
        """Incidents about which something was said."""

    def offered(self, event: ContentOffered) -> None:
        """Choose one text for each platform: the first offered there, which is a holding statement if there is one."""
        first: dict[str, OfferedVariant] = {}
        for variant in event.variants:
            first.setdefault(variant.platform, variant)
        self._offers[event.incident, event.step] = tuple(first.values())

    def has_words(self, incident: str) -> bool:
        """Whether anything was prepared for it."""
        return next(self._wanted(incident), None) is not None

    def _wanted(self, incident: str) -> Iterator[OfferedVariant]:
        return (
            variant
            for (about, _), variants in self._offers.items()
            if about == incident
            for variant in variants
        )

    def saw(self, event: Any, now: datetime) -> None:
        """Take note of what the desk decided."""
        match event:
            case IncidentOpened() | IncidentEased():
                self._levels[event.key, event.incident] = event.level
            case IncidentRaised():
                self._levels[event.key, event.incident] = event.level
                if event.level == "red":
                    self._hurry(event, now)
            case IncidentClosed():
                self._levels.pop((event.key, event.incident), None)
            case _ if isinstance(event, AnyContentEvent):
                self._shelf[event.key, event.item] = fold_content(self._file(event.key, event.item), event)
                self._saw_content(event, now)
            case _:
                pass

    def _saw_content(self, event: AnyContentEvent, now: datetime) -> None:
        match event:
            case ReviewAsked():
                job = partial(self._opinion, event)
                self._do(event.person, self._review_after, now, job, partial(self._is_open, event))
            case ContentApproved():
                self._release_what_may(event.incident, now)
            case ContentFilled(needs_legal=True):
                self._clear(event, now)
            case FillingReviewed(verdict="approve"):
                self._go_on(event, now)
            case ContentReleased() if event.by is not None:
                self._do(event.by, self._release_after, now, partial(_posted, event))
                self._tick(event.incident, now)
            case _:
                pass

    def _do(
        self,
        person: str,
        length: timedelta,
        now: datetime,
        job: Job,
        is_wanted: Callable[[], bool] | None = None,
    ) -> None:
        """`person` does it once free, what lets a text go out (not `is_wanted`) first; who is away does nothing."""
        if person not in self._absent:
            task = Task(
                person=person, length=length, job=job, is_wanted=is_wanted or (lambda: True),
                is_urgent=is_wanted is None,
            )  # fmt: skip
            self._lists.add(task, now)

    def hand_in(self, done: FinishStep, _at: datetime) -> Sequence[DeskCommand]:
        """Whoever prepares the statement hands in one for each platform, unless it was approved before."""
        variants = self._offers.get((done.incident, done.step), ())
        fresh = (each for each in variants if self._file(done.brand, each.item).review is None)
        return [*self._submitted(done.brand, done.incident, done.who, fresh), done]

    def _hurry(self, event: IncidentRaised, now: datetime) -> None:
        """It turned red: whoever handed something in takes the emergency lane, unless it waits for one opinion alone."""
        for variant in self._wanted(event.incident):
            review = self._file(event.key, variant.item).review
            if review is not None and not review.emergency and len(review.order) - len(review.given) > 1:
                again = self._submitted(event.key, event.incident, review.submitted_by, [variant])
                self._do(review.submitted_by, timedelta(0), now, partial(_all, list(again)))

    def _submitted(
        self, brand: str, incident: str, who: str, variants: Iterable[OfferedVariant]
    ) -> Iterator[DeskCommand]:
        emergency = self._urgency(brand) == "red"
        for variant in variants:
            yield SubmitContent(
                id=ids.derived(incident, variant.item, "submit", str(emergency)), who=who, brand=brand,
                item=variant.item, hash=variant.hash, emergency=emergency, incident=incident,
            )  # fmt: skip

    def _urgency(self, brand: str) -> Level | None:
        levels = [level for (about, _), level in self._levels.items() if about == brand]
        return max(levels, key=rank, default=None)

    def _is_open(self, asked: ReviewAsked) -> bool:
        """Whether the opinion that somebody was asked for still matters."""
        review = self._file(asked.key, asked.item).review
        return (
            review is not None
            and review.number == asked.number
            and asked.level in review.open_levels
            and asked.person not in barred(review)
        )

    def _opinion(self, asked: ReviewAsked, _at: datetime) -> Sequence[DeskCommand]:
        """What the person asked thinks."""
        if not self._is_open(asked):
            return []
        return [
            ReviewContent(
                id=ids.derived(asked.id, "opinion"), who=asked.person, brand=asked.key, item=asked.item, hash=asked.hash,
                level=asked.level, verdict="approve", opinion=OPINION,
            )
        ]  # fmt: skip

    def turn(self, done: FinishStep, step: StepPlan, now: datetime) -> None:
        """The step has come with which texts go out."""
        self._turns[done.incident] = Turn(done, step)
        self._release_what_may(done.incident, now)

    def _release_what_may(self, incident: str, now: datetime) -> None:
        turn = self._turns.get(incident)
        who = self._releaser(turn) if turn is not None else None
        if turn is None or who is None:
            return
        for variant in self._wanted(incident):
            review = self._file(turn.done.brand, variant.item).review
            if review is not None and review.holds and (incident, variant.item) not in self._begun:
                self._begun.add((incident, variant.item))
                self._do(who, self._release_after, now, partial(self._filled, turn, variant.item, who))

    def _releaser(self, turn: Turn) -> str | None:
        """Whoever does the step, if they may; else the first who may."""
        first = [person for person in self._config.people if person.id == turn.done.who]
        allowed = (
            person.id
            for person in (*first, *self._config.people)
            if may(self._config, person, "content.release", self._urgency(turn.done.brand))
        )
        return next((each for each in allowed if each not in self._absent), None)

    def _filled(self, turn: Turn, item_id: str, who: str, at: datetime) -> Sequence[DeskCommand]:
        """The text filled in and released in one press; with free words in it, a lawyer reads it in between."""
        brand = self._config.brand(turn.done.brand)
        item = next((each for each in brand.content if each.id == item_id), None) if brand else None
        if brand is None or item is None:
            return []
        incident, values = turn.done.incident, examples(item, at)
        command = FillContent(
            id=ids.derived(incident, item_id, "fill"), who=who, brand=brand.id, item=item_id, hash=lock_item(item),
            values=values, incident=incident,
        )  # fmt: skip
        if needs_free_words(item):
            return [command]
        text_hash = lock(fill(item, values, at, ZoneInfo(brand.timezone)))
        return [command, _release(brand.id, item_id, incident, who, text_hash)]

    def _tick(self, incident: str, now: datetime) -> None:
        """The first text that is out ends its step; one that says `publish_content` the desk ends by itself."""
        turn = self._turns.get(incident)
        if turn is not None and turn.step.action != "publish_content" and incident not in self._out:
            self._later(now, lambda _at: [turn.done])
        self._out.add(incident)

    def _go_on(self, event: FillingReviewed, now: datetime) -> None:
        """A lawyer agreed to free words: whoever filled them in lets the text out."""
        filling = self._file(event.key, event.item).filling(event.text_hash)
        if filling is not None:
            out = _release(event.key, event.item, event.incident, filling.by, event.text_hash)
            self._do(filling.by, self._release_after, now, partial(_all, [out]))

    def _clear(self, event: ContentFilled, now: datetime) -> None:
        """The first lawyer who neither wrote nor filled it reads the free words."""
        review = self._file(event.key, event.item).review
        parties = {event.by, *(review.authors if review is not None else ())}
        lawyers = (person.id for person in self._config.people if LEGAL in person.roles)
        who = next((each for each in lawyers if each not in parties and each not in self._absent), None)
        if who is not None:
            said = ReviewFilling(
                id=ids.derived(event.id, "cleared"), who=who, brand=event.key, item=event.item,
                text_hash=event.text_hash, verdict="approve", opinion=OPINION,
            )  # fmt: skip
            self._do(who, self._review_after, now, lambda _at: [said])

    def _file(self, brand: str, item: str) -> ContentFile:
        return self._shelf.get((brand, item)) or ContentFile(item=item)


def _release(brand: str, item: str, incident: str, who: str, text_hash: str) -> ReleaseContent:
    return ReleaseContent(
        id=ids.derived(incident, item, "release"), who=who, brand=brand, item=item, text_hash=text_hash, incident=incident
    )  # fmt: skip


def _all(commands: Sequence[DeskCommand], _at: datetime) -> Sequence[DeskCommand]:
    return commands


def _posted(event: ContentReleased, _at: datetime) -> Sequence[DeskCommand]:
    return [
        RecordLink(
            id=ids.derived(event.id, "posted"), who=event.by or "", brand=event.key, item=event.item,
            release=event.release, link=f"{LINK}{event.release}",
        )
    ]  # fmt: skip


def examples(item: ContentItem, at: datetime) -> dict[str, str]:
    """Something that each blank allows."""
    return {blank.name: _example(blank, at) for blank in item.blanks}


def _example(blank: Blank, at: datetime) -> str:
    match blank:
        case EnumBlank():
            return blank.of[0]
        case NumberBlank():
            whole = ceil(blank.min)
            return str(whole) if whole <= blank.max else f"{(blank.min + blank.max) / 2:.6f}"
        case TimeBlank():
            return (at + timedelta(seconds=blank.within_s / 2)).isoformat()
        case FreeBlank():
            return FREE_WORDS
