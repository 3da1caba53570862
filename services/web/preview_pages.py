"""A rule with other settings on the desk's own history: what would have fired, what would have been missed (如果昨晚启用).

The form changes nothing: it shows what to write into the configuration, and what that would have done.
"""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import msgspec
from litestar import Response, get

from alerting.joining_events import TuningProposed
from alerting.levels import LEVELS
from alerting.rules import Rule, rule_type
from alerting.tuning import LIMIT_SETTINGS
from services.aside import TookTooLong
from services.config.problems import Problem
from services.config.rule_text import change, rule_text, settings_of
from services.errors import HistoryTooLong
from services.preview import Preview, with_rules
from services.questions import PreviewAsked
from services.web.api import as_json
from services.web.errors import BadQuestion, Missing, Refused
from services.web.render import page
from services.web.schema import documented
from services.web.texts import LANGUAGES, known
from services.web.visit import SignedIn, Visit

PERIODS = (1, 7, 14, 28)
"""Days that a preview may look back."""
DAYS_DEFAULT = 7


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about the rule that may be changed."""

    name: str
    words: str
    value: str
    now: str
    """What holds."""


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that cannot be."""

    words: str
    expected: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and how it is to be changed."""

    rule: Rule
    settings: dict[str, str]
    off: bool
    days: int


@get("/alarms/preview")
async def show_preview(visit: SignedIn) -> Response[str]:
    """The form with a rule's settings; with `show`, what they would have done."""
    asked = _asked(visit)
    rules = visit.brand.rules if visit.brand else ()
    changed = change(rules, asked.rule.id, None if asked.off else asked.settings)
    shown = changed.rules if "show" in visit.request.query_params else None
    return page(
        visit,
        "preview.html",
        asked=asked,
        kind=known(visit.language, "rule_type", rule_type(asked.rule)),
        settings=_settings(asked, visit),
        wrong=[_wrong(problem, asked.rule, visit) for problem in changed.problems],
        text=_text(asked, changed.rules),
        preview=None if shown is None else await _preview(visit, shown, asked.days),
        periods=PERIODS,
        levels_all=LEVELS,
    )


@get("/api/alarms/preview", include_in_schema=True, responses=documented(Preview))
async def api_preview(visit: SignedIn) -> Response[bytes]:
    """What other settings of a rule (`rule`, then each setting as the configuration writes it; `off`) would have done."""
    asked = _asked(visit)
    changed = change(
        visit.brand.rules if visit.brand else (), asked.rule.id, None if asked.off else asked.settings
    )
    if changed.rules is None:
        raise BadQuestion("; ".join(f"{each.place.path}: {each.expected.en}" for each in changed.problems))
    return as_json(visit.request, await _preview(visit, changed.rules, asked.days))


def preview_link(proposed: TuningProposed) -> str | None:
    """The preview of what a false alarm proposes; None where the limit is not one that can be set."""
    setting = LIMIT_SETTINGS.get(proposed.rule_type)
    if setting is None:
        return None
    limit = f"{proposed.proposed:.10g}"
    return "/alarms/preview?" + urlencode({"rule": proposed.rule, setting: limit, "show": "yes"})


def _asked(visit: Visit) -> Asked:
    query: Mapping[str, str] = visit.request.query_params
    rules = visit.brand.rules if visit.brand else ()
    rule = next((each for each in rules if each.id == query.get("rule")), None)
    if rule is None:
        raise Missing("rule")
    known_settings = settings_of(rule)
    given = {name: query[name].strip() for name in known_settings if query.get(name, "").strip()}
    days = query.get("days", f"{DAYS_DEFAULT}")
    if days not in map(str, PERIODS):
        raise BadQuestion(f"days: expected one of {', '.join(map(str, PERIODS))}")
    return Asked(rule=rule, settings=given, off="off" in query, days=int(days))


async def _preview(visit: Visit, rules: tuple[Rule, ...], days: int) -> Preview:
    brand = visit.brand
    assert brand is not None  # who has a rule has a brand
    question = PreviewAsked(
        folder=visit.desk.folder,
        brand=brand.id,
        before=with_rules(visit.config, brand.id, brand.rules),
        after=with_rules(visit.config, brand.id, rules),
        from_at=visit.now - timedelta(days=days),
        to_at=visit.now,
    )
    try:
        return await visit.desk.aside.ask(question, Preview)
    except (HistoryTooLong, TookTooLong) as error:
        raise Refused("preview_too_long") from error


def _settings(asked: Asked, visit: Visit) -> list[Setting]:
    return [
        Setting(
            name=name,
            words=known(visit.language, "setting", name),
            value=asked.settings.get(name, value),
            now=value,
        )
        for name, value in settings_of(asked.rule).items()
    ]


def _wrong(problem: Problem, rule: Rule, visit: Visit) -> Wrong:
    _, _, name = problem.place.path.rpartition(".")
    expected = (problem.expected.zh, problem.expected.en)[LANGUAGES.index(visit.language)]
    words = known(visit.language, "setting", name) if name in settings_of(rule) else problem.place.path
    return Wrong(words=words, expected=expected)


def _text(asked: Asked, rules: tuple[Rule, ...] | None) -> str | None:
    changed = next((each for each in rules or () if each.id == asked.rule.id), None)
    return rule_text(changed) if changed is not None and changed != asked.rule else None
