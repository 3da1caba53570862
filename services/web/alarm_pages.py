"""Rules and alarms: what each rule did, how often for nothing, what false alarms propose, and what is held back."""

from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from alerting.combination import AllOf, AnyOf, Fired, Not
from alerting.commands import EndSilence, StartSilence
from alerting.permissions import may
from alerting.rules import Rule, rule_type
from services.config.conditions import condition_text
from services.views.alarms import RuleRecord, proposals, rule_records
from services.views.duties import silences
from services.web.actions import command_id, settled, text_of
from services.web.forms import moment, required_moment
from services.web.preview_pages import preview_link
from services.web.render import page
from services.web.texts import known
from services.web.times import length
from services.web.visit import Form, SignedIn, Visit
from services.web.wording import WAN, amount

_ELSEWHERE = frozenset({"id", "level", "type"})
"""Fields of a rule that stand in columns of their own."""
_WORDS = {"sentiment": "label"}
"""The group of words for a field's values, where it has another name."""


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with its record."""

    rule: Rule
    kind: str
    settings: str
    """As the configuration has them."""
    record: RuleRecord


@get("/alarms")
async def show_alarms(visit: SignedIn) -> Response[str]:
    """Every rule of the brand, what fired last on top; then proposals and silences."""
    brand, reader = visit.brand_id or "", visit.desk.reader
    records = rule_records(reader, brand)
    lines = [_line(rule, records, visit) for rule in (visit.brand.rules if visit.brand else ())]
    lines.sort(key=lambda line: -(line.record.last_at.timestamp() if line.record.last_at else 0))
    return page(
        visit,
        "alarms.html",
        lines=lines,
        proposals=proposals(reader, brand),
        preview_link=preview_link,
        silences=silences(reader, brand, visit.now),
        may_silence=visit.is_admin or may(visit.config, visit.person, "silence.start"),
    )


@post("/alarms/silences")
async def start_silence(visit: SignedIn, form: Form) -> Redirect:
    """Hold alarms back for a while."""
    rule = form.get("rule", "")
    command = StartSilence(
        id=command_id(visit, form), who=visit.person.id, brand=visit.brand_id or "",
        from_at=moment(visit, form, "from"), until=required_moment(visit, form, "until"),
        reason=text_of(form, "reason"), rules=(rule,) if rule else (),
    )  # fmt: skip
    await settled(visit, await visit.desk.house.command(command))
    return _back("silenced")


@post("/alarms/silences/{silence:str}/end")
async def end_silence(visit: SignedIn, form: Form, silence: FromPath[str]) -> Redirect:
    """Let alarms sound again."""
    command = EndSilence(
        id=command_id(visit, form), who=visit.person.id, brand=visit.brand_id or "", silence=silence
    )
    await settled(visit, await visit.desk.house.command(command))
    return _back("unsilenced")


def _back(said: str) -> Redirect:
    return Redirect(f"/alarms?{urlencode({'said': said})}", status_code=303)


def _line(rule: Rule, records: dict[str, RuleRecord], visit: Visit) -> RuleLine:
    settings = [
        _setting(name, value, visit)
        for name in rule.__struct_fields__
        if name not in _ELSEWHERE and (value := getattr(rule, name)) is not None
    ]
    return RuleLine(
        rule=rule,
        kind=known(visit.language, "rule_type", rule_type(rule)),
        settings=visit.say("sep").join(settings),
        record=records.get(rule.id) or RuleRecord(rule=rule.id),
    )


def _setting(name: str, value: object, visit: Visit) -> str:
    """`窗口 10 分钟`: a setting's name and value in the visitor's language."""
    words = known(visit.language, "setting", name.removesuffix("_s"))
    match value:
        case int() if name.endswith("_s"):
            shown = length(value, visit.language)
        case tuple():
            shown = ", ".join(map(str, value))
        case Fired() | Not() | AllOf() | AnyOf():
            shown = condition_text(value)
        case str():
            shown = known(visit.language, _WORDS.get(name, name), value)
        case int() | float() if value >= WAN:
            shown = amount(value, visit.language)
        case _:
            shown = f"{value:g}"
    return f"{words} {shown}"
