"""What is prepared for which scenario on which platform, and whether there are people to review it at every hour."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from alerting.config import ContentItem, DeskConfig, Person
from alerting.content import expired, needs_free_words
from alerting.content_checks import needs_legal_first
from alerting.content_events import ReviewLevel
from alerting.rest import asleep
from alerting.reviewers import eligible, has_route
from alerting.shelf import EMERGENCY, THREE_LEVELS

VARIANTS_LEAST = 2
"""Requirement 4: two or three prepared sets."""
_QUARTER = timedelta(minutes=15)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario on one platform."""

    scenario: str
    platform: str
    variants: int
    """Not expired."""
    has_holding: bool
    """One of them needs no free words."""

    @property
    def is_enough(self) -> bool:
        """Two or three, one of which anybody may fill."""
        return self.variants >= VARIANTS_LEAST and self.has_holding


def coverage(
    items: Iterable[ContentItem],
    scenarios: Iterable[str],
    platforms: Iterable[str],
    at: datetime,
    zone: ZoneInfo,
) -> tuple[Cell, ...]:
    """Every scenario on every platform: those named and those that items are for, in this order."""
    usable = [item for item in items if not expired(item, at, zone)]
    rows = dict.fromkeys((*scenarios, *(item.scenario for item in usable)))
    columns = dict.fromkeys((*platforms, *(item.platform for item in usable)))
    return tuple(_cell(usable, scenario, platform) for scenario in rows for platform in columns)


def _cell(items: Sequence[ContentItem], scenario: str, platform: str) -> Cell:
    here = [item for item in items if (item.scenario, item.platform) == (scenario, platform)]
    return Cell(
        scenario=scenario,
        platform=platform,
        variants=len(here),
        has_holding=any(not needs_free_words(item) for item in here),
    )


class RouteGap(msgspec.Struct, frozen=True, kw_only=True):
    """Why a review could get stuck."""

    author: str
    level: ReviewLevel | None
    """The level without anybody; None: there are people, but not a different one for each level."""
    kind: str
    """`nobody`: at no hour · `asleep`: at some hours, everybody sleeps · `no_deputy` · `no_emergency`."""
    hours: tuple[tuple[str, str], ...] = ()
    """From when until when, by the wall of the brand."""


def route_gaps(
    config: DeskConfig, items: Iterable[ContentItem], zone: ZoneInfo, day: datetime
) -> Iterator[RouteGap]:
    """Where no three different people would review a statement of one of these authors, at whatever hour of `day`."""
    seen: set[tuple[str, bool]] = set()
    for item in items:
        legal_only = needs_legal_first(item)
        if (item.author, legal_only) not in seen:
            seen.add((item.author, legal_only))
            yield from _gaps_of(config, item.author, zone, day, legal_only=legal_only)


def _gaps_of(
    config: DeskConfig, author: str, zone: ZoneInfo, day: datetime, *, legal_only: bool
) -> Iterator[RouteGap]:
    choices = {level: eligible(config, level, {author}, legal_only=legal_only) for level in THREE_LEVELS}
    if not _is_route(choices.values()):
        empty = next((level for level in THREE_LEVELS if not choices[level]), None)
        yield RouteGap(author=author, level=empty, kind="nobody")
        return
    if hours := _asleep_hours(choices, zone, day):
        yield RouteGap(author=author, level=None, kind="asleep", hours=hours)
    for level in THREE_LEVELS:
        if len(choices[level]) < 2:
            yield RouteGap(author=author, level=level, kind="no_deputy")
    if not _is_route(eligible(config, level, {author}, legal_only=legal_only) for level in EMERGENCY):
        yield RouteGap(author=author, level=None, kind="no_emergency")


def _is_route(choices: Iterable[Collection[Person]]) -> bool:
    return has_route([[person.id for person in people] for people in choices])


def _asleep_hours(
    choices: dict[ReviewLevel, list[Person]], zone: ZoneInfo, day: datetime
) -> tuple[tuple[str, str], ...]:
    """Spans of the day at which a call at orange finds no three different people awake."""
    begins = day.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    spans: list[tuple[str, str]] = []
    open_from: str | None = None
    for number in range(timedelta(days=1) // _QUARTER + 1):
        at = begins + number * _QUARTER
        is_last = number == timedelta(days=1) // _QUARTER
        awake = ([person for person in people if not asleep(person, zone, at)] for people in choices.values())
        is_covered = is_last or _is_route(awake)
        if not is_covered and open_from is None:
            open_from = f"{at:%H:%M}"
        elif is_covered and open_from is not None:
            spans.append((open_from, "24:00" if is_last else f"{at:%H:%M}"))
            open_from = None
    return tuple(spans)
