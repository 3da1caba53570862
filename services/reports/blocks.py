"""Blocks that several reports show: curve, platforms, answers, statements, viewpoints, spreaders."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.reports.document import Block, Chart, Grid, Piece, Pieces, Quotes, Said, Words, plain
from services.reports.effect_words import effect_words
from services.reports.shapes import Answers, Example, Spreader, Statement, ViewpointShape, ViewpointsShape
from services.reports.telling import Telling
from services.views.voices import PlatformShare
from services.web.curve import Curve

MARKS_MOST = 6
"""Marks that a curve holds; with more their words run into each other."""


def chart_of(curve: Curve, telling: Telling) -> Chart:
    """The curve with the times at its ends."""
    ends = telling.clock(curve.from_at), telling.clock(curve.to_at)
    at = telling.now.isoformat() if telling.past else ""
    return Chart(curve, telling.brand, telling.base_url, at, *ends)


def platform_grid(
    shares: Sequence[PlatformShare], telling: Telling, from_at: datetime, to_at: datetime, **query: str
) -> Grid:
    """Where it was said."""
    say = telling.say
    total = sum(share.items for share in shares)

    def row(share: PlatformShare) -> tuple[Pieces, ...]:
        link = telling.mentions(from_at, to_at, platform=share.platform, **query)
        negative = telling.mentions(from_at, to_at, platform=share.platform, label="negative", **query)
        return (
            plain(telling.known("platform", share.platform)),
            plain(f"{share.items:,}", link),
            plain(telling.share(share.items, total)),
            plain(telling.share(share.negative, share.items), negative),
            plain(f"{share.authors:,}"),
        )

    head = ("platform", "count", "share", "negative_share", "authors")
    return Grid(tuple(say(f"record.{each}") for each in head), tuple(map(row, shares)), numbers_from=1)


def answers_line(answers: Answers | None, telling: Telling) -> Block:
    """How customers were answered."""
    say = telling.say
    if answers is None:
        return Words(plain(say("record.answers_too_many")), small=True)
    median = "–" if answers.median_s is None else telling.length(answers.median_s)
    parts = say("record.answers", met="\0", breached="\0", median=median).split("\0")
    return Words(
        (
            Piece(parts[0]), Piece(f"{answers.met:,}", answers.link_met), Piece(parts[1]),
            Piece(f"{answers.breached:,}", answers.link_breached), Piece(parts[2]),
        )
    )  # fmt: skip


def statement_blocks(statements: Sequence[Statement], telling: Telling) -> Iterator[Block]:
    """What we said, with what was said before and after."""
    if not statements:
        yield Words(plain(telling.say("record.no_statements")), small=True)
        return
    for statement in statements:
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


def viewpoint_blocks(found: ViewpointsShape, telling: Telling) -> Iterator[Block]:
    """What people say, with their own words."""
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


def spreader_grid(spreaders: Sequence[Spreader], telling: Telling) -> Block:
    """Whose words went far."""
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
            for each in spreaders
        ),
        numbers_from=2,
    )
