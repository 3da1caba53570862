"""In words: what a report said when it was sent or put on record, and what is otherwise now."""

from collections.abc import Iterator, Sequence

from services.reports.document import Block, Grid, Piece, Pieces, Section, Words, plain
from services.reports.recorded import SECONDS
from services.reports.shapes import Changed, Recorded
from services.reports.telling import Telling

EVENT_DIGITS = 12


def recorded_sections(recorded: Sequence[Recorded], telling: Telling) -> tuple[Section, ...]:
    """The part of a report that says it; none where nothing is on record."""
    if not recorded:
        return ()
    return (Section("recorded", telling.say("recorded.title"), tuple(_blocks(recorded, telling))),)


def _blocks(recorded: Sequence[Recorded], telling: Telling) -> Iterator[Block]:
    newest = recorded[0]
    yield Words(_line(newest, telling))
    if newest.changed:
        head = ("what", "then", "now")
        yield Grid(
            tuple(telling.say(f"recorded.{name}") for name in head),
            tuple(_row(each, telling) for each in newest.changed),
            numbers_from=1,
        )
    for each in recorded[1:]:
        yield Words(_line(each, telling), small=True)
    yield Words(plain(telling.say("recorded.proof", event=newest.event[:EVENT_DIGITS])), small=True)


def _line(one: Recorded, telling: Telling) -> Pieces:
    say = telling.say
    at = telling.clock(one.at)
    words = say("recorded.by", time=at, name=one.by) if one.by else say("recorded.sent", time=at)
    if not one.changed:
        words += say("recorded.unchanged")
    elif one.corrected:
        words += say("recorded.corrected", count=one.corrected)
    return (Piece(words), Piece(say("recorded.look"), one.link))


def _row(each: Changed, telling: Telling) -> tuple[Pieces, ...]:
    kind, _, platform = each.name.partition("/")
    words = telling.known("figure", kind)
    if platform:
        words = f"{telling.known('platform', platform)} · {words}"
    return plain(words), plain(_number(each.then, kind, telling)), plain(_number(each.now, kind, telling))


def _number(value: float | None, kind: str, telling: Telling) -> str:
    if value is None:
        return "–"
    return telling.length(value) if kind.endswith(SECONDS) else f"{value:,}"
