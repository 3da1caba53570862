"""Whether pages go out. A restored house knows old events and nothing of what became of them, so it begins disarmed.

While it is disarmed the desk decides as ever, and every page waits. Whoever arms it lets go of all that says nothing any more:
what was asked for before, what is about incidents that are over or taken, and all but the newest to one person about one thing.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime

from alerting.arming_events import AnyArmingEvent, OutboxArmed, OutboxDisarmed
from alerting.commands import LOCAL_ADMIN, ArmOutbox, DisarmOutbox, Refusal
from alerting.config import DeskConfig
from alerting.desk_state import DeskState, pending_pages
from alerting.duty import ALL_BRANDS
from alerting.events import PageFailed, PageRequested
from alerting.permissions import may
from streams import ids
from streams.commands import command_type

HELD_BACK = "disarmed"
"""What is recorded of a page that was let go."""


def decide(
    state: DeskState, config: DeskConfig, command: ArmOutbox | DisarmOutbox, now: datetime
) -> Sequence[PageFailed | AnyArmingEvent] | Refusal:
    """Arm or disarm; to disarm once more lets go of what was held until now."""
    person = config.person(command.who)
    if command.who != LOCAL_ADMIN and (person is None or not may(config, person, command_type(command))):
        return "not_permitted" if person is not None else "unknown_person"
    if isinstance(command, DisarmOutbox):
        return [OutboxDisarmed(cause=command.id, key=ALL_BRANDS, at=now, by=command.who)]
    if state.disarmed_at is None:
        return "already_armed"
    held = pending_pages(state)
    going = to_send(state)
    failed = [_let_go(page, command, now) for page in held if page not in going]
    armed = OutboxArmed(
        cause=command.id, key=ALL_BRANDS, at=now, by=command.who, let_go=len(failed), going=len(going)
    )
    return [*failed, armed]


def to_send(state: DeskState) -> Sequence[PageRequested]:
    """The held pages that go out if it is armed now."""
    newest: dict[Hashable, PageRequested] = {}
    for page in pending_pages(state):
        if _still_says_something(state, page):
            what = (page.reason, page.category, page.playbook_step)
            newest[page.key, page.incident, page.person, page.means, what] = page
    return tuple(newest.values())


def _still_says_something(state: DeskState, page: PageRequested) -> bool:
    if state.disarmed_at is not None and page.at <= state.disarmed_at:
        return False
    if not page.incident:
        return True
    incident = state.brands[page.key].incidents[page.incident]
    return incident.is_open and not (page.reason == "step" and incident.status == "acknowledged")


def _let_go(page: PageRequested, command: ArmOutbox, now: datetime) -> PageFailed:
    return PageFailed(
        cause=command.id, key=page.key, at=now, incident=page.incident, page=page.page, person=page.person,
        detail=HELD_BACK,
    )  # fmt: skip


def evolve(state: DeskState, event: AnyArmingEvent) -> None:
    """Fold one of the two."""
    state.commands.add(ids.derived(event.cause), event.at)
    state.disarmed_at = event.at if isinstance(event, OutboxDisarmed) else None
