from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from services.views.cursor import encode_cursor
from services.views.errors import BadCursor
from services.views.queue import (
    QueueFilter,
    conversation,
    due_within,
    last_reply_at,
    queue_counts,
    queue_page,
)
from streams.commands import ErasePerson
from streams.sla.policy import PileOn, Policy, SlaConfig, When
from tests.builders import ALWAYS, CONFIG, at, comment, deletion, reply
from tests.services.views.room import CONVERSATION, Room, sealed
from tests.services.views.room import room as open_room


def test_a_question_waits_until_its_due_time(room: Room) -> None:
    changed = room.sees(comment("几点开门", at("10:00")))

    (row,) = room.waiting()
    assert row.due_at == at("10:30")
    assert row.conversation == CONVERSATION
    assert row.item is not None
    assert row.item.kind == "comment"
    assert "queue" in changed


def test_empty_overview(room: Room) -> None:
    """Whoever ran out stays on top until somebody answers, however often the views are made anew."""
    room.sees(comment(when=at("10:00")))
    room.partition.fire(at("18:00"))
    room.views.forget("intake")
    room.views.follow(room.journal)
    assert room.who_waits(overdue_at=at("18:00")) == ["customer"]

    room.sees(reply(at("18:10")))
    assert room.who_waits(overdue_at=at("18:20")) == []


def test_an_answered_conversation_leaves_the_queue(room: Room) -> None:
    room.sees(comment(when=at("10:00")), reply(at("10:10")))

    assert room.waiting() == []
    assert last_reply_at(room.reader) == at("10:10")


def test_the_next_question_waits_again_under_its_own_clock(room: Room) -> None:
    room.sees(comment(when=at("10:00")), reply(at("10:10")), comment("那周末呢", at("10:20"), native_id="c2"))

    (row,) = room.waiting()
    assert (row.clock.kind, row.due_at) == ("next_response", at("10:50"))


def test_the_queue_shows_the_message_that_began_the_wait(room: Room) -> None:
    room.sees(comment("菜里有异物", at("10:00")), comment("还有人吗", at("10:05"), native_id="c2"))

    (row,) = room.waiting()
    assert row.item is not None
    assert row.item.native_id == "c1"


def test_a_pile_on_is_one_row_that_says_how_many_wait(tmp_path: Path) -> None:
    assert CONFIG.sla is not None
    sla = msgspec.structs.replace(CONFIG.sla, pile_on=PileOn(2, 600))
    with open_room(tmp_path, msgspec.structs.replace(CONFIG, sla=sla)) as room:
        room.sees(
            *(comment("避雷", at(f"10:0{n}"), native_id=f"c{n}", author=f"a{n}") for n in range(4)),
            comment("我的订单呢", at("10:05"), native_id="c5", author="buyer"),
        )
        group, buyer = room.waiting()
        assert (group.conversation, group.members, group.due_at) == (
            "weibo/xibei-official/p1/*",
            4,
            at("10:30"),
        )
        assert group.item is not None
        assert (group.item.native_id, buyer.members) == ("c0", 0)
        opened = conversation(room.reader, group.conversation)
        assert opened is not None
        assert [item.native_id for item in opened.items] == ["c0", "c1", "c2", "c3"]

        room.sees(reply(at("10:06"), to="a0"))
        assert [(row.members, row.due_at) for row in room.waiting()] == [(3, at("10:31")), (0, at("10:35"))]

        room.sees(reply(at("10:07"), native_id="r2", to=None))
        assert room.waiting() == []


def test_what_runs_out_first_is_on_top_and_paused_ones_are_last(room: Room) -> None:
    room.sees(
        comment(when=at("10:00")),
        comment(when=at("10:05"), native_id="c2", author="later"),
        comment(when=at("10:10"), native_id="c3", author="vip", tags=("vip",)),
    )
    room.marks("paused", at("10:12"))

    assert room.who_waits() == ["vip", "later", "customer"]
    assert [row.paused for row in room.waiting()] == [False, False, True]


def test_a_resumed_clock_is_due_later_by_the_pause(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    room.marks("paused", at("10:10"))
    room.marks("resumed", at("10:40"))

    (row,) = room.waiting()
    assert (row.paused, row.due_at) == (False, at("11:00"))


def test_no_reply_needed_takes_a_conversation_out(room: Room) -> None:
    room.sees(comment("谢谢", at("10:00")))
    room.marks("no_reply_needed", at("10:01"))

    assert room.waiting() == []


def test_a_deleted_question_leaves_the_queue_and_is_marked_in_its_conversation(room: Room) -> None:
    room.sees(comment(when=at("10:00")), deletion("c1", at("10:01")))

    assert room.waiting() == []
    opened = conversation(room.reader, CONVERSATION)
    assert opened is not None
    assert [item.deleted for item in opened.items] == [True]


def test_only_a_resolution_clock_is_no_wait(tmp_path_factory: pytest.TempPathFactory) -> None:
    policy = Policy(id="all", when=When(), calendar="always", first_response_s=1800, resolution_s=86_400)
    config = msgspec.structs.replace(CONFIG, sla=SlaConfig(policies=(policy,), calendars=(ALWAYS,)))
    with open_room(tmp_path_factory.mktemp("views"), config) as room:
        room.sees(comment(when=at("10:00")), reply(at("10:10")))

        assert room.waiting() == []
        opened = conversation(room.reader, CONVERSATION)
        assert opened is not None
        assert opened.resolution is not None
        assert opened.resolution.due_at == at("10:00", day=1)


def test_an_overdue_conversation_stays_on_top_until_it_is_answered(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    room.partition.fire(at("10:31"))
    room.views.follow(room.journal)

    assert room.who_waits(overdue_at=at("10:31")) == ["customer"]
    room.sees(reply(at("10:40")))
    assert room.waiting() == []


def test_a_late_learned_answer_in_time_clears_the_breach(room: Room) -> None:
    room.takes(at("10:00"), comment(when=at("10:00")))
    room.partition.fire(at("10:31"))
    room.takes(at("10:45"), reply(at("10:29")))

    assert room.waiting() == []


def test_a_conversation_holds_its_own_words_and_replies_to_the_whole_post(room: Room) -> None:
    room.sees(
        comment("几点开门", at("10:00")),
        comment("我也想问", at("10:01"), native_id="c2", author="another"),
        reply(at("10:05"), native_id="r1"),
        reply(at("10:06"), native_id="r2", to=None),
        reply(at("10:07"), native_id="r3", to=None, parent="c2"),
    )

    opened = conversation(room.reader, CONVERSATION)
    assert opened is not None
    assert [item.native_id for item in opened.items] == ["c1", "r1", "r2"]
    assert [item.ours for item in opened.items] == [False, True, True]


def test_counts_and_filters_agree(room: Room) -> None:
    room.sees(
        comment(when=at("10:00")),
        comment(when=at("10:05"), native_id="c2", author="vip", tags=("vip",)),
        comment(when=at("10:06"), native_id="c3", author="wx", platform="wechat", account="mp", post=None),
    )
    counts = queue_counts(room.reader, at("10:31"))

    assert (counts.waiting, counts.overdue, counts.vip) == (3, 2, 1)
    assert counts.platforms == (("weibo", 2), ("wechat", 1))
    assert room.who_waits(platform="wechat") == ["wx"]
    assert room.who_waits(vip=True) == ["vip"]
    assert due_within(room.reader, at("10:31"), timedelta(minutes=30)) == 1


def test_pages_follow_each_other_without_gap_or_repeat(room: Room) -> None:
    room.takes(
        at("11:00"), *(comment(when=at("10:00"), native_id=f"c{n}", author=f"a{n:02}") for n in range(25))
    )

    seen, cursor = [], None
    while True:
        page = queue_page(room.reader, QueueFilter(), limit=10, cursor=cursor)
        seen += [row.conversation for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen)


@pytest.mark.parametrize("cursor", ["", "nonsense", "!!!", encode_cursor({"a": 1}), "A" * 5000])
def test_a_cursor_of_somebody_elses_making_is_refused(room: Room, cursor: str) -> None:
    with pytest.raises(BadCursor, match="not one of ours"):
        queue_page(room.reader, QueueFilter(), cursor=cursor)


def test_views_keep_what_was_sealed_and_drop_it_with_the_person(room: Room) -> None:
    room.sees(sealed(comment(when=at("10:00")), b"sealed bytes"))
    (row,) = room.waiting()
    assert row.item is not None
    assert row.item.content.sealed == b"sealed bytes"
    assert row.item.content.subject == "customer"

    room.takes(at("10:05"), ErasePerson(id="erase", who="lin", person="customer"))

    (row,) = room.waiting()
    assert row.item is not None
    assert row.item.content.sealed == b""
