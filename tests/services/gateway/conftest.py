"""A gateway over a house that keeps what it is given in memory."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.deadletters import FILE_NAME, DeadLetters
from services.gateway.ingest import Gateway
from services.gateway.preparing import Preparer
from services.gateway.press import ThreadPress
from services.ports import Outcome
from services.vault import Vault
from streams.arrivals import Arrival, IntakeArrival
from streams.commands import MarkConversation
from streams.events import CommandRefused, ConversationMarked
from streams.facts import AnyFact

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class MemoryHouse:
    """Remembers facts by id; refuses marks on conversations of the customer that `refuses` names."""

    def __init__(self) -> None:
        self.facts: dict[str, AnyFact] = {}
        self.marks: list[MarkConversation] = []
        self.batches: list[int] = []
        self.refuses = "nobody"
        self.trouble: list[Exception] = []
        """Raised one after the other before anything is taken in."""

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]]:
        if self.trouble:
            raise self.trouble.pop(0)
        self.batches.append(len(arrivals))
        return [self._outcome(arrival) for arrival in arrivals]

    async def command(self, command: Any) -> Outcome[Any]:
        raise NotImplementedError("the gateway asks nothing of the desk")

    def _outcome(self, arrival: IntakeArrival) -> Outcome[Any]:
        match arrival:
            case Arrival():
                known = arrival.fact.id in self.facts
                self.facts.setdefault(arrival.fact.id, arrival.fact)
                return Outcome(() if known else (arrival.fact,))
            case MarkConversation():
                return Outcome((self._marked(arrival),))
            case _:
                raise NotImplementedError(type(arrival))

    def _marked(self, mark: MarkConversation) -> CommandRefused | ConversationMarked:
        common: dict[str, Any] = {"cause": mark.id, "key": mark.key, "at": mark.occurred_at}
        if mark.conversation.endswith(self.refuses):
            return CommandRefused(**common, who=mark.who, what=mark.op, why="there is no such conversation")
        self.marks.append(mark)
        return ConversationMarked(**common, conversation=mark.conversation, op=mark.op, by=mark.who)


class Counts:
    """Counts what the gateway reports, by name and code."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def duplicates(self, count: int) -> None:
        self.seen["duplicates"] += count

    def rejected(self, code: str, count: int) -> None:
        self.seen[f"rejected/{code}"] += count

    def dead_letters(self, code: str, count: int) -> None:
        self.seen[f"dead_letters/{code}"] += count


@pytest.fixture
def house() -> MemoryHouse:
    return MemoryHouse()


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault.of_folder(tmp_path, {})
    yield vault
    vault.close()


@pytest.fixture
def dead_letters(tmp_path: Path, vault: Vault) -> Iterator[DeadLetters]:
    letters = DeadLetters(tmp_path / FILE_NAME, vault)
    yield letters
    letters.close()


@pytest.fixture
def gateway(house: MemoryHouse, counts: Counts, vault: Vault, dead_letters: DeadLetters) -> Gateway:
    return Gateway(
        house=house,
        press=ThreadPress(Preparer(sealer=vault, accounts=frozenset({("weibo", "us")}), now=lambda: NOON)),
        dead_letters=dead_letters,
        now=lambda: NOON,
        recorder=counts,
    )
