"""How far workers are behind, for `/metrics`: asked of the broker every few seconds, since a scrape must not wait for it."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from streams.errors import StreamsError
from streams.run.kafka import Cluster
from streams.run.kafka_topics import Lag, administered

EVERY_S = 10.0


class LagWatch(Collector):
    """Gauges of the inputs that wait. `run` is a task of the node's event loop."""

    def __init__(self, cluster: Cluster, on_error: Callable[[BaseException], None]) -> None:
        self._cluster = cluster
        self._on_error = on_error
        self._lags: Sequence[Lag] | None = None

    async def run(self) -> None:
        """Look without end."""
        while True:
            try:
                self._lags = await asyncio.to_thread(self._look)
            except StreamsError as error:
                self._lags = None
                self._on_error(error)
            await asyncio.sleep(EVERY_S)

    def _look(self) -> Sequence[Lag]:
        with administered(self._cluster) as topics:
            return topics.lag()

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        lags = self._lags
        yield GaugeMetricFamily(
            "fenghuo_kafka_up", "Whether the broker answered when it was asked last.", value=lags is not None
        )
        waiting = GaugeMetricFamily(
            "fenghuo_inputs_waiting",
            "Messages that no worker has taken in yet.",
            labels=("decider", "partition"),
        )
        for lag in lags or ():
            waiting.add_metric((lag.decider, str(lag.partition)), lag.behind)
        yield waiting
