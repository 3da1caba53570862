"""A client that posts records to a daemon at a steady pace, or as fast as it takes them.

`python -m tests.bench.load URL COUNT RATE NAME [DONE]`: RATE 0 knows no pace; DONE is a file that tells it to stop. Prints
how many it sent and in how many seconds.
"""

import itertools
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.bench.material import lines
from tests.bench.setting import KEY_VARIABLE

BATCH = 500
CLIENTS = 4
TIMEOUT_S = 60.0


class Sender:
    """Posts the batches of one run; each client takes the next one when it is free."""

    def __init__(self, url: str, count: int, rate_per_s: float, name: str, done: Path | None) -> None:
        self._url = url
        self._rate_per_s = rate_per_s
        self._done = done
        self._lines = lines(count, round_name=name)
        self._numbers = itertools.count()
        self._making = threading.Lock()
        self._began_s = time.perf_counter()

    def run(self) -> tuple[int, float]:
        """How many records were sent, in how many seconds."""
        self._began_s = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            sent = sum(future.result() for future in [clients.submit(self._client) for _ in range(CLIENTS)])
        return sent, time.perf_counter() - self._began_s

    def _client(self) -> int:
        sent = 0
        headers = {
            "authorization": f"Bearer {os.environ[KEY_VARIABLE]}",
            "content-type": "application/x-ndjson",
        }
        with httpx.Client(headers=headers, timeout=TIMEOUT_S) as client:
            while (batch := self._next_batch()) and not (self._done and self._done.exists()):
                self._keep_pace(next(self._numbers))
                sent += self._post(client, batch)
        return sent

    def _next_batch(self) -> bytes:
        with self._making:
            return b"\n".join(itertools.islice(self._lines, BATCH))

    def _keep_pace(self, number: int) -> None:
        if self._rate_per_s:
            ahead_s = number * BATCH / self._rate_per_s - (time.perf_counter() - self._began_s)
            time.sleep(max(0.0, ahead_s))

    def _post(self, client: httpx.Client, batch: bytes) -> int:
        while True:
            answer = client.post(f"{self._url}/v1/records", content=batch)
            if answer.status_code not in (429, 503):
                answer.raise_for_status()
                return int(answer.json()["accepted"])
            time.sleep(float(answer.headers.get("retry-after", 1)))


if __name__ == "__main__":
    url, count, rate_per_s, name, *done = sys.argv[1:]
    sent, took_s = Sender(url, int(count), float(rate_per_s), name, Path(done[0]) if done else None).run()
    print(json.dumps({"sent": sent, "took_s": took_s}))
