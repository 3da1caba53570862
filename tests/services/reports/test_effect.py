"""Before and after a statement: figures, and no more said than they bear."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.reports.effect import WINDOW, Effect, compared, wilson
from services.reports.effect_words import effect_words
from services.views.rows import MinuteCount
from services.web.texts import say
from services.web.times import length
from tests.builders import at

AT = at("14:00")


def minutes(first: int, items: int, negative: int, span: int = 120) -> list[MinuteCount]:
    """So many items and negatives, spread evenly over `span` minutes from `first` minutes after the statement."""
    return [
        MinuteCount(
            AT + timedelta(minutes=first + place),
            items * (place + 1) // span - items * place // span,
            negative * (place + 1) // span - negative * place // span,
        )
        for place in range(span)
    ]


def effect(before: tuple[int, int], after: tuple[int, int]) -> Effect:
    return compared([*minutes(-120, *before), *minutes(0, *after)], AT, WINDOW)


def test_a_clear_change_is_said_with_its_interval() -> None:
    found = effect((400, 320), (200, 80))
    assert (found.share, found.volume) == ("fell", "fell")
    assert found.share_change is not None
    assert round(found.share_change.value, 2) == -0.4
    assert found.share_change.low < -0.4 < found.share_change.high < 0
    assert effect((200, 80), (400, 320)).share == "rose"


def test_small_numbers_conclude_nothing() -> None:
    found = effect((20, 18), (400, 40))
    assert found.share == "few"
    told = effect_words(found, lambda key, **values: say("zh", key, **values), lambda s: length(s, "zh"))
    assert "样本太少" in told.share.finding
    assert (told.share.before, told.share.after) == ("负面占比 90%（20 条）", "10%（400 条）")


def test_a_difference_within_chance_is_no_change() -> None:
    assert effect((100, 50), (100, 46)).share == "unclear"
    assert effect((100, 50), (104, 50)).volume == "unclear"


def test_bursts_make_the_interval_of_the_volume_wider() -> None:
    even = effect((300, 0), (400, 0))
    bursts = [*minutes(-120, 300, 0, span=10), *minutes(0, 400, 0, span=10)]
    burst = compared(bursts, AT, WINDOW)
    assert even.volume == "rose"
    assert burst.volume == "unclear"


def test_silence_on_one_side_has_no_ratio() -> None:
    found = effect((0, 0), (50, 10))
    assert (found.share, found.share_change, found.volume_ratio) == ("few", None, None)
    assert found.volume == "unclear"


@given(whole=st.integers(1, 10_000), share=st.floats(0, 1))
def test_an_interval_holds_its_share(whole: int, share: float) -> None:
    found = wilson(round(whole * share), whole)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


@given(
    before=st.tuples(st.integers(0, 500), st.floats(0, 1)),
    after=st.tuples(st.integers(0, 500), st.floats(0, 1)),
)
def test_backwards_in_time_the_finding_is_the_opposite(
    before: tuple[int, float], after: tuple[int, float]
) -> None:
    one, other = ((items, round(items * share)) for items, share in (before, after))
    opposite = {"few": "few", "unclear": "unclear", "fell": "rose", "rose": "fell"}
    assert effect(one, other).share == opposite[effect(other, one).share]
