from pathlib import Path

import msgspec

from services.views.no_reply import rule_errors, to_check
from streams import ids
from streams.commands import ReviewNoReply
from streams.config import IntakeConfig
from streams.courtesies import is_sampled
from streams.events import Verdict
from streams.sla.policy import NoReplyRule
from tests.builders import CONFIG, at, comment
from tests.services.views.room import Room
from tests.services.views.room import room as open_room


def sampling(share: float) -> IntakeConfig:
    assert CONFIG.sla is not None
    return msgspec.structs.replace(
        CONFIG, sla=msgspec.structs.replace(CONFIG.sla, no_reply=NoReplyRule(sample=share))
    )


def thanks(room: Room, *numbers: int) -> None:
    room.sees(
        *(comment("谢谢", at("10:00"), native_id=f"c{number}", author=f"a{number}") for number in numbers)
    )


def reviews(room: Room, number: int, verdict: Verdict) -> None:
    room.takes(
        at("10:10"),
        ReviewNoReply(
            id=f"{verdict} {number}",
            who="lin",
            conversation=f"weibo/xibei-official/p1/a{number}",
            key="weibo/xibei-official/p1",
            item=ids.item_id("weibo", f"c{number}"),
            verdict=verdict,
            occurred_at=at("10:10"),
        ),
    )


def test_the_error_rate_is_that_of_the_sample(tmp_path: Path) -> None:
    drawn = [number for number in range(40) if is_sampled(ids.item_id("weibo", f"c{number}"), 0.5)]
    passed_over = next(number for number in range(40) if number not in drawn)
    with open_room(tmp_path, sampling(0.5)) as room:
        thanks(room, *range(40))
        reviews(room, drawn[0], "overturned")
        reviews(room, drawn[1], "confirmed")
        reviews(room, passed_over, "overturned")

        (rule,) = rule_errors(room.reader)
        assert (rule.rule, rule.marked, rule.sampled) == ("thanks", 40, len(drawn))
        assert (rule.reviewed, rule.overturned, rule.overturned_elsewhere) == (2, 1, 1)
        assert rule.error_rate == 0.5
        assert sorted(room.who_waits()) == sorted([f"a{drawn[0]}", f"a{passed_over}"])


def test_what_is_to_be_checked_comes_page_by_page_and_goes_when_it_was(tmp_path: Path) -> None:
    with open_room(tmp_path, sampling(1.0)) as room:
        thanks(room, 1, 2, 3)
        first = to_check(room.reader, limit=2)
        rest = to_check(room.reader, limit=2, cursor=first.next)
        assert [row.item.native_id for row in (*first.items, *rest.items)] == ["c3", "c2", "c1"]
        reviews(room, 3, "confirmed")
        assert [row.item.native_id for row in to_check(room.reader).items] == ["c2", "c1"]


def test_nobody_has_looked_and_nothing_is_claimed(tmp_path: Path) -> None:
    with open_room(tmp_path, sampling(1.0)) as room:
        thanks(room, 1)
        (rule,) = rule_errors(room.reader)
        assert rule.error_rate is None
