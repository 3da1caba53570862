"""What Intake remembers of cases."""

import heapq
from datetime import datetime, timedelta

import msgspec

from streams import case_events as told

REOPENED_WITHIN = timedelta(days=30)
"""Who writes within so long after a settlement comes back to the same case."""


class Promised(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One promise."""

    item: str
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None = None
    broken: bool = False


class Case(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A complaint until it is properly settled."""

    id: str
    key: str
    """The customer's: platform, our account and the customer."""
    platform: str
    person: str
    brand: str | None = None
    conversations: list[str] = []
    mentions: list[str] = []
    owner: str | None = None
    settled_at: datetime | None = None
    last_at: datetime
    promises: list[Promised] = []

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


class Cases(msgspec.Struct, tag="cases"):
    """All cases, the newest of a customer last."""

    by_id: dict[str, Case] = {}


class CaseIndex:
    """Derived from `Cases`: the newest case of a customer, the cases of a person, the promises by time."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._newest: dict[str, str] = {}
        self._of_person: dict[tuple[str, str], list[str]] = {}
        self._due: list[tuple[datetime, str, str]] = []
        for case in cases.by_id.values():
            self.add(case)
            for promise in case.promises:
                self.add_promise(case, promise)

    def add(self, case: Case) -> None:
        self._newest[case.key] = case.id
        self._of_person.setdefault((case.platform, case.person), []).append(case.id)

    def add_promise(self, case: Case, promise: Promised) -> None:
        heapq.heappush(self._due, (promise.due_at, case.id, promise.item))

    def newest_of(self, key: str) -> Case | None:
        """The newest case of a customer with one of our accounts."""
        case = self._newest.get(key)
        return self._cases.by_id[case] if case is not None else None

    def open_of(self, platform: str, person: str) -> list[Case]:
        """The open cases of somebody on a platform."""
        names = self._of_person.get((platform, person))
        if names is None:
            return []
        return [case for case in map(self._cases.by_id.__getitem__, names) if case.is_open]

    def first_due(self) -> tuple[datetime, Case, Promised] | None:
        """The promise that runs out first; those that were kept are thrown away here, which nobody can see."""
        while self._due:
            at, name, item = self._due[0]
            case = self._cases.by_id.get(name)
            promise = (
                next((one for one in case.promises if one.item == item), None) if case is not None else None
            )
            if case is not None and promise is not None and promise.kept_at is None and not promise.broken:
                return at, case, promise
            heapq.heappop(self._due)
        return None


def evolve(cases: Cases, index: CaseIndex, event: told.AnyCaseEvent) -> None:
    """Fold one event of a case."""
    if isinstance(event, told.CaseOpened):
        case = cases.by_id[event.case] = Case(
            id=event.case,
            key=event.key,
            platform=event.platform,
            person=event.person,
            brand=event.brand,
            conversations=[event.conversation],
            last_at=event.at,
        )
        index.add(case)
        return
    case = cases.by_id[event.case]
    case.last_at = max(case.last_at, event.at)
    match event:
        case told.CaseLinked():
            if event.conversation is not None:
                case.conversations.append(event.conversation)
            if event.item is not None:
                case.mentions.append(event.item)
        case told.CaseAssigned(owner=owner):
            case.owner = owner
        case told.CaseSettled(at=at):
            case.settled_at = at
        case told.CaseReopened():
            case.settled_at = None
        case told.PromiseMade():
            promise = Promised(item=event.item, made_at=event.at, due_at=event.due_at)
            case.promises.append(promise)
            index.add_promise(case, promise)
        case told.PromiseKept() | told.PromiseBroken():
            for promise in case.promises:
                if promise.item == event.item:
                    if isinstance(event, told.PromiseKept):
                        promise.kept_at = event.at
                    else:
                        promise.broken = True


def forget_before(cases: Cases, horizon: datetime) -> Cases:
    """Without the cases that are settled and have been quiet since `horizon`."""
    kept = {name: case for name, case in cases.by_id.items() if case.is_open or case.last_at >= horizon}
    return Cases(by_id=kept)
