"""Claims, snoozes, recorded replies and tags as the queue shows them."""

from datetime import datetime

from services.views.queue import conversation, queue_counts, tags_of
from services.views.rows import Claim
from streams.commands import ClaimConversation, ReleaseConversation, TagCustomer
from tests.builders import at, comment, reply
from tests.services.views.room import CONVERSATION, Room
from tests.streams.test_attendance import answers, claims, snoozes


def claimed_by(room: Room) -> Claim | None:
    return room.waiting()[0].claim


def test_a_claim_shows_with_who_and_since_when(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    changed = room.takes(at("10:01"), claims("su"))

    assert claimed_by(room) == Claim("su", at("10:01"))
    assert "queue" in changed
    room.takes(at("10:05"), claims("su", number=2))
    assert claimed_by(room) == Claim("su", at("10:01"))
    room.takes(at("10:06"), ReleaseConversation(id="r", who="su", conversation=CONVERSATION, key="k"))
    assert claimed_by(room) is None


def test_what_i_have_is_mine(room: Room) -> None:
    room.sees(comment(when=at("10:00")), comment(when=at("10:01"), native_id="c2", author="anna"))
    room.takes(at("10:02"), claims("su"))

    assert room.who_waits(claimed_by="su") == ["customer"]
    assert queue_counts(room.reader, at("10:02"), None, "su").mine == 1
    assert queue_counts(room.reader, at("10:02"), None, "lin").mine == 0


def test_a_claim_goes_with_the_wait_also_within_one_batch(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    room.takes(at("10:02"), claims("su"), reply(at("10:02")), comment(when=at("10:03"), native_id="c2"))
    assert claimed_by(room) is None
    room.takes(at("10:04"), claims("lin"))
    room.sees(reply(at("10:05"), native_id="r2"), comment(when=at("10:06"), native_id="c3"))
    assert claimed_by(room) is None


def snoozed_until(room: Room) -> datetime | None:
    return room.waiting()[0].snoozed_until


def test_what_is_put_off_stands_below_until_it_is_back(room: Room) -> None:
    room.sees(comment(when=at("10:00")), comment(when=at("10:01"), native_id="c2", author="anna"))
    room.takes(at("10:02"), snoozes(at("10:20")))

    assert room.who_waits() == ["anna", "customer"]
    assert room.who_waits(asleep=True) == ["customer"]
    assert queue_counts(room.reader, at("10:02")).asleep == 1
    room.partition.fire(at("10:20"))
    room.views.follow(room.journal)
    assert room.who_waits() == ["customer", "anna"]


def test_a_breach_or_another_message_brings_it_back(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    room.takes(at("10:02"), snoozes(at("12:00")))
    room.sees(comment("还在吗", at("10:05"), native_id="c2"))
    assert snoozed_until(room) is None
    room.takes(at("10:06"), snoozes(at("13:00")))
    assert snoozed_until(room) == at("13:00")
    room.partition.fire(at("10:30:01"))
    room.views.follow(room.journal)
    assert snoozed_until(room) is None


def test_a_recorded_reply_says_who_sent_it_and_is_shown_once(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    room.takes(at("10:05"), answers("su", at("10:05")))
    room.sees(reply(at("10:05:20")))

    found = conversation(room.reader, CONVERSATION)
    assert found is not None
    assert [(item.native_id, item.sent_by, item.script) for item in found.items] == [
        ("c1", None, None),
        ("r1", "su", "sorry"),
    ]


def test_a_reply_that_was_seen_first_is_shown_once_too(room: Room) -> None:
    room.sees(comment(when=at("10:00")), reply(at("10:05")))
    room.takes(at("10:06"), answers("su", at("10:06")))

    found = conversation(room.reader, CONVERSATION)
    assert found is not None
    assert [(item.native_id, item.sent_by) for item in found.items] == [("c1", None), ("r1", "su")]


def test_tags_of_a_customer_come_and_go(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    for number, (tag, on) in enumerate(
        [("老顾客", True), ("老顾客", True), ("过敏", True), ("老顾客", False)]
    ):
        command = TagCustomer(id=f"t{number}", who="su", person="customer", customer_tag=tag, on=on)
        room.takes(at("10:01"), command)
    assert tags_of(room.reader, "customer") == ("过敏",)


def test_an_idle_claim_leaves_the_views(room: Room) -> None:
    room.sees(comment(when=at("10:00")))
    room.takes(at("10:01"), ClaimConversation(id="c", who="su", conversation=CONVERSATION, key="k"))
    room.partition.fire(at("10:11"))
    room.views.follow(room.journal)
    assert claimed_by(room) is None
