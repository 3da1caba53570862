"""Prepared statements as they stand: the shelf, what happened to one, review sheets, and what was released."""

from datetime import datetime

import msgspec

from alerting.content_events import (
    AnyContentEvent,
    ContentCorrected,
    ContentReleased,
    ContentSubmitted,
    ContentWithdrawn,
)
from alerting.shelf import ContentFile, Review
from services.views.reader import Reader
from streams.sla.instants import from_us, to_us

LOG_MOST = 200
SHEETS_MOST = 5_000
RELEASES_MOST = 500

_files = msgspec.msgpack.Decoder(ContentFile)
_events: msgspec.msgpack.Decoder[AnyContentEvent] = msgspec.msgpack.Decoder(AnyContentEvent)
_submitted = msgspec.msgpack.Decoder(ContentSubmitted)
_reviews = msgspec.msgpack.Decoder(Review)
_released = msgspec.msgpack.Decoder(ContentReleased)
_endings: msgspec.msgpack.Decoder[ContentWithdrawn | ContentCorrected] = msgspec.msgpack.Decoder(
    ContentWithdrawn | ContentCorrected
)


class SheetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One review: what was handed in, and how it stands."""

    submitted: ContentSubmitted
    review: Review


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One text that went out."""

    released: ContentReleased
    link: str
    posted_at: datetime | None
    """When its link was recorded; None: nobody has yet."""
    ended_at: datetime | None
    ending: ContentWithdrawn | ContentCorrected | None

    @property
    def ended_because(self) -> str:
        """Why it was taken down, or what was corrected."""
        match self.ending:
            case ContentWithdrawn(reason=words) | ContentCorrected(note=words):
                return words
            case _:
                return ""


def shelf_of(reader: Reader, brand: str) -> dict[str, ContentFile]:
    """What became of a brand's statements, by their id; one that nobody touched is not there."""
    rows = reader.rows("SELECT item, body FROM shelf WHERE brand = ?", brand)
    return {row["item"]: _files.decode(row["body"]) for row in rows}


def content_file(reader: Reader, brand: str, item: str) -> ContentFile:
    """What became of one statement."""
    row = reader.row("SELECT body FROM shelf WHERE brand = ? AND item = ?", brand, item)
    return _files.decode(row["body"]) if row is not None else ContentFile(item=item)


def content_log(reader: Reader, brand: str, item: str) -> tuple[AnyContentEvent, ...]:
    """What happened to one statement, newest first, at most `LOG_MOST`."""
    rows = reader.rows(
        "SELECT body FROM content_log WHERE brand = ? AND item = ? ORDER BY n DESC LIMIT ?",
        brand, item, LOG_MOST,
    )  # fmt: skip
    return tuple(_events.decode(row["body"]) for row in rows)


def review_sheets(
    reader: Reader, brand: str, item: str | None = None, since: datetime | None = None
) -> tuple[SheetRow, ...]:
    """Reviews of a brand (of one statement, handed in since then), newest first, at most `SHEETS_MOST`."""
    rows = reader.rows(
        "SELECT * FROM reviews WHERE brand = ? AND (? IS NULL OR item = ?) AND submitted_us >= ?"
        " ORDER BY submitted_us DESC, item, number DESC LIMIT ?",
        brand, item, item, to_us(since) if since is not None else 0, SHEETS_MOST,
    )  # fmt: skip
    return tuple(
        SheetRow(submitted=_submitted.decode(row["submitted"]), review=_reviews.decode(row["review"]))
        for row in rows
    )


def releases_of(
    reader: Reader, brand: str, *, incident: str | None = None, item: str | None = None
) -> tuple[ReleaseRow, ...]:
    """What a brand released (for one incident, of one statement), newest first, at most `RELEASES_MOST`."""
    rows = reader.rows(
        "SELECT * FROM releases WHERE brand = ? AND (? IS NULL OR incident = ?) AND (? IS NULL OR item = ?)"
        " ORDER BY at_us DESC, release LIMIT ?",
        brand, incident, incident, item, item, RELEASES_MOST,
    )  # fmt: skip
    found = []
    for row in rows:
        released = _released.decode(row["body"])
        found.append(
            ReleaseRow(
                released=released,
                link=row["link"] or released.link,
                posted_at=from_us(row["posted_us"]) if row["posted_us"] is not None else None,
                ended_at=from_us(row["ended_us"]) if row["ended_us"] is not None else None,
                ending=_endings.decode(row["ending"]) if row["ending"] is not None else None,
            )
        )
    return tuple(found)
