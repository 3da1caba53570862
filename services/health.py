"""Whether the daemon lives (`/healthz`), may be sent to (`/readyz`), and how it is (`/metrics`)."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from services.metrics import CONTENT_TYPE, Metrics

LAG_ENTRIES_MOST = 200
"""Views that are further behind the journal show an old world; at 500 items an entry this is a minute of full load."""


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """What readiness depends on, as it is at this moment."""

    runtime_alive: bool
    """The loop that records runs."""
    store_error: str | None = None
    """Why the journal cannot be written, if the last attempt failed."""
    outbox_running: bool
    outbox_armed: bool = True
    """Pages go out; a restored house keeps them until somebody arms the outbox."""
    stuck_escalations: int = 0
    """Those that should have moved and did not (`services.auditor`)."""
    views_error: str | None = None
    """Why the pages are not kept up, if they are not."""
    view_lag_entries: int = 0
    """Of the journal that is furthest behind."""

    def reasons(self) -> tuple[str, ...]:
        """Why nothing should be sent here now; empty when all is well."""
        checks = (
            (not self.runtime_alive, "the loop that records has stopped; restart the daemon"),
            (self.store_error is not None, f"the journal cannot be written: {self.store_error}"),
            (not self.outbox_armed, "the outbox is disarmed: nobody is paged until fenghuo outbox arm"),
            (not self.outbox_running, "the outbox does not run: pages are kept, but not sent"),
            (
                self.stuck_escalations > 0,
                f"{self.stuck_escalations} escalations stand still: call people by phone, look at the log",
            ),
            (self.views_error is not None, f"the pages show an old world: {self.views_error}"),
            (
                self.view_lag_entries > LAG_ENTRIES_MOST,
                f"the pages are {self.view_lag_entries} entries behind (at most {LAG_ENTRIES_MOST})",
            ),
        )
        return tuple(reason for applies, reason in checks if applies)


class Health(msgspec.Struct, frozen=True):
    """What `/healthz` and `/readyz` answer."""

    status: str
    reasons: Sequence[str] = ()


def routes(vitals: Callable[[], Vitals], metrics: Metrics) -> list[ControllerRouterHandler]:
    """The handlers. They hold nothing of people and need no sign-in; whoever may reach the port may read them."""

    @get("/healthz", include_in_schema=False)
    async def healthz() -> Response[Health]:
        return _answer(200, Health("alive"))

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[Health]:
        reasons = (await asyncio.to_thread(vitals)).reasons()
        return _answer(503, Health("not ready", reasons)) if reasons else _answer(200, Health("ready"))

    @get("/metrics", include_in_schema=False)
    async def prometheus() -> Response[bytes]:
        body = await asyncio.to_thread(metrics.render)
        return Response(body, media_type=_METRICS_TYPE, headers=_FRESH)

    return [healthz, readyz, prometheus]


_FRESH = {"cache-control": "no-store"}
_METRICS_TYPE = CONTENT_TYPE.removesuffix("; charset=utf-8")
"""Litestar writes the charset behind every text type; Prometheus 3 refuses a type that names it twice."""


def _answer(status: int, health: Health) -> Response[Health]:
    return Response(health, status_code=status, media_type="application/json", headers=_FRESH)
