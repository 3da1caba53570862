"""What a report is told from: the views, the vault, the configuration that holds, in one language, at one moment."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from alerting.commands import LOCAL_ADMIN
from alerting.config import DeskConfig
from services.vault import Opener
from services.views.reader import Reader
from services.web.texts import Language, known, say
from services.web.times import length
from services.web.wording import amount, level_words, percent
from streams.judging import Veil

DEFAULT_TIMEZONE = "Asia/Shanghai"


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Used by one thread: `reader` is its own."""

    reader: Reader
    opener: Opener
    veil: Veil
    config: DeskConfig
    brand: str
    language: Language
    now: datetime
    base_url: str = ""
    """Before every link; empty: links lead within the desk."""
    past: bool = False
    """`now` is over: links lead to what stood behind a number then."""

    @property
    def zone(self) -> ZoneInfo:
        """Times are wall times of the brand."""
        brand = self.config.brand(self.brand)
        return ZoneInfo(brand.timezone if brand else DEFAULT_TIMEZONE)

    @property
    def brand_name(self) -> str:
        brand = self.config.brand(self.brand)
        return brand.name if brand else self.brand

    def say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)

    def known(self, group: str, name: str) -> str:
        return known(self.language, group, name)

    def name_of(self, person: str | None) -> str:
        """A colleague's name."""
        if person is None:
            return self.say("by_desk")
        if person == LOCAL_ADMIN:
            return self.say("local_admin")
        found = self.config.person(person)
        return found.name if found else person

    def link(self, path: str, anchor: str = "", **query: str) -> str:
        """An address of the desk."""
        if self.past:
            query.setdefault("at", self.now.isoformat())
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.base_url}{path}{asked}{anchor}"

    def mentions(self, from_at: datetime, to_at: datetime, **query: str) -> str:
        """The mentions of a stretch of time."""
        return self.link(
            "/mentions",
            **{"brand": self.brand, "from": from_at.isoformat(), "to": to_at.isoformat(), **query},
        )

    def clock(self, at: datetime) -> str:
        """`11-20 14:05`, with the year if it is another one: a report is read on other days than it was made on."""
        local = at.astimezone(self.zone)
        return (
            f"{local:%m-%d %H:%M}"
            if local.year == self.now.astimezone(self.zone).year
            else f"{local:%Y-%m-%d %H:%M}"
        )

    def length(self, seconds: float) -> str:
        return length(seconds, self.language)

    def amount(self, number: float) -> str:
        return amount(number, self.language)

    def share(self, part: int, whole: int) -> str:
        return percent(part / whole) if whole else "–"

    def level(self, level: str) -> str:
        return level_words(self.language, level)  # type: ignore[arg-type]
