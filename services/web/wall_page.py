"""The wall: at most seven things, readable from five metres; no quotes, no names of customers."""

from datetime import timedelta

from litestar import Response, get

from alerting.levels import rank
from services.views.incidents import incidents_page
from services.views.mentions import minute_counts
from services.views.queue import QueueFilter, queue_page
from services.web.render import page
from services.web.visit import SignedIn

HOUR = timedelta(hours=1)


@get("/wall")
async def show_wall(visit: SignedIn) -> Response[str]:
    """Level, its incident, who has it, the queue, what is overdue, what is due next, and the last hour."""
    reader, now = visit.desk.reader, visit.now
    open_incidents = incidents_page(reader, brand=visit.brand_id, open_only=True).items
    gravest = max(open_incidents, key=lambda row: (rank(row.level), row.opened_at), default=None)
    counts = minute_counts(reader, visit.brand_id or "", now - HOUR, now)
    following = queue_page(reader, QueueFilter(brand=visit.brand_id, due_from=now), limit=1).items
    items = sum(count.items for count in counts)
    return page(
        visit,
        "wall.html",
        gravest=gravest,
        others=len(open_incidents) - 1 if open_incidents else 0,
        following=following[0] if following else None,
        items=items,
        negative=sum(count.negative for count in counts) / items if items else None,
    )
