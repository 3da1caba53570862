"""What a command about a brand comes to: incidents, silences, prepared statements, reports."""

from collections.abc import Sequence
from datetime import datetime

from alerting.commands import BrandCommand, EndSilence, OpenIncident, Refusal, StartSilence
from alerting.content_commands import ContentCommand
from alerting.content_events import ContentReleased
from alerting.desk_state import BrandState
from alerting.events import DeskEvent
from alerting.handling import handle, open_by_hand, refused
from alerting.incident import Draft
from alerting.inhibition import settle
from alerting.librarian import decide_content
from alerting.orders import Orders
from alerting.playbook import publish_step
from alerting.quiet import end, start
from alerting.report_commands import RecordReport
from alerting.reporting import record


def carry_out(
    orders: Orders, brand: BrandState, command: BrandCommand, now: datetime
) -> Sequence[DeskEvent] | Refusal:
    """Carry it out, or say why not."""
    if isinstance(command, ContentCommand):
        content = decide_content(orders, brand, command, now)
        return content if isinstance(content, str) else [*content, *_published(orders, brand, content, now)]
    if isinstance(command, RecordReport):
        return record(orders, command, now)
    if isinstance(command, StartSilence | EndSilence):
        refusal = refused(orders, command)
        if refusal is not None:
            return refusal
        if isinstance(command, StartSilence):
            return start(orders, brand.silences, command, now)
        return end(orders, brand.silences, command, now)
    if isinstance(command, OpenIncident):
        decided = open_by_hand(orders, tuple(brand.incidents.values()), command, now)
    else:
        decided = handle(orders, brand.incidents, command, now)
    return decided if isinstance(decided, str) else settle(orders, brand.incidents, decided, now)


def _published(
    orders: Orders, brand: BrandState, decided: Sequence[DeskEvent], now: datetime
) -> list[DeskEvent]:
    """A statement that goes out is a step of its incident's playbook done."""
    followed: list[DeskEvent] = []
    for event in decided:
        incident = brand.incidents.get(event.incident) if isinstance(event, ContentReleased) else None
        if incident is not None and incident.is_open:
            assert isinstance(event, ContentReleased)
            draft = Draft(incident, event.cause, now)
            publish_step(draft, orders, event.by, f"{event.platform} {event.variant}")
            followed += draft.events
    return followed
