"""What people corrected, as lists, figures and curves show it."""

from services.views.items import item
from services.views.mentions import MentionFilter, mentions_page, minute_counts
from services.views.rows import ItemRow
from streams.commands import CorrectJudgement
from streams.facts import Seen
from tests.builders import at, comment, mention
from tests.services.views.room import Room

BAD = mention("西贝差", at("10:00"), native_id="m1")


def fix(**said: str) -> CorrectJudgement:
    assert isinstance(BAD.fact, Seen)
    return CorrectJudgement(id=str(said), who="lin", item=BAD.fact.item, key=BAD.fact.key, **said)  # type: ignore[arg-type]


def shown(room: Room) -> ItemRow:
    assert isinstance(BAD.fact, Seen)
    row = item(room.reader, BAD.fact.item)
    assert row is not None
    return row


def counted(room: Room) -> list[tuple[int, int]]:
    """Items and negative ones of each minute."""
    counts = minute_counts(room.reader, "xibei", at("10:00"), at("12:00"))
    return [(each.items, each.negative) for each in counts]


def test_a_corrected_label_holds_everywhere(room: Room) -> None:
    room.sees(BAD, mention("西贝好差", at("10:00"), native_id="m2"))
    assert counted(room) == [(2, 2)]
    changed = room.takes(at("10:30"), fix(label="positive"))
    row = shown(room)
    assert changed >= {"mentions", "incidents", "queue"}
    assert (row.label, row.abstain) == ("positive", False)
    assert row.corrected is not None
    assert (row.corrected.by, row.corrected.at, row.corrected.judged) == ("lin", at("10:30"), "negative")
    assert len(mentions_page(room.reader, MentionFilter(label="negative")).items) == 1
    assert counted(room) == [(2, 1)]


def test_the_last_correction_holds_and_the_judged_label_stays_known(room: Room) -> None:
    room.sees(BAD)
    room.takes(at("10:30"), fix(label="positive"), fix(label="neutral", topic="price"))
    row = shown(room)
    assert row.corrected is not None
    assert (row.label, row.topic, row.corrected.judged) == ("neutral", "price", "negative")
    assert counted(room) == [(1, 0)]


def test_a_topic_alone_leaves_the_label(room: Room) -> None:
    room.sees(BAD)
    room.takes(at("10:30"), fix(topic="price"))
    (row,) = mentions_page(room.reader, MentionFilter()).items
    assert (row.label, row.topic) == ("negative", "price")


def test_another_text_is_judged_anew(room: Room) -> None:
    room.sees(BAD)
    room.takes(at("10:30"), fix(label="positive"))
    room.sees(mention("西贝很差", at("10:40"), native_id="m1"))
    row = shown(room)
    assert (row.label, row.corrected) == ("negative", None)
    room.takes(at("10:50"), fix(label="positive"), mention("西贝非常差", at("10:50"), native_id="m1"))
    assert shown(room).corrected is None


def test_an_item_is_counted_once_however_often_it_is_corrected(room: Room) -> None:
    room.sees(BAD)
    for label in ("positive", "negative", "positive", "neutral"):
        room.takes(at("10:30"), fix(label=label))
    assert counted(room) == [(1, 0)]


def test_a_conversation_follows_the_topic(room: Room) -> None:
    asked = comment("西贝怎么还没到", at("10:00"), native_id="c1")
    room.sees(asked)
    assert isinstance(asked.fact, Seen)
    room.takes(
        at("10:05"),
        CorrectJudgement(id="t", who="lin", item=asked.fact.item, key=asked.fact.key, topic="delivery"),
    )
    (row,) = room.waiting()
    assert row.topic == "delivery"
