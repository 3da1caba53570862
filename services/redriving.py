"""Dead letters of a data folder go through the gateway once more."""

from collections.abc import Sequence
from itertools import groupby

from services.deadletters import DeadLetter
from services.gateway.files import LineTaker
from services.gateway.ingest import CHUNK, Format, Line, Lines

_OF_CLOUDEVENTS = b'"specversion"'


async def redriven(letters: Sequence[DeadLetter], taker: LineTaker) -> list[int]:
    """Hand letters over again; returns the numbers of those that were taken in, or known.

    What was cut, or whose key was dropped, is left as it is. What is refused again goes to the dead letters again, where
    the same line for the same reason lies once.
    """
    whole = [one for one in letters if one.raw is not None and not one.cut]
    taken: list[int] = []
    for (origin, line_format), some in groupby(whole, lambda one: (one.origin, _format_of(one))):
        of_origin = list(some)
        for start in range(0, len(of_origin), CHUNK):
            taken += await _taken(of_origin[start : start + CHUNK], origin, line_format, taker)
    return taken


async def _taken(
    letters: Sequence[DeadLetter], origin: str, line_format: Format, taker: LineTaker
) -> list[int]:
    lines = tuple(Line(one.line, one.raw or b"") for one in letters)
    receipt = await taker.take_lines(Lines(format=line_format, origin=origin, lines=lines))
    refused = {one.line for one in receipt.rejected}
    return [one.number for one in letters if one.line not in refused]


def _format_of(letter: DeadLetter) -> Format:
    """Only CloudEvents have a version of their specification."""
    return "cloudevents" if _OF_CLOUDEVENTS in (letter.raw or b"") else "records"
