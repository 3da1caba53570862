"""What `check` says about prepared statements as a whole: what is covered, and who would review them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from alerting.config import BrandDesk, DeskConfig
from alerting.coverage import Cell, RouteGap, coverage, route_gaps
from services.config import statement_texts as texts
from services.config.values import Value
from streams.config import Account


def scenarios_of(brand: BrandDesk) -> tuple[str, ...]:
    """Scenarios for which a playbook asks for statements."""
    asked = (step.scenario for playbook in brand.playbooks for step in playbook.steps if step.scenario)
    return tuple(dict.fromkeys(asked))


def cells_of(brand: BrandDesk, platforms: Iterable[str], at: datetime) -> tuple[Cell, ...]:
    """The coverage of a brand on its own platforms; empty where nothing is prepared and nothing asked for."""
    return coverage(brand.content, scenarios_of(brand), platforms, at, ZoneInfo(brand.timezone))


def check_statements(document: Value, desk: DeskConfig, accounts: Sequence[Account], today: date) -> None:
    """Warn of scenarios without statements, and of statements that nobody could review."""
    at = datetime.combine(today, time(12), UTC)
    for brand in desk.brands:
        if not brand.content:
            continue
        _check_coverage(document, brand, accounts, at)
        for gap in route_gaps(desk, brand.content, ZoneInfo(brand.timezone), at):
            _tell_gap(document, brand, gap)


def _check_coverage(document: Value, brand: BrandDesk, accounts: Sequence[Account], at: datetime) -> None:
    """One warning a scenario, with what stands on each platform: together they are the coverage table."""
    platforms = dict.fromkeys(account.platform for account in accounts if account.brand == brand.id)
    cells = cells_of(brand, platforms, at)
    for scenario in dict.fromkeys(cell.scenario for cell in cells):
        row = [cell for cell in cells if cell.scenario == scenario]
        if not all(cell.is_enough for cell in row):
            counts = " · ".join(f"{cell.platform} {cell.variants}" for cell in row)
            found = texts.uncovered(brand.id, scenario, counts)
            document.report.warn(document.place_at("content"), found, texts.SOME_VARIANTS)


def _tell_gap(document: Value, brand: BrandDesk, gap: RouteGap) -> None:
    place, whose = document.place_at("people"), f"{brand.id}: {gap.author}"
    match gap.kind:
        case "nobody":
            document.report.warn(place, texts.no_reviewer(whose, gap.level), texts.THREE_REVIEWERS)
        case "asleep":
            hours = ", ".join(f"{begins}-{ends}" for begins, ends in gap.hours)
            document.report.warn(place, texts.reviewers_asleep(whose, hours), texts.REVIEWERS_AWAKE)
        case "no_deputy":
            document.report.warn(place, texts.no_deputy(whose, gap.level or ""), texts.A_DEPUTY)
        case _:
            document.report.warn(place, texts.no_emergency_lane(whose), texts.LEGAL_AND_COMMANDER)
