"""Finds escalations that should have moved and did not. Looks at what was journalled, so it sees a desk that stands still."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from alerting.audit_events import Finding
from alerting.escalation import REPEATS_BY_ITSELF, next_page_at
from alerting.events import PageRequested
from alerting.incident import Incident
from alerting.orders import Orders

STEP_GRACE = timedelta(minutes=2)
"""A step is taken within a second; a machine that was asleep gets this long to catch up."""
PAGE_GRACE = timedelta(minutes=5)
"""Longer than a robot's pace and all tries of one contact together."""


def audit(
    incidents: Iterable[Incident],
    pages: Iterable[PageRequested],
    orders: Mapping[str, Orders],
    now: datetime,
) -> tuple[Finding, ...]:
    """Everything that stands still at `now`. `orders` by brand, with the duties as they stand."""
    known = list(incidents)
    steps = (found for each in known if each.is_open for found in _steps(each, orders.get(each.brand), now))
    of_incidents = (page for each in known for page in each.pages)
    return (*steps, *_pages((*pages, *of_incidents), now))


def _steps(incident: Incident, orders: Orders | None, now: datetime) -> Iterator[Finding]:
    if orders is None:
        return
    due_at = next_page_at(incident, orders)
    if due_at is not None and now - due_at > STEP_GRACE:
        yield Finding(kind="late_step", incident=incident.id, brand=incident.brand, since=due_at)
    burning = incident.level in REPEATS_BY_ITSELF and incident.status == "open"
    if due_at is None and burning and now - incident.climb.started_at > STEP_GRACE:
        yield Finding(
            kind="nobody_next", incident=incident.id, brand=incident.brand, since=incident.climb.started_at
        )


def _pages(pages: Iterable[PageRequested], now: datetime) -> Iterator[Finding]:
    for page in pages:
        if page.means != "digest" and now - page.at > PAGE_GRACE:
            yield Finding(
                kind="page_stuck", incident=page.incident, brand=page.key, since=page.at, page=page.page
            )
