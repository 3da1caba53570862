"""The report on an incident as a document: its figures in words, each with the address of what stands behind it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.reports.document import (
    Block,
    Chart,
    Document,
    Figure,
    Figures,
    Grid,
    Piece,
    Pieces,
    Quotes,
    Said,
    Section,
    Words,
    plain,
)
from services.reports.effect_words import effect_words
from services.reports.shapes import (
    Example,
    IncidentReport,
    Late,
    Pace,
    Statement,
    ViewpointShape,
    ViewpointsShape,
)
from services.reports.telling import Telling
from services.views.mentions import minute_counts
from services.views.voices import PlatformShare
from services.web.curve import Curve, Mark, curve_of

MARKED = frozenset({"blue", "yellow", "orange", "red"})
MARKS_MOST = 6


def incident_document(report: IncidentReport, telling: Telling) -> Document:
    """The document in the language of `telling`."""
    say, totals = telling.say, report.totals
    category = telling.known("category", report.category)
    mark = say("drill.mark") if report.drill else ""
    return Document(
        title=mark + say("record.incident_title", number=report.number, category=category),
        subtitle=say(
            "record.as_of",
            brand=report.brand_name,
            from_time=f"{totals.from_at.astimezone(telling.zone):%Y-%m-%d %H:%M}",
            to_time=f"{totals.to_at.astimezone(telling.zone):%Y-%m-%d %H:%M}",
            now=f"{report.as_of.astimezone(telling.zone):%Y-%m-%d %H:%M}",
        ),
        verdict=report.verdict,
        sections=(
            Section("size", say("record.size"), tuple(_size(report, telling))),
            Section("paces", say("record.paces"), tuple(_paces(report, telling))),
            Section("statements", say("record.statements"), tuple(_statements(report, telling))),
            Section("late", say("record.late"), (_late(report.late, telling),)),
            Section("viewpoints", say("record.viewpoints"), tuple(_viewpoints(report.viewpoints, telling))),
            Section("spreaders", say("record.spreaders"), (_spreaders(report, telling),)),
            Section("timeline", say("record.timeline"), (_timeline(report, telling),)),
        ),
        foot=say("record.foot"),
        made_at=report.as_of,
        timezone=telling.zone.key,
        file_name=f"fenghuo-incident-{report.brand}-{report.number}",
    )


def _size(report: IncidentReport, telling: Telling) -> Iterator[Block]:
    say, totals = telling.say, report.totals
    negative = telling.mentions(totals.from_at, totals.to_at, label="negative")
    yield Figures(
        (
            Figure(f"{totals.items:,}", say("record.items"), totals.link),
            Figure(telling.share(totals.negative, totals.items), say("record.negative"), negative),
            Figure(f"{totals.authors:,}", say("record.authors"), totals.link),
            *_peak(report, telling),
        )
    )
    counts = minute_counts(telling.reader, report.brand, totals.from_at, totals.to_at)
    marks = [
        Mark(at=line.at, words=f"{line.at.astimezone(telling.zone):%H:%M} {line.words}", tone=line.tone)
        for line in report.timeline
        if line.tone in MARKED
    ]
    curve = curve_of(counts, marks[:MARKS_MOST], totals.from_at, totals.to_at)
    if curve is not None:
        yield chart_of(curve, telling)
        yield Words(plain(say("record.curve_hint")), small=True)
    yield platform_grid(report.platforms, telling, report.totals.from_at, report.totals.to_at)


def _peak(report: IncidentReport, telling: Telling) -> Iterator[Figure]:
    totals = report.totals
    if totals.peak_at is not None:
        end = totals.peak_at + timedelta(seconds=totals.peak_s)
        words = telling.say("record.peak", time=telling.clock(totals.peak_at))
        yield Figure(f"{totals.peak:,}", words, telling.mentions(totals.peak_at, end))


def chart_of(curve: Curve, telling: Telling) -> Chart:
    """The curve with the times at its ends."""
    ends = telling.clock(curve.from_at), telling.clock(curve.to_at)
    return Chart(curve, telling.brand, telling.base_url, *ends)


def platform_grid(
    shares: Sequence[PlatformShare], telling: Telling, from_at: datetime, to_at: datetime
) -> Grid:
    """Where it was said."""
    say = telling.say
    total = sum(share.items for share in shares)

    def row(share: PlatformShare) -> tuple[Pieces, ...]:
        link = telling.mentions(from_at, to_at, platform=share.platform)
        negative = telling.mentions(from_at, to_at, platform=share.platform, label="negative")
        return (
            plain(telling.known("platform", share.platform)),
            plain(f"{share.items:,}", link),
            plain(telling.share(share.items, total)),
            plain(telling.share(share.negative, share.items), negative),
            plain(f"{share.authors:,}"),
        )

    head = ("platform", "count", "share", "negative_share", "authors")
    return Grid(tuple(say(f"record.{each}") for each in head), tuple(map(row, shares)), numbers_from=1)


def _paces(report: IncidentReport, telling: Telling) -> Iterator[Block]:
    say = telling.say

    def row(pace: Pace) -> tuple[Pieces, ...]:
        return (
            plain(say(f"record.pace.{pace.what}")),
            plain(telling.length(pace.seconds), pace.link),
            plain(telling.clock(pace.at)),
            plain(pace.by or ""),
        )

    head = ("pace_what", "pace_took", "pace_at", "pace_by")
    yield Grid(tuple(say(f"record.{each}") for each in head), tuple(map(row, report.paces)))
    answers = report.answers
    if answers is None:
        yield Words(plain(say("record.answers_too_many")), small=True)
        return
    median = "–" if answers.median_s is None else telling.length(answers.median_s)
    parts = say("record.answers", met="\0", breached="\0", median=median).split("\0")
    yield Words(
        (
            Piece(parts[0]), Piece(f"{answers.met:,}", answers.link_met), Piece(parts[1]),
            Piece(f"{answers.breached:,}", answers.link_breached), Piece(parts[2]),
        )
    )  # fmt: skip


def _statements(report: IncidentReport, telling: Telling) -> Iterator[Block]:
    if not report.statements:
        yield Words(plain(telling.say("record.no_statements")), small=True)
        return
    for statement in report.statements:
        yield from _statement(statement, telling)
    yield Words(plain(telling.say("effect.caveat")), small=True)


def _statement(statement: Statement, telling: Telling) -> Iterator[Block]:
    about = (
        Piece(telling.clock(statement.at), statement.link),
        Piece(f" · {telling.known('platform', statement.platform)}"),
        Piece(f" · {statement.by}" if statement.by else ""),
        Piece(f" · {telling.say('record.withdrawn')}" if statement.withdrawn else ""),
    )
    yield Quotes((Said(statement.text, about),))
    effect = statement.effect
    if effect is None:
        return
    told = effect_words(effect, telling.say, telling.length)
    before = telling.mentions(effect.before.from_at, effect.before.to_at)
    after = telling.mentions(effect.after.from_at, effect.after.to_at)
    for line in (told.share, told.volume):
        sides = (Piece(line.before, before), Piece(" → "), Piece(line.after, after))
        yield Words((*sides, Piece("："), Piece(line.finding, strong=True)))
    yield Words(plain(told.stretch), small=True)


def _late(late: Sequence[Late], telling: Telling) -> Block:
    say = telling.say
    if not late:
        return Words(plain(say("record.none_late")), small=True)

    def row(each: Late) -> tuple[Pieces, ...]:
        over = ((each.done_at or telling.now) - each.due_at).total_seconds()
        return (
            plain(each.what, each.link),
            plain(each.who),
            plain(telling.clock(each.due_at)),
            plain(telling.clock(each.done_at) if each.done_at else say("record.late_never")),
            plain(telling.length(over)),
        )

    head = ("late_what", "pace_by", "late_due", "late_done", "late_by")
    return Grid(tuple(say(f"record.{name}") for name in head), tuple(map(row, late)))


def _viewpoints(found: ViewpointsShape, telling: Telling) -> Iterator[Block]:
    say = telling.say
    sampled = say("record.viewpoints_sampled", every=found.every) if found.every > 1 else ""
    unreadable = say("record.viewpoints_unreadable", count=found.unreadable) if found.unreadable else ""
    words = say(
        "record.viewpoints_what",
        read=f"{found.read:,}",
        sampled=sampled,
        rest=f"{found.rest:,}",
        unreadable=unreadable,
    )
    yield Words(plain(words), small=True)
    for number, group in enumerate(found.groups, 1):
        yield from _viewpoint(number, group, telling)


def _viewpoint(number: int, group: ViewpointShape, telling: Telling) -> Iterator[Block]:
    say = telling.say
    title = say("list").join(group.words) or say("record.viewpoint", number=number)
    figures = say(
        "record.viewpoint_figures", items=group.items, share=telling.share(group.negative, group.items),
        originals=group.originals, copies=group.copies, authors=group.authors,
    )  # fmt: skip
    named = say("record.viewpoint_named", named=group.named) if group.named < group.items else ""
    yield Words((Piece(title, strong=True), Piece("  "), Piece(figures + named, group.link)))
    yield Quotes(tuple(_quote(example, telling) for example in group.examples))


def _quote(example: Example, telling: Telling) -> Said:
    about = (
        Piece(telling.clock(example.at), example.link),
        Piece(f" · {telling.known('platform', example.platform)}"),
        Piece(f" · {telling.say('record.similar', count=example.copies)}" if example.copies else ""),
    )
    return Said(example.text, about)


def _spreaders(report: IncidentReport, telling: Telling) -> Block:
    say = telling.say
    head = ("author", "platform", "followers", "reposts", "count", "negative")
    return Grid(
        tuple(say(f"record.{each}") for each in head),
        tuple(
            (
                plain(each.name),
                plain(telling.known("platform", each.platform)),
                plain(telling.amount(each.followers)),
                plain(telling.amount(each.reposts)),
                plain(f"{each.items:,}", each.link),
                plain(f"{each.negative:,}"),
            )
            for each in report.spreaders
        ),
        numbers_from=2,
    )


def _timeline(report: IncidentReport, telling: Telling) -> Block:
    return Grid(
        (),
        tuple(
            (
                plain(telling.clock(line.at)),
                (
                    Piece(line.words, tone=line.tone),
                    Piece(f" ×{line.times}" if line.times > 1 else ""),
                    Piece(f"  {line.detail}" if line.detail else ""),
                    Piece(f"  {line.who}" if line.who else ""),
                ),
            )
            for line in report.timeline
        ),
        wide=1,
    )
