"""How fast a robot may be spoken to. Whoever talks faster is blocked for minutes, in the middle of a crisis."""

from collections import deque
from typing import Protocol

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """At most so many messages in any stretch of `window_s`."""

    messages: int
    window_s: float


LIMITS: dict[str, tuple[Limit, ...]] = {
    # 钉钉 custom robots: 20 a minute, then blocked for ten minutes; five are left to others who use the same robot.
    "dingtalk": (Limit(15, 60.0),),
    # 企业微信 group robots: 20 a minute. A second of slack, because they count on their clock, not on ours.
    "wecombot": (Limit(20, 61.0),),
    # 飞书 custom robots: 100 a minute and 5 a second.
    "feishu": (Limit(100, 61.0), Limit(5, 1.2)),
    "lark": (Limit(100, 61.0), Limit(5, 1.2)),
}
"""By the scheme of the address; what does not stand here has no known limit."""


class AnyPace(Protocol):
    """How a robot's pace is asked for and spent."""

    def wait_s(self, now_s: float) -> float: ...

    def room(self, now_s: float) -> int | None: ...

    def spend(self, now_s: float) -> bool: ...


class Pace:
    """What one robot was sent lately, by this process."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self._limits = limits
        self._sent_s: deque[float] = deque(maxlen=max((limit.messages for limit in limits), default=0))

    def wait_s(self, now_s: float) -> float:
        """How long until one more message may go out; 0 when it may now."""
        waits = (self._frees_s(limit) - now_s for limit in self._limits)
        return max(0.0, *waits) if self._limits else 0.0

    def room(self, now_s: float) -> int | None:
        """How many messages may go out right now; None without a limit."""
        if not self._limits:
            return None
        return min(limit.messages - self._within(limit, now_s) for limit in self._limits)

    def spend(self, now_s: float) -> bool:
        """One message goes out, if there is room."""
        if self.wait_s(now_s) > 0:
            return False
        self._sent_s.append(now_s)
        return True

    def note(self, at_s: float) -> None:
        """Somebody else sent a message; call it in the order of time, before anything is spent."""
        self._sent_s.append(at_s)

    def _frees_s(self, limit: Limit) -> float:
        """When there is room under `limit`."""
        if len(self._sent_s) < limit.messages:
            return float("-inf")
        return self._sent_s[-limit.messages] + limit.window_s

    def _within(self, limit: Limit, now_s: float) -> int:
        return min(limit.messages, sum(sent_s + limit.window_s > now_s for sent_s in self._sent_s))
