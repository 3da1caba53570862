"""What events about prepared statements mean for the tables: the shelf, the review sheets, what was released."""

import sqlite3

import msgspec

from alerting.content_events import (
    AnyContentEvent,
    ContentCorrected,
    ContentPosted,
    ContentReleased,
    ContentSubmitted,
    ContentWithdrawn,
    ReviewEvent,
)
from alerting.shelf import ContentFile, fold_content
from streams.sla.instants import to_us

_encode = msgspec.msgpack.encode
_files = msgspec.msgpack.Decoder(ContentFile)


class ContentRows:
    """Writes them one by one, as `DeskRows` does."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def take(self, event: AnyContentEvent) -> None:
        """Write one event."""
        file = self._fold(event)
        self._db.execute(
            "INSERT INTO content_log (brand, item, at_us, body) VALUES (?, ?, ?, ?)",
            (event.key, event.item, to_us(event.at), _encode(event)),
        )
        if isinstance(event, ReviewEvent) and file.review is not None and file.review.number == event.number:
            self._review(event, file)
        if isinstance(event, ContentReleased):
            self._db.execute(
                "INSERT INTO releases (release, brand, item, incident, at_us, body) VALUES (?, ?, ?, ?, ?, ?)",
                (event.release, event.key, event.item, event.incident, to_us(event.at), _encode(event)),
            )
        elif isinstance(event, ContentPosted):
            self._db.execute(
                "UPDATE releases SET link = ?, posted_us = ? WHERE release = ?",
                (event.link, to_us(event.at), event.release),
            )
        elif isinstance(event, ContentWithdrawn | ContentCorrected) and event.release:
            self._over(event)

    def _fold(self, event: AnyContentEvent) -> ContentFile:
        """A statement is kept whole, as the desk itself folds it."""
        row = self._db.execute(
            "SELECT body FROM shelf WHERE brand = ? AND item = ?", (event.key, event.item)
        ).fetchone()
        file = fold_content(_files.decode(row["body"]) if row else ContentFile(item=event.item), event)
        self._db.execute("REPLACE INTO shelf VALUES (?, ?, ?)", (event.key, event.item, _encode(file)))
        return file

    def _review(self, event: ReviewEvent, file: ContentFile) -> None:
        assert file.review is not None
        if isinstance(event, ContentSubmitted):
            self._db.execute(
                "REPLACE INTO reviews VALUES (?, ?, ?, ?, ?, ?)",
                (event.key, event.item, event.number, to_us(event.at), _encode(event), _encode(file.review)),
            )
        else:
            self._db.execute(
                "UPDATE reviews SET review = ? WHERE brand = ? AND item = ? AND number = ?",
                (_encode(file.review), event.key, event.item, event.number),
            )

    def _over(self, event: ContentWithdrawn | ContentCorrected) -> None:
        self._db.execute(
            "UPDATE releases SET ended_us = ?, ending = ? WHERE release = ?",
            (to_us(event.at), _encode(event), event.release),
        )
