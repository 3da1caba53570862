"""`calendars` and `sla`: when time counts, and what is promised to whom."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from services.config import texts
from services.config.documents import read_bytes
from services.config.problems import Place, Report, quoted
from services.config.readers import (
    LABELS,
    SEVERITIES,
    choice,
    folder_name,
    fraction,
    ident,
    identified,
    line,
    many,
    native_id,
    number,
    one_or_many,
    platform,
    reference,
    span,
    truth,
    whole,
)
from services.config.values import Table, Value, Wrong
from streams.sla.errors import CalendarError, HolidayError
from streams.sla.holidays import Holidays, overlaid, package_holidays, read_holiday_cn
from streams.sla.policy import NoReplyRule, PileOn, Policy, SlaConfig, When
from streams.sla.spec import CalendarSpec, parse_calendar
from streams.text.errors import Wording

MOST_POLICIES = 500
MOST_CALENDARS = 100
MOST_WARNINGS = 5
MOST_HOLIDAY_FILES = 100
MAX_HOLIDAY_BYTES = 256 * 1024
_YEAR_FILES = "*[0-9][0-9][0-9][0-9].json"
DEFAULT_CAP_S = 24 * 3_600


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy may refer to."""

    calendars: tuple[str, ...]
    brands: tuple[str, ...]


def read_sla(root: Table, brands: Iterable[str], years: range, folder: Path) -> SlaConfig | None:
    """Calendars and policies. A calendar whose holidays of `years` are not announced is a warning.

    What `holidays: china` means are the years of the package, each replaced by the file of that year in the folder that
    `holiday_files` names.
    """
    named = root.optional("calendars", _named, ())
    name = root.optional("holiday_files", folder_name, None)
    china = package_holidays()
    if name is not None:
        china = overlaid(china, _holiday_files(folder, name, root))
    calendars = tuple(spec for name, body in named for spec in _calendar(name, body, years, china))
    known = Known(calendars=tuple(name for name, _ in named), brands=tuple(brands))
    return root.optional("sla", lambda value: _sla(value, calendars, known), None)


def _named(value: Value) -> tuple[tuple[str, Value], ...]:
    with value.table() as table:
        named = tuple(table.entries())
    if len(named) > MOST_CALENDARS:
        raise Wrong(texts.at_most(MOST_CALENDARS), texts.entries(len(named)))
    return named


def _holiday_files(folder: Path, name: str, root: Table) -> Holidays:
    """The years that lie in a folder as files of the project holiday-cn, such as `2027.json`."""
    report = root.value.report
    paths = sorted((folder / name).glob(_YEAR_FILES))[:MOST_HOLIDAY_FILES]
    if not paths:
        report.error(root.key_place("holiday_files"), texts.NO_HOLIDAY_FILE, texts.HOLIDAY_FILES)
    known = Holidays()
    for path in paths:
        known = overlaid(known, _holiday_file(folder, path.relative_to(folder).as_posix(), report))
    return known


def _holiday_file(folder: Path, file: str, report: Report) -> Holidays:
    raw = read_bytes(folder, file, report, MAX_HOLIDAY_BYTES)
    try:
        return Holidays() if raw is None else read_holiday_cn([raw])
    except HolidayError as error:
        report.error(Place(file=file), quoted(str(error.found)), Wording(error.expected, error.expected))
        return Holidays()


def _calendar(name: str, body: Value, years: range, china: Holidays) -> Iterator[CalendarSpec]:
    try:
        spec = body.attempt(lambda value: parse_calendar(name, value.plain(), china), None)
    except CalendarError as error:
        place = _deepest(body, error.field.removeprefix(f"calendars.{name}").strip("."))
        body.report.error(place, quoted(error.found), Wording(error.expected, error.expected))
        return
    if spec is not None:
        _warn_of_years(body, spec, years)
        yield spec


def _deepest(value: Value, field: str) -> Place:
    """Where `field` (`hours.mon-fri`, perhaps with more behind it) stands inside `value`, as deep as it is known."""
    if not field or value.kind != "map":
        return value.place
    with value.table() as table:
        inner = dict(table.entries())
    # A span such as "09:00-12:00" holds no dot, a date neither: the dots part the steps.
    step, _, rest = field.partition(".")
    return _deepest(inner[step], rest) if step in inner else value.place


def _warn_of_years(body: Value, spec: CalendarSpec, years: range) -> None:
    if spec.holidays is None:
        return
    unknown = [year for year in years if year not in spec.holidays.years]
    if unknown:
        listed = ", ".join(map(str, unknown))
        body.report.warn(body.place, texts.years_unknown(listed), texts.KNOWN_HOLIDAYS)


def _sla(value: Value, calendars: tuple[CalendarSpec, ...], known: Known) -> SlaConfig:
    with value.table() as table:
        policies = identified(lambda one: _policy(one, known), MOST_POLICIES)
        return SlaConfig(
            policies=table.required("policies", policies, (), texts.A_LIST),
            calendars=calendars,
            cap_s=table.optional("cap", span, DEFAULT_CAP_S),
            warn_at=tuple(sorted(set(table.optional("warn_at", many(fraction), ())))),
            pile_on=table.optional("pile_on", _pile_on, None),
            cases=table.optional("cases", truth, default=True),
            no_reply=table.optional("no_reply_needed", _no_reply, NoReplyRule()),
        )


def _policy(table: Table, known: Known) -> Policy:
    return Policy(
        id=table.required("id", ident, ""),
        when=table.optional("when", lambda value: _when(value, known), When()),
        calendar=table.required("calendar", reference(known.calendars), ""),
        first_response_s=table.optional("first_response", span, None),
        next_response_s=table.optional("next_response", span, None),
        resolution_s=table.optional("resolution", span, None),
        auto_replies_count=table.optional("auto_replies_count", truth, default=False),
    )


def _when(value: Value, known: Known) -> When:
    with value.table() as table:
        return When(
            platform=table.optional("platform", one_or_many(platform), None),
            account=table.optional("account", one_or_many(native_id), None),
            kind=table.optional("kind", one_or_many(choice(("comment", "message"))), None),
            topic=table.optional("topic", one_or_many(ident), None),
            severity=table.optional("severity", one_or_many(choice(SEVERITIES)), None),
            sentiment=table.optional("sentiment", one_or_many(choice(LABELS)), None),
            author_tags=table.optional("author_tags", one_or_many(line), None),
            brand=table.optional("brand", one_or_many(reference(known.brands)), None),
            complaint=table.optional("complaint", truth, None),
            followers_min=table.optional("followers_min", whole(0, 10**12), None),
        )


def _no_reply(value: Value) -> NoReplyRule | None:
    """`false` lets every message wait for an answer; what a table does not name keeps its default."""
    plain = NoReplyRule()
    if value.kind == "bool":
        return plain if truth(value) else None
    with value.table() as table:
        return NoReplyRule(
            thanks=table.optional("thanks", many(line), plain.thanks),
            lottery=table.optional("lottery", many(line), plain.lottery),
            friends=table.optional("friends", truth, plain.friends),
            emoji=table.optional("emoji", truth, plain.emoji),
            protest=table.optional("protest", many(line), plain.protest),
            sample=table.optional("sample", number(0, 1), plain.sample),
        )


def _pile_on(value: Value) -> PileOn:
    with value.table() as table:
        plain = PileOn(
            count=table.required("count", whole(2, 1_000_000), 2),
            within_s=table.required("within", span, 1, texts.DURATION),
        )
        return table.optional("apart", lambda apart: _apart(apart, plain), plain)


def _apart(value: Value, plain: PileOn) -> PileOn:
    """Who stays out of groups; what is not named keeps its default."""
    with value.table() as table:
        return PileOn(
            count=plain.count,
            within_s=plain.within_s,
            apart_severities=table.optional(
                "severity", one_or_many(choice(SEVERITIES)), plain.apart_severities
            ),
            apart_topics=table.optional("topic", one_or_many(ident), plain.apart_topics),
            apart_tags=table.optional("author_tags", one_or_many(line), plain.apart_tags),
            apart_words=table.optional("words", one_or_many(line), plain.apart_words),
        )
