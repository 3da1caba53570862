"""Ties the shelf of prepared statements to the desk: commands, timers, and what they need to know of incidents."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from alerting import asking, releasing, reviewing
from alerting.commands import Refusal
from alerting.content_commands import (
    AnyContentCommand,
    CorrectContent,
    DraftContent,
    FillContent,
    RecordLink,
    ReleaseContent,
    ReviewContent,
    ReviewFilling,
    SubmitContent,
    WithdrawContent,
)
from alerting.content_events import AnyContentEvent
from alerting.desk_state import BrandState
from alerting.events import DeskEvent
from alerting.handling import refused
from alerting.levels import Level, rank
from alerting.orders import Orders
from alerting.shelf import ContentFile, fold_content

DRAFTS_MOST = 2_000
"""Of one brand."""


def urgency(brand: BrandState) -> Level | None:
    """The level of the brand's gravest open incident."""
    levels = [incident.level for incident in brand.incidents.values() if incident.is_open]
    return max(levels, key=rank, default=None)


def decide_content(
    orders: Orders, brand: BrandState, command: AnyContentCommand, now: datetime
) -> Sequence[DeskEvent] | Refusal:
    """Carry out a command about a statement."""
    refusal = refused(orders, command, urgency(brand))
    if refusal is not None:
        return refusal
    configured = asking.configured_item(orders, command.item)
    known = brand.shelf.get(command.item)
    if known is None and configured is None and not isinstance(command, DraftContent):
        return "unknown_content"
    if known is None and len(brand.shelf) >= DRAFTS_MOST:
        return "too_many"
    return _carry_out(orders, known or ContentFile(item=command.item), urgency(brand), command, now)


def _carry_out(
    orders: Orders, file: ContentFile, level: Level | None, command: AnyContentCommand, now: datetime
) -> Sequence[DeskEvent] | Refusal:
    configured = asking.configured_item(orders, file.item)
    item = file.current(configured)
    match command:
        case DraftContent():
            return reviewing.draft(orders, file, configured, command, now)
        case SubmitContent():
            return reviewing.submit(orders, file, configured, level, command, now)
        case ReviewContent():
            return reviewing.review(orders, file, configured, level, command, now)
        case FillContent():
            return releasing.fill_in(orders, file, item, level, command, now)
        case ReviewFilling():
            return releasing.review_filling(orders, file, command, now)
        case ReleaseContent():
            return releasing.release(orders, file, item, command, now)
        case RecordLink():
            return releasing.record_link(file, command, now)
        case WithdrawContent():
            return releasing.withdraw(file, item, command, now)
        case CorrectContent():
            return releasing.correct(file, command, now)
        case _:
            assert_never(command)


def content_due_at(orders: Orders, brand: BrandState, item: str) -> datetime | None:
    """When something of a statement's review is due."""
    file = brand.shelf.get(item)
    return asking.review_due_at(orders, file, urgency(brand)) if file is not None else None


def content_due(orders: Orders, brand: BrandState, item: str, now: datetime) -> Sequence[DeskEvent]:
    """What follows when it is."""
    return asking.review_due(orders, brand.shelf[item], urgency(brand), now)


def evolve_content(brand: BrandState, event: AnyContentEvent) -> None:
    """Fold one event of a statement."""
    brand.shelf[event.item] = fold_content(brand.shelf.get(event.item) or ContentFile(item=event.item), event)
