"""A hundred ways to reach a person behind one address syntax: https://github.com/caronc/apprise.

Loading apprise and its plugins takes more than a second, so the daemon calls `warm` when it starts. After that a message
costs 4 ms to a receiver on the same machine (p99 10 ms), so there is no channel of our own beside it.
"""

import asyncio
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from alerting.levels import Level
from services.notify.channel import Attempt, Contact, Delivered, GiveUp, Message, TryAgain
from services.notify.guard import Guard, Watch

NOTIFY_TYPES: dict[Level, str] = {
    "blue": "info",
    "yellow": "warning",
    "orange": "failure",
    "red": "failure",
}
CONNECT_TIMEOUT_S = 4.0
THREAD_GRACE_S = 1.0
_TRY_LATER = frozenset({408, 425, 429})
_STATUS = re.compile(r"\berror=([1-5]\d\d)\b")
"""How apprise's plugins write down the status of a refused request."""


class AppriseChannel:
    """Sends through apprise, in threads of its own; every connection passes the guard, redirects are not followed."""

    def __init__(self, guard: Guard, *, threads: int) -> None:
        self._guard = guard
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="fenghuo-notify")

    def warm(self) -> None:
        """Load apprise with its plugins, so that the first page does not wait for that."""
        _sender().add("json://localhost")

    def close(self) -> None:
        """Let go of the threads; what is being sent ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        loop = asyncio.get_running_loop()
        attempt = loop.run_in_executor(self._threads, self._send, contact, message, timeout_s)
        try:
            # The thread cannot be stopped; it ends soon after by the timeouts of its socket.
            return await asyncio.wait_for(attempt, timeout_s)
        except TimeoutError:
            return TryAgain(reason="timeout", detail=f"{timeout_s:g} s")

    def _send(self, contact: Contact, message: Message, timeout_s: float) -> Attempt:
        with self._guard.watching() as watch:
            try:
                sender = _sender()
                if not sender.add(_with_timeouts(contact.url, timeout_s)):
                    return GiveUp(reason="address_unreadable", detail=contact.scheme)
                result = sender.notify(
                    title=message.title, body=message.body, notify_type=NOTIFY_TYPES[message.level]
                )
            except Exception as error:  # noqa: BLE001  (a plugin may raise anything; its message may hold the address)
                return TryAgain(reason="channel_failed", detail=type(error).__name__)
        return Delivered() if result else _failure(watch, _status_of(result))


def _sender() -> Any:
    """A new `apprise.Apprise`: one that is used again would hold messages back at a pace of its own."""
    import apprise

    _silence()
    return apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))


@cache
def _silence() -> None:
    """Keep addresses out of the logs; what is worth knowing stands in the result of a message."""
    logging.getLogger("apprise").propagate = False
    logging.getLogger("apprise").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def _failure(watch: Watch, status: int | None) -> Attempt:
    if watch.refused is not None:
        return GiveUp(reason="address_private", detail=watch.refused)
    if status is None:
        return TryAgain(reason="not_accepted")
    if status >= 500 or status in _TRY_LATER:
        return TryAgain(reason="http_error", detail=str(status))
    return GiveUp(reason="http_error", detail=str(status))


def _with_timeouts(url: str, timeout_s: float) -> str:
    """The address with apprise's connect and read timeouts set, unless it sets them itself.

    They end an abandoned thread; who waits for it is gone by then.
    """
    if re.search(r"[?&][cr]to=", url):
        return url
    return f"{url}{'&' if '?' in url else '?'}cto={CONNECT_TIMEOUT_S:g}&rto={timeout_s + THREAD_GRACE_S:g}"


def _status_of(result: Any) -> int | None:
    """The HTTP status that the receiver refused with, as far as apprise tells."""
    messages = [entry.message for service in result for attempt in service for entry in attempt]
    found = (_STATUS.search(message) for message in reversed(messages))
    return next((int(match[1]) for match in found if match), None)
