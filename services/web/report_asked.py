"""What an address asks of the report on response times."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from services.web.asked import one_of
from services.web.errors import BadQuestion
from services.web.forms import moment
from services.web.report_figures import Asked
from services.web.visit import Visit
from streams.sla.report import BYS, Part

DAYS_DEFAULT = 7
DAYS_MOST = 92
NAME_MOST = 300
_PARTS: tuple[Part, ...] = get_args(Part)
_DATE = len("2026-11-23")


def asked_in(query: Mapping[str, str], visit: Visit) -> Asked:
    """What the address asks for: without a time the last `DAYS_DEFAULT` days; a bare day counts to its end.

    Raises:
        BadQuestion: a word is not what was expected, or the time is longer than `DAYS_MOST` days.
    """
    today = visit.now.astimezone(visit.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    to_at = _end(query, visit) or today + timedelta(days=1)
    from_at = moment(visit, query, "from") or min(today, to_at) - timedelta(days=DAYS_DEFAULT - 1)
    if not timedelta(0) < to_at - from_at <= timedelta(days=DAYS_MOST):
        raise BadQuestion(f"to: expected a time after from, within {DAYS_MOST} days")
    by = one_of("by", query.get("by") or None, BYS)
    return Asked(
        from_at=from_at,
        to_at=to_at,
        period={name: query[name] for name in ("from", "to") if query.get(name)},
        by=by,
        name=query.get("name", "")[:NAME_MOST],
        show=one_of("show", query.get("show") or None, _PARTS),
    )


def _end(query: Mapping[str, str], visit: Visit) -> datetime | None:
    found = moment(visit, query, "to")
    whole_day = found is not None and len(query["to"].strip()) == _DATE
    return found + timedelta(days=1) if found is not None and whole_day else found
