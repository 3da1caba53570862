"""What must not be said: words in their context, each with the rule, its source in law, and a way out.

Bare 最 or 第一 say nothing by themselves (`第一时间` is fine, `销量第一` is not). A word that is only mentioned, in quotation
marks beside 不实 or 不得使用, is fine as well. Texts are looked at in normal form, so that 國家級 and 国 家 级 are found; flags
point into the text as it was written. Whether a picture is licensed or a claim true nobody can see in words alone.
"""

import re

import msgspec

from alerting.objections import claims, extreme, labels, platforms, sensitive
from alerting.objections.objection import FlagSeverity, Objection
from streams.text.normalise import normalise

OBJECTIONS: tuple[Objection, ...] = (
    *extreme.RULES,
    *claims.RULES,
    *sensitive.RULES,
    *labels.RULES,
    *platforms.RULES,
)
_SENTENCE_END = re.compile(r"[。!?;\n]")
_QUOTED = re.compile(r'["「『《\'][^"」』》\']{0,20}$')
_MENTIONED = re.compile(
    r"不得|禁止|禁用|违规|误用|误写|删除|下架|撤下|更正|不实|并非|不再使用|谣言|所谓|网传|传言|宣传语|用语|字样"
)
_BEHIND_CHARACTERS = 24
"""So far before a hit its context is looked for."""


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """Words that should not stand there; `start` and `end` are half-open offsets in characters of the text."""

    start: int
    end: int
    words: str
    rule: str
    source: str
    suggestion: str
    severity: FlagSeverity


class _Compiled(msgspec.Struct, frozen=True):
    objection: Objection
    pattern: re.Pattern[str]
    not_after: re.Pattern[str] | None
    not_in_sentence: re.Pattern[str] | None
    not_in_text: re.Pattern[str] | None


def _compiled(objection: Objection) -> _Compiled:
    def optional(pattern: str) -> re.Pattern[str] | None:
        return re.compile(pattern) if pattern else None

    return _Compiled(
        objection,
        re.compile(objection.pattern),
        optional(f"(?:{objection.not_after})$" if objection.not_after else ""),
        optional(objection.not_in_sentence),
        optional(objection.not_in_text),
    )


_RULES = tuple(_compiled(objection) for objection in OBJECTIONS)


def lint(text: str, platform: str | None = None) -> list[Flag]:
    """What to object to in `text`, in the order of the text; rules of one platform only apply there.

    Where two objections overlap the longer one stands, blocking ones first.
    """
    normal = normalise(text)
    flags = []
    for rule in _RULES:
        objection = rule.objection
        if objection.platforms and platform not in objection.platforms:
            continue
        for hit in rule.pattern.finditer(normal.text):
            if hit.end() > hit.start() and not _excused(rule, normal.text, hit):
                start, end = normal.span(hit.start(), hit.end())
                flags.append(_flag(objection, text, start, end))
    return _without_overlaps(flags)


def _flag(objection: Objection, text: str, start: int, end: int) -> Flag:
    return Flag(
        start=start,
        end=end,
        words=text[start:end],
        rule=objection.rule,
        source=objection.source,
        suggestion=objection.suggestion,
        severity=objection.severity,
    )


def _excused(rule: _Compiled, text: str, hit: re.Match[str]) -> bool:
    """Whether its surroundings make it harmless."""
    before = text[max(0, hit.start() - _BEHIND_CHARACTERS) : hit.start()]
    if rule.not_after is not None and rule.not_after.search(before):
        return True
    if rule.not_in_text is not None and rule.not_in_text.search(text):
        return True
    sentence = _sentence(text, hit)
    if rule.not_in_sentence is not None and rule.not_in_sentence.search(sentence):
        return True
    return bool(_QUOTED.search(_SENTENCE_END.split(before)[-1]) and _MENTIONED.search(sentence))


def _sentence(text: str, hit: re.Match[str]) -> str:
    start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, hit.start())), default=0)
    ending = _SENTENCE_END.search(text, hit.end())
    return text[start : ending.start() if ending else len(text)]


def _without_overlaps(flags: list[Flag]) -> list[Flag]:
    kept: list[Flag] = []
    for flag in sorted(flags, key=lambda each: (each.severity != "block", each.start - each.end, each.start)):
        if all(flag.end <= other.start or other.end <= flag.start for other in kept):
            kept.append(flag)
    return sorted(kept, key=lambda each: each.start)
