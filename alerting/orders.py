"""The standing orders of one brand: its part of the configuration that holds, made ready for use."""

from zoneinfo import ZoneInfo

from alerting.config import BrandDesk, DeskConfig
from alerting.lookout import Lookout


class Orders:
    """What holds for one brand under one configuration."""

    def __init__(self, config: DeskConfig, brand: BrandDesk) -> None:
        self.config = config
        self.brand = brand
        self.zone = ZoneInfo(brand.timezone)
        self.lookout = Lookout(brand.rules)


def orders_of(config: DeskConfig) -> dict[str, Orders]:
    """The orders of all brands, by brand."""
    return {brand.id: Orders(config, brand) for brand in config.brands}
