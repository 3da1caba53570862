"""A made-up storm: three quiet days, then a complaint that a large account passes on, until somebody takes it."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from alerting.commands import Acknowledge, CloseIncident
from alerting.events import IncidentOpened, IncidentRaised, PageRequested
from streams.events import SignalRaised
from streams.run.loop import Partition
from tests.alerting.stage import Stage, poisoning, signal
from tests.builders import at

SEED = 20261123


def quiet_days(random: Random) -> Iterator[SignalRaised]:
    when, number = at("00:00", day=-3), 1_000_000
    while when < at("20:00"):
        when += timedelta(seconds=random.expovariate(1 / 600))
        number += 1
        yield signal(
            number, when, label=random.choice(["neutral", "positive", "neutral", "negative"]),
            author=f"author-{random.randrange(400)}", words=("莜面", random.choice(["排队", "门店", "孩子", "好吃"])),
        )  # fmt: skip


def storm(random: Random) -> Iterator[SignalRaised]:
    when, number = at("20:00"), 2_000_000
    yield signal(1, at("20:00"), label="negative", words=("西兰花", "保质期"), reposts=3)
    while when < at("22:00"):
        minutes_in = (when - at("20:00")).total_seconds() / 60
        when += timedelta(seconds=random.expovariate((1 + minutes_in) / 60))
        number += 1
        yield signal(
            number, when, label="negative" if random.random() < 0.85 else "neutral",
            author=f"new-{random.randrange(3000)}", words=("莜面", "西兰花", "保质期"),
            reach=3_000_000 if number == 2_000_400 else 200,
        )  # fmt: skip


def played() -> Stage:
    random = Random(SEED)
    stage = Stage(day=-3)
    stage.signals([*quiet_days(random), *storm(random)])
    return stage


def test_quiet_days_open_nothing() -> None:
    stage = Stage(day=-3)
    stage.signals(list(quiet_days(Random(SEED))))
    assert stage.opened() == []


def test_a_storm_is_noticed_while_it_is_small_and_named_and_rises() -> None:
    stage = played()
    opened = stage.of_type(IncidentOpened)[0]
    assert opened.evidence is not None
    assert opened.at <= at("20:12")
    assert opened.evidence.rule == "new-words"
    assert opened.evidence.words == ("保质期", "西兰花")
    assert [
        (event.level, event.evidence.rule) for event in stage.of_type(IncidentRaised) if event.evidence
    ] == [
        ("orange", "turn"),
        ("red", "crisis"),
    ]
    assert len(stage.of_type(IncidentOpened)) == 1, "one storm, one incident"


def test_a_storm_pages_until_it_is_taken_and_is_over_when_it_is_closed() -> None:
    stage = played()
    incident = stage.incident().id
    before = len(stage.of_type(PageRequested))
    assert before >= 8
    stage.does(Acknowledge(id="a", who="jin", brand="xibei", incident=incident), at("22:01"))
    stage.does(
        CloseIncident(id="c", who="jin", brand="xibei", incident=incident, reason="已回应"), at("22:20")
    )
    assert stage.until(at("23:59", day=1)) == []
    stage.signals([poisoning(9, at("12:00", day=2))])
    assert [event.category for event in stage.of_type(IncidentOpened)] == ["brand", "safety"]


def test_a_storm_replays_to_the_same_state() -> None:
    stage = played()
    replayed = Partition(stage.journal, stage.desk, stage.codec)
    assert list(stage.desk.dump(replayed.state)) == list(stage.desk.dump(stage.state))
