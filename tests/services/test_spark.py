"""The small chart of an alarm."""

from datetime import timedelta

from alerting.events import Evidence
from alerting.trace import SLICES, traced
from services.web.spark import HEIGHT, WIDTH, spark_of
from tests.builders import at


def evidence(trace: tuple[int, ...], window_s: int = 600) -> Evidence:
    return Evidence(
        rule="surge", rule_type="volume", level="yellow", measured=9.0, limit=4.0, at=at("10:00"),
        window_s=window_s, trace=trace, trace_s=3600,
    )  # fmt: skip


def test_the_window_that_fired_stands_out_and_the_highest_bar_fills_the_box() -> None:
    spark = spark_of(evidence((1, 0, 2, 1, 1, 12)))
    assert spark is not None
    assert [bar.fired for bar in spark.bars] == [False, False, False, False, True]
    assert max(bar.height for bar in spark.bars) == HEIGHT
    assert all(0 <= bar.x < WIDTH and bar.y >= 0 for bar in spark.bars)
    assert (spark.to_at - spark.from_at, spark.peak) == (timedelta(hours=1), 12)


def test_an_alarm_without_counts_has_no_chart() -> None:
    assert spark_of(evidence(())) is None
    assert spark_of(evidence((0, 0))) is None


def test_moments_are_counted_in_slices_that_end_with_the_alarm() -> None:
    counts = traced([100, 100, 99, 98, 53, 52, -1000, 101], 100, 2 * SLICES)
    assert counts == (1, *(0 for _ in range(SLICES - 3)), 1, 3)
