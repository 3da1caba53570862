"""Quiet hours of people: who is asleep is passed over, unless it is red or nobody else is left.

Blue and yellow wait until the first of those whom a step tells is awake. Orange passes the sleeping over; if all of them
sleep, it wakes them, and so does a small one that the desk itself was late for. Red knows no quiet hours.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting.config import Hours, Person
from alerting.levels import Level

_DAY = timedelta(days=1)


def asleep(person: Person, zone: ZoneInfo, at: datetime) -> bool:
    """Whether it is a quiet hour of this person."""
    if person.quiet is None:
        return False
    local = at.astimezone(ZoneInfo(person.timezone) if person.timezone else zone)
    return within(person.quiet, local.hour * 60 + local.minute)


def awake_at(person: Person, zone: ZoneInfo, at: datetime) -> datetime:
    """`at`, or when the quiet hours in which it lies are over."""
    if person.quiet is None or not asleep(person, zone, at):
        return at
    theirs = ZoneInfo(person.timezone) if person.timezone else zone
    return next_wall(person.quiet.to_minute, theirs, at)


def to_wake(people: Sequence[Person], level: Level, zone: ZoneInfo, at: datetime) -> Sequence[Person]:
    """Whom of `people` a page of this level reaches now."""
    if level == "red":
        return people
    return [person for person in people if not asleep(person, zone, at)] or people


def first_awake(people: Iterable[Person], zone: ZoneInfo, at: datetime) -> datetime:
    """When the first of them is awake; `at` if there is nobody to wait for."""
    return min((awake_at(person, zone, at) for person in people), default=at)


def within(hours: Hours, minute: int) -> bool:
    """Whether a minute after midnight lies in the span, which may run over midnight."""
    if hours.from_minute < hours.to_minute:
        return hours.from_minute <= minute < hours.to_minute
    return minute >= hours.from_minute or minute < hours.to_minute


def next_wall(minute: int, zone: ZoneInfo, at: datetime) -> datetime:
    """The next instant after `at` at which it is so many minutes after midnight on the wall."""
    local = at.astimezone(zone)
    day = local.date() if local.hour * 60 + local.minute < minute else local.date() + _DAY
    more, rest = divmod(minute, 24 * 60)
    clock = time(rest // 60, rest % 60)
    return datetime.combine(day + more * _DAY, clock, tzinfo=zone).astimezone(UTC)
