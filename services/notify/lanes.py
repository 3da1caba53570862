"""Which page goes out next: the urgent lane first, each robot at its pace, the rest merged where the pace is too slow.

Time is an argument, nothing is sent here.
"""

from collections.abc import Callable, Iterable
from enum import IntEnum

import msgspec

from alerting.events import PageRequested
from alerting.levels import rank
from services.notify.channel import Contact
from services.notify.pace import LIMITS, AnyPace, Limit, Pace

MakePace = Callable[[str, tuple[Limit, ...]], AnyPace]
MERGED_MOST = 50
"""Pages in one message; those beyond it go into the next."""


class Lane(IntEnum):
    """The smaller goes first."""

    URGENT = 0
    SOON = 1
    DIGEST = 2


def lane_of(page: PageRequested) -> Lane:
    """Orange and red are urgent; a digest waits for everything else."""
    if page.means == "digest" or page.level == "blue":
        return Lane.DIGEST
    return Lane.SOON if page.level == "yellow" else Lane.URGENT


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A page on its way to one contact."""

    page: PageRequested
    contact: Contact
    number: int
    """In the order in which they came."""
    tries: int = 0
    ready_at_s: float = 0.0
    give_up_at_s: float | None = None
    """Set by the first try."""

    @property
    def lane(self) -> Lane:
        return lane_of(self.page)

    @property
    def order(self) -> tuple[int, int, int]:
        return (self.lane, -rank(self.page.level), self.number)


class Parcel(msgspec.Struct, frozen=True):
    """What goes out as one message; more than one page only from the lower lanes."""

    contact: Contact
    pages: tuple[Waiting, ...]


class Lanes:
    """Everything that waits to be sent."""

    def __init__(self, make_pace: MakePace = lambda _, limits: Pace(limits)) -> None:
        """`make_pace` gives the pace of a robot by its address, where it has limits."""
        self._make_pace = make_pace
        self._waiting: dict[str, Waiting] = {}
        self._paces: dict[str, AnyPace] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, page: PageRequested, contact: Contact) -> None:
        """A new page."""
        self._count += 1
        self._waiting[page.page] = Waiting(page=page, contact=contact, number=self._count)

    def put_back(self, waiting: Iterable[Waiting]) -> None:
        """They were tried in vain and wait for their next try."""
        self._waiting |= {each.page.page: each for each in waiting}

    def drop(self, page: str) -> bool:
        """Let go of a page; whether it waited here."""
        return self._waiting.pop(page, None) is not None

    def take(self, now_s: float, *, urgent_only: bool = False) -> Parcel | None:
        """The next message, taken out and counted against its robot's pace; None if nothing may go out now."""
        full: set[str] = set()
        for first in sorted(self._waiting.values(), key=lambda each: each.order):
            if urgent_only and first.lane is not Lane.URGENT:
                return None
            if first.ready_at_s > now_s or first.contact.url in full:
                continue
            pace = self._pace(first.contact)
            pages = self._together(first, pace, now_s)
            if not pace.spend(now_s):
                full.add(first.contact.url)
                continue
            for each in pages:
                del self._waiting[each.page.page]
            return Parcel(first.contact, pages)
        return None

    def wait_s(self, now_s: float, *, urgent_only: bool = False) -> float | None:
        """How long until `take` gives something; None if nothing waits."""
        going = [each for each in self._waiting.values() if each.lane is Lane.URGENT or not urgent_only]
        paces = {each.contact.url: self._pace(each.contact).wait_s(now_s) for each in going}
        waits = [max(each.ready_at_s - now_s, paces[each.contact.url]) for each in going]
        return max(0.0, min(waits)) if waits else None

    def _together(self, first: Waiting, pace: AnyPace, now_s: float) -> tuple[Waiting, ...]:
        """`first` alone, or with what waits beside it when there is not room for each alone (digests: always)."""
        if first.lane is Lane.URGENT:
            return (first,)
        beside = [each for each in self._waiting.values() if self._fits(each, first, now_s)]
        room = pace.room(now_s)
        if first.lane is not Lane.DIGEST and (room is None or len(beside) <= room):
            return (first,)
        return tuple(sorted(beside, key=lambda each: each.order)[:MERGED_MOST])

    @staticmethod
    def _fits(each: Waiting, first: Waiting, now_s: float) -> bool:
        """Whether it may stand in one message with `first`, which is not urgent."""
        return each.lane is not Lane.URGENT and each.contact == first.contact and each.ready_at_s <= now_s

    def _pace(self, contact: Contact) -> AnyPace:
        if contact.url not in self._paces:
            limits = LIMITS.get(contact.scheme, ())
            self._paces[contact.url] = self._make_pace(contact.url, limits) if limits else Pace(())
        return self._paces[contact.url]
