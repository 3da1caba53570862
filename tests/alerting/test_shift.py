"""Shifts of support: recorded with who and what, refused to whoever only looks."""

import pytest

from alerting.commands import GiveShift, OpenIncident, TakeShift
from alerting.shift_events import ShiftGiven, ShiftTaken
from streams.events import CommandRefused
from tests.alerting.stage import Stage
from tests.builders import at


def test_coming_on_records_what_was_open() -> None:
    stage = Stage()
    stage.does(OpenIncident(id="o", who="lin", brand="xibei", level="yellow", category="price"), at("10:00"))
    stage.does(GiveShift(id="g", who="lin", note="退款等财务"), at("10:01"))
    stage.does(TakeShift(id="t", who="he", promises=("case-1",)), at("10:02"))
    (given,), (taken,) = stage.of_type(ShiftGiven), stage.of_type(ShiftTaken)
    assert (given.by, given.note) == ("lin", "退款等财务")
    assert (taken.by, taken.promises, taken.incidents) == ("he", ("case-1",), (stage.incident().id,))


def test_pressing_twice_is_coming_on_once() -> None:
    stage = Stage()
    stage.does(TakeShift(id="t", who="lin"), at("10:00"))
    assert not stage.does(TakeShift(id="t", who="lin"), at("10:00"))


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (TakeShift(id="t", who="guest"), "not_permitted"),
        (GiveShift(id="g", who="nobody"), "unknown_person"),
        (GiveShift(id="g", who="lin", note="长" * 5000), "text_too_long"),
    ],
)
def test_who_may_not_is_refused(command: GiveShift | TakeShift, why: str) -> None:
    (refused,) = Stage().does(command, at("10:00"))
    assert isinstance(refused, CommandRefused)
    assert refused.why == why
