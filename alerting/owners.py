"""Whose a step of a playbook is: roles become people by who is on call."""

from datetime import datetime

from alerting.config import Person
from alerting.incident import Incident
from alerting.orders import Orders
from alerting.playbook_events import StepPlan

LEADER = "commander"
"""The role that leads where nobody was named commander."""


def owner_of(role: str | None, orders: Orders, at: datetime) -> Person | None:
    """Whoever of the role is on call, else the first of the role."""
    people = _people_with(role, orders)
    on_duty = {orders.roster.on_call(duty, at) for duty in orders.config.oncall}
    return next((person for person in people if person.id in on_duty), people[0] if people else None)


def people_of(step: StepPlan, orders: Orders) -> list[Person]:
    """Whom a late step concerns: its owner first, then all of its role."""
    owner = orders.config.person(step.person) if step.person is not None else None
    others = [person for person in _people_with(step.role, orders) if person is not owner]
    return [owner, *others] if owner is not None else others


def leaders(incident: Incident, orders: Orders, at: datetime) -> list[Person]:
    """Who is told when a step stays undone: the commander, else whoever of that role is on call."""
    named = orders.config.person(incident.commander) if incident.commander is not None else None
    leader = named or owner_of(LEADER, orders, at)
    return [leader] if leader is not None else []


def _people_with(role: str | None, orders: Orders) -> list[Person]:
    return [person for person in orders.config.people if role in person.roles]
