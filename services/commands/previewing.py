"""`fenghuo preview`: changed rules on the desk's own history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from services.commands.configuration import HERE, AsJson, ConfigFolder, configured, zone_of
from services.commands.lines import print_objects
from services.commands.whose import FolderIfAny, KafkaIfAny, where_of
from services.errors import WrongUse

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from alerting.config import BrandDesk
    from alerting.rules import Rule
    from services.config.model import Config
    from services.preview import Alarm, Preview

DAYS_MOST = 92
EVENTS_MOST = 3_000_000
"""Signals: the terminal waits longer than a page, some five minutes of a core."""


def preview(
    data: FolderIfAny = None,
    kafka: KafkaIfAny = None,
    config: ConfigFolder = HERE,
    brand: Annotated[
        str | None, typer.Option("--brand", metavar="ID", help="哪个品牌（默认第一个）· Which brand.")
    ] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help="改哪条规则 · Which rule.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="minimum=50、window=15m（可多次）· As in the configuration."
        ),
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="不要这条规则 · Without the rule.")] = False,
    what_if: Annotated[
        Path | None,
        typer.Option(
            "--what-if", metavar="DIR", help="换成这个配置的规则 · The rules of this configuration."
        ),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=DAYS_MOST, help="看最近几天 · How many days back.")
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """改了规则会怎样：多响、漏掉、夜里叫醒几次 · Changed rules on the desk's own history; changes nothing."""
    from datetime import timedelta

    from services import clock
    from services.preview import preview as preview_of
    from services.preview import with_rules

    loaded = configured(config)
    known = _brand(loaded, brand)
    if what_if is not None:
        after = with_rules(configured(what_if).desk, known.id, _brand(configured(what_if), known.id).rules)
    else:
        after = with_rules(loaded.desk, known.id, _changed(known, rule, setting or [], off=off))
    now = clock.now()
    found = preview_of(
        where_of(data, kafka), known.id, with_rules(loaded.desk, known.id, known.rules), after, now - timedelta(days=days), now,
        EVENTS_MOST,
    )  # fmt: skip
    if as_json:
        told = [msgspec.to_builtins(each) | {"kind": each.kind, "missed": each.missed} for each in found.told]
        print_objects([*told, {**msgspec.to_builtins(found), "type": "summary", "told": found.told_count}])
    else:
        _show(found, zone_of(loaded))


def _brand(config: "Config", brand: str | None) -> "BrandDesk":
    found = config.desk.brand(brand) if brand is not None else next(iter(config.desk.brands), None)
    if found is None:
        raise WrongUse(f"--brand: there is no brand {brand} (没有这个品牌)")
    return found


def _changed(brand: "BrandDesk", rule: str | None, settings: list[str], *, off: bool) -> "tuple[Rule, ...]":
    from services.config.rule_text import change, settings_of

    found = next((each for each in brand.rules if each.id == rule), None)
    if found is None:
        known = ", ".join(each.id for each in brand.rules)
        raise WrongUse(f"--rule: expected one of {known}, or --what-if with a folder (要写明规则)")
    given = dict(_pair(each) for each in settings)
    if unknown := sorted(given.keys() - settings_of(found)):
        expected = ", ".join(settings_of(found))
        raise WrongUse(f"--set: found {unknown[0]!r}, expected one of {expected} (没有这个参数)")
    changed = change(brand.rules, found.id, None if off else given)
    if changed.rules is None:
        raise WrongUse("\n".join(map(str, changed.problems)))
    return changed.rules


def _pair(written: str) -> tuple[str, str]:
    name, sign, value = written.partition("=")
    if not sign:
        raise WrongUse(f"--set: found {written!r}, expected NAME=VALUE (写成 名字=值)")
    return name.strip(), value.strip()


def _show(found: "Preview", zone: "ZoneInfo") -> None:
    before, after = found.before, found.after
    for rule in sorted({*before.firings, *after.firings}):
        was, would_be = before.firings.get(rule, 0), after.firings.get(rule, 0)
        if was != would_be:
            typer.echo(f"{rule} 触发 fires  {was} → {would_be}")
    typer.echo(f"打开事件 incidents  {before.incidents} → {after.incidents}")
    typer.echo(f"呼叫 calls and messages  {before.pages} → {after.pages}")
    typer.echo(
        f"夜间叫醒次数/周 night calls a week  {before.night_calls_per_week:g} → {after.night_calls_per_week:g}"
    )
    typer.echo(f"会漏掉 would be missed  {found.missed}")
    for each in found.told:
        alarm = each.after or each.before
        assert alarm is not None
        word = "漏掉 missed" if each.missed else _KINDS[each.kind]
        typer.echo(f"  {word:<14} {_line(alarm, zone)}")


_KINDS = {"gone": "不再打开 gone", "new": "新打开 new", "changed": "变化 changed"}


def _line(alarm: "Alarm", zone: "ZoneInfo") -> str:
    opened = f"{alarm.opened_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{opened}  {alarm.level}  {alarm.category}  {alarm.rule or ''}"
