"""Who reviews: three different people, none of them an author; who is asked first, and who after them.

Legal and PR share the third level, legal being asked first; content of a special industry is for legal alone. Whoever has
the role may give the opinion, asked or not: asking only decides whose phone rings.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from alerting.config import DeskConfig, Person
from alerting.content_events import ReviewLevel
from alerting.levels import Level
from alerting.orders import Orders
from alerting.rest import to_wake
from alerting.shelf import Review

_ROLES: dict[ReviewLevel, tuple[str, ...]] = {
    "planner": ("planner",),
    "manager": ("manager",),
    "legal": ("legal", "pr"),
    "commander": ("commander",),
}
LEGAL = "legal"
"""The one role that reads free words and special industries."""


def roles_of(level: ReviewLevel, *, legal_only: bool = False) -> tuple[str, ...]:
    """Whose opinion counts at a level, the first choice first."""
    return (LEGAL,) if level == "legal" and legal_only else _ROLES[level]


def eligible(
    config: DeskConfig, level: ReviewLevel, barred: Collection[str], *, legal_only: bool = False
) -> list[Person]:
    """Everybody who may review at a level: the first choice first, in the order of the configuration."""
    people = (
        person
        for role in roles_of(level, legal_only=legal_only)
        for person in config.people
        if role in person.roles and person.id not in barred
    )
    return list({person.id: person for person in people}.values())


def has_route(choices: Sequence[Collection[str]]) -> bool:
    """Whether every level can have a person of its own."""
    if not choices:
        return True
    first, *rest = choices
    return any(has_route([set(each) - {person} for each in rest]) for person in first)


def barred(review: Review) -> frozenset[str]:
    """Who has no further say in a review: its authors, and whoever gave an opinion."""
    return frozenset((*review.authors, *(opinion.by for opinion in review.opinions)))


def choices(config: DeskConfig, review: Review, level: ReviewLevel) -> list[Person]:
    """Who may still give an opinion at a level of this review."""
    return eligible(config, level, barred(review), legal_only=review.legal_only)


def to_ask(
    orders: Orders, review: Review, level: ReviewLevel, urgency: Level | None, at: datetime
) -> Person | None:
    """Whose turn it is: the next one not asked yet at this level; after the last one, the first again.

    On duty goes before off duty. Somebody without whom another level would have nobody left is asked last, and so is
    whoever sleeps, unless it is red.
    """
    people = list(_in_order(orders, review, level, urgency, at))
    asked = [each.person for each in review.asked if each.level == level]
    busy = {each.person for each in review.asked if each.level != level and each.level in review.open_levels}
    times = {person.id: asked.count(person.id) for person in people}
    return min(people, key=lambda person: (times[person.id], person.id in busy), default=None)


def _in_order(
    orders: Orders, review: Review, level: ReviewLevel, urgency: Level | None, at: datetime
) -> Iterator[Person]:
    people = choices(orders.config, review, level)
    awake = {person.id for person in to_wake(people, urgency or "blue", orders.zone, at)}
    on_duty = {orders.roster.on_call(duty, at) for duty in orders.config.oncall}
    first_choice = roles_of(level, legal_only=review.legal_only)[0]

    def rank(person: Person) -> tuple[bool, ...]:
        return (
            not spared(orders.config, review, level, person.id),
            not person.contacts,
            person.id not in awake,
            first_choice not in person.roles,
            person.id not in on_duty,
        )

    yield from sorted(people, key=rank)


def spared(config: DeskConfig, review: Review, level: ReviewLevel, person: str) -> bool:
    """Whether the other levels still have people if this one reviews here; also if they had none before."""
    others = [each for each in review.order if each not in review.given and each != level]
    others += [each for each in review.open_levels if each != level and each not in others]
    people = [{one.id for one in choices(config, review, each)} for each in others]
    return has_route([each - {person} for each in people]) or not has_route(people)
