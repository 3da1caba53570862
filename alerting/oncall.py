"""Who is on call by the plan: rotations, layers over them, overrides over all; exact over changes of daylight saving time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting.config import Layer, OnCall, Rotation
from alerting.duty_events import Override

GAPS_WITHIN = timedelta(days=28)
"""So far ahead a plan is searched for times without anybody."""
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_EDGES_MOST = 2_000

Span = tuple[datetime, datetime]


def turn_of(rotation: Rotation, at: datetime) -> str:
    """Id of the person whose turn it is at `at`.

    Before the first handoff the rotation is continued backwards, so that there is always somebody.
    """
    return rotation.people[_turn(rotation, at) % len(rotation.people)]


def next_handoff(rotation: Rotation, at: datetime) -> datetime:
    """The first handoff after `at`, in UTC."""
    return _begins(rotation, _turn(rotation, at) + 1)


def on_plan(duty: OnCall, overrides: Sequence[Override], at: datetime) -> str | None:
    """Who should be on call at `at`: by the newest override, else by the last layer in force, else by the rotation."""
    for override in reversed(overrides):
        if override.from_at <= at < override.until:
            return override.person
    for layer in reversed(duty.layers):
        if _in_force(layer, at):
            return turn_of(layer.rotation, at)
    return turn_of(duty.rotation, at) if duty.rotation is not None else None


def next_change(duty: OnCall, overrides: Sequence[Override], after: datetime) -> datetime | None:
    """The first instant after `after` at which the plan passes from one to another (or to nobody); None: it never does."""
    if len(people_of(duty, overrides)) < 2 and duty.rotation is not None:
        return None
    for edge in _edges(duty, overrides, after):
        if on_plan(duty, overrides, edge) != on_plan(duty, overrides, edge - _TICK):
            return edge
    return None


def gaps(duty: OnCall, overrides: Sequence[Override], from_at: datetime) -> tuple[Span, ...]:
    """Times within `GAPS_WITHIN` in which the plan has nobody."""
    if duty.rotation is not None:
        return ()
    until, found = from_at + GAPS_WITHIN, list[Span]()
    begins = from_at if on_plan(duty, overrides, from_at) is None else None
    for edge in _edges(duty, overrides, from_at):
        if edge >= until:
            break
        nobody = on_plan(duty, overrides, edge) is None
        if nobody and begins is None:
            begins = edge
        elif not nobody and begins is not None:
            found.append((begins, edge))
            begins = None
    return (*found, (begins, until)) if begins is not None else tuple(found)


def turns(
    duty: OnCall, overrides: Sequence[Override], from_at: datetime, most: int
) -> tuple[tuple[str | None, Span], ...]:
    """The next turns of the plan from `from_at` on: who, from when until when."""
    found: list[tuple[str | None, Span]] = []
    begins = from_at
    while len(found) < most and (ends := next_change(duty, overrides, begins)) is not None:
        found.append((on_plan(duty, overrides, begins), (begins, ends)))
        begins = ends
    return tuple(found)


def people_of(duty: OnCall, overrides: Sequence[Override] = ()) -> frozenset[str]:
    """Everybody whom the plan may name."""
    rotations = [layer.rotation for layer in duty.layers]
    rotations += [duty.rotation] if duty.rotation is not None else []
    planned = {person for rotation in rotations for person in rotation.people}
    return frozenset(planned | {override.person for override in overrides})


def _edges(duty: OnCall, overrides: Sequence[Override], after: datetime) -> Iterator[datetime]:
    """Instants after `after`, in order, at which anything of the plan begins or ends."""
    for _ in range(_EDGES_MOST):
        candidates = [edge for each in overrides for edge in (each.from_at, each.until) if edge > after]
        candidates += [next_handoff(duty.rotation, after)] if duty.rotation is not None else []
        for layer in duty.layers:
            candidates.append(next_handoff(layer.rotation, after))
            candidates += [edge for edge in _layer_edges(layer, after) if edge > after]
        if not candidates:
            return
        after = min(candidates)
        yield after


def _turn(rotation: Rotation, at: datetime) -> int:
    """Number of the turn at `at`; turn 0 begins at the first handoff."""
    if rotation.every_hours is not None:
        return (at - _begins(rotation, 0)) // timedelta(hours=rotation.every_hours)
    days = (at.astimezone(ZoneInfo(rotation.timezone)).date() - _first_day(rotation)).days
    turn = days // rotation.every_days
    # On the day of a handoff the wall time decides; compared as instants, since wall times may repeat or be skipped.
    return turn if at >= _begins(rotation, turn) else turn - 1


def _begins(rotation: Rotation, turn: int) -> datetime:
    """When a turn begins: the first of two equal wall times; one that is skipped is after the gap."""
    first, zone = _first_day(rotation), ZoneInfo(rotation.timezone)
    if rotation.every_hours is not None:
        return _wall(first, rotation.handoff_at, zone) + turn * timedelta(hours=rotation.every_hours)
    return _wall(first + turn * rotation.every_days * _DAY, rotation.handoff_at, zone)


def _first_day(rotation: Rotation) -> date:
    if rotation.handoff_weekday is None:
        return rotation.starts_on
    return rotation.starts_on + (rotation.handoff_weekday - rotation.starts_on.weekday()) % 7 * _DAY


def _in_force(layer: Layer, at: datetime) -> bool:
    return any(begins <= at < ends for begins, ends in _windows(layer, at))


def _layer_edges(layer: Layer, after: datetime) -> list[datetime]:
    """Where the layer's windows of the next days begin and end."""
    later = (after + days * _DAY for days in (0, 2, 4, 6, 8))
    return [edge for at in later for window in _windows(layer, at) for edge in window]


def _windows(layer: Layer, at: datetime) -> Iterator[Span]:
    """The layer's windows around `at`, as its rotation's zone has it; one may run over midnight."""
    zone = ZoneInfo(layer.rotation.timezone)
    today = at.astimezone(zone).date()
    for day in (today - _DAY, today, today + _DAY):
        if not layer.weekdays or day.weekday() in layer.weekdays:
            yield _window(layer, day, zone)


def _window(layer: Layer, day: date, zone: ZoneInfo) -> Span:
    if layer.hours is None:
        return _wall(day, time(), zone), _wall(day + _DAY, time(), zone)
    from_minute, to_minute = layer.hours.from_minute, layer.hours.to_minute
    last = day if from_minute < to_minute else day + _DAY
    return _wall(day, _clock(from_minute), zone), _wall(
        last + to_minute // 1440 * _DAY, _clock(to_minute), zone
    )


def _clock(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


def _wall(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
