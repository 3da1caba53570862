"""Both journals as CloudEvents, in journal order: what goes out can be kept, read elsewhere, or taken in again."""

import heapq
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from services.gateway.cloudevents import CloudEvent, decision_to_cloudevent, fact_to_cloudevent
from services.vault import Opener, private_of
from streams.facts import Fact, Seen
from streams.journal import Entry


def exported(
    journals: Iterable[Iterable[Entry[Any]]],
    opener: Opener,
    *,
    types: Collection[str] = (),
    sealed: bool = False,
    drill: bool = False,
) -> Iterator[CloudEvent]:
    """Every fact and event of `journals`, by the time of their entries; with `types` only those.

    Texts are opened where their key is still there; `sealed` leaves them sealed. `drill` marks every one of them.
    """
    for entry in heapq.merge(*journals, key=lambda entry: entry.now):
        for event in entry.events:
            if not types or str(event.__struct_config__.tag) in types:
                told = _cloudevent(event, entry.partition, opener, sealed=sealed)
                yield msgspec.structs.replace(told, drill=True) if drill else told


def _cloudevent(event: Any, partition: str, opener: Opener, *, sealed: bool) -> CloudEvent:
    if not isinstance(event, Fact):
        return decision_to_cloudevent(event, partition)
    private = private_of(opener, event) if isinstance(event, Seen) and not sealed else None
    return fact_to_cloudevent(event, private, sealed=sealed)  # type: ignore[arg-type]  # no fact but those of AnyFact
