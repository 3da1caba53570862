"""A worker whose clock stands at what a file says: started as a process of its own, killed, stopped and started again."""

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from services.logs import configure_logs
from services.worker import Settings, run_until_told
from streams.run.kafka import Cluster


def main(servers: str, prefix: str, deciders: str, clock: str, data: str | None = None) -> None:
    configure_logs()
    # A test that was killed leaves no worker behind.
    signal.alarm(600)
    at = Path(clock)
    settings = Settings(
        cluster=Cluster(servers=tuple(servers.split(",")), prefix=prefix),
        deciders=deciders.split(","),
        data=None if data is None else Path(data),
    )
    asyncio.run(
        run_until_told(settings, lambda: datetime.fromisoformat(at.read_text(encoding="ascii")), os.environ)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
