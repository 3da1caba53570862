"""What was said before and after a statement, in words, with how sure one may be."""

from collections.abc import Callable

import msgspec

from services.reports.effect import FEW, Effect, Range, Stretch


class EffectLine(msgspec.Struct, frozen=True, kw_only=True):
    """The figures before and after, and what they allow to be said."""

    before: str
    after: str
    finding: str


class EffectWords(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said about one statement."""

    stretch: str
    share: EffectLine
    volume: EffectLine


Say = Callable[..., str]


def effect_words(effect: Effect, say: Say, length: Callable[[float], str]) -> EffectWords:
    """`say` and `length` are those of a page or a report."""
    window_s = (effect.after.to_at - effect.after.from_at).total_seconds()
    stretch = say("effect.stretch", length=length(window_s))
    return EffectWords(
        stretch=stretch + (say("effect.partial") if effect.partial else ""),
        share=EffectLine(
            before=say("effect.share_before", **_share_of(effect.before)),
            after=say("effect.share_after", **_share_of(effect.after)),
            finding=_share_finding(effect, say),
        ),
        volume=EffectLine(
            before=say("effect.volume_before", items=f"{effect.before.items:,}"),
            after=say("effect.volume_after", items=f"{effect.after.items:,}"),
            finding=_volume_finding(effect, say),
        ),
    )


def _share_of(stretch: Stretch) -> dict[str, str]:
    share = "–" if stretch.share is None else f"{stretch.share:.0%}"
    return {"share": share, "items": f"{stretch.items:,}"}


def _share_finding(effect: Effect, say: Say) -> str:
    if effect.share == "few" or effect.share_change is None:
        return say("effect.share_few", few=FEW)
    low, high = _points(effect.share_change)
    return say(f"effect.share_{effect.share}", low=low, high=high)


def _volume_finding(effect: Effect, say: Say) -> str:
    ratio = effect.volume_ratio
    if effect.volume == "few" or ratio is None:
        return say("effect.volume_few")
    return say(f"effect.volume_{effect.volume}", low=f"{ratio.low:.2f}", high=f"{ratio.high:.2f}")


def _points(change: Range) -> tuple[str, str]:
    return f"{100 * change.low:+.0f}", f"{100 * change.high:+.0f}"
