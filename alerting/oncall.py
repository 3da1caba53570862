"""Who is on call: a rotation's handoffs at one wall time, exact over changes of daylight saving time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerting.config import DeskConfig, Person, Rotation

_DAY = timedelta(days=1)


def on_call(rotation: Rotation, at: datetime) -> str:
    """Id of the person on call at `at`.

    Before the first handoff the rotation is continued backwards, so that there is always somebody.
    """
    zone = ZoneInfo(rotation.timezone)
    first = _first_handoff(rotation)
    turns = (at.astimezone(zone).date() - first).days // rotation.every_days
    # On the day of a handoff the wall time decides; compared as instants, since wall times may repeat or be skipped.
    if at < _handoff(rotation, first + turns * rotation.every_days * _DAY, zone):
        turns -= 1
    return rotation.people[turns % len(rotation.people)]


def next_handoff(rotation: Rotation, at: datetime) -> datetime:
    """The first handoff after `at`, in UTC."""
    zone = ZoneInfo(rotation.timezone)
    first = _first_handoff(rotation)
    turns = (at.astimezone(zone).date() - first).days // rotation.every_days
    candidates = (
        _handoff(rotation, first + (turns + more) * rotation.every_days * _DAY, zone) for more in (0, 1, 2)
    )
    return next(candidate for candidate in candidates if candidate > at)


def reached_by(target: str, config: DeskConfig, at: datetime) -> Person | None:
    """Whom a target of an escalation step means at `at`: the person on that duty, or the person of that id."""
    duty = next((each for each in config.oncall if each.id == target), None)
    return config.person(on_call(duty.rotation, at) if duty is not None else target)


def _first_handoff(rotation: Rotation) -> date:
    if rotation.handoff_weekday is None:
        return rotation.starts_on
    return rotation.starts_on + (rotation.handoff_weekday - rotation.starts_on.weekday()) % 7 * _DAY


def _handoff(rotation: Rotation, day: date, zone: ZoneInfo) -> datetime:
    """The instant of the handoff on `day`: the first of two equal wall times; one that is skipped is after the gap."""
    return datetime.combine(day, rotation.handoff_at, tzinfo=zone).astimezone(UTC)
