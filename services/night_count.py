"""How often people are called at night, counted from the pages that the desk asks for."""

from collections.abc import Mapping
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from alerting.config import DeskConfig
from alerting.events import PageRequested

NIGHT_FROM = time(22)
NIGHT_TO = time(8)
WEEK = timedelta(days=7)


class NightCount:
    """Nights (22–08 in the brand's zone) with a call, for each incident: whoever is up is up."""

    def __init__(self, desk: DeskConfig) -> None:
        self._zones: Mapping[str, ZoneInfo] = {brand.id: ZoneInfo(brand.timezone) for brand in desk.brands}
        self._nights: set[tuple[str, str]] = set()

    def saw(self, page: PageRequested) -> None:
        """Take note of one page."""
        local = page.at.astimezone(self._zones.get(page.key, ZoneInfo("UTC")))
        if page.means == "call" and not NIGHT_TO <= local.time() < NIGHT_FROM:
            night = (local - timedelta(hours=NIGHT_TO.hour)).date()
            self._nights.add((page.incident, night.isoformat()))

    def per_week(self, span: timedelta) -> float:
        """By the weeks of `span`, at least one."""
        return round(len(self._nights) / max(span / WEEK, 1.0), 2)
