"""What an incident's pages say: the lead in two lines, its figures and their items, the curve, the next steps."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from alerting import events as desk
from alerting.events import EVIDENCE_ITEMS_MOST, Evidence
from alerting.levels import Level, rank
from services.views.contents import ReleaseRow
from services.views.mentions import MentionFilter, mentions_count, mentions_page, minute_counts
from services.views.rows import IncidentFile, IncidentRow
from services.web.curve import Curve, Mark, curve_of
from services.web.offers import PlatformOffers, platforms_in, released_in
from services.web.playbook_pane import PlaybookPane, Step, playbook_pane
from services.web.spark import Spark, spark_of
from services.web.timeline import TimelineLine, timeline_of
from services.web.visit import Visit
from services.web.wording import evidence_words, level_words, percent

WINDOW = timedelta(minutes=40)
"""What the lead counts: the last stretch of an open incident, or of its life if it is closed."""
BEFORE = timedelta(minutes=40)
"""The curve begins so long before the incident was opened."""
CURVE_LONGEST = timedelta(days=7)
COUNT_MOST = 100_000
STEPS_AHEAD = 2
CAUSES_NAMED_MOST = 3
WORDS_NAMED_MOST = 2


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number and the address of the items behind it."""

    number: str
    words: str
    link: str


class EvidenceLine(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule fired, and the address of what it rests on."""

    rule: str
    rule_type: str
    level: Level
    words: str
    first_at: datetime
    last_at: datetime
    link: str
    shown: int
    count: int
    version: str
    spark: Spark | None


class Briefing(msgspec.Struct, frozen=True, kw_only=True):
    """All that the two pages of an incident say."""

    window: str
    items: Figure
    negative: Figure
    total: Figure
    causes: tuple[EvidenceLine, ...]
    short_causes: tuple[EvidenceLine, ...]
    """One of each kind, as a lead names them."""
    curve: Curve | None
    playbook: PlaybookPane
    next_steps: tuple[Step, ...]
    platforms: tuple[PlatformOffers, ...]
    releases: tuple[ReleaseRow, ...]
    timeline: tuple[TimelineLine, ...]


def briefing_of(found: IncidentFile, visit: Visit) -> Briefing:
    """The incident in words and numbers, as it stands now."""
    row = found.row
    end = row.closed_at or visit.now
    begin = end - WINDOW
    playbook, causes = playbook_pane(found, visit), evidence_lines(row, visit)
    window = _window_words(visit)
    counted = _counted(row, visit, begin, end)
    negative = _counted(row, visit, begin, end, label="negative")
    return Briefing(
        window=window,
        items=Figure(
            number=f"{counted:,}",
            words=visit.say("incident.figure_items", window=window),
            link=_link(row, begin, end),
        ),
        negative=Figure(
            number=percent(negative / counted) if counted else "–",
            words=visit.say("incident.figure_negative"),
            link=_link(row, begin, end, label="negative"),
        ),
        total=Figure(
            number=f"{_counted(row, visit, row.opened_at - BEFORE, end):,}",
            words=visit.say("incident.figure_total"),
            link=_link(row, row.opened_at - BEFORE, end),
        ),
        causes=causes,
        short_causes=shortened(causes),
        curve=_curve(found, visit, end),
        playbook=playbook,
        next_steps=tuple(step for step in playbook.steps if step.current)[:STEPS_AHEAD],
        platforms=platforms_in(found, visit),
        releases=released_in(found, visit),
        timeline=timeline_of(found, {step.row.plan.id: step.title for step in playbook.steps}, visit),
    )


def _window_words(visit: Visit) -> str:
    minutes = WINDOW // timedelta(minutes=1)
    return f"{minutes} 分钟" if visit.language == "zh" else f"{minutes} min"


def _counted(
    row: IncidentRow, visit: Visit, from_at: datetime, to_at: datetime, label: str | None = None
) -> int:
    wanted = MentionFilter(brand=row.brand, label=label, from_at=from_at, to_at=to_at)  # type: ignore[arg-type]
    return mentions_count(visit.desk.reader, wanted, COUNT_MOST)


def _link(row: IncidentRow, from_at: datetime, to_at: datetime, label: str | None = None) -> str:
    query = {"brand": row.brand, "from": from_at.isoformat(), "to": to_at.isoformat()}
    return "/mentions?" + urlencode(query | ({"label": label} if label else {}))


def evidence_lines(row: IncidentRow, visit: Visit) -> tuple[EvidenceLine, ...]:
    """What fired, in words, in the order in which it fired first."""
    return tuple(
        EvidenceLine(
            rule=each.evidence.rule,
            rule_type=each.evidence.rule_type,
            level=each.evidence.level,
            words=evidence_words(each.evidence, visit.language, hit_words(each.evidence, row.brand, visit)),
            first_at=each.first_at,
            last_at=each.last_at,
            link="/mentions?" + urlencode({"incident": row.id, "rule": each.evidence.rule}),
            shown=min(len(each.evidence.items), EVIDENCE_ITEMS_MOST),
            count=each.evidence.item_count,
            version=each.evidence.version,
            spark=spark_of(each.evidence),
        )
        for each in row.evidence
    )


def shortened(causes: Sequence[EvidenceLine]) -> tuple[EvidenceLine, ...]:
    """Of each kind of rule the gravest; what only combines the others says nothing new."""
    gravest: dict[str, EvidenceLine] = {}
    for cause in causes:
        known = gravest.get(cause.rule_type)
        if known is None or rank(known.level) < rank(cause.level):
            gravest[cause.rule_type] = cause
    alone = tuple(cause for kind, cause in gravest.items() if kind != "combine")
    return (alone or tuple(gravest.values()))[:CAUSES_NAMED_MOST]


def hit_words(evidence: Evidence, brand: str, visit: Visit) -> tuple[str, ...]:
    """The words of the gravest monitors that the items behind a severity rule hold, the most frequent first."""
    if evidence.rule_type != "severity":
        return ()
    severities = {monitor.id: monitor.severity for monitor in visit.intake.monitors if monitor.brand == brand}
    gravest = min(severities.values(), default="P3")
    rows = mentions_page(visit.desk.reader, MentionFilter(brand=brand, items=evidence.items)).items
    matches = [match for row in rows if row.content for match in row.content.matches if match.brand == brand]
    plain = {span.term for match in matches if severities.get(match.monitor) == "P3" for span in match.spans}
    grave = Counter(
        span.term
        for match in matches
        if severities.get(match.monitor) == gravest
        for span in match.spans
        if span.term not in plain
    )
    return tuple(word for word, _ in grave.most_common(WORDS_NAMED_MOST))


def _curve(found: IncidentFile, visit: Visit, end: datetime) -> Curve | None:
    row = found.row
    begin = max(row.opened_at - BEFORE, end - CURVE_LONGEST)
    counts = minute_counts(visit.desk.reader, row.brand, begin, end)
    return curve_of(counts, _marks(found, visit), begin, end)


def _marks(found: IncidentFile, visit: Visit) -> list[Mark]:
    marks = []
    for line in found.timeline:
        event = line.event
        clock = f"{line.at.astimezone(visit.zone):%H:%M}"
        match event:
            case desk.IncidentOpened() | desk.IncidentRaised() | desk.IncidentEased():
                words = f"{clock} {level_words(visit.language, event.level)}"
                marks.append(Mark(at=line.at, words=words, tone=event.level))
            case desk.IncidentAcknowledged():
                words = f"{clock} {visit.name_of(event.by)} ✓"
                marks.append(Mark(at=line.at, words=words, tone="done"))
            case _:
                pass
    return marks
