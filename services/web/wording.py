"""Evidence and events in words. The core keeps numbers and codes; sentences are made here."""

from collections.abc import Sequence
from typing import assert_never

from alerting import events as desk
from alerting.content_events import ContentEvent
from alerting.events import Evidence
from alerting.joining_events import (
    IncidentAbsorbed,
    IncidentInhibited,
    IncidentMerged,
    IncidentReleased,
    IncidentSplit,
    TuningProposed,
)
from alerting.levels import Level
from alerting.playbook_events import (
    PlaybookEnded,
    PlaybookStarted,
    StepAdded,
    StepDone,
    StepEscalated,
    StepOverdue,
    StepReassigned,
    StepRetimed,
    StepSkipped,
)
from alerting.report_events import ReportRecorded
from services.views.rows import TimelineEvent
from services.web.content_wording import content_words
from services.web.playbook_words import Names, playbook_words
from services.web.texts import Language, known, say
from services.web.times import length

SHAPES: dict[Level, str] = {"blue": "●", "yellow": "▲", "orange": "◆", "red": "■"}
"""Every level has a shape, so that nobody needs colour."""
WAN = 10_000
WORDS_SHOWN_MOST = 3


def level_words(language: Language, level: Level) -> str:
    """`■ 红`."""
    return f"{SHAPES[level]} {say(language, f'level.{level}')}"


def amount(number: float, language: Language) -> str:
    """`1,204`; from ten thousand on `1.2万` in Chinese, `12k` in English."""
    if number < WAN:
        return f"{round(number):,}"
    if language == "zh":
        return f"{number / WAN:.1f}".removesuffix(".0") + "万"
    return f"{number / 1000:.0f}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def percent(share: float) -> str:
    """`81%`."""
    return f"{share:.0%}"


def evidence_words(evidence: Evidence, language: Language, hit: Sequence[str] = ()) -> str:
    """Why a rule fired, in half a line; `hit` are the words that the items hold."""
    window = length(evidence.window_s or 0, language)
    match evidence.rule_type:
        case "severity":
            key = "evidence.severity_hit" if hit else "evidence.severity"
            words = say(language, key, authors=round(evidence.measured), words=_quoted(hit, language))
        case "reach":
            words = say(language, "evidence.reach", followers=amount(evidence.measured, language))
        case "volume":
            words = say(language, "evidence.volume", window=window, count=amount(evidence.count, language))
            if evidence.expected is not None and not evidence.guessing:
                words += say(language, "evidence.volume_usual", expected=amount(evidence.expected, language))
        case "change":
            words = say(
                language,
                "evidence.change",
                window=length(_whole_minutes(evidence.window_s), language),
                count=amount(evidence.count, language),
            )
            if evidence.expected is not None and not evidence.guessing:
                words += say(language, "evidence.volume_usual", expected=amount(evidence.expected, language))
        case "emerging":
            quoted = _quoted(evidence.words[:WORDS_SHOWN_MOST], language)
            words = say(language, "evidence.emerging", words=quoted, authors=round(evidence.measured))
        case "negative_share":
            words = say(
                language,
                "evidence.negative_share",
                window=window,
                negative=evidence.negative or 0,
                count=evidence.count,
            )
        case "velocity":
            words = say(language, "evidence.velocity", measured=amount(evidence.measured, language))
        case "sla_breaches":
            words = say(language, "evidence.sla_breaches", window=window, count=round(evidence.measured))
        case "silence":
            platform = known(language, "platform", evidence.platform or "")
            words = say(language, "evidence.silence", platform=platform, share=percent(evidence.measured))
        case "combine":
            words = say(language, "evidence.combine", rules=", ".join(evidence.rules))
        case _:
            words = evidence.rule
    return words + (say(language, "evidence.guessing") if evidence.guessing else "")


def _whole_minutes(seconds: int | None) -> int:
    return max(60, round((seconds or 0) / 60) * 60)


def _quoted(words: Sequence[str], language: Language) -> str:
    return "".join(say(language, "word_list", word=word) for word in words)


def event_words(event: TimelineEvent, language: Language, names: Names) -> tuple[str, str]:
    """What happened, and what is to be known about it."""
    key = f"event.{event.type}"
    match event:
        case desk.IncidentOpened():
            detail = evidence_words(event.evidence, language) if event.evidence else event.note
            return say(language, key, level=level_words(language, event.level)), detail
        case desk.IncidentJoined():
            return say(language, key), evidence_words(event.evidence, language)
        case desk.IncidentRaised():
            detail = evidence_words(event.evidence, language) if event.evidence else event.note
            return say(language, key, level=level_words(language, event.level)), detail
        case desk.IncidentEased():
            return say(language, key, level=level_words(language, event.level)), event.note
        case desk.IncidentReopened():
            return say(language, key, level=level_words(language, event.level)), event.note
        case desk.EaseSuggested() | desk.IncidentAcknowledged():
            return say(language, key), ""
        case desk.CommanderAssigned():
            return say(language, key, name=names.person(event.person)), ""
        case desk.IncidentNoted():
            return say(language, key), event.text
        case ReportRecorded():
            return say(language, key), figures_words(event, language)
        case desk.IncidentClosed():
            return say(language, key), _closing(event, language)
        case desk.IncidentEscalated():
            again = event.step < 0
            return say(language, f"{key}_again") if again else say(language, key, step=event.step + 1), ""
        case desk.PageRequested():
            how = [say(language, f"means.{event.means}"), say(language, f"page.reason.{event.reason}")]
            return say(language, key, name=names.person(event.person)), say(language, "sep").join(how)
        case desk.PageDelivered() | desk.PageFailed():
            return say(language, key, name=names.person(event.person)), event.detail
        case (
            PlaybookStarted() | StepDone() | StepSkipped() | StepOverdue() | StepEscalated() | StepAdded()
            | StepRetimed() | StepReassigned() | PlaybookEnded()
        ):  # fmt: skip
            return playbook_words(event, language, names)
        case desk.ContentOffered():
            if not event.variants:
                return say(language, f"{key}_none"), known(language, "category", event.scenario)
            return say(language, key, count=len(event.variants)), known(language, "category", event.scenario)
        case (
            IncidentMerged() | IncidentAbsorbed() | IncidentSplit() | IncidentInhibited() | IncidentReleased()
        ):
            return say(language, key), _between(event, language)
        case TuningProposed():
            figures = {"rule": event.rule, "limit": f"{event.limit:g}", "proposed": f"{event.proposed:g}"}
            return say(language, key), say(language, "tuning.figures", **figures)
        case desk.FreezeAsked() | desk.PublicationsFrozen() | desk.PublicationsThawed():
            return say(language, key), ""
        case ContentEvent():
            return content_words(event, language, names.person)
        case _:
            assert_never(event)


def _between(
    event: IncidentMerged | IncidentAbsorbed | IncidentSplit | IncidentInhibited | IncidentReleased,
    language: Language,
) -> str:
    match event:
        case IncidentMerged():
            return event.note
        case IncidentAbsorbed():
            return say(language, "list").join(known(language, "category", each) for each in event.categories)
        case IncidentSplit():
            return known(language, "category", event.category)
        case IncidentInhibited() | IncidentReleased():
            return ""
        case _:
            assert_never(event)


def figures_words(event: ReportRecorded, language: Language) -> str:
    """`312 条提及，128 条负面`: the largest numbers that a report said."""
    figures = {figure.name: figure.value for figure in event.figures}
    return say(
        language,
        "recorded.detail",
        items=f"{figures.get('items', 0):,}",
        negative=f"{figures.get('negative', 0):,}",
    )


def _closing(event: desk.IncidentClosed, language: Language) -> str:
    parts = [say(language, "incident.false_alarm")] if event.false_alarm else []
    if event.reason:
        parts.append(known(language, "reason", event.reason) if event.reason == "calm" else event.reason)
    return say(language, "sep").join(parts)
