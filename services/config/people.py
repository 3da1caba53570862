"""`people`, `oncall` and `escalation`: who can be called, who is on duty, who is told when."""

import ipaddress
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from alerting.config import (
    ROTATION_DAYS_MOST,
    Escalation,
    EscalationStep,
    Hours,
    Layer,
    OnCall,
    Person,
    Rotation,
)
from alerting.levels import LEVELS
from alerting.oncall import gaps
from services.config import texts
from services.config.model import Network
from services.config.readers import (
    choice,
    day,
    duration,
    ident,
    identified,
    line,
    many,
    one_or_many,
    reference,
    span,
    zone,
)
from services.config.values import Read, Table, Value, Wrong
from streams.text.errors import Wording

MOST_PEOPLE = 2_000
MOST_DUTIES = 200
MOST_STEPS = 50
SHORTEST_REPEAT_S = 60

_CONTACT = re.compile(r"[a-z][a-z0-9+.-]{1,20}://\S{1,1000}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:/\S{1,400}")
_TOKENLESS = frozenset(
    {"json", "jsons", "xml", "xmls", "form", "forms", "syslog", "dbus", "windows", "macosx"}
)
"""Schemes of apprise whose address alone opens nothing; in all others a token or password stands."""
_HANDOFF = re.compile(r"(?:(mon|tue|wed|thu|fri|sat|sun)\s+)?([01]?\d|2[0-3]):([0-5]\d)")
HANDOVERS = ("confirmed", "scheduled")
"""The incoming person confirms, else the outgoing stays on call; or whoever the plan names is called."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = re.compile(r"([0-9]{1,3})([hdw])")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
_DAY_MINUTES = 24 * 60


def read_people(root: Table, network: Network) -> tuple[Person, ...]:
    """The people. A contact on a private address that `network` does not allow is an error."""
    return root.optional("people", identified(lambda one: _person(one, network), MOST_PEOPLE), ())


def _person(table: Table, network: Network) -> Person:
    return Person(
        id=table.required("id", ident, ""),
        name=table.required("name", line, ""),
        contacts=table.optional("contacts", one_or_many(lambda value: _contact(value, network)), ()),
        roles=table.optional("roles", one_or_many(ident), ()),
        quiet=table.optional("quiet", read_hours, None),
        timezone=table.optional("timezone", zone, None),
    )


def _contact(value: Value, network: Network) -> str:
    written = value.scalar(texts.CONTACT)
    if _REFERENCE.fullmatch(written):
        return written
    if _CONTACT.fullmatch(written) is None:
        raise Wrong(texts.CONTACT)
    scheme = urlsplit(written).scheme
    if scheme not in _TOKENLESS:
        value.report.warn(
            value.place, Wording(f"{scheme}:// 地址", f"a {scheme}:// address"), texts.CONTACT_OUT_OF_FILE
        )
    elif not _may_be_reached(written, network):
        raise Wrong(texts.NOT_PRIVATE)
    return written


def _may_be_reached(contact: str, network: Network) -> bool:
    """Whether the address is public, allowed, or a name (which is looked up, and checked again, when a page goes out)."""
    try:
        address = ipaddress.ip_address(urlsplit(contact).hostname or "")
    except ValueError:
        return True
    return address.is_global or any(address in ipaddress.ip_network(each) for each in network.allow_private)


def read_oncall(root: Table, people: Iterable[Person], now: datetime) -> tuple[OnCall, ...]:
    """The duties. One that has nobody at some time within the next weeks is an error that says when."""
    known = reference(person.id for person in people)

    def read(value: Value) -> tuple[OnCall, ...]:
        with value.table() as table:
            named = list(table.entries())[:MOST_DUTIES]
        return tuple(
            body.attempt(partial(_duty, name=name, known=known, now=now), OnCall(id=name))
            for name, body in named
        )

    return root.optional("oncall", read, ())


_NOBODY = Rotation(people=(), timezone="UTC", handoff_at=time(), starts_on=date.min)


def _duty(value: Value, *, name: str, known: Read[str], now: datetime) -> OnCall:
    errors_before = value.report.errors
    with value.table() as table:
        duty = OnCall(
            id=name,
            rotation=table.optional("rotation", lambda inner: _rotation(inner, known), None),
            layers=table.optional("layers", many(lambda inner: _layer(inner, known)), ()),
            confirmed=table.optional("handover", choice(HANDOVERS), HANDOVERS[0]) == HANDOVERS[0],
        )
    if duty.rotation is None and not duty.layers:
        value.report.error(value.place, texts.NO_ROTATION, texts.A_ROTATION)
    elif value.report.errors == errors_before and (found := gaps(duty, (), now)):
        value.report.error(value.place, _gap(duty, *found[0]), texts.SOMEBODY_ALWAYS)
    return duty


def _gap(duty: OnCall, from_at: datetime, until: datetime) -> Wording:
    rotation = duty.layers[0].rotation if duty.layers else duty.rotation
    zone = ZoneInfo(rotation.timezone if rotation is not None else "UTC")
    return texts.a_gap(
        duty.id, f"{from_at.astimezone(zone):%Y-%m-%d %H:%M}", f"{until.astimezone(zone):%Y-%m-%d %H:%M}"
    )


def _layer(value: Value, known: Read[str]) -> Layer:
    with value.table() as table:
        return Layer(
            rotation=table.required(
                "rotation", lambda inner: _rotation(inner, known), _NOBODY, texts.A_TABLE
            ),
            hours=table.optional("hours", read_hours, None),
            weekdays=table.optional("days", one_or_many(read_weekday), ()),
        )


def read_weekday(value: Value) -> int:
    """`mon` is 0."""
    return _WEEKDAYS.index(choice(_WEEKDAYS)(value))


def _rotation(value: Value, known: Read[str]) -> Rotation:
    with value.table() as table:
        weekday, at = table.required("handoff", read_handoff, (None, time()), texts.HANDOFF)
        every_days, every_hours = table.optional("every", _every, (7, None))
        people = table.required("people", partial(_people_in_turn, known=known), (), texts.A_LIST)
        return Rotation(
            people=people,
            timezone=table.optional("timezone", zone, "Asia/Shanghai"),
            handoff_at=at,
            handoff_weekday=weekday,
            every_days=every_days,
            every_hours=every_hours,
            starts_on=table.required("from", day, date.min, texts.DAY),
        )


def _people_in_turn(value: Value, *, known: Read[str]) -> tuple[str, ...]:
    if value.length == 0:
        raise Wrong(texts.SOMEBODY)
    return many(known)(value)


def read_handoff(value: Value) -> tuple[int | None, time]:
    """`mon 09:00`, or `09:00` for every day."""
    found = _HANDOFF.fullmatch(value.scalar(texts.HANDOFF).strip().lower())
    if found is None:
        raise Wrong(texts.HANDOFF)
    weekday = _WEEKDAYS.index(found[1]) if found[1] else None
    return weekday, time(int(found[2]), int(found[3]))


def _every(value: Value) -> tuple[int, int | None]:
    """Days, and hours where shifts are counted in hours."""
    found = _EVERY.fullmatch(value.scalar(texts.EVERY))
    if found is None or int(found[1]) == 0:
        raise Wrong(texts.EVERY)
    number = int(found[1])
    if found[2] == "h":
        return 7, number
    days = number * (7 if found[2] == "w" else 1)
    if days > ROTATION_DAYS_MOST:
        raise Wrong(texts.EVERY)
    return days, None


def read_escalation(root: Table, people: Iterable[Person], duties: Iterable[OnCall]) -> Escalation:
    """The steps of every level."""
    target = reference([duty.id for duty in duties] + [person.id for person in people])

    def read(value: Value) -> Escalation:
        with value.table() as table:
            levels = {
                level: table.optional(level, lambda inner: _steps(inner, target), ()) for level in LEVELS
            }
            again_after_s = table.optional("again_after", _repeat, None)
        return Escalation(**levels, again_after_s=again_after_s)

    return root.optional("escalation", read, Escalation())


def _steps(value: Value, target: Read[str]) -> tuple[EscalationStep, ...]:
    items = list(value.items(most=MOST_STEPS))
    steps: list[EscalationStep] = []
    for number, item in enumerate(items, start=1):
        last = number == len(items)
        steps.append(item.attempt(partial(_step, target=target, last=last), EscalationStep()))
    return tuple(sorted(steps, key=lambda step: step.after_s))


def _step(value: Value, *, target: Read[str], last: bool) -> EscalationStep:
    with value.table() as table:
        step = EscalationStep(
            after_s=table.required("after", duration, 0, texts.DURATION),
            notify=table.optional("notify", one_or_many(target), ()),
            call=table.optional("call", one_or_many(target), ()),
            digest=table.optional("digest", one_or_many(target), ()),
            hours=table.optional("hours", read_hours, None),
            repeat_s=table.optional("repeat", _repeat, None),
        )
        means = ("notify", "call", "digest")
        if not any(table.get(each) for each in means):
            value.report.error(value.place, texts.A_STEP_FOR_NOBODY, texts.NOTIFY_CALL_DIGEST)
        if step.repeat_s is not None and not last:
            value.report.error(table.key_place("repeat"), texts.REPEAT_BEFORE_END, texts.REPEAT_AT_END)
    return step


def _repeat(value: Value) -> int:
    length_s = span(value)
    if length_s < SHORTEST_REPEAT_S:
        raise Wrong(texts.at_least_seconds(SHORTEST_REPEAT_S))
    return length_s


def read_hours(value: Value) -> Hours:
    """A span of the day, such as `08:00-22:00`; it may run over midnight."""
    found = _HOURS.fullmatch(value.scalar(texts.HOURS).strip())
    if found is None:
        raise Wrong(texts.HOURS)
    from_minute, to_minute = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not 1 <= to_minute <= _DAY_MINUTES or from_minute == to_minute:
        raise Wrong(texts.HOURS)
    return Hours(from_minute, to_minute)
