"""What the edges need of the house, as one small port; `services.daemon` wires the real one."""

from collections.abc import Sequence
from typing import Any, Protocol

from streams.arrivals import IntakeArrival
from streams.errors import Overloaded
from streams.run.loop import Outcome

__all__ = ["House", "Outcome", "Overloaded"]


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
