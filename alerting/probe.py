"""A test alarm through the whole chain: desk, journal, outbox, channel, and the outcome back. Every message says so."""

from collections.abc import Sequence
from datetime import datetime

from alerting.audit_events import ProbeStarted
from alerting.commands import LOCAL_ADMIN, Refusal, StartProbe
from alerting.config import DeskConfig, Person
from alerting.duty import ALL_BRANDS
from alerting.events import PageRequested
from alerting.levels import LEVELS
from alerting.permissions import may
from alerting.roster import Roster
from streams import ids
from streams.commands import command_type

PROBE_ID_DIGITS = 12


def start(
    roster: Roster, command: StartProbe, now: datetime
) -> Sequence[ProbeStarted | PageRequested] | Refusal:
    """Page whoever is behind the targets now."""
    refusal = _refused(roster.config, command)
    if refusal is not None:
        return refusal
    people = _people(roster, command.targets or _called(roster.config), now)
    if not people:
        return "nobody_to_reach"
    probe = ids.derived("probe", command.id)[:PROBE_ID_DIGITS]
    started = ProbeStarted(
        cause=command.id, key=ALL_BRANDS, at=now, probe=probe, by=command.who,
        people=tuple(person.id for person in people),
    )  # fmt: skip
    return [started, *(_page(command, probe, person, now) for person in people)]


def _refused(config: DeskConfig, command: StartProbe) -> Refusal | None:
    if command.who != LOCAL_ADMIN:
        person = config.person(command.who)
        if person is None:
            return "unknown_person"
        if not may(config, person, command_type(command)):
            return "not_permitted"
    known = {person.id for person in config.people} | {duty.id for duty in config.oncall}
    return None if set(command.targets) <= known else "unknown_person"


def _called(config: DeskConfig) -> tuple[str, ...]:
    """Everybody and every duty that some step of the escalation names."""
    steps = [step for level in LEVELS for step in config.escalation.steps(level)]
    return tuple(dict.fromkeys(each for step in steps for each in (*step.notify, *step.call, *step.digest)))


def _people(roster: Roster, targets: Sequence[str], now: datetime) -> list[Person]:
    found = [roster.reached_by(target, now) for target in targets]
    reachable = {person.id: person for person in found if person is not None and person.contacts}
    return list(reachable.values())


def _page(command: StartProbe, probe: str, person: Person, now: datetime) -> PageRequested:
    return PageRequested(
        cause=command.id,
        key=ALL_BRANDS,
        at=now,
        incident="",
        page=ids.derived("page", "probe", probe, person.id),
        level="orange",
        category=probe,
        person=person.id,
        means="notify",
        reason="probe",
        climb=0,
    )
