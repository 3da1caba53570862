"""Looking for words among those who wait. Texts lie sealed, so rows are opened one by one, the most urgent first."""

from services.vault import Opener
from services.views.queue import QueueFilter, queue_window
from services.views.reader import Reader
from services.views.rows import QueueRow
from services.web.quote import plain

SEARCHED_MOST = 1_000
"""Rows that are opened; a search must not hold up the desk."""
STEP = 500


def found_in_queue(reader: Reader, wanted: QueueFilter, words: str, opener: Opener) -> tuple[QueueRow, ...]:
    """The rows among the first `SEARCHED_MOST` whose name or text holds every word of `words`, whatever the case."""
    sought = words.casefold().split()
    return tuple(
        row
        for start in range(0, SEARCHED_MOST, STEP)
        for row in queue_window(reader, wanted, offset=start, limit=STEP)
        if _holds(row, sought, opener)
    )


def _holds(row: QueueRow, sought: list[str], opener: Opener) -> bool:
    private = opener.private(row.item.content) if row.item else None
    if private is None:
        return False
    text = f"{private.author_name or ''} {plain(private)}".casefold()
    return all(word in text for word in sought)
