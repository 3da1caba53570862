"""What happened to prepared statements, in words."""

from collections.abc import Callable
from typing import assert_never

from alerting.config import Blank, EnumBlank, FreeBlank, NumberBlank, TimeBlank
from alerting.content import FREE_CHARACTERS_MOST
from alerting.content_events import (
    AnyContentEvent,
    ContentApproved,
    ContentCorrected,
    ContentDrafted,
    ContentFilled,
    ContentPosted,
    ContentRatified,
    ContentReleased,
    ContentReturned,
    ContentSubmitted,
    ContentWithdrawn,
    CorrectionAsked,
    FillingReviewed,
    OpinionGiven,
    RatificationLapsed,
    ReviewAsked,
    ReviewLevel,
)
from services.web import times
from services.web.texts import Language, known, say


def review_level(level: ReviewLevel, language: Language) -> str:
    """`二审（主管）`."""
    return say(language, f"level_of_review.{level}")


def blank_words(blank: Blank, language: Language) -> str:
    """How a blank may be filled."""
    name = blank.label or blank.name
    match blank:
        case EnumBlank():
            words = say(language, "list").join(blank.of)
            return say(language, "blank.wrong.enum", name=name, words=words)
        case NumberBlank():
            return say(language, "blank.wrong.number", name=name, low=f"{blank.min:g}", high=f"{blank.max:g}")
        case TimeBlank():
            length = times.length(blank.within_s, language)
            return say(language, "blank.wrong.time", name=name, length=length)
        case FreeBlank():
            return say(language, "blank.wrong.free", name=name, most=FREE_CHARACTERS_MOST)
        case _:
            assert_never(blank)


def variant_words(variant: str, language: Language) -> str:
    """`暂缓稿`, `A 稿`: one of several texts for a platform."""
    named = known(language, "variant", variant)
    return named if named != variant else say(language, "offer.variant", variant=variant.upper())


def item_words(item: str, language: Language) -> str:
    """`微博 A 稿 · 产品质量`: a statement by its platform, its variant and its set."""
    name, platform, variant = [*item.split("/"), "", ""][:3]
    words = f"{known(language, 'platform', platform)} {variant_words(variant, language)}"
    return f"{words} · {known(language, 'category', name)}"


def content_words(
    event: AnyContentEvent, language: Language, person: Callable[[str], str]
) -> tuple[str, str]:
    """What happened, and what is to be known about it."""
    key, item = f"event.{event.type}", item_words(event.item, language)
    match event:
        case ContentSubmitted():
            return say(language, f"{key}_emergency" if event.emergency else key, item=item), event.despite
        case ReviewAsked():
            level = review_level(event.level, language)
            return say(language, key, item=item, name=person(event.person), level=level), ""
        case OpinionGiven():
            key = f"{key}_return" if event.verdict == "return" else key
            return say(language, key, item=item, level=review_level(event.level, language)), event.opinion
        case ContentApproved():
            return say(language, f"{key}_emergency" if event.emergency else key, item=item), ""
        case FillingReviewed():
            return say(
                language, f"{key}_return" if event.verdict == "return" else key, item=item
            ), event.opinion
        case ContentWithdrawn():
            return say(language, f"{key}_release" if event.release else key, item=item), event.reason
        case ContentReleased() | ContentPosted():
            return say(language, key, item=item), event.link
        case ContentCorrected():
            return say(language, key, item=item), event.note
        case ContentFilled():
            return say(language, key, item=item), event.text
        case (
            ContentReturned()
            | ContentDrafted()
            | ContentRatified()
            | RatificationLapsed()
            | CorrectionAsked()
        ):
            return say(language, key, item=item), ""
        case _:
            assert_never(event)
