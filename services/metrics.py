"""What Prometheus may know: counters from the events of both journals, gauges read when it asks.

Counters begin at 0 with every start of the daemon, as Prometheus expects; everything that was ever counted stands in
the journals.
"""

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerting import events as desk
from alerting.levels import LEVELS, rank
from services.standing import AGES, Standing
from streams import events as intake
from streams.facts import Fact
from streams.journal import Entry, decider_of
from streams.run.embedded import DESK, INTAKE

CONTENT_TYPE = CONTENT_TYPE_LATEST
COMMIT_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_SEVERITY = "none"

Count = tuple[str, ...]
"""A counter's name and the values of its labels."""


class Metrics:
    """The metrics of one daemon. Counting is safe from any thread."""

    def __init__(
        self,
        *,
        version: str,
        clock: Callable[[], datetime],
        brands: Callable[[], Iterable[str]],
        standing: Callable[[datetime], Standing | None],
        pages_pending: Callable[[], int],
        escalations_stuck: Callable[[], int],
        more: Iterable[Collector] = (),
    ) -> None:
        """`standing`, `pages_pending` and `escalations_stuck` are asked at every scrape, in the thread that renders."""
        self._clock = clock
        self._registry = CollectorRegistry()
        self._counters = {
            name: self._counter(name, text, labels) for name, (text, labels) in COUNTERS.items()
        }
        self._seq = self._gauge("fenghuo_journal_seq", "The last entry of a journal.", "partition")
        self._commit_s = Histogram(
            "fenghuo_entry_commit_seconds",
            "From the beginning of a turn (judging, deciding) until its entry was durable.",
            buckets=COMMIT_BUCKETS_S,
            registry=self._registry,
        )
        self._gauge("fenghuo_build_info", "The release that runs.", "version").labels(version).set(1)
        self._last_seq: dict[str, int] = {}
        for each in more:
            self._registry.register(each)
        self._registry.register(
            _Standings(
                clock, brands, standing, pages_pending, escalations_stuck, lambda: dict(self._last_seq)
            )
        )

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry)

    def observe_head(self, partition: str, seq: int) -> None:
        """Where a journal ended when the daemon started."""
        self._last_seq[partition] = seq
        self._seq.labels(partition).set(seq)

    def observe_entry(self, partition: str, entry: Entry[Any]) -> None:
        """Count an entry that was recorded just now: a listener of the runtime."""
        self.observe_head(partition, entry.seq)
        self._commit_s.observe(max(0.0, (self._clock() - entry.now).total_seconds()))
        for count, times in tally(partition, entry.events).items():
            self._count(count, times)

    def duplicates(self, count: int) -> None:
        """Items that were known already."""
        self._count(("fenghuo_duplicates_total",), count)

    def rejected(self, code: str, count: int) -> None:
        """Entries refused at the edge."""
        self._count(("fenghuo_rejected_total", code), count)

    def dead_letters(self, code: str, count: int) -> None:
        """Lines that went to the dead letters."""
        self._count(("fenghuo_dead_letters_total", code), count)

    def _count(self, count: Count, times: int) -> None:
        name, *labels = count
        counter = self._counters[name]
        (counter.labels(*labels) if labels else counter).inc(times)

    def render(self) -> bytes:
        """Everything in Prometheus' text format. Reads the views: call it outside of the event loop."""
        return generate_latest(self._registry)


COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fenghuo_items_total": ("Judged items by sentiment.", ("platform", "label")),
    "fenghuo_corrected_total": ("Judgements that people corrected.", ("label",)),
    "fenghuo_matched_total": ("Items that a monitor of the brand fits.", ("brand",)),
    "fenghuo_duplicates_total": ("Items that were known already.", ()),
    "fenghuo_rejected_total": ("Entries refused at the edge.", ("reason",)),
    "fenghuo_dead_letters_total": ("Lines of files that could not be taken in.", ("reason",)),
    "fenghuo_signals_total": ("Items handed on to the desk.", ("brand", "severity")),
    "fenghuo_sla_ended_total": (
        "Response and resolution clocks that ended.",
        ("platform", "kind", "outcome"),
    ),
    "fenghuo_sla_breaches_total": ("Clocks that ran out.", ("platform", "kind")),
    "fenghuo_pages_total": ("Attempts to reach a person.", ("outcome",)),
}


def tally(partition: str, events: Iterable[Any]) -> Tally[Count]:
    """What the events of one entry add to which counter."""
    counted: Tally[Count] = Tally()
    decider = decider_of(partition)
    if decider == INTAKE:
        counted.update(_intake_counts(events))
    elif decider == DESK:
        counted.update(_desk_counts(events))
    return counted


def _intake_counts(events: Iterable[intake.IntakeEvent]) -> Iterator[Count]:
    platform = ""
    for event in events:
        match event:
            case Fact():
                platform = event.platform
            case intake.ItemJudged():  # stands right behind its fact
                yield ("fenghuo_items_total", platform, event.label)
                for brand in {match.brand for match in event.matches}:
                    yield ("fenghuo_matched_total", brand)
            case intake.JudgementCorrected():
                yield ("fenghuo_corrected_total", event.label or "topic")
            case intake.SignalRaised():
                yield ("fenghuo_signals_total", event.brand, event.severity or NO_SEVERITY)
            case intake.ClockEvent():
                yield from _clock_counts(event)
            case _:
                pass


def _clock_counts(event: intake.ClockEvent) -> Iterator[Count]:
    """A clock ends once: by running out, or in time by an answer or because nobody waits any more."""
    clock = event.clock
    in_time = clock.ended_at is not None and clock.ended_at <= clock.due_at
    match event:
        case intake.SlaBreached():
            yield ("fenghuo_sla_breaches_total", event.platform, clock.kind)
            yield ("fenghuo_sla_ended_total", event.platform, clock.kind, "breached")
        case intake.SlaMet() if in_time:
            yield ("fenghuo_sla_ended_total", event.platform, clock.kind, "met")
        case intake.SlaCancelled() if in_time:
            yield ("fenghuo_sla_ended_total", event.platform, clock.kind, "cancelled")
        case _:
            pass


def _desk_counts(events: Iterable[desk.DeskEvent]) -> Iterator[Count]:
    for event in events:
        match event:
            case desk.PageRequested():
                yield ("fenghuo_pages_total", "requested")
            case desk.PageDelivered():
                yield ("fenghuo_pages_total", "delivered")
            case desk.PageFailed():
                yield ("fenghuo_pages_total", "failed")
            case _:
                pass


class _Standings(Collector):
    """Gauges whose values are looked up when somebody asks."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        brands: Callable[[], Iterable[str]],
        standing: Callable[[datetime], Standing | None],
        pages_pending: Callable[[], int],
        escalations_stuck: Callable[[], int],
        last_seq: Callable[[], dict[str, int]],
    ) -> None:
        self._clock = clock
        self._brands = brands
        self._standing = standing
        self._pages_pending = pages_pending
        self._escalations_stuck = escalations_stuck
        self._last_seq = last_seq

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: registering must not read the views."""
        return ()

    def collect(self) -> Iterable[Metric]:
        standing = self._standing(self._clock())
        yield GaugeMetricFamily(
            "fenghuo_pages_pending", "Pages whose outcome is not known yet.", value=self._pages_pending()
        )
        yield GaugeMetricFamily(
            "fenghuo_escalations_stuck",
            "Escalations that should have moved and did not, as the auditor saw it last.",
            value=self._escalations_stuck(),
        )
        if standing is not None:
            yield from self._incidents(standing)
            yield from _queue(standing)
            yield self._lag(standing)

    def _incidents(self, standing: Standing) -> Iterator[Metric]:
        open_by_brand: dict[str, dict[str, int]] = {brand: {} for brand in self._brands()}
        for incidents in standing.incidents:
            open_by_brand.setdefault(incidents.brand, {})[incidents.level] = incidents.count
        level = GaugeMetricFamily(
            "fenghuo_incident_level",
            "Highest open level: 0 none, 1 blue, 2 yellow, 3 orange, 4 red.",
            labels=("brand",),
        )
        count = GaugeMetricFamily("fenghuo_incidents_open", "Open incidents.", labels=("brand", "level"))
        for brand, open_by_level in open_by_brand.items():
            ranks = [rank(each) for each in LEVELS if each in open_by_level]
            level.add_metric((brand,), max(ranks, default=0))
            for each in LEVELS:
                count.add_metric((brand, each), open_by_level.get(each, 0))
        yield from (level, count)

    def _lag(self, standing: Standing) -> Metric:
        lag = GaugeMetricFamily(
            "fenghuo_view_lag_entries", "Entries that the pages do not show yet.", labels=("partition",)
        )
        for partition, seq in self._last_seq().items():
            lag.add_metric((partition,), max(0, seq - standing.positions.get(partition, 0)))
        return lag


def _queue(standing: Standing) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "fenghuo_queue_open",
        "Response clocks that run, by how soon they are due.",
        labels=("platform", "age"),
    )
    counts = {(each.platform, each.age): each.count for each in standing.waiting}
    for platform in sorted({each.platform for each in standing.waiting}):
        for age in AGES:
            waiting.add_metric((platform, age), counts.get((platform, age), 0))
    next_due = GaugeMetricFamily(
        "fenghuo_queue_next_due_timestamp_seconds", "When the next response is due.", labels=("platform",)
    )
    for each in standing.next_due:
        next_due.add_metric((each.platform,), each.due_s)
    yield from (waiting, next_due)
