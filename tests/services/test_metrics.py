"""What Prometheus reads after a morning that the builders make up, through the real decider and the real views."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from prometheus_client.parser import text_string_to_metric_families

from alerting import events as desk
from services.health import LAG_ENTRIES_MOST, Vitals, routes
from services.metrics import COUNTERS, Metrics, tally
from services.standing import StandingReader
from services.views.reader import Reader
from services.views.store import Views
from streams import ids
from streams.arrivals import IntakeArrival
from streams.commands import ActivateConfig, CorrectJudgement
from streams.events import IntakeEvent, Label
from streams.journal import Codec, Entry
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from tests.builders import at, comment, intake, mention, reply
from tests.services.notify.outlet import page

NAMES = {
    "fenghuo_items_total", "fenghuo_matched_total", "fenghuo_duplicates_total", "fenghuo_rejected_total",
    "fenghuo_corrected_total",
    "fenghuo_dead_letters_total", "fenghuo_signals_total", "fenghuo_incident_level", "fenghuo_incidents_open",
    "fenghuo_queue_open", "fenghuo_queue_next_due_timestamp_seconds", "fenghuo_sla_ended_total",
    "fenghuo_sla_breaches_total", "fenghuo_pages_total", "fenghuo_pages_pending", "fenghuo_journal_seq",
    "fenghuo_entry_commit_seconds", "fenghuo_view_lag_entries", "fenghuo_build_info",
}  # fmt: skip


class House:
    """Intake in memory, its views in a file, and the metrics that watch both."""

    def __init__(self, folder: Path) -> None:
        self.now = at("09:00")
        self.intake: AnyPartition = Partition(MemoryJournal("intake"), intake(), Codec(IntakeEvent))
        self.views = Views(folder / "views.db")
        self.standing = StandingReader(Reader(folder / "views.db"))
        self.metrics = Metrics(
            version="1.2.3",
            clock=lambda: self.now,
            brands=lambda: ["xibei"],
            standing=self.standing.read,
            pages_pending=lambda: 2,
            escalations_stuck=lambda: 0,
        )
        self.take([ActivateConfig(id="a", who="operator", config="c1")], self.now)

    def take(self, arrivals: Sequence[IntakeArrival], now: datetime) -> None:
        self.now = now
        self.record("intake", self.intake.take(arrivals, now).entry)

    def record(self, partition: str, entry: Entry[Any] | None) -> None:
        if entry is not None:
            self.metrics.observe_entry(partition, entry)
            self.views.apply(partition, [entry])

    def value(self, name: str, **labels: str) -> float | None:
        found = [
            sample.value
            for family in text_string_to_metric_families(self.metrics.render().decode())
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return sum(found) if found else None


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_every_agreed_name_is_there_from_the_first_scrape(house: House) -> None:
    declared = {
        line.split()[2] for line in house.metrics.render().decode().splitlines() if line.startswith("# TYPE")
    }
    assert declared >= NAMES


def test_items_are_counted_by_platform_and_sentiment(house: House) -> None:
    house.take(
        [mention("西贝好"), mention("西贝差", native_id="m2"), mention("天气", native_id="m3")], at("10:00")
    )
    assert house.value("fenghuo_items_total", platform="weibo", label="negative") == 1
    assert house.value("fenghuo_items_total") == 3
    assert house.value("fenghuo_matched_total", brand="xibei") == 2
    assert house.value("fenghuo_signals_total", brand="xibei", severity="P3") == 2


def test_corrections_are_counted_by_what_was_said(house: House) -> None:
    house.take([mention("西贝差", native_id="m1")], at("10:00"))
    said: tuple[tuple[Label | None, str | None], ...] = (
        ("neutral", None),
        ("positive", "price"),
        (None, "price"),
    )
    item = ids.item_id("weibo", "m1")
    house.take(
        [
            CorrectJudgement(id=f"fix{number}", who="lin", item=item, key="k", label=label, topic=topic)
            for number, (label, topic) in enumerate(said)
        ],
        at("10:05"),
    )
    assert house.value("fenghuo_corrected_total") == 3
    assert house.value("fenghuo_corrected_total", label="topic") == 1


def test_a_clock_ends_once_in_time_or_not(house: House) -> None:
    house.take([comment(author="a", native_id="c1"), comment(author="b", native_id="c2")], at("10:00"))
    house.take([reply(at("10:10"), to="a")], at("10:10"))
    house.take([reply(at("11:00"), to="b", native_id="r2")], at("11:00"))
    assert house.value("fenghuo_sla_ended_total", kind="first_response", outcome="met") == 1
    assert house.value("fenghuo_sla_ended_total", kind="first_response", outcome="breached") == 1
    assert house.value("fenghuo_sla_breaches_total", platform="weibo", kind="first_response") == 1


def test_the_queue_is_read_by_how_soon_it_is_due(house: House) -> None:
    waiting = [comment(author=f"a{n}", native_id=f"c{n}", when=at(f"10:{n:02}")) for n in (0, 10, 25)]
    house.take(waiting, at("10:25"))
    house.now = at("10:31")
    assert house.value("fenghuo_queue_open", platform="weibo", age="overdue") == 1
    assert house.value("fenghuo_queue_open", platform="weibo", age="due_10m") == 1
    assert house.value("fenghuo_queue_open", platform="weibo", age="due_30m") == 1
    assert house.value("fenghuo_queue_open", platform="weibo", age="later") == 0
    assert (
        house.value("fenghuo_queue_next_due_timestamp_seconds", platform="weibo") == at("10:30").timestamp()
    )


def test_an_open_incident_shows_its_level_and_a_closed_one_does_not(house: House) -> None:
    assert house.value("fenghuo_incident_level", brand="xibei") == 0
    opened = desk.IncidentOpened(
        cause="s", key="xibei", at=at("10:00"), incident="i-1", level="orange", category="safety"
    )
    first = Entry(partition="desk", seq=1, prev=bytes(32), now=at("10:00"), events=(opened, page()))
    house.record("desk", first)
    assert house.value("fenghuo_incident_level", brand="xibei") == 3
    assert house.value("fenghuo_incidents_open", brand="xibei", level="orange") == 1
    assert house.value("fenghuo_pages_total", outcome="requested") == 1
    closed = desk.IncidentClosed(cause="c", key="xibei", at=at("11:00"), incident="i-1", reason="calm")
    head = house.views.position("desk")
    house.record("desk", Entry(partition="desk", seq=2, prev=head.hash, now=at("11:00"), events=(closed,)))
    assert house.value("fenghuo_incident_level", brand="xibei") == 0


def test_the_lag_is_how_far_the_views_are_behind(house: House) -> None:
    assert house.value("fenghuo_view_lag_entries", partition="intake") == 0
    assert house.standing.positions() == {"intake": 1}
    house.metrics.observe_head("intake", 8)
    assert house.value("fenghuo_view_lag_entries", partition="intake") == 7
    assert house.value("fenghuo_journal_seq", partition="intake") == 8


def test_a_commit_is_timed_by_the_clock_of_its_turn(house: House) -> None:
    before = house.value("fenghuo_entry_commit_seconds_count") or 0
    entry = Entry[Any](partition="intake", seq=2, prev=b"", now=house.now)
    house.now += timedelta(milliseconds=30)
    house.metrics.observe_entry("intake", entry)
    assert house.value("fenghuo_entry_commit_seconds_count") == before + 1
    assert house.value("fenghuo_entry_commit_seconds_sum") == pytest.approx(0.03)


def test_what_the_edge_refuses_is_counted(house: House) -> None:
    house.metrics.duplicates(3)
    house.metrics.rejected("no_zone", 2)
    house.metrics.dead_letters("not_json", 1)
    assert house.value("fenghuo_duplicates_total") == 3
    assert house.value("fenghuo_rejected_total", reason="no_zone") == 2
    assert house.value("fenghuo_dead_letters_total", reason="not_json") == 1
    assert house.value("fenghuo_pages_pending") == 2
    assert house.value("fenghuo_build_info", version="1.2.3") == 1


def test_views_that_cannot_be_read_do_not_hide_the_counters(house: House, tmp_path: Path) -> None:
    house.take([mention()], at("10:00"))
    house.views.close()
    house.standing._reader.connection.close()
    assert house.value("fenghuo_items_total") == 1
    assert house.value("fenghuo_queue_open") is None
    assert house.standing.positions() == {}


def test_every_counter_can_be_counted() -> None:
    assert set(COUNTERS) <= NAMES
    assert tally("elsewhere", [page()]) == {}


def client_of(house: House, vitals: Callable[[], Vitals]) -> AsyncTestClient[Litestar]:
    return AsyncTestClient(Litestar(routes(vitals, house.metrics), logging_config=None))


WELL = Vitals(runtime_alive=True, outbox_running=True)


async def test_a_house_that_is_well_says_so(house: House) -> None:
    async with client_of(house, lambda: WELL) as client:
        assert (await client.get("/healthz")).json() == {"status": "alive", "reasons": []}
        ready = await client.get("/readyz")
        metrics = await client.get("/metrics")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "reasons": []})
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    assert metrics.headers["content-type"].count("charset") == 1  # twice, and Prometheus 3 refuses the scrape
    assert b"fenghuo_build_info" in metrics.content


@pytest.mark.parametrize(
    ("vitals", "said"),
    [
        (Vitals(runtime_alive=False, outbox_running=True), "the loop that records has stopped"),
        (Vitals(runtime_alive=True, outbox_running=False), "the outbox does not run"),
        (Vitals(runtime_alive=True, outbox_running=True, store_error="disk full"), "disk full"),
        (
            Vitals(runtime_alive=True, outbox_running=True, view_lag_entries=LAG_ENTRIES_MOST + 1),
            "201 entries behind (at most 200)",
        ),
    ],
)
async def test_a_house_that_is_not_ready_says_why(house: House, vitals: Vitals, said: str) -> None:
    async with client_of(house, lambda: vitals) as client:
        answer = await client.get("/readyz")
        assert (await client.get("/healthz")).status_code == 200
    assert answer.status_code == 503
    (reason,) = answer.json()["reasons"]
    assert said in reason
