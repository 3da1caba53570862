"""Viewpoints: groups of texts that one can read, near copies counted as one voice."""

from datetime import timedelta

from services.reports.viewpoints import EXAMPLE_CHARACTERS_MOST, viewpoints_of
from services.vault import SealedContent
from services.views.rows import ItemRow
from services.views.voices import Voice
from streams.events import Label
from streams.facts import Private
from tests.builders import at


class Clear:
    """Opens everything but what was forgotten."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def private(self, content: SealedContent) -> Private | None:
        text = self.texts.get(content.fact_id)
        return None if text is None else Private(text=text)


def said(*texts: str, label: Label = "negative", reach: int = 0, first: int = 0) -> list[tuple[Voice, str]]:
    """A voice for each text, each by another author, minute by minute."""
    return [
        (
            Voice(
                label=label,
                reach=reach,
                item=ItemRow(
                    item=f"i{number}", platform="weibo", kind="post", native_id=f"n{number}",
                    occurred_at=at("12:00") + timedelta(minutes=number), observed_at=at("12:00"),
                    content=SealedContent(f"u{number}", 202611, f"f{number}", b""),
                ),
            ),
            text,
        )
        for number, text in enumerate(texts, first)
    ]  # fmt: skip


FOREIGN = [
    f"在他家{dish}里吃出{thing}，太恶心了"
    for dish in ("汤", "鱼", "面", "菜")
    for thing in ("钢丝球", "头发", "虫子")
]
PRICES = [
    f"{dish}卖{price}块钱，又贵又难吃"
    for dish in ("馒头", "面条", "包子", "羊肉")
    for price in ("二十一", "三十", "五十")
]


def grouped(spoken: list[tuple[Voice, str]]):  # type: ignore[no-untyped-def]
    opener = Clear({voice.item.content.fact_id: text for voice, text in spoken})
    return viewpoints_of([voice for voice, _ in spoken], opener)


def test_what_is_about_different_things_falls_into_different_groups() -> None:
    found = grouped(said(*FOREIGN, *PRICES))
    assert sorted(group.items for group in found.groups) == [12, 12]
    first, second = ({example.text for example in group.examples} for group in found.groups)
    assert {first <= set(FOREIGN), second <= set(FOREIGN)} == {True, False}


def test_copies_and_small_changes_are_one_voice() -> None:
    text = "在他家汤里吃出钢丝球，太恶心了，大家不要去"
    found = grouped(said(text, text, f"{text}！", f"{text} 3", "别的事情，与此无关的一句话"))
    (group,) = found.groups
    assert (group.items, group.originals, group.copies, group.authors) == (5, 2, 3, 5)
    example = next(each for each in group.examples if each.copies)
    assert (example.text, example.copies) == (text, 3)


def test_moods_are_not_mixed() -> None:
    found = grouped([*said(*FOREIGN[::2]), *said(*FOREIGN[1::2], label="positive", first=50)])
    assert len(found.groups) == 2
    assert all(group.negative in (0, group.items) for group in found.groups)


def test_whose_key_was_dropped_and_who_says_nothing_is_counted_and_not_shown() -> None:
    spoken = said(*FOREIGN[:5], "[笑哭]", "。")
    opener = Clear({voice.item.content.fact_id: text for voice, text in spoken[1:]})
    found = viewpoints_of([voice for voice, _ in spoken], opener)
    assert (found.read, found.unreadable, found.rest) == (6, 1, 2)
    (group,) = found.groups
    assert FOREIGN[0] not in {example.text for example in group.examples}


def test_long_texts_are_cut_and_short_ones_preferred() -> None:
    long = "在他家汤里吃出钢丝球" * 30
    found = grouped(said(long, *FOREIGN[:3]))
    assert all(len(each.text) <= EXAMPLE_CHARACTERS_MOST for each in found.groups[0].examples)
    assert found.groups[0].examples[0].text in FOREIGN


def test_nothing_said_gives_nothing() -> None:
    assert grouped([]).groups == ()


def test_twice_the_same_input_gives_the_same_groups() -> None:
    spoken = said(*FOREIGN, *PRICES)
    assert grouped(spoken) == grouped(spoken)


def test_names_of_others_in_a_text_are_not_passed_on() -> None:
    (group,) = grouped(said("回复 @小满 :他家汤里有钢丝球，@路人甲 你看看", *FOREIGN[:2])).groups
    assert "他家汤里有钢丝球，@… 你看看" in {example.text for example in group.examples}


def test_what_is_said_again_and_again_is_a_viewpoint_though_nothing_is_like_it() -> None:
    found = grouped(said(*FOREIGN, *PRICES, *["删评论有用吗，出来道歉"] * 6))
    alone = next(group for group in found.groups if group.examples[0].text == "删评论有用吗，出来道歉")
    assert (alone.items, alone.originals, alone.copies) == (6, 1, 5)
