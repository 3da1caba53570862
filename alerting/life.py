"""What rules and time do to incidents: they open, join, rise, and come down."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from alerting.escalation import next_page_at, take_due_steps
from alerting.events import (
    COLLECTION,
    GENERAL,
    AnyIncidentEvent,
    EaseSuggested,
    Evidence,
    IncidentClosed,
    IncidentEased,
    IncidentJoined,
    IncidentOpened,
    IncidentRaised,
)
from alerting.incident import Draft, Incident
from alerting.inhibition import graver_than
from alerting.levels import EASES_BY_ITSELF, below, rank
from alerting.orders import Orders
from alerting.playbook import end_run, start_if_fitting
from alerting.watch import Watch
from streams import ids

INCIDENT_ID_DIGITS = 12
"""Short enough for the link in a text message; 48 bits are plenty for the incidents of one desk."""
CALM = "calm"
"""Why an incident closed by itself."""


def incident_id(brand: str, category: str, cause: str) -> str:
    """Derived from what opened it."""
    return ids.derived("incident", brand, category, cause)[:INCIDENT_ID_DIGITS]


def find_open(incidents: Iterable[Incident], category: str) -> Incident | None:
    """The open incident of a category; there is at most one."""
    return next((each for each in incidents if each.is_open and each.covers(category)), None)


def respond(
    orders: Orders, incidents: Sequence[Incident], fired: Sequence[Evidence], cause: str, now: datetime
) -> list[AnyIncidentEvent]:
    """What follows from rules that fired: one incident per category is opened, or joined and perhaps raised.

    What concerns the brand as a whole joins its gravest open incident, and opens a general one only if there is none.
    """
    drafts: dict[str, Draft] = {}
    for category, evidence in _by_category(incidents, fired).items():
        known = find_open(incidents, category)
        if known is None:
            drafts[category] = _open(orders, incidents, category, evidence, cause, now)
        else:
            drafts[category] = _join(Draft(known, cause, now), evidence)
        if known is None or known.level != drafts[category].incident.level:
            follow_level(drafts[category], orders)
    return [event for draft in drafts.values() for event in draft.events]


def follow_level(draft: Draft, orders: Orders) -> None:
    """What a level that was just reached asks for: pages that are due at once, and the playbook."""
    take_due_steps(draft, orders)
    start_if_fitting(draft, orders)


def calm_at(incident: Incident, orders: Orders, watch: Watch) -> datetime | None:
    """When it has been calm for long enough: no cause, no activity, and no platform that is silent still.

    What opened at night comes down only after those who are to be told in the morning were told.
    """
    silent = any(rule in watch.silent for rule in incident.rules)
    told_at = _told_at(incident, orders)
    if not incident.is_open or incident.ease_suggested or silent or told_at is None:
        return None
    spoke_s = max((watch.spoke.get(rule, 0) for rule in incident.rules), default=0)
    since = max(incident.calm_since, incident.active_at, told_at, datetime.fromtimestamp(spoke_s, UTC))
    return since + timedelta(seconds=orders.brand.ease_after_s)


def _told_at(incident: Incident, orders: Orders) -> datetime | None:
    """When the first people were told of a level that comes down by itself; None: they are yet to be."""
    climb = incident.climb
    if incident.level not in EASES_BY_ITSELF or climb.round > 0:
        return climb.started_at
    if climb.last_at is None and next_page_at(incident, orders) is not None:
        return None
    return climb.last_at or climb.started_at


def calm_down(draft: Draft, at: datetime) -> None:
    """After a calm period: yellow becomes blue, blue is closed, and for orange and red a person is asked."""
    incident = draft.incident
    lower = below(incident.level)
    if incident.level not in EASES_BY_ITSELF:
        since = max(incident.calm_since, incident.active_at)
        draft.add(EaseSuggested(**draft.head(at), level=incident.level, calm_since=since))
    elif lower is None:
        close(draft, reason=CALM, at=at)
    else:
        draft.add(IncidentEased(**draft.head(at), level=lower, from_level=incident.level))


def close(
    draft: Draft, *, reason: str, by: str | None = None, false_alarm: bool = False, at: datetime | None = None
) -> None:
    """Close it, end its playbook, and let publications go on."""
    draft.add(IncidentClosed(**draft.head(at), by=by, reason=reason, false_alarm=false_alarm))
    end_run(draft, "false_alarm" if false_alarm else "incident_closed", by)


def _by_category(incidents: Sequence[Incident], fired: Sequence[Evidence]) -> dict[str, list[Evidence]]:
    """Evidence by the category of the incident that it belongs to."""
    grouped: dict[str, list[Evidence]] = {}
    general: list[Evidence] = []
    for evidence in fired:
        if evidence.category in (None, GENERAL):
            general.append(evidence)
        else:
            assert evidence.category is not None
            owner = find_open(incidents, evidence.category)
            grouped.setdefault(owner.category if owner else evidence.category, []).append(evidence)
    if general:
        grouped.setdefault(_general_target(incidents, grouped), []).extend(general)
    return grouped


def _general_target(incidents: Sequence[Incident], grouped: dict[str, list[Evidence]]) -> str:
    """The category of the gravest open incident, those that open right now counted in."""
    ranks = {each.category: rank(each.level) for each in incidents if each.is_open}
    for category, evidence in grouped.items():
        ranks[category] = max(ranks.get(category, 0), *(rank(each.level) for each in evidence))
    ranks.pop(COLLECTION, None)
    return max(ranks, key=lambda category: (ranks[category], category), default=GENERAL)


def _gravest(evidence: Sequence[Evidence]) -> Evidence:
    return max(evidence, key=lambda each: rank(each.level))


def _open(
    orders: Orders,
    incidents: Sequence[Incident],
    category: str,
    evidence: Sequence[Evidence],
    cause: str,
    now: datetime,
) -> Draft:
    gravest = _gravest(evidence)
    opened = IncidentOpened(
        cause=cause,
        key=orders.brand.id,
        at=now,
        incident=incident_id(orders.brand.id, category, cause),
        level=gravest.level,
        category=category,
        evidence=gravest,
        inhibited_by=graver_than(
            orders, gravest.level, category, (each.rule for each in evidence), incidents
        ),
        drill=orders.config.drill,
    )
    draft = Draft.opening(opened, now)
    _join_rest(draft, evidence, gravest)
    return draft


def _join(draft: Draft, evidence: Sequence[Evidence]) -> Draft:
    gravest = _gravest(evidence)
    level = draft.incident.level
    if rank(gravest.level) <= rank(level):
        _join_rest(draft, evidence, None)
        return draft
    draft.add(IncidentRaised(**draft.head(), level=gravest.level, from_level=level, evidence=gravest))
    _join_rest(draft, evidence, gravest)
    return draft


def _join_rest(draft: Draft, evidence: Sequence[Evidence], told: Evidence | None) -> None:
    for each in evidence:
        if each is not told:
            draft.add(IncidentJoined(**draft.head(), evidence=each))
