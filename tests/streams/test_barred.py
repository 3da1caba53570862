"""Who may not ask is refused by Intake itself, and the refusal is recorded."""

import pytest
from msgspec.structs import replace

from streams.arrivals import IntakeArrival
from streams.commands import MarkConversation
from streams.config import Barred
from streams.events import CommandRefused
from tests.builders import CONFIG, at, comment
from tests.streams.test_attendance import KEY, claims, done
from tests.streams.test_intake import CONVERSATION, IntakePartition, running, take

BARRED = (
    Barred(command="conversation.mark", people=("guest",)),
    Barred(command="conversation.claim", people=("guest",)),
)


@pytest.fixture
def partition() -> IntakePartition:
    """A customer waits, in a house where the guest only looks."""
    made = running(replace(CONFIG, barred=BARRED))
    take(made, comment(when=at("10:00")), at("10:00"))
    return made


def marks(who: str) -> MarkConversation:
    return MarkConversation(
        id=f"m-{who}", who=who, op="settled", occurred_at=at("10:05"), conversation=CONVERSATION, key=KEY
    )


@pytest.mark.parametrize("command", [marks("guest"), claims("guest")])
def test_whoever_may_not_is_refused_and_it_is_recorded(
    partition: IntakePartition, command: IntakeArrival
) -> None:
    (event,) = done(partition, command, at("10:05"))
    assert isinstance(event, CommandRefused)
    assert (event.who, event.why, event.key) == ("guest", "not_permitted", KEY)


@pytest.mark.parametrize("who", ["lin", "file"])
def test_everybody_else_and_every_source_may(partition: IntakePartition, who: str) -> None:
    events = done(partition, marks(who), at("10:05"))
    assert events != []
    assert not any(isinstance(event, CommandRefused) for event in events)
