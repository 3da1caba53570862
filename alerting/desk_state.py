"""The state of the desk: what `evolve` folds, and how it is kept in a snapshot."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

import msgspec

from alerting.events import PageRequested
from alerting.incident import Incident
from alerting.known_words import KnownWords
from alerting.quiet_events import Silence
from alerting.roster import DutyState
from alerting.shelf import ContentFile
from alerting.timers import Timers
from alerting.watch import Watch
from alerting.words import Use, WordWatch
from streams.errors import SnapshotUnreadable
from streams.seen import SeenChunk, SeenIds

SHELF_FILES_A_CHUNK = 100
CLOSED_KEPT = 50
"""Closed incidents per brand that may be reopened; older ones live in the journal and the views."""


class BrandState:
    """What is going on about one brand."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.watch = Watch()
        self.silences: dict[str, Silence] = {}
        """Those that hold or are to come."""
        self.shelf: dict[str, ContentFile] = {}
        """What became of prepared statements, by their id."""
        self.seen = SeenIds()
        """What was taken in from Intake: the facts behind its signals, its other events, and the items."""

    def drop_oldest_closed(self) -> None:
        """Keep only the newest closed incidents, and all whose pages are still on their way."""
        closed = [each.id for each in self.incidents.values() if not each.is_open and not each.pages]
        for incident in closed[: max(0, len(closed) - CLOSED_KEPT)]:
            del self.incidents[incident]


class DeskState:
    """The desk of all brands. Mutable, touched by `evolve` alone."""

    def __init__(self) -> None:
        self.config: str | None = None
        self.brands: dict[str, BrandState] = {}
        self.duties: dict[str, DutyState] = {}
        self.pages: dict[str, PageRequested] = {}
        """Pages that belong to no incident, with no outcome yet."""
        self.reports: dict[str, datetime] = {}
        """By plan: when its last report was due, or since when there is such a plan."""
        self.disarmed_at: datetime | None = None
        """Since when no page goes out; None: they do."""
        self.commands = SeenIds()
        self.timers = Timers()
        """Derived from all the rest; not in a snapshot."""

    def brand(self, brand: str) -> BrandState:
        """The state of a brand, made when it is first needed."""
        found = self.brands.get(brand)
        if found is None:
            found = self.brands[brand] = BrandState()
        return found


def open_incidents(state: DeskState) -> tuple[Incident, ...]:
    """Every incident that is not closed, brand by brand, the oldest first."""
    return tuple(
        incident
        for brand in state.brands.values()
        for incident in brand.incidents.values()
        if incident.is_open
    )


def pending_pages(state: DeskState) -> tuple[PageRequested, ...]:
    """Pages that were requested and have no outcome yet: the outbox goes on with these after a crash."""
    of_incidents = (
        page
        for brand in state.brands.values()
        for incident in brand.incidents.values()
        for page in incident.pages
    )
    return (*state.pages.values(), *of_incidents)


class DeskChunk(msgspec.Struct, frozen=True, kw_only=True, tag="desk"):
    """What is not about a brand."""

    config: str | None
    duties: tuple[DutyState, ...] = ()
    pages: tuple[PageRequested, ...] = ()
    reports: dict[str, datetime] = {}
    disarmed_at: datetime | None = None


class BrandChunk(msgspec.Struct, frozen=True, kw_only=True, tag="brand"):
    """A brand's incidents."""

    brand: str
    incidents: tuple[Incident, ...]
    silences: tuple[Silence, ...] = ()


class ShelfChunk(msgspec.Struct, frozen=True, kw_only=True, tag="shelf"):
    """A brand's prepared statements, a few hundred at a time."""

    brand: str
    files: tuple[ContentFile, ...]


class WatchChunk(msgspec.Struct, frozen=True, kw_only=True, tag="watch"):
    """A brand's watch without its words."""

    brand: str
    watch: Watch


class WordsChunk(msgspec.Struct, frozen=True, kw_only=True, tag="words"):
    """The words of one rule."""

    brand: str
    rule: str
    window: list[Use]
    known: KnownWords
    alarms: list[int]


class SeenPart(msgspec.Struct, frozen=True, kw_only=True, tag="seen"):
    """One table of ids: those of a brand, or (None) of commands."""

    brand: str | None
    part: SeenChunk


Chunk = DeskChunk | BrandChunk | ShelfChunk | WatchChunk | WordsChunk | SeenPart
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Chunk] = msgspec.msgpack.Decoder(Chunk)


def dump(state: DeskState) -> Iterator[bytes]:
    """The state as it stands at this moment, in chunks of at most about a megabyte.

    Ids that were seen are most of it: they are cut and encoded when they are taken, all else at once.
    """
    changing = [_encoder.encode(chunk) for chunk in _chunks(state)]
    seen = [
        (None, state.commands.dump()),
        *((name, brand.seen.dump()) for name, brand in state.brands.items()),
    ]
    return chain(
        changing,
        (_encoder.encode(SeenPart(brand=name, part=part)) for name, parts in seen for part in parts),
    )


def load(chunks: Iterable[bytes]) -> DeskState:
    """The state that `dump` gave away, without timers.

    Raises:
        SnapshotUnreadable: a chunk is none of ours.
    """
    state, seen = DeskState(), dict[str | None, list[SeenChunk]]()
    try:
        for chunk in chunks:
            _take(state, seen, _decoder.decode(chunk))
    except msgspec.DecodeError as error:
        raise SnapshotUnreadable(f"a chunk of the desk's snapshot cannot be read: {error}") from error
    for brand, parts in seen.items():
        if brand is None:
            state.commands = SeenIds.load(parts)
        else:
            state.brand(brand).seen = SeenIds.load(parts)
    return state


def _chunks(state: DeskState) -> Iterator[Chunk]:
    yield DeskChunk(
        config=state.config, duties=tuple(state.duties.values()), pages=tuple(state.pages.values()),
        reports=state.reports, disarmed_at=state.disarmed_at,
    )  # fmt: skip
    for name, brand in state.brands.items():
        yield BrandChunk(
            brand=name, incidents=tuple(brand.incidents.values()), silences=tuple(brand.silences.values())
        )
        files = iter(brand.shelf.values())
        while chunk := tuple(islice(files, SHELF_FILES_A_CHUNK)):
            yield ShelfChunk(brand=name, files=chunk)
        yield WatchChunk(brand=name, watch=msgspec.structs.replace(brand.watch, words={}))
        for rule, words in brand.watch.words.items():
            yield WordsChunk(
                brand=name, rule=rule, window=words.window, known=words.known, alarms=words.alarms
            )


def _take(state: DeskState, seen: dict[str | None, list[SeenChunk]], chunk: Chunk) -> None:
    match chunk:
        case DeskChunk():
            state.config = chunk.config
            state.duties = {each.duty: each for each in chunk.duties}
            state.pages = {each.page: each for each in chunk.pages}
            state.reports = dict(chunk.reports)
            state.disarmed_at = chunk.disarmed_at
        case BrandChunk():
            state.brand(chunk.brand).incidents = {each.id: each for each in chunk.incidents}
            state.brand(chunk.brand).silences = {each.id: each for each in chunk.silences}
        case ShelfChunk():
            state.brand(chunk.brand).shelf |= {each.item: each for each in chunk.files}
        case WatchChunk():
            state.brand(chunk.brand).watch = chunk.watch
        case WordsChunk():
            state.brand(chunk.brand).watch.words[chunk.rule] = WordWatch(
                chunk.window, chunk.known, chunk.alarms
            )
        case SeenPart():
            seen.setdefault(chunk.brand, []).append(chunk.part)
