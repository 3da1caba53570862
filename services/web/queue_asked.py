"""What of the queue a person looks at. All of it stands in the address, so that it can be kept, sent and gone back to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from services.views.queue import QueueFilter
from services.web.errors import BadQuestion

SOON = timedelta(minutes=30)
WORD_LENGTH_MOST = 500
OFFSET_MOST = 1_000_000
YES = "1"


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The filters, the search, and where the list stands. Field names are the names in the address."""

    mine: bool = False
    """What the person who looks has claimed."""
    platform: str | None = None
    account: str | None = None
    topic: str | None = None
    overdue: bool = False
    soon: bool = False
    """Overdue, or due within `SOON`."""
    vip: bool = False
    later: bool = False
    """Paused, or put off."""
    q: str | None = None
    """Words that the name or the text holds."""
    brand: str | None = None
    c: str | None = None
    """The conversation that lies open."""

    @property
    def filtered(self) -> bool:
        """Whether rows are left out."""
        return msgspec.structs.replace(self, c=None, brand=None) != Asked()

    def wanted(self, brand: str | None, person: str, now: datetime) -> QueueFilter:
        """The filter for the views; the search is not in it, since texts lie sealed there."""
        return QueueFilter(
            brand=brand,
            platform=self.platform,
            account=self.account,
            topic=self.topic,
            overdue_at=now if self.overdue else None,
            due_before=now + SOON if self.soon else None,
            vip=True if self.vip else None,
            asleep=True if self.later else None,
            claimed_by=person if self.mine else None,
        )

    def address(self, **changes: object) -> str:
        """The address of the queue as it is asked for here, with `changes`."""
        query = msgspec.to_builtins(msgspec.structs.replace(self, **changes))
        written = {name: YES if value is True else value for name, value in query.items() if value}
        return "/queue" + (f"?{urlencode(written)}" if written else "")


_FLAGS = ("mine", "overdue", "soon", "vip", "later")
_WORDS = ("platform", "account", "topic", "q", "brand", "c")


def asked_in(query: Mapping[str, str]) -> Asked:
    """What the address asks for.

    Raises:
        BadQuestion: a word is too long.
    """
    words = {name: value for name in _WORDS if (value := query.get(name, "").strip())}
    for name, value in words.items():
        if len(value) > WORD_LENGTH_MOST:
            raise BadQuestion(f"{name}: {len(value)} characters, expected at most {WORD_LENGTH_MOST}")
    flags = {name: query.get(name, "") in {YES, "true"} for name in _FLAGS}
    return msgspec.convert({**words, **flags}, Asked)


def offset_in(query: Mapping[str, str]) -> int:
    """The number of the first row that is to be shown.

    Raises:
        BadQuestion: it is no number.
    """
    written = query.get("from", "0")
    if not written.isdecimal() or int(written) > OFFSET_MOST:
        raise BadQuestion(f"from: found {written[:20]!r}, expected a number up to {OFFSET_MOST}")
    return int(written)
