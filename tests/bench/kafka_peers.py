"""What others make of the same messages: each reads COUNT JSON events, one a message, decodes them and does nothing else.

`python tests/bench/kafka_peers.py aiokafka|faust|quix SERVERS TOPIC COUNT` prints how many messages a second. Started as a file
and by whichever interpreter holds the peer, so it imports nothing of ours.
"""

import asyncio
import json
import os
import sys
import time


class Count:
    """Messages from the first to the last."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._seen = 0
        self._began_s = 0.0

    def one(self) -> bool:
        """Whether that was the last."""
        if self._seen == 0:
            self._began_s = time.perf_counter()
        self._seen += 1
        if self._seen < self._wanted:
            return False
        print(json.dumps({"messages_s": self._seen / (time.perf_counter() - self._began_s)}), flush=True)
        return True


def aiokafka(servers: str, topic: str, count: Count) -> None:
    """The limit: the client alone, nothing decoded."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    async def read() -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
        await consumer.start()
        consumer.assign([TopicPartition(topic, 0)])
        while True:
            for messages in (await consumer.getmany(timeout_ms=1000)).values():
                for _ in messages:
                    if count.one():
                        return

    asyncio.run(read())


def faust(servers: str, topic: str, count: Count) -> None:
    """An agent as Faust's own guide writes it."""
    import faust

    app = faust.App(
        f"bench-{os.getpid()}",
        broker=f"kafka://{servers}",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
    )
    done = asyncio.Event()

    @app.agent(app.topic(topic, value_serializer="json"))
    async def read(events: faust.StreamT) -> None:  # type: ignore[type-arg]
        async for _ in events:
            if count.one():
                done.set()

    async def run() -> None:
        app.finalize()
        await app.start()
        await done.wait()
        os._exit(0)  # nobody waits for a polite goodbye

    asyncio.run(run())


def quix(servers: str, topic: str, count: Count) -> None:
    """A streaming data frame as its own guide writes it."""
    from quixstreams import Application

    app = Application(broker_address=servers, consumer_group=f"bench-{os.getpid()}", auto_offset_reset="earliest",
                      loglevel="WARNING")  # fmt: skip
    frame = app.dataframe(app.topic(topic, value_deserializer="json"))

    def take(_: object) -> None:
        if count.one():
            os._exit(0)

    frame.update(take)
    app.run()


if __name__ == "__main__":
    _, peer, servers, topic, count = sys.argv
    {"aiokafka": aiokafka, "faust": faust, "quix": quix}[peer](servers, topic, Count(int(count)))
