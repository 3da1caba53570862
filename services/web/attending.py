"""What people do with a conversation of the queue: claim it, put it off, mark it, say that they have answered it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from services.views.cases import case_of_conversation
from services.views.queue import conversation
from services.views.rows import ConversationRow
from services.web.actions import Fields, command_id, settled, text_of
from services.web.errors import BadQuestion, Missing
from services.web.settling import settle_case
from services.web.visit import Visit, check_may_act
from streams.commands import (
    ClaimConversation,
    IntakeCommand,
    MarkConversation,
    ReleaseConversation,
    SnoozeConversation,
    TagCustomer,
    WakeConversation,
)
from streams.sla.course import FOR_CUSTOMER

SOURCE = "desk"
PAUSE_REASONS = (FOR_CUSTOMER, "third_party")

_Make = Callable[[Visit, ConversationRow, Fields], IntakeCommand]


async def attend(visit: Visit, fields: Fields) -> str:
    """Do `op` (one of `OPS`) to `conversation`; returns the name of the text that says so.

    Raises:
        BadQuestion: there is no such op, or a field is not what was expected.
        Missing: there is no such conversation.
        Refused: Intake refused it, or the visitor only looks.
    """
    op = fields.get("op", "")
    if op not in OPS:
        raise BadQuestion(f"op: found {op[:40]!r}, expected one of {', '.join(OPS)}")
    row = conversation_in(visit, fields)
    outcomes = await visit.desk.house.submit([OPS[op](visit, row, fields)])
    await settled(visit, outcomes[0])
    return op


def conversation_in(visit: Visit, fields: Fields) -> ConversationRow:
    """The conversation that a form is about, for somebody who may change something.

    Raises:
        Missing: there is no such conversation.
        Refused: the visitor only looks.
    """
    check_may_act(visit)
    row = conversation(visit.desk.reader, fields.get("conversation", ""))
    if row is None:
        raise Missing("conversation")
    return row


def _mark(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    op, reason = fields["op"], text_of(fields, "reason") or None
    if op == "paused" and reason not in (None, *PAUSE_REASONS):
        raise BadQuestion(f"reason: found {reason!r}, expected one of {', '.join(PAUSE_REASONS)}")
    return MarkConversation(
        id=command_id(visit, fields),
        who=visit.person.id,
        conversation=row.conversation,
        key=row.key,
        op=op,  # type: ignore[arg-type]  # a name of `OPS`
        occurred_at=visit.now,
        source=SOURCE,
        reason=reason,
    )


def _claim(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    return ClaimConversation(
        id=command_id(visit, fields), who=visit.person.id, conversation=row.conversation, key=row.key,
        take_over=fields["op"] == "take_over",
    )  # fmt: skip


def _settle(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    """Of a conversation that an open case holds, the case is settled: with an outcome and evidence, never by a bare mark."""
    case = case_of_conversation(visit.desk.reader, row.conversation)
    if case is not None and case.settled_at is None:
        return settle_case(visit, case, fields)
    return _mark(visit, row, fields)


def _release(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    return ReleaseConversation(
        id=command_id(visit, fields), who=visit.person.id, conversation=row.conversation, key=row.key
    )


def _snooze(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    return SnoozeConversation(
        id=command_id(visit, fields), who=visit.person.id, conversation=row.conversation, key=row.key,
        until=until_in(fields, visit),
    )  # fmt: skip


def _wake(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    return WakeConversation(
        id=command_id(visit, fields), who=visit.person.id, conversation=row.conversation, key=row.key
    )


def _tag(visit: Visit, row: ConversationRow, fields: Fields) -> IntakeCommand:
    if row.customer is None:
        raise Missing("customer")
    return TagCustomer(
        id=command_id(visit, fields), who=visit.person.id, person=row.customer,
        customer_tag=text_of(fields, "tag"), on=fields["op"] == "tag",
    )  # fmt: skip


def until_in(fields: Fields, visit: Visit) -> datetime:
    """Until when: `until` as an instant, or `time` as the next such time of day in the brand's zone.

    Raises:
        BadQuestion: it is neither.
    """
    instant, clock = fields.get("until", ""), fields.get("time", "")
    try:
        if instant:
            until = datetime.fromisoformat(instant)
            if until.tzinfo is None:
                raise BadQuestion(f"until: found {instant[:40]!r}, expected a time with an offset")
            return until
        hour, minute = (int(part) for part in clock.split(":"))
        here = visit.now.astimezone(visit.zone)
        today = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    except ValueError as error:
        raise BadQuestion(f"time: found {(instant or clock)[:40]!r}, expected 14:05") from error
    return today if today > here else today + timedelta(days=1)


OPS: Mapping[str, _Make] = {
    "claim": _claim,
    "take_over": _claim,
    "release": _release,
    "snooze": _snooze,
    "wake": _wake,
    "tag": _tag,
    "untag": _tag,
    "paused": _mark,
    "resumed": _mark,
    "no_reply_needed": _mark,
    "spam": _mark,
    "settled": _settle,
}
"""Each op with the command that it makes."""
