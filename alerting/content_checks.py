"""What a whole statement is checked for beyond its words: licences, labels, dates, special industries, blanks."""

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from alerting.commands import Refusal
from alerting.compliance import Flag, lint
from alerting.config import ContentItem
from alerting.content import gaps
from alerting.objections.claims import SPECIAL_INDUSTRY
from alerting.objections.labels import ADVERTISING_LABEL, GENERATED_LABEL
from alerting.objections.objection import (
    ADVERTISING,
    COPYRIGHT,
    GENERATED,
    PORTRAIT,
    PROMISES_CLEAR,
)
from streams.text.normalise import normalise

CONTENT_CHARACTERS_MOST = 20_000
BLANKS_MOST = 50
_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def check_content(item: ContentItem, zone: ZoneInfo, at: datetime) -> list[Flag]:
    """Everything to object to in a statement with its blanks open, what blocks first.

    What is missing has no place in the text: such a flag stands at its beginning, with no words.
    """
    flags = [*lint(item.text, item.platform), *_labels(item), *_unlicensed(item), *_dates(item, zone, at)]
    return sorted(flags, key=lambda flag: (flag.severity != "block", flag.start))


def needs_legal_first(item: ContentItem) -> bool:
    """Whether it is medical, financial or educational: said so, or by its words."""
    return item.industry is not None or any(
        flag.rule.startswith(SPECIAL_INDUSTRY) for flag in lint(item.text, item.platform)
    )


def draft_refused(item: ContentItem) -> Refusal | None:
    """Why a statement that was written at the desk cannot be kept."""
    if not item.text.strip():
        return "text_missing"
    if len(item.text) > CONTENT_CHARACTERS_MOST:
        return "text_too_long"
    if not all(_IDENT.fullmatch(name) for name in (item.set, item.scenario, item.platform, item.variant)):
        return "name_wrong"
    names = [blank.name for blank in item.blanks]
    if len(names) > BLANKS_MOST or len(set(names)) < len(names) or set(names) != set(gaps(item.text)):
        return "blanks_wrong"
    return None


def _labels(item: ContentItem) -> Iterator[Flag]:
    if item.advertising and not ADVERTISING_LABEL.search(normalise(item.text).text):
        yield _missing("advertising-unlabelled", ADVERTISING, "在开头显著标明“广告”")
    if item.ai and not GENERATED_LABEL.search(normalise(item.text).text):
        yield _missing("ai-unlabelled", GENERATED, "写明“内容由 AI 生成”，并用平台自带的标识功能")


def _unlicensed(item: ContentItem) -> Iterator[Flag]:
    for material in item.materials:
        if not material.proof.strip():
            source = PORTRAIT if material.kind == "portrait" else COPYRIGHT
            wanted = "肖像权人的书面同意" if material.kind == "portrait" else "授权书或购买凭证的编号与存放处"
            yield _missing(f"unlicensed-{material.kind}", source, f"补上“{material.name}”的{wanted}，或换掉")


def _dates(item: ContentItem, zone: ZoneInfo, at: datetime) -> Iterator[Flag]:
    promotion = item.promotion
    if promotion is None:
        return
    if promotion.ends < promotion.starts or promotion.ends < at.astimezone(zone).date():
        yield _missing("promotion-over", PROMISES_CLEAR, "写上真实的起止日期，已结束的活动不再发布")
    elif item.expires > promotion.ends:
        suggestion = f"有效期改到活动结束日 {promotion.ends.isoformat()} 以前"
        yield _missing("promotion-shorter", PROMISES_CLEAR, suggestion, blocks=False)


def _missing(rule: str, source: str, suggestion: str, *, blocks: bool = True) -> Flag:
    severity = "block" if blocks else "warn"
    return Flag(start=0, end=0, words="", rule=rule, source=source, suggestion=suggestion, severity=severity)  # type: ignore[arg-type]
