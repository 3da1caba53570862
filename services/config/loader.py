"""Reads a configuration folder: fenghuo.yaml, brands/*.yaml, the content folder and the scripts, all problems at once."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import get_args

import msgspec

from alerting.config import BrandDesk, DeskConfig, Person
from alerting.permissions import barred
from alerting.rules import EmergingRule
from services import clock
from services.config import texts
from services.config.brands import INLINE, BrandName, read_accounts, read_brand, read_monitors
from services.config.checks import check_levels, check_reach, check_routes
from services.config.content import Context, Shelf, read_content, read_scripts
from services.config.documents import read_document
from services.config.model import Config, Decisions
from services.config.people import read_escalation, read_oncall, read_people
from services.config.permissions import read_maintenance, read_permissions
from services.config.playbooks import Staff, read_playbooks
from services.config.problems import Problem, Report
from services.config.readers import choice, span
from services.config.reports import read_reports
from services.config.response import read_sla
from services.config.rules import read_rules
from services.config.sources import check_connectors, read_network, read_sources
from services.config.statements import check_statements
from services.config.topics import read_topics
from services.config.values import Table, Value, Wrong
from streams.commands import IntakeCommand
from streams.config import Account, Barred, IntakeConfig, Monitor
from streams.sla.spec import CalendarSpec

MAIN_FILE = "fenghuo.yaml"
BRANDS_FOLDER = "brands"
MOST_BRAND_FILES = 500
SCORERS = ("ngram", "snownlp")
LATER_SCORERS = ("onnx",)
"""It needs the folder of a model, which a configuration cannot name yet; `fenghuo score --model` can."""
INTAKE_COMMANDS = tuple(sorted(str(each.__struct_config__.tag) for each in get_args(IntakeCommand)))
DEFAULT_EASE_AFTER_S = 3_600
SHORTEST_EASE_S = 60


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading a folder. `config` is None when any problem is an error."""

    config: Config | None
    problems: tuple[Problem, ...]


class _BrandPart(msgspec.Struct, frozen=True, kw_only=True):
    """What a brand brings to both deciders."""

    accounts: tuple[Account, ...]
    monitors: tuple[Monitor, ...]
    desk: BrandDesk


def load(folder: Path, today: date | None = None) -> Loaded:
    """Read and check the configuration in `folder`.

    Args:
        folder: holds fenghuo.yaml; what it names lies inside.
        today: what expiry dates and holiday years are compared with; absent: the present day in UTC.

    Raises nothing about the configuration itself: every problem is in the result.
    """
    report = Report()
    document = read_document(folder, MAIN_FILE, report, texts.CONFIG_FILE)
    config = None
    if document is not None:
        reading = _Reading(folder, report, today or clock.now().date())
        config = document.attempt(reading.config, None)
    return Loaded(config=None if report.errors else config, problems=report.problems())


class _Reading:
    """One pass over a folder. What is referred to is read before what refers to it."""

    def __init__(self, folder: Path, report: Report, today: date) -> None:
        self._folder = folder
        self._report = report
        self._today = today

    def config(self, document: Value) -> Config:
        """The whole configuration.

        Raises:
            Wrong: the document is no table.
        """
        with document.table() as root:
            network = read_network(root)
            people = read_people(root, network)
            duties = read_oncall(root, people, datetime.combine(self._today, time(), UTC))
            escalation = read_escalation(root, people, duties)
            permissions = read_permissions(root, (role for person in people for role in person.roles))
            brands = self._brands(root)
            names = tuple(brand.id for brand, _ in brands)
            sla = read_sla(root, names, range(self._today.year, self._today.year + 2), self._folder)
            context = Context(brands=names, people=tuple(one.id for one in people), today=self._today)
            errors_before = self._report.errors
            shelves = read_content(self._folder, root, context)
            content_whole = self._report.errors == errors_before
            scripts = read_scripts(self._folder, root)
            topics = read_topics(self._folder, root)
            sources = read_sources(root)
            scorer = root.optional("scorer", _scorer, SCORERS[0])
            calendars = sla.calendars if sla is not None else ()
            staff = Staff(
                roles=frozenset(role for person in people for role in person.roles),
                calendars=tuple(calendar.id for calendar in calendars),
                scenarios=None,
            )
            parts = [
                self._part(brand, table, people, staff, shelves if content_whole else None)
                for brand, table in brands
            ]
            reports = read_reports(root, [part.desk for part in parts], people, duties)
        desks = tuple(msgspec.structs.replace(part.desk, scripts=scripts) for part in parts)
        desk = DeskConfig(
            brands=desks,
            people=people,
            oncall=duties,
            escalation=escalation,
            permissions=permissions,
            calendars=_counted_by(desks, calendars),
            reports=reports,
        )
        check_routes(document, desk)
        check_levels(document, desk)
        check_reach(document, desk, sources)
        intake = IntakeConfig(
            accounts=tuple(account for part in parts for account in part.accounts),
            monitors=tuple(monitor for part in parts for monitor in part.monitors),
            sla=sla,
            scorer=scorer,
            topics=topics,
            new_words=any(isinstance(rule, EmergingRule) for one in desks for rule in one.rules),
            barred=_barred(desk),
        )
        check_statements(document, desk, intake.accounts, self._today)
        check_connectors(document, network.connectors, intake.accounts)
        return Config(decisions=Decisions(intake=intake, desk=desk), sources=sources, network=network)

    def _brands(self, root: Table) -> list[tuple[BrandName, Table]]:
        """Every brand with the table that holds its parts: the inline one, then brands/*.yaml by name."""
        found = [(inline, root)] if (inline := read_brand(root)) is not None else []
        _mark_known(root)
        for document in self._brand_files():
            found += document.attempt(_brand_of_file, [])
        if not found:
            self._report.error(root.key_place("brand"), texts.no_key("brand"), texts.A_BRAND)
        lines: dict[str, str] = {}
        for brand, _ in found:
            if lines.setdefault(brand.id, brand.place.file) != brand.place.file:
                again = texts.brand_again(brand.id, lines[brand.id])
                self._report.error(brand.place, again, texts.EACH_ID_ONCE)
        return found

    def _brand_files(self) -> list[Value]:
        paths = sorted((self._folder / BRANDS_FOLDER).glob("*.yaml"))[:MOST_BRAND_FILES]
        names = [f"{BRANDS_FOLDER}/{path.name}" for path in paths]
        documents = [read_document(self._folder, name, self._report) for name in names]
        return [document for document in documents if document is not None]

    def _part(
        self,
        brand: BrandName,
        table: Table,
        people: tuple[Person, ...],
        staff: Staff,
        shelves: tuple[Shelf, ...] | None,
    ) -> _BrandPart:
        content = tuple(shelf.item for shelf in shelves or () if shelf.brand in {None, brand.id})
        if shelves is not None:
            scenarios = frozenset(item.scenario for item in content)
            staff = msgspec.structs.replace(staff, scenarios=scenarios)
        monitors = read_monitors(table, brand.id)
        rules = read_rules(table, (monitor.id for monitor in monitors))
        return _BrandPart(
            accounts=read_accounts(table, brand.id, (person.id for person in people)),
            monitors=monitors,
            desk=BrandDesk(
                id=brand.id,
                name=brand.name,
                timezone=brand.timezone,
                rules=rules,
                ease_after_s=table.optional("levels", _ease_after, DEFAULT_EASE_AFTER_S),
                playbooks=read_playbooks(table, staff, self._folder),
                content=content,
                maintenance=read_maintenance(table, (rule.id for rule in rules)),
            ),
        )


def _counted_by(brands: Iterable[BrandDesk], calendars: Iterable[CalendarSpec]) -> tuple[CalendarSpec, ...]:
    """Those of `calendars` that steps of playbooks count by."""
    steps = (step for brand in brands for playbook in brand.playbooks for step in playbook.steps)
    used = {step.calendar for step in steps}
    return tuple(calendar for calendar in calendars if calendar.id in used)


def _barred(desk: DeskConfig) -> tuple[Barred, ...]:
    """Intake's commands, each with those whose roles do not let them ask for it."""
    found = (Barred(command=command, people=barred(desk, command)) for command in INTAKE_COMMANDS)
    return tuple(each for each in found if each.people)


def _mark_known(table: Table) -> None:
    """A brand's keys are read after the table is closed; until then they must not look unknown."""
    for key in sorted(INLINE):
        table.get(key)


def _brand_of_file(document: Value) -> list[tuple[BrandName, Table]]:
    with document.table() as table:
        brand = read_brand(table)
        _mark_known(table)
    if brand is None:
        raise Wrong(texts.A_BRAND, texts.no_key("brand"))
    return [(brand, table)]


def _ease_after(value: Value) -> int:
    with value.table() as table:
        return table.optional("ease_after", _calm, DEFAULT_EASE_AFTER_S)


def _calm(value: Value) -> int:
    length_s = span(value)
    if length_s < SHORTEST_EASE_S:
        raise Wrong(texts.at_least_seconds(SHORTEST_EASE_S))
    return length_s


def _scorer(value: Value) -> str:
    if value.scalar(texts.TEXT) in LATER_SCORERS:
        raise Wrong(texts.NOT_BUILT)
    return choice(SCORERS)(value)
