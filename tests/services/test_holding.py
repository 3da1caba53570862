"""A node goes by the configuration that the desk's journal names, as soon as it can read it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerting.config import Person
from alerting.desk_state import DeskState
from services.config.model import Decisions
from services.holding import Holding
from streams.errors import StoreUnavailable
from streams.events import ConfigActivated
from streams.journal import Entry
from tests.services.engine_room import Room

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def own(tmp_path: Path) -> Decisions:
    return Room(tmp_path).config().decisions


def with_person(decisions: Decisions, name: str) -> Decisions:
    people = (*decisions.desk.people, Person(id=name, name=name))
    return msgspec.structs.replace(decisions, desk=msgspec.structs.replace(decisions.desk, people=people))


def activated(config: str, partition: str = "desk/0") -> tuple[str, Entry[Any]]:
    event = ConfigActivated(cause="c", key="*", at=NOW, config=config)
    return partition, Entry(partition=partition, seq=1, prev=b"", now=NOW, events=(event,))


def test_it_follows_what_the_desk_activates(own: Decisions) -> None:
    new = with_person(own, "wang")
    holding = Holding("own", own, {"new": new})
    holding.listen(*activated("new", "intake/0"))
    assert holding.decisions is own
    holding.listen(*activated("new"))
    assert holding.decisions is new


def test_whoever_takes_over_goes_by_what_the_desk_goes_by(own: Decisions) -> None:
    old, state = with_person(own, "zhao"), DeskState()
    holding = Holding("own", own, {"old": old, "own": own})
    holding.begin(state)
    assert holding.decisions is own
    state.config = "old"
    holding.begin(state)
    assert holding.decisions is old
    holding.listen(*activated("own"))
    assert holding.decisions is own


def test_one_that_cannot_be_read_yet_is_looked_for_again(own: Decisions) -> None:
    class Late(dict[str, Decisions]):
        def __missing__(self, config: str) -> Decisions:
            raise StoreUnavailable(config)

    configs = Late()
    holding = Holding("own", own, configs)
    holding.listen(*activated("new"))
    assert holding.decisions is own
    configs["new"] = with_person(own, "wang")
    holding.listen("desk/0", Entry(partition="desk/0", seq=2, prev=b"", now=NOW))
    assert holding.decisions is configs["new"]
