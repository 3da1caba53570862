"""A dead man's heartbeat: an outside address is told again and again that all is well. Who hears nothing raises the alarm.

Nothing is said while anything is wrong: a service for such beats (or a cron job elsewhere) notices the silence, also when
this machine is gone altogether.
"""

import asyncio
from collections.abc import Callable, Sequence

import httpx
import structlog

from services.notify.guard import Guard

TIMEOUT_S = 10.0


class Heartbeat:
    """Sends beats; `reasons` says why not, and is asked in a thread."""

    def __init__(self, url: str, every_s: float, guard: Guard, reasons: Callable[[], Sequence[str]]) -> None:
        self._url = url
        self._every_s = every_s
        self._guard = guard
        self._reasons = reasons
        self._log = structlog.get_logger("fenghuo.heartbeat")

    async def run(self) -> None:
        """Beat without end; a beat that fails is logged, and the next one comes in its time."""
        while True:
            await self.beat()
            await asyncio.sleep(self._every_s)

    async def beat(self) -> bool:
        """One beat; whether it was sent and taken."""
        reasons = await asyncio.to_thread(self._reasons)
        if reasons:
            self._log.error("no heartbeat: something is wrong", reasons=list(reasons))
            return False
        try:
            with self._guard.watching():
                async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                    answer = await client.get(self._url)
        except (httpx.HTTPError, OSError) as error:
            self._log.warning("heartbeat not taken", reason=type(error).__name__)
            return False
        if answer.is_success:
            return True
        self._log.warning("heartbeat not taken", reason=str(answer.status_code))
        return False
