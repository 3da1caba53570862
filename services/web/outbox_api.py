"""Whether pages go out, for `fenghuo outbox`: how it stands, and arming or disarming it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from alerting.arming_events import OutboxArmed
from alerting.commands import ArmOutbox, DisarmOutbox
from services.views.arming import disarmed
from services.web.actions import command_id, settled
from services.web.errors import BadQuestion
from services.web.visit import Form, SignedIn, Visit


class OutboxState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether pages go out."""

    armed: bool
    since: datetime | None = None
    """Since when it is disarmed, and by whom."""
    by: str | None = None
    held: int = 0
    """Pages that wait for it to be armed."""
    let_go: int | None = None
    """Of those that were held, when it was armed just now: how many were let go, and how many go out."""
    going: int | None = None


@get("/api/outbox")
async def show_outbox(visit: SignedIn) -> Response[bytes]:
    """How it stands."""
    await visit.desk.refresh()
    return _json(_state(visit))


@post("/api/outbox/{action:str}", status_code=200)
async def act_on_outbox(visit: SignedIn, form: Form, action: FromPath[str]) -> Response[bytes]:
    """`arm` or `disarm` it."""
    outcome = await visit.desk.house.command(_command(visit, form, action))
    await settled(visit, outcome)
    return _json(just_armed(outcome.events) or _state(visit))


def just_armed(events: Iterable[Any]) -> OutboxState | None:
    """How it stands after these events, if one of them armed it."""
    armed = next((event for event in events if isinstance(event, OutboxArmed)), None)
    if armed is None:
        return None
    return OutboxState(armed=True, let_go=armed.let_go, going=armed.going)


def _command(
    visit: Visit, form: dict[str, str], action: Literal["arm", "disarm"] | str
) -> ArmOutbox | DisarmOutbox:
    kinds: dict[str, type[ArmOutbox | DisarmOutbox]] = {"arm": ArmOutbox, "disarm": DisarmOutbox}
    if action not in kinds:
        raise BadQuestion(f"found {action[:40]!r}, expected one of {', '.join(kinds)}")
    return kinds[action](id=command_id(visit, form), who=visit.person.id)


def _state(visit: Visit) -> OutboxState:
    found = disarmed(visit.desk.reader)
    if found is None:
        return OutboxState(armed=True)
    return OutboxState(armed=False, since=found.since, by=found.by, held=found.held)


def _json(state: OutboxState) -> Response[bytes]:
    return Response(msgspec.json.encode(state), media_type="application/json")
