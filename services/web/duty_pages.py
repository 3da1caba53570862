"""On call: who is called now and next, swapping, covering, and handing over."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from alerting import commands as desk
from alerting.config import OnCall
from alerting.oncall import people_of, turns
from alerting.permissions import may
from alerting.roster import DutyState
from services.views.duties import shifts
from services.views.incidents import incidents_page
from services.web.actions import Fields, command_id, settled, text_of
from services.web.errors import BadQuestion
from services.web.forms import moment, required_moment
from services.web.handing_over import in_hand, promises_open, release_all
from services.web.render import page
from services.web.visit import Form, SignedIn, Visit

TURNS_SHOWN = 5
SHIFTS_SHOWN_FOR = timedelta(hours=24)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of the plan."""

    person: str | None
    from_at: datetime
    until: datetime


class DutyCard(msgspec.Struct, frozen=True, kw_only=True):
    """A duty as the page shows it."""

    id: str
    on_call: str | None
    state: DutyState
    confirmed: bool
    current: Turn | None
    following: tuple[Turn, ...]
    others: tuple[str, ...]
    """Whom the visitor may swap with; none if they have no turn."""
    may_confirm: bool


@get("/oncall")
async def show_oncall(visit: SignedIn) -> Response[str]:
    """Every duty, and what would be handed over now."""
    rows = incidents_page(visit.desk.reader, open_only=True).items
    return page(
        visit,
        "oncall.html",
        cards=[_card(duty, visit) for duty in visit.config.oncall],
        incidents=rows,
        hand=in_hand(visit),
        shifts=shifts(visit.desk.reader, visit.now - SHIFTS_SHOWN_FOR),
        may_take=visit.may_act,
        may_override=may(visit.config, visit.person, "duty.override") or visit.is_admin,
    )


@post("/oncall/{duty:str}/{action:str}")
async def act_on_duty(visit: SignedIn, form: Form, duty: FromPath[str], action: FromPath[str]) -> Redirect:
    """Confirm, cover, swap, put somebody on, take that back, or leave a note."""
    if action not in ACTIONS:
        raise BadQuestion(f"action: found {action[:40]!r}, expected one of {', '.join(ACTIONS)}")
    make, said = ACTIONS[action]
    outgoing = next(
        (visit.roster.on_call(one, visit.now) for one in visit.config.oncall if one.id == duty), None
    )
    await settled(visit, await visit.desk.house.command(make(visit, duty, form)))
    if action == "confirm" and outgoing is not None:
        await release_all(visit, outgoing)
    return Redirect(f"/oncall?{urlencode({'said': said})}", status_code=303)


@post("/shift")
async def take_shift(visit: SignedIn, form: Form) -> Redirect:
    """Come on as support (接班), having seen what is open; no duty is needed for it."""
    command = desk.TakeShift(id=command_id(visit, form), who=visit.person.id, promises=promises_open(visit))
    await settled(visit, await visit.desk.house.command(command))
    return Redirect("/oncall?said=shift_taken", status_code=303)


def _card(duty: OnCall, visit: Visit) -> DutyCard:
    roster, now = visit.roster, visit.now
    state, on_call = roster.state(duty.id), roster.on_call(duty, now)
    ahead = [
        Turn(person=person, from_at=from_at, until=until)
        for person, (from_at, until) in turns(duty, state.overrides, now, TURNS_SHOWN)
    ]
    people = people_of(duty, state.overrides)
    me = visit.person.id
    return DutyCard(
        id=duty.id,
        on_call=on_call,
        state=state,
        confirmed=duty.confirmed,
        current=ahead[0] if ahead else None,
        following=tuple(ahead[1:]),
        others=tuple(sorted(people - {me})) if me in people else (),
        may_confirm=duty.confirmed and roster.planned(duty, now) == me and on_call != me,
    )


def _confirm(visit: Visit, duty: str, fields: Fields) -> desk.DeskCommand:
    return desk.ConfirmHandover(
        id=command_id(visit, fields), who=visit.person.id, duty=duty, promises=promises_open(visit)
    )


def _cover(visit: Visit, duty: str, fields: Fields) -> desk.DeskCommand:
    return desk.CoverDuty(
        id=command_id(visit, fields), who=visit.person.id, duty=duty,
        until=required_moment(visit, fields, "until"), reason=text_of(fields, "reason"),
    )  # fmt: skip


def _override(visit: Visit, duty: str, fields: Fields) -> desk.DeskCommand:
    return desk.OverrideDuty(
        id=command_id(visit, fields), who=visit.person.id, duty=duty, person=fields.get("person", ""),
        from_at=moment(visit, fields, "from"), until=required_moment(visit, fields, "until"), reason=text_of(fields, "reason"),
    )  # fmt: skip


def _swap(visit: Visit, duty: str, fields: Fields) -> desk.DeskCommand:
    return desk.SwapDuty(
        id=command_id(visit, fields), who=visit.person.id, duty=duty, other=fields.get("other", "")
    )


def _end(visit: Visit, duty: str, fields: Fields) -> desk.DeskCommand:
    return desk.EndOverride(
        id=command_id(visit, fields), who=visit.person.id, duty=duty, override=fields.get("override", "")
    )


def _note(visit: Visit, duty: str, fields: Fields) -> desk.DeskCommand:
    return desk.NoteHandover(
        id=command_id(visit, fields), who=visit.person.id, duty=duty, text=text_of(fields, "text")
    )


_Make = Callable[[Visit, str, Fields], desk.DeskCommand]
ACTIONS: Mapping[str, tuple[_Make, str]] = {
    "confirm": (_confirm, "duty_confirmed"),
    "cover": (_cover, "duty_covered"),
    "override": (_override, "duty_overridden"),
    "swap": (_swap, "duty_swapped"),
    "end": (_end, "duty_ended"),
    "note": (_note, "duty_noted"),
}
"""Each action with the command it makes and the text that says that it was done."""
