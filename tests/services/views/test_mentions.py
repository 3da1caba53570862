from datetime import timedelta

from services.views.mentions import MentionFilter, mentions_count, mentions_page, minute_counts
from streams import facts
from tests.builders import at, comment, measurement, mention
from tests.services.views.room import Room


def found(room: Room, **wanted: object) -> list[str]:
    rows = mentions_page(room.reader, MentionFilter(**wanted)).items  # type: ignore[arg-type]
    return [row.content.native_id for row in rows if row.content is not None]


def test_only_what_fits_a_monitor_or_is_addressed_to_us_is_shown(room: Room) -> None:
    room.sees(
        mention("西贝很好", at("10:00"), native_id="m1"),
        mention("今天天气", at("10:01"), native_id="m2"),
        comment("几点开门", at("10:02"), native_id="c1"),
    )

    assert found(room) == ["c1", "m1"]


def test_a_mention_keeps_where_it_was_hit(room: Room) -> None:
    room.sees(mention("听说西贝有异物", at("10:00")))

    (row,) = mentions_page(room.reader, MentionFilter()).items
    assert row.content is not None
    assert {match.monitor for match in row.content.matches} == {"brand", "safety"}
    assert row.severity == "P0"
    spans = [span for match in row.content.matches for span in match.spans]
    assert {"听说西贝有异物"[span.start : span.end] for span in spans} == {"西贝", "异物"}


def test_every_filter_narrows(room: Room) -> None:
    room.sees(
        mention("西贝差", at("10:00"), native_id="m1"),
        mention("西贝有异物", at("10:10"), native_id="m2"),
        mention("西贝好", at("10:20"), native_id="m3", platform="zhihu"),
    )
    (item,) = [
        row.item for row in mentions_page(room.reader, MentionFilter()).items if row.label == "negative"
    ]

    assert found(room, label="negative") == ["m1"]
    assert found(room, monitor="safety") == ["m2"]
    assert found(room, monitor="saf") == []
    assert found(room, platform="zhihu") == ["m3"]
    assert found(room, severity="P0") == ["m2"]
    assert found(room, from_at=at("10:10"), to_at=at("10:20")) == ["m2"]
    assert found(room, items=(item,)) == ["m1"]
    assert found(room, brand="another") == []
    assert mentions_count(room.reader, MentionFilter(label="positive"), 100) == 1


def test_mentions_page_by_page(room: Room) -> None:
    room.takes(at("11:00"), *(mention("西贝", at("10:00"), native_id=f"m{n}") for n in range(7)))

    first = mentions_page(room.reader, MentionFilter(), limit=4)
    second = mentions_page(room.reader, MentionFilter(), limit=4, cursor=first.next)

    assert second.next is None
    assert len({row.item for row in (*first.items, *second.items)}) == 7


def test_minutes_count_each_item_once_and_by_when_it_was_seen(room: Room) -> None:
    room.sees(
        mention("西贝差", at("10:00:10"), native_id="m1"),
        mention("西贝", at("10:00:50"), native_id="m2"),
        mention("西贝差", at("10:01:05"), native_id="m3"),
    )
    room.takes(at("10:02"), measurement("m1", at("10:02"), facts.Counts(reposts=99)))

    counts = minute_counts(room.reader, "xibei", at("10:00"), at("11:00"))

    assert [(count.at, count.items, count.negative) for count in counts] == [
        (at("10:00"), 2, 1),
        (at("10:01"), 1, 1),
    ]


def test_new_counts_reach_the_mention(room: Room) -> None:
    room.sees(mention("西贝差", at("10:00"), native_id="m1"))
    room.takes(at("10:02"), measurement("m1", at("10:02"), facts.Counts(reposts=99)))

    (row,) = mentions_page(room.reader, MentionFilter()).items
    assert row.reposts == 99
    assert row.observed_at == at("10:00")


def test_an_edited_mention_is_judged_anew_and_counted_once(room: Room) -> None:
    room.sees(mention("西贝好", at("10:00"), native_id="m1"))
    room.takes(at("10:05"), mention("西贝差", at("10:00"), native_id="m1", observed=at("10:05")))

    (row,) = mentions_page(room.reader, MentionFilter()).items
    assert row.label == "negative"
    assert row.content is not None
    assert row.content.label == "negative"
    counts = minute_counts(room.reader, "xibei", at("09:00"), at("09:00") + timedelta(hours=2))
    assert sum(count.items for count in counts) == 1
