"""What must not be said: words of the advertising law in their context, and two rules of platforms.

A first, small core: bare 最 or 第一 say nothing by themselves (`第一时间` is fine, `销量第一` is not). It flags words;
whether a picture is licensed or a claim is true it cannot know.
"""

import re

import msgspec

from alerting.objections import OBJECTIONS, FlagSeverity


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """Words that should not stand there; `start` and `end` are half-open offsets in characters of the text."""

    start: int
    end: int
    words: str
    rule: str
    source: str
    suggestion: str
    severity: FlagSeverity


_COMPILED = tuple((objection, re.compile(objection.pattern, re.IGNORECASE)) for objection in OBJECTIONS)


def lint(text: str, platform: str | None = None) -> list[Flag]:
    """What to object to in `text`, in the order of the text; rules of one platform only apply there.

    Where two objections overlap the longer one stands, blocking ones first.
    """
    flags = [
        Flag(
            start=hit.start(),
            end=hit.end(),
            words=hit[0],
            rule=objection.rule,
            source=objection.source,
            suggestion=objection.suggestion,
            severity=objection.severity,
        )
        for objection, pattern in _COMPILED
        if not objection.platforms or platform in objection.platforms
        for hit in pattern.finditer(text)
    ]
    return _without_overlaps(flags)


def _without_overlaps(flags: list[Flag]) -> list[Flag]:
    kept: list[Flag] = []
    for flag in sorted(flags, key=lambda each: (each.severity != "block", each.start - each.end, each.start)):
        if all(flag.end <= other.start or other.end <= flag.start for other in kept):
            kept.append(flag)
    return sorted(kept, key=lambda each: each.start)
