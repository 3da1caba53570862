"""The standing orders of one brand: its part of the configuration that holds, made ready for use."""

from copy import copy
from zoneinfo import ZoneInfo

from alerting.config import BrandDesk, DeskConfig
from alerting.lookout import Lookout
from alerting.roster import Roster
from streams.sla.calendar import Calendar


class Orders:
    """What holds for one brand under one configuration."""

    def __init__(self, config: DeskConfig, brand: BrandDesk) -> None:
        self.config = config
        self.brand = brand
        self.zone = ZoneInfo(brand.timezone)
        self.lookout = Lookout(brand.rules)
        self.roster = Roster(config, {})
        self._calendars = {spec.id: Calendar(spec) for spec in config.calendars}

    def calendar(self, calendar: str) -> Calendar:
        """The calendar of this id, by which steps of playbooks count."""
        return self._calendars[calendar]

    def on(self, roster: Roster) -> "Orders":
        """The same orders with the duties as they stand."""
        standing = copy(self)
        standing.roster = roster
        return standing


def orders_of(config: DeskConfig) -> dict[str, Orders]:
    """The orders of all brands, by brand."""
    return {brand.id: Orders(config, brand) for brand in config.brands}
