"""What the edges need of the house, as one small port; `services.daemon` wires the real one."""

from collections.abc import Sequence
from typing import Any, Protocol

from streams.arrivals import IntakeArrival
from streams.errors import Overloaded
from streams.run.loop import Outcome

__all__ = ["House", "Outcome", "Overloaded"]


class TakesIn(Protocol):
    """The house as a gateway sees it."""

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]] | None:
        """Hand arrivals to Intake; returns when all of them are durable: one outcome per arrival.

        None: what they lead to is decided elsewhere, so nobody here knows which of them were known already.

        Raises:
            Overloaded: nothing was taken in.
            streams.errors.StoreUnavailable: the store refuses to write; some may be taken in, and a repeat is harmless.
        """
        ...


class Commanded(Protocol):
    """The house as the outbox and the auditor see it."""

    async def command(self, command: Any) -> Outcome[Any]:
        """Hand a command (`alerting.commands.DeskCommand`) to the Desk; returns when it is durable."""
        ...


class House(Protocol):
    """The running daemon, as the gateway, the outbox and the desk in the browser see it."""

    async def submit(self, arrivals: Sequence[IntakeArrival]) -> Sequence[Outcome[Any]]:
        """Hand arrivals to Intake; returns one outcome per arrival when all of them are durable.

        Raises:
            Overloaded: nothing was taken in.
            streams.errors.StoreUnavailable: nothing was taken in; the store refuses to write.
        """
        ...

    async def command(self, command: Any) -> Outcome[Any]:
        """Hand a command (`alerting.commands.DeskCommand`) to the Desk; returns when its events are durable."""
        ...
