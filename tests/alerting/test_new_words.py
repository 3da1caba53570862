"""Which words are news: said by several people at once, in earnest, and by hardly anybody before."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.events import Evidence
from alerting.known_words import VOICES_KEPT, VOICES_TO_KNOW, KnownWords
from alerting.rules import EmergingRule
from streams.events import SignalRaised
from streams.facts import SeenKind
from tests.alerting.stage import Stage, evidence_of, signal, with_rules
from tests.builders import at

RULE = EmergingRule(id="new-words", level="yellow", monitor="brand", window_s=900, minimum=5)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def small_talk(days: int = 3, topics: int = 40) -> list[SignalRaised]:
    """One voice every ten minutes, day and night, before Monday."""
    return [
        signal(20_000 + n, at("00:00", day=-days) + minutes(10 * n), words=("莜面", f"菜{n % topics}"))
        for n in range(days * 144)
    ]


def voices(
    number: int,
    *words: str,
    first: int = 0,
    mood: float = 0.8,
    kind: SeenKind = "comment",
    every_min: float = 1,
    simhashes: Sequence[int] = (),
) -> list[SignalRaised]:
    """So many people, a minute apart, each with a word of their own besides."""
    return [
        msgspec.structs.replace(
            signal(
                first + n, at("10:00") + minutes(every_min * n), kind=kind, words=(*words, f"私{first + n}")
            ),
            negative=mood,
            simhash=simhashes[n] if simhashes else 0,
        )
        for n in range(number)
    ]


def alarms(*items: SignalRaised, before: list[SignalRaised] | None = None) -> list[Evidence]:
    stage = Stage(with_rules(RULE), day=-3)
    stage.signals(small_talk() if before is None else before)
    stage.signals(list(items))
    return evidence_of(stage)


def test_new_words_are_found_and_named_by_different_authors() -> None:
    first = alarms(*voices(8, "莜面", "西兰花", "保质期"))[0]
    assert (first.at, first.authors, first.guessing) == (at("10:04"), 5, False)
    assert first.words == ("保质期", "西兰花"), "莜面 is what people always talk about"
    assert len(first.items) == 5


def test_one_author_who_repeats_a_word_makes_no_news() -> None:
    same = [msgspec.structs.replace(each, author="same") for each in voices(14, "西兰花")]
    assert alarms(*same) == []


def test_who_only_passes_on_is_no_voice() -> None:
    assert alarms(*voices(14, "西兰花", kind="repost")) == []


def test_an_advertising_series_is_one_voice() -> None:
    """Forty shops write the same text with another town: fingerprints a few bits apart, nearly all words shared."""
    template = 0x5A5A_5A5A_5A5A_5A5A
    assert alarms(*voices(14, "秋季", "上新", simhashes=[template ^ (1 << n) for n in range(14)])) == []
    shared = ("秋季", "上新", "第二份", "半价", "扫码", "领券", "到店")
    assert (
        alarms(*voices(14, *shared, simhashes=[n * 0x9E37_79B9_7F4A_7C15 % 2**64 for n in range(14)])) == []
    )


def test_what_is_said_in_joy_is_no_alarm_and_what_is_grave_is_one_whatever_the_tone() -> None:
    assert alarms(*voices(14, "锦鲤", mood=0.1)) == []
    grave = [msgspec.structs.replace(each, severity="P0") for each in voices(6, "送医", mood=0.1)]
    assert alarms(*grave)[0].words == ("送医",)


def test_after_alarms_a_word_must_be_more_surprising_for_a_day() -> None:
    """菜7 is heard once in twelve voices, so that five in five are a surprise, but not the greatest."""
    talk = small_talk(topics=12)
    assert [each.words for each in alarms(*voices(6, "菜7"), before=talk)] == [("菜7",)]
    noisy = [voices(6, f"新{n}", first=100 * n) for n in (1, 2, 3)]
    shifted = [later(each, hours=2 * n) for n, group in enumerate(noisy) for each in group]
    at_last = [later(each, hours=7) for each in voices(5, "菜7")]
    found = alarms(*shifted, *at_last, before=talk)
    assert [each.words for each in found] == [("新1",), ("新2",), ("新3",)]


def later(item: SignalRaised, *, hours: float) -> SignalRaised:
    moved = timedelta(hours=hours)
    return msgspec.structs.replace(
        item, at=item.at + moved, occurred_at=item.occurred_at + moved, observed_at=item.observed_at + moved
    )


def test_a_cold_start_needs_twice_the_voices_and_says_that_it_guesses() -> None:
    assert alarms(*voices(9, "莘庄"), before=[]) == []
    first = alarms(
        *voices(9, "莘庄"), *voices(8, first=50, every_min=0.1), *voices(3, "莘庄", first=70), before=[]
    )[0]
    assert (first.authors, first.guessing, first.words) == (10, True, ("莘庄",))


def test_in_a_cold_start_what_nearly_everybody_says_is_the_brand_itself() -> None:
    assert alarms(*voices(14, "西贝"), before=[]) == []


def test_quiet_months_make_nothing_old() -> None:
    known, day = KnownWords(), 86_400
    for number in range(2 * VOICES_KEPT):
        known.learn(("莜面",), 20_000 * day + number)
    known.learn((), 20_200 * day)
    assert known.voices == pytest.approx(VOICES_KEPT + 1)
    assert not known.guessing
    assert known.expected("莜面", 10) > 9
    known.learn((), 20_201 * day)
    assert known.voices > VOICES_TO_KNOW


WORDS = ["西兰花", "莜面", "老板", "保质期"]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.integers(0, 9), st.integers(0, 400), st.booleans()), max_size=60
    ),
    st.floats(0, 1),
)
def test_words_counted_on_from_a_snapshot_are_the_words_that_were_lived(
    story: list[tuple[str, int, int, bool]], cut: float
) -> None:
    when, told = at("10:00"), list[SignalRaised]()
    for number, (word, author, pause_s, angry) in enumerate(story):
        when += timedelta(seconds=pause_s)
        told.append(
            msgspec.structs.replace(
                signal(number, when, author=f"a{author}", words=(word,), kind="comment"),
                negative=0.9 if angry else 0.2,
                simhash=number + 1,
            )
        )
    lived, loaded = Stage(with_rules(RULE), day=-3), Stage(with_rules(RULE), day=-3)
    for stage in (lived, loaded):
        stage.signals(small_talk())
    middle = int(len(told) * cut)
    lived.signals(told)
    loaded.signals(told[:middle])
    loaded.restart()
    loaded.signals(told[middle:])
    assert evidence_of(loaded) == evidence_of(lived)
    assert list(loaded.desk.dump(loaded.state)) == list(lived.desk.dump(lived.state))
