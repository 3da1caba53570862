"""Forgetting a person: their keys are dropped, so that what was sealed with them opens no more, and the journal says so.

What names them only through what they wrote goes too: our replies that found them by the item they answer, and lines
that were refused. Hashes and judgements stay; so do the few rare words that the desk was told of each item.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from alerting.commands import LOCAL_ADMIN
from services.engine import CODECS
from services.gateway.fields import Fields, required
from services.ports import House
from services.vault import Vault
from services.views import answers
from services.views.reader import Reader
from streams import ids
from streams.commands import ErasePerson
from streams.facts import ReplySent, Seen
from streams.run.embedded import INTAKE
from streams.run.sqlite import Store

PATH = "/v1/forget"


class Forget(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to forget, as the platform calls them."""

    platform: str
    author: str


class Forgotten(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. All zero: nothing of this person was kept."""

    person: str
    """The pseudonym, which stays in the journal."""
    keys: int
    replies: int
    """Our replies that named the person only through the item they answered."""
    dead_letters: int


def read_forget(values: Mapping[str, Any]) -> Forget:
    """Read whom to forget, as a record's fields are read: the same author gives the same id.

    Raises:
        services.gateway.errors.FieldError: it cannot be read; says which field, and what was expected.
    """
    fields = Fields(values)
    return Forget(
        platform=fields.platform("platform"), author=required("author", fields.identifier("author"))
    )


class Letters(Protocol):
    """Dead letters, as far as somebody is forgotten."""

    def forget(self, author_id: str) -> int:
        """Take out every letter that names an author; returns how many there were."""
        ...


RepliesTo = Callable[[str], Awaitable[Sequence[str]]]
"""The items of our replies to a person that say only which item they answer; each is sealed with a key of its own."""


class Forgetter:
    """Forgets people of one house."""

    def __init__(
        self,
        *,
        house: House,
        vault: Vault,
        dead_letters: Letters,
        replies: RepliesTo,
        now: Callable[[], datetime],
    ) -> None:
        self._house = house
        self._vault = vault
        self._dead_letters = dead_letters
        self._replies = replies
        self._now = now

    async def forget(self, asked: Forget) -> Forgotten:
        """Forget a person for good; a repeat is harmless, and completes what a crash cut short.

        The keys go first, before the journal says so: whatever happens in between, nothing comes back.

        Raises:
            streams.errors.StoreUnavailable, streams.errors.Overloaded: it is not complete; repeat it.
        """
        person = self._vault.pseudonym(asked.platform, asked.author)
        replies = await self._replies(person)
        keys = await asyncio.to_thread(self._vault.forget, person, *replies)
        letters = await asyncio.to_thread(self._dead_letters.forget, asked.author)
        await self._house.submit(self._commands([person, *replies]))
        return Forgotten(person=person, keys=keys, replies=len(replies), dead_letters=letters)

    def _commands(self, subjects: Sequence[str]) -> list[ErasePerson]:
        asked_at = self._now().isoformat()
        return [
            ErasePerson(id=ids.derived("forget", subject, asked_at), who=LOCAL_ADMIN, person=subject)
            for subject in subjects
        ]


def replies_in_journal(path: Path) -> RepliesTo:
    """As Intake's journal in the file at `path` tells, whole: views may be behind, and `forget` may run without any."""

    def found(person: str) -> list[str]:
        with closing(Store(path, read_only=True)) as store:
            entries = map(CODECS[INTAKE].decode, store.journal(INTAKE).read())
            return replies_by_parent((event for entry in entries for event in entry.events), person)

    async def read(person: str) -> list[str]:
        return await asyncio.to_thread(found, person)

    return read


def replies_in_views(path: Path, refresh: Callable[[], Awaitable[None]]) -> RepliesTo:
    """As the views at `path` tell, once `refresh` has brought them up to the journals: those on Kafka are many and long."""

    def found(person: str) -> list[str]:
        with closing(Reader(path)) as reader:
            return answers.replies_by_parent(reader, person)

    async def refreshed(person: str) -> list[str]:
        await refresh()
        return await asyncio.to_thread(found, person)

    return refreshed


def replies_by_parent(events: Iterable[Any], person: str) -> list[str]:
    """The replies of `RepliesTo` among all events of Intake."""
    written: set[str] = set()
    answers: dict[str, str] = {}
    for event in events:
        match event:
            case ReplySent(to_author=None, parent=str() as parent):
                answers[event.item] = ids.item_id(event.platform, parent)
            case Seen() if event.author == person:
                written.add(event.item)
            case _:
                pass
    return [reply for reply, answered in answers.items() if answered in written]
