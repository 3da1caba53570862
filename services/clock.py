"""The one reader of the clock."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Seconds that never run backwards, for measuring how long something took."""
    return time.monotonic()
