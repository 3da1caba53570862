"""Who may send items in, by what key, and how fast."""

import hashlib
import hmac
from collections.abc import Iterable

import msgspec

FILE = "file"
"""The source of what a person on this machine imports; it needs no key and knows no limit."""
BURST_S = 2.0
"""A source that was quiet may send what it could have sent in this time, at once."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A configured source with its key in the clear: made when the daemon starts, never kept or shown."""

    id: str
    key: str
    rate_per_s: float
    """Records a second, on the average."""


class Sources:
    """The configured sources, found by their key in a time that does not tell which one it is."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_digest = [(_digest(source.key), source) for source in sources]

    def of_key(self, key: str) -> Source | None:
        """The source whose key this is."""
        digest = _digest(key)
        found = None
        for known, source in self._by_digest:
            if hmac.compare_digest(known, digest):
                found = source
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


class Allowance:
    """What one source may still send: fills up at its rate, to at most `BURST_S` of it.

    A batch is let in while there is anything left, and may overdraw: so large batches work, and the average holds.
    """

    def __init__(self, rate_per_s: float, now_s: float) -> None:
        self._rate_per_s = rate_per_s
        self._most = max(1.0, rate_per_s * BURST_S)
        self._left = self._most
        self._at_s = now_s

    def wait_s(self, now_s: float) -> float:
        """How long until the next batch is let in; 0 when it is now."""
        self._fill(now_s)
        return 0.0 if self._left > 0 else (1.0 - self._left) / self._rate_per_s

    def spend(self, records: int, now_s: float) -> None:
        self._fill(now_s)
        self._left -= records

    def _fill(self, now_s: float) -> None:
        self._left = min(self._most, self._left + (now_s - self._at_s) * self._rate_per_s)
        self._at_s = now_s
