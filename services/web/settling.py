"""Settling a case: only with what it came to, and what shows that."""

from collections.abc import Mapping
from typing import get_args

from services.views.cases import CaseRow
from services.web.actions import Fields, command_id
from services.web.errors import BadQuestion
from services.web.visit import Visit
from streams.case_events import Outcome
from streams.commands import SettleCase

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
TEXT_MOST = 2_000

_KNOWN: Mapping[str, Outcome] = {outcome: outcome for outcome in OUTCOMES}


def settle_case(visit: Visit, case: CaseRow, fields: Fields) -> SettleCase:
    """The command that settles a case, from the fields `outcome`, `evidence`, `note`.

    Raises:
        BadQuestion: there is no such outcome, no evidence, or a text is too long.
    """
    outcome = _KNOWN.get(found := fields.get("outcome", ""))
    if outcome is None:
        raise BadQuestion(f"outcome: found {found[:40]!r}, expected one of {', '.join(OUTCOMES)}")
    evidence = case_text(fields, "evidence")
    if not evidence:
        raise BadQuestion("evidence: nothing found, expected what shows it: a number, a link, a sentence")
    return SettleCase(
        id=command_id(visit, fields), who=visit.person.id, key=case.key, case=case.id, outcome=outcome,
        evidence=evidence, note=case_text(fields, "note"),
    )  # fmt: skip


def case_text(fields: Fields, name: str) -> str:
    """What was written in a field.

    Raises:
        BadQuestion: it is longer than `TEXT_MOST` characters.
    """
    text = fields.get(name, "").strip()
    if len(text) > TEXT_MOST:
        raise BadQuestion(f"{name}: {len(text)} characters, expected at most {TEXT_MOST}")
    return text
