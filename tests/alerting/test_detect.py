"""When rules fire, and when they keep quiet."""

from datetime import timedelta

import msgspec
import pytest

from alerting.bounds import surprise, wilson_low
from alerting.events import (
    IncidentClosed,
    IncidentOpened,
    WatchRestarted,
)
from alerting.findings import volume_score
from alerting.rules import (
    CombineRule,
    NegativeShareRule,
    ReachRule,
    SeverityRule,
    SilenceRule,
    SlaBreachesRule,
    VelocityRule,
    VolumeRule,
)
from alerting.tallies import Usual
from streams.events import Label, SignalRaised, SlaBreached
from tests.alerting.stage import RULES, Stage, breach, evidence_of, poisoning, signal, voided, with_rules
from tests.builders import at

SURGE = VolumeRule(id="surge", level="yellow", monitor="brand", window_s=600, minimum=30, score=4)
TURN = NegativeShareRule(id="turn", level="orange", monitor="brand", window_s=1800, minimum=50, share=0.6)
SPREAD = VelocityRule(id="spread", level="orange", monitor="brand", reposts_per_minute=100)
PILE = SlaBreachesRule(id="pile", level="yellow", count=10, window_s=1800)
DEAF = SilenceRule(id="deaf", level="blue", platform="weibo", below=0.1, for_s=1800)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def quiet_days(days: int, a_day_from: int = 0, every: int = 10) -> list[SignalRaised]:
    """One signal every ten minutes, day and night, before Monday."""
    start = at("00:00", day=-days)
    return [
        signal(10_000 + a_day_from + n, start + minutes(every * n)) for n in range(days * 24 * 60 // every)
    ]


def test_thirty_in_ten_minutes_after_quiet_days_are_a_surge() -> None:
    stage = Stage(with_rules(SURGE), day=-3)
    stage.signals(quiet_days(3))
    stage.signals([signal(n, at("10:00") + minutes(n / 6)) for n in range(29)])
    assert stage.opened() == []
    stage.signals([signal(100 + n, at("10:05") + minutes(n / 10)) for n in range(5)])
    (evidence,) = evidence_of(stage)
    assert (evidence.rule, evidence.expected, evidence.guessing) == ("surge", 1.0, False)
    assert evidence.item_count == evidence.count
    assert len(evidence.items) == 20


def test_without_history_a_surge_is_called_a_guess() -> None:
    stage = Stage(with_rules(SURGE))
    stage.signals([signal(n, at("10:00") + minutes(n / 6)) for n in range(40)])
    assert evidence_of(stage)[0].guessing


def test_as_many_as_usual_at_this_hour_of_the_week_are_no_surge() -> None:
    stage = Stage(with_rules(SURGE), day=-28)
    for week in (-28, -21, -14, -7):
        stage.signals([signal(1000 * -week + n, at("12:00", day=week) + minutes(n / 8)) for n in range(480)])
    before = len(stage.opened())
    stage.signals([signal(n, at("12:00") + minutes(n / 8)) for n in range(400)])
    assert len(stage.opened()) == before


@pytest.mark.parametrize(
    ("count", "usual", "score"), [(30, None, 3.87), (40, Usual(6, 0), 39.0), (40, Usual(60, 12), 9.49)]
)
def test_the_score_of_a_volume_never_divides_by_too_little(
    count: int, usual: Usual | None, score: float
) -> None:
    assert volume_score(count, SURGE, usual)[0] == pytest.approx(score, abs=0.01)


def test_a_turn_of_mood_needs_its_lower_bound_above_the_share() -> None:
    stage = Stage(with_rules(TURN))
    # 31 of 50 are 62 %, but the lower bound is under 60 %.
    stage.signals(
        [
            signal(n, at("10:00") + minutes(n / 5), label="negative" if n % 50 < 31 else "positive")
            for n in range(50)
        ]
    )
    assert evidence_of(stage) == []
    stage.signals([signal(100 + n, at("10:12") + minutes(n / 5), label="negative") for n in range(20)])
    assert evidence_of(stage)[0].measured >= 0.6
    assert evidence_of(stage)[0].negative is not None


def test_a_turn_of_mood_shows_among_those_who_take_a_side_however_many_take_none() -> None:
    stage = Stage(with_rules(TURN))
    moods: list[Label] = ["neutral", "negative", "neutral", "negative", "positive"]
    stage.signals(
        [signal(n, at("10:00") + minutes(n / 5), label=moods[n % 4 if n % 20 else 4]) for n in range(100)]
    )
    fired = evidence_of(stage)[0]
    assert (fired.rule_type, fired.measured >= 0.6) == ("negative_share", True)
    assert (fired.negative or 0) / (fired.count or 1) <= 0.5


def test_a_few_who_are_angry_among_many_who_take_no_side_are_no_turn() -> None:
    stage = Stage(with_rules(TURN))
    stage.signals(
        [
            signal(n, at("10:00") + minutes(n / 5), label="neutral" if n % 5 else "negative")
            for n in range(120)
        ]
    )
    assert evidence_of(stage) == []


def test_reach_counts_followers_of_negative_items_only() -> None:
    stage = Stage(with_rules(ReachRule(id="loud", level="yellow", followers=1_000_000)))
    stage.signals(
        [signal(1, at("10:00"), reach=5_000_000), signal(2, at("10:01"), reach=999_999, label="negative")]
    )
    assert stage.opened() == []
    stage.signals([signal(3, at("10:02"), reach=1_000_000, label="negative")])
    assert stage.opened() == [("brand", "yellow")]


def test_a_rising_counter_is_velocity_and_a_repost_is_too() -> None:
    stage = Stage(with_rules(SPREAD))
    post = signal(1, at("10:00"), label="negative", reposts=10)
    stage.signals([post, signal(1, at("10:03"), label="negative", reposts=400, measurement=1)])
    assert stage.opened() == []
    stage.signals([signal(1, at("10:04"), label="negative", reposts=700, measurement=2)])
    (evidence,) = evidence_of(stage)
    assert evidence.count == 690, "what it stood at on the first look tells nothing"
    assert evidence.items == (post.item,)


def test_bare_reposts_of_a_negative_post_count_towards_velocity() -> None:
    stage = Stage(with_rules(SPREAD))
    stage.signals([signal(1, at("10:00"), label="negative")])
    stage.signals(
        [signal(10 + n, at("10:00") + timedelta(seconds=n / 2), kind="repost", origin=1) for n in range(500)]
    )
    assert stage.opened() == [("brand", "orange")]


def test_what_a_late_collector_finds_at_first_is_no_burst() -> None:
    """At 10:30 the post of 10:00 has 30,000 reposts: nobody knows when they came."""
    stage = Stage(with_rules(SPREAD))
    stage.signals([signal(1, at("10:30"), label="negative", reposts=30_000, published=at("10:00"))])
    assert stage.opened() == []
    stage.signals(
        [signal(1, at("10:35"), label="negative", reposts=30_499, published=at("10:00"), measurement=1)]
    )
    assert stage.opened() == []
    stage.signals(
        [signal(1, at("10:36"), label="negative", reposts=31_500, published=at("10:00"), measurement=2)]
    )
    assert stage.opened() == [("brand", "orange")]


def test_an_hour_between_two_looks_is_spread_over_that_hour() -> None:
    stage = Stage(with_rules(SPREAD))
    stage.signals([signal(1, at("10:00"), label="negative", reposts=0)])
    stage.signals(
        [signal(1, at("11:00"), label="negative", reposts=5_900, published=at("10:00"), measurement=1)]
    )
    assert stage.opened() == []
    stage.signals(
        [signal(1, at("12:00"), label="negative", reposts=12_000, published=at("10:00"), measurement=2)]
    )
    assert stage.opened() == [("brand", "orange")]


def test_what_is_said_under_a_post_is_not_passed_on() -> None:
    stage = Stage(with_rules(SPREAD))
    stage.signals([signal(1, at("10:01"), label="negative", reposts=9_000, kind="comment")])
    assert stage.opened() == []


def test_a_post_of_yesterday_that_is_measured_over_and_over_is_no_velocity() -> None:
    stage = Stage(with_rules(SPREAD))
    for number in range(5):
        stage.signals(
            [
                signal(1, at("10:00") + minutes(number), label="negative", reposts=5000 * number,
                       published=at("08:00"), measurement=number)
            ]
        )  # fmt: skip
    assert stage.opened() == []


def test_reposts_of_praise_are_no_velocity() -> None:
    stage = Stage(with_rules(SPREAD))
    stage.signals([signal(1, at("10:30"), label="positive", reposts=50_000, published=at("10:00"))])
    assert stage.opened() == []


def test_ten_breaches_pile_up_and_a_voided_one_leaves() -> None:
    stage = Stage(with_rules(PILE))
    for number in range(9):
        stage.happens(breach(number, at("10:00") + minutes(number)), at("10:00") + minutes(number))
    stage.happens(voided(3, at("10:10")), at("10:10"))
    stage.happens(breach(9, at("10:11")), at("10:11"))
    assert stage.opened() == []
    stage.happens(breach(10, at("10:12")), at("10:12"))
    assert stage.opened() == [("brand", "yellow")]
    assert evidence_of(stage)[0].count == 10


def test_imported_breaches_of_years_ago_are_no_pile() -> None:
    stage = Stage(with_rules(PILE))
    for number in range(20):
        old = breach(number, at("10:00", day=-700))
        late = type(old)(
            **{name: getattr(old, name) for name in old.__struct_fields__} | {"noticed_at": at("10:00")}
        )
        stage.happens(late, at("10:00"))
    assert stage.opened() == []


def test_the_breaches_of_a_downtime_are_one_incident_and_one_page() -> None:
    """Down from 10:00 to 14:00: forty customers ran out one after the other, and one message says so."""
    stage = Stage(with_rules(PILE))
    missed = [breach(number, at("10:00") + minutes(5 * number)) for number in range(40)]
    for each in missed:
        stage.happens(msgspec.structs.replace(each, noticed_at=at("14:00")), at("14:00"))
    stage.until(at("14:01"))
    assert stage.opened() == [("brand", "yellow")]
    assert len(stage.pages()) == 1
    assert [event.at for event in stage.of_type(SlaBreached)] == [each.at for each in missed]


def test_own_items_and_old_items_never_open_an_incident() -> None:
    stage = Stage()
    late = poisoning(1, at("10:00"))
    stage.signals([signal(1, at("10:00"), severity="P0", category="safety", own=True)])
    stage.signals(
        [signal(2, at("10:01"), severity="P0", category="safety", published=at("09:00"), author=late.author)]
    )
    assert stage.opened() == []
    stage.signals([signal(3, at("10:02"), severity="P0", category="safety", published=at("09:03"))])
    assert stage.opened() == [("safety", "yellow")]


def test_a_rule_of_p2_also_takes_what_is_graver() -> None:
    stage = Stage(with_rules(SeverityRule(id="p2", level="blue", severity="P2")))
    stage.signals([signal(1, at("10:00"), severity="P3")])
    assert stage.opened() == []
    stage.signals([signal(2, at("10:01"), severity="P1", category="service")])
    assert stage.opened() == [("service", "blue")]


def test_a_grave_item_that_is_measured_again_is_no_news() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    measured = signal(
        1, at("10:20"), severity="P0", category="safety", published=at("10:00"), measurement=1, reposts=9
    )
    assert stage.signals([measured]) == [measured]


def test_a_storm_leaves_a_few_pieces_of_evidence() -> None:
    stage = Stage(with_rules(SURGE))
    stage.signals([signal(n, at("10:00") + timedelta(seconds=n)) for n in range(1800)])
    assert 4 <= len(evidence_of(stage)) <= 7


def test_what_concerns_the_brand_joins_its_gravest_incident() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    stage.signals([signal(100 + n, at("10:01") + minutes(n / 10)) for n in range(60)])
    assert stage.opened() == [("safety", "yellow")]
    assert "surge" in stage.incident().rules


def test_combinations_look_back_no_further_than_they_say() -> None:
    rules = (
        SeverityRule(id="a", level="yellow", severity="P0"),
        ReachRule(id="b", level="yellow", followers=10, sentiment=None),
        CombineRule(id="both", level="red", of=("a", "b"), within_s=3600),
    )
    for gap, level in ((59, "red"), (61, "yellow")):
        stage = Stage(with_rules(*rules))
        stage.signals([poisoning(1, at("10:00"))])
        stage.signals([signal(2, at("10:00") + minutes(gap), reach=10)])
        assert stage.incident("safety").level == level


def weeks_of_weibo(days: int) -> list[SignalRaised]:
    """Sixty an hour by day, two an hour by night."""
    found = []
    for day in range(-days, 0):
        for hour in range(24):
            number = 60 if 8 <= hour < 23 else 2
            start = at(f"{hour}:00", day=day)
            found += [
                signal(abs(day) * 100_000 + hour * 100 + n, start + minutes(60 * n / number))
                for n in range(number)
            ]
    return found


def test_a_platform_that_falls_silent_is_noticed_by_timer_and_hearing_it_again_ends_it() -> None:
    stage = Stage(with_rules(DEAF), day=-4)
    stage.signals(weeks_of_weibo(4))
    stage.signals([signal(n, at("00:00") + minutes(n)) for n in range(601)])
    stage.until(at("12:00"))
    # Three signals are allowed where thirty are usual; the fourth newest came at 09:57.
    assert [(event.at, event.category) for event in stage.of_type(IncidentOpened)] == [
        (at("10:27"), "collection")
    ]
    assert stage.incident().level == "blue", "it does not come down while the platform is silent"
    stage.signals([signal(900 + n, at("14:00") + minutes(n)) for n in range(61)])
    stage.until(at("15:00"))
    assert [(event.at, event.reason) for event in stage.of_type(IncidentClosed)] == [(at("15:00"), "calm")]


def test_a_quiet_night_is_no_silence_but_a_quiet_morning_is() -> None:
    stage = Stage(with_rules(DEAF), day=-4)
    stage.signals(weeks_of_weibo(4))
    stage.signals([signal(1, at("02:00"))])
    stage.until(at("11:00"))
    assert [event.at for event in stage.of_type(IncidentOpened)] == [at("08:30")]


def test_a_silence_that_was_our_own_is_not_held_against_the_platform() -> None:
    stage = Stage(with_rules(DEAF), day=-4)
    stage.signals(weeks_of_weibo(4))
    stage.signals([signal(n, at("08:00") + minutes(n)) for n in range(120)])
    entry = stage.partition.fire(at("16:00")).entry
    assert entry is not None
    assert [type(event) for event in entry.events] == [WatchRestarted]
    assert stage.partition.next_due == at("16:30")


def test_the_lower_bound_of_a_share_and_surprise_are_as_published() -> None:
    assert wilson_low(0, 0) == 0.0
    assert wilson_low(62, 100) == pytest.approx(0.5380, abs=5e-4)
    assert surprise(5, 0.5) == pytest.approx(2 * (5 * 2.302585 - 4.5), abs=1e-4)
    assert surprise(1, 2.0) == 0.0


def test_every_rule_of_the_example_is_watched() -> None:
    assert len({type(rule) for rule in RULES}) == 9


def test_windows_run_on_the_time_of_observation() -> None:
    stage = Stage(with_rules(SURGE))
    burst = [signal(n, at("10:00") + minutes(n), published=at("10:00")) for n in range(40)]
    stage.signals(burst)
    assert stage.opened() == [], "published at once, but seen over forty minutes"
