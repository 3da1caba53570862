"""When alarms are held back: silences that people start, and maintenance windows that come again.

Red is never held back. A source that is silent when its quiet time ends is told then, not lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerting.commands import TEXT_CHARACTERS_MOST, EndSilence, Refusal, StartSilence
from alerting.config import Maintenance
from alerting.events import COLLECTION, GENERAL, AlarmSilenced, Evidence
from alerting.levels import Level
from alerting.orders import Orders
from alerting.quiet_events import Silence, SilenceEnded, SilenceStarted
from streams import ids

SILENCE_LONGEST = timedelta(days=7)
SILENCES_MOST = 50
"""Of one brand at a time."""
MAINTENANCE = "maintenance"
NEVER_HELD_BACK: Level = "red"
_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]
"""From when until when, half-open."""
Silences = Mapping[str, Silence]


def sift(
    orders: Orders, silences: Silences, fired: Iterable[Evidence], cause: str, now: datetime
) -> tuple[list[Evidence], list[AlarmSilenced]]:
    """What may sound, and what is held back."""
    loud: list[Evidence] = []
    held: list[AlarmSilenced] = []
    for evidence in fired:
        by = _held_by(orders, silences, evidence, now)
        if by is None:
            loud.append(evidence)
        else:
            held.append(
                AlarmSilenced(cause=cause, key=orders.brand.id, at=now, evidence=evidence, silence=by)
            )
    return loud, held


def _held_by(orders: Orders, silences: Silences, evidence: Evidence, at: datetime) -> str | None:
    if evidence.level == NEVER_HELD_BACK:
        return None
    spans = _spans(orders, silences, evidence.rule, evidence.category, at)
    return next((name for name, (from_at, until) in spans if from_at <= at < until), None)


def audible_at(orders: Orders, silences: Silences, rule: str, level: Level, at: datetime) -> datetime:
    """`at`, or when the quiet time in which it lies is over, for a rule about a source."""
    if level == NEVER_HELD_BACK:
        return at
    for _ in range(SILENCES_MOST):
        until = [
            until
            for _, (from_at, until) in _spans(orders, silences, rule, COLLECTION, at)
            if from_at <= at < until
        ]
        if not until:
            break
        at = max(until)
    return at


def _spans(
    orders: Orders, silences: Silences, rule: str, category: str | None, at: datetime
) -> Iterator[tuple[str, Span]]:
    """Quiet times near `at` that cover the rule and category, with their names."""
    for silence in silences.values():
        if _covers(silence, rule, category):
            yield silence.id, (silence.from_at, silence.until)
    for window in orders.brand.maintenance:
        if _covers(window, rule, category):
            for span in _windows(window, orders.zone, at):
                yield MAINTENANCE, span


def _covers(what: Silence | Maintenance, rule: str, category: str | None) -> bool:
    return (not what.rules or rule in what.rules) and (
        not what.categories or (category or GENERAL) in what.categories
    )


def _windows(window: Maintenance, zone: ZoneInfo, at: datetime) -> Iterator[Span]:
    """The window that begins on the local day of `at`, and the one of the day before, which may run over midnight."""
    today = at.astimezone(zone).date()
    for day in (today - _DAY, today):
        if not window.weekdays or day.weekday() in window.weekdays:
            hours = window.hours
            last = day if hours.from_minute < hours.to_minute else day + _DAY
            yield _wall(day, hours.from_minute, zone), _wall(last, hours.to_minute, zone)


def _wall(day: date, minute: int, zone: ZoneInfo) -> datetime:
    more, minute = divmod(minute, 24 * 60)
    return datetime.combine(day + more * _DAY, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)


def start(
    orders: Orders, silences: Silences, command: StartSilence, now: datetime
) -> list[SilenceStarted] | Refusal:
    """Hold alarms back from now or from later on."""
    from_at = max(command.from_at or now, now)
    refusal = _refused(orders, silences, command, from_at)
    if refusal is not None:
        return refusal
    silence = Silence(
        id=ids.derived("silence", orders.brand.id, command.id)[:12],
        by=command.who,
        reason=command.reason,
        from_at=from_at,
        until=command.until,
        rules=tuple(sorted(set(command.rules))),
        categories=tuple(sorted(set(command.categories))),
    )
    return [SilenceStarted(cause=command.id, key=orders.brand.id, at=now, silence=silence)]


def _refused(orders: Orders, silences: Silences, command: StartSilence, from_at: datetime) -> Refusal | None:
    if not command.reason.strip():
        return "reason_missing"
    if len(command.reason) > TEXT_CHARACTERS_MOST:
        return "text_too_long"
    if not from_at < command.until <= from_at + SILENCE_LONGEST:
        return "window_wrong"
    if any(rule not in orders.lookout.rules for rule in command.rules):
        return "unknown_rule"
    return "too_many" if len(silences) >= SILENCES_MOST else None


def end(
    orders: Orders, silences: Silences, command: EndSilence, now: datetime
) -> list[SilenceEnded] | Refusal:
    """Let alarms sound again at once."""
    if command.silence not in silences:
        return "unknown_silence"
    return [
        SilenceEnded(cause=command.id, key=orders.brand.id, at=now, silence=command.silence, by=command.who)
    ]


def ran_out(brand: str, silence: Silence) -> SilenceEnded:
    """The silence ends because its time is over."""
    return SilenceEnded(cause=silence.id, key=brand, at=silence.until, silence=silence.id)
