"""Texts, times, curves and quotes: what pages are written with."""

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.web
from services.vault import SealedContent
from services.views.rows import ItemRow, MinuteCount
from services.web import times
from services.web.curve import HEIGHT, WIDTH, Mark, curve_of
from services.web.quote import quote_of
from services.web.texts import TEXTS, say
from services.web.wording import amount
from streams.events import Match
from streams.facts import Private
from streams.text.item import Span
from tests.builders import at

SHANGHAI = ZoneInfo("Asia/Shanghai")
SOURCES = [
    path
    for pattern in ("*.py", "templates/*.html")
    for path in Path(services.web.__file__).parent.glob(pattern)
]


def test_every_text_that_a_page_names_exists() -> None:
    named = {
        name
        for path in SOURCES
        for name in re.findall(
            r"""\b(?:t|say|linked)\((?:\w+, )?['"]([\w.-]+)['"][,)]""", path.read_text("utf-8")
        )
    }
    assert len(named) > 100
    assert named - set(TEXTS) == set()


def test_every_text_is_said_in_both_languages_with_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [key for key, (zh, en) in TEXTS.items() if values(zh) != values(en)] == []
    assert [key for key, pair in TEXTS.items() if not all(pair)] == []


def test_a_text_takes_its_values() -> None:
    assert say("zh", "incident.for", length="5 分钟") == "已 5 分钟"


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (at("14:05"), "14:05"),
        (at("23:10", day=-1), "昨天 23:10"),
        (at("09:00", day=1), "明天 09:00"),
        (at("14:05", day=-3), "11-20 14:05"),
        (datetime(2025, 9, 15, 13, tzinfo=UTC), "2025-09-15 21:00"),
    ],
)
def test_times_are_short_where_they_can_be(then: datetime, words: str) -> None:
    assert times.short(then, at("15:00"), SHANGHAI, "zh") == words


def test_the_exact_time_names_its_zone() -> None:
    assert times.exact(at("14:05:31"), SHANGHAI) == "2026-11-23 14:05:31 +08:00 Asia/Shanghai"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (252, "4:12"), (-65, "1:05"), (4325, "1:12:05"), (172_800, "2d 00h"), (190_000, "2d 04h")],
)
def test_countdowns(seconds: float, words: str) -> None:
    assert times.countdown(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (45, "45 秒", "45 s"),
        (600, "10 分钟", "10 min"),
        (252, "4 分钟 12 秒", "4 min 12 s"),
        (6120, "1 小时 42 分", "1 h 42 min"),
        (183_600, "2 天 3 小时", "2 d 3 h"),
    ],
)
def test_lengths_of_time(seconds: float, zh: str, en: str) -> None:
    assert times.length(seconds, "zh") == zh
    assert times.length(seconds, "en") == en


def test_large_numbers_are_written_as_people_say_them() -> None:
    assert amount(1204, "zh") == "1,204"
    assert amount(1_200_000, "zh") == "120万"
    assert amount(12_500, "zh") == "1.2万"
    assert amount(1_200_000, "en") == "1.2M"


class Opened:
    def __init__(self, private: Private | None) -> None:
        self._private = private

    def private(self, content: SealedContent) -> Private | None:
        return self._private


def item(*spans: Span) -> ItemRow:
    return ItemRow(
        item="i", platform="weibo", kind="post", native_id="1", occurred_at=at("10:00"), observed_at=at("10:00"),
        content=SealedContent("subject", 202611, "f", b""), matches=(Match("brand", "m", spans=spans),),
    )  # fmt: skip


@given(
    text=st.text(max_size=30), spans=st.lists(st.tuples(st.integers(0, 35), st.integers(0, 35)), max_size=6)
)
def test_marking_never_changes_what_was_written(text: str, spans: list[tuple[int, int]]) -> None:
    row = item(*(Span(start, end, "x") for start, end in spans))
    quote = quote_of(row, Opened(Private(text=text)))
    assert "".join(piece.text for piece in quote.text) == text


def test_what_was_hit_is_marked() -> None:
    quote = quote_of(item(Span(2, 4, "异物")), Opened(Private(text="吃出异物了")))
    assert [(piece.text, piece.marked) for piece in quote.text] == [
        ("吃出", False),
        ("异物", True),
        ("了", False),
    ]


def test_a_forgotten_item_shows_nothing() -> None:
    assert quote_of(item(), Opened(None)).forgotten


@given(
    counts=st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 500), st.integers(0, 500)), min_size=1, max_size=40
    ),
    length_min=st.integers(1, 20_000),
)
def test_a_curve_stays_in_its_box_and_loses_nothing(
    counts: list[tuple[int, int, int]], length_min: int
) -> None:
    begin = at("10:00")
    end = begin + timedelta(minutes=length_min)
    minutes = [
        MinuteCount(begin + timedelta(minutes=minute), items, min(items, negative))
        for minute, items, negative in counts
        if minute < length_min
    ]
    curve = curve_of(minutes, [Mark(at=begin, words="13:08 ▲ 黄", tone="yellow")], begin, end)
    if curve is None:
        assert not minutes
        return
    assert sum(bar.items for bar in curve.bars) == sum(count.items for count in minutes)
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[-\d.]+,[-\d.]+", curve.line)]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert len(curve.bars) <= 62


def test_marks_that_are_close_stand_below_each_other() -> None:
    marks = [Mark(at=at(f"10:0{minute}"), words="10:00 ▲ 黄", tone="yellow") for minute in range(3)]
    curve = curve_of([MinuteCount(at("10:00"), 5, 1)], marks, at("10:00"), at("11:00"))
    assert curve is not None
    assert [mark.row for mark in curve.marks] == [0, 1, 2]
