"""Prepared statements as pages show them: how each stands, who may do what, and the text cut at its blanks."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec

from alerting.asking import RATIFY_WITHIN
from alerting.config import Blank, BrandDesk, ContentItem
from alerting.content import lock_item, needs_free_words, order_of_use
from alerting.content_events import ReviewLevel
from alerting.permissions import may
from alerting.reviewers import LEGAL, choices, spared
from alerting.shelf import ContentFile, Filling, Release, Review, Standing, standing_of
from services.views.contents import ReleaseRow, releases_of, shelf_of
from services.views.rows import IncidentFile
from services.web.visit import Visit

USABLE: frozenset[Standing] = frozenset({"approved", "to_ratify"})


class Part(msgspec.Struct, frozen=True):
    """A stretch of text, or a blank."""

    text: str = ""
    blank: Blank | None = None
    again: bool = False
    """The same blank stood further up: what is filled in there stands here as well."""

    @property
    def kind(self) -> str:
        """`text`, or the type of the blank."""
        return "text" if self.blank is None else str(type(self.blank).__struct_config__.tag)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared statement, as the visitor meets it."""

    brand: str
    item: ContentItem
    file: ContentFile
    hash: str
    standing: Standing
    review: Review | None
    """Of exactly this text."""
    mine: tuple[ReviewLevel, ...]
    """Levels at which the visitor's opinion is wanted now."""
    parts: tuple[Part, ...]
    free: bool
    """Somebody has to write, and a lawyer to read it."""
    may_release: bool
    fillings: tuple[Filling, ...]
    """Waiting for a lawyer or for release, newest first."""
    may_clear: bool
    """The visitor may read filled texts as a lawyer."""

    @property
    def place(self) -> str:
        """The address of its page."""
        return f"/content/{self.brand}/{self.item.id}"

    @property
    def usable(self) -> bool:
        """Whether it may be filled and released now."""
        return self.standing in USABLE

    @property
    def ratify_by(self) -> datetime | None:
        """Until when what the emergency lane let out has to have all three opinions."""
        review = self.review
        if self.standing != "to_ratify" or review is None or review.approved_at is None:
            return None
        return review.approved_at + RATIFY_WITHIN

    @property
    def unposted(self) -> tuple[Release, ...]:
        """What went out and nobody said yet where it stands."""
        return tuple(each for each in self.file.releases if not each.link and not each.is_over)


class PlatformOffers(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said about an incident on one platform."""

    platform: str
    offers: tuple[Offer, ...]
    """Those that may go out first."""
    said_at: datetime | None
    """When something was released there last."""

    @property
    def usable(self) -> int:
        """How many may be filled and released now."""
        return sum(offer.usable for offer in self.offers)

    @property
    def wanted(self) -> int:
        """For how many the visitor's opinion is wanted."""
        return sum(bool(offer.mine) for offer in self.offers)


def offers_of(brand: BrandDesk, visit: Visit) -> tuple[Offer, ...]:
    """All statements of a brand, by scenario and platform; what may be said earliest first."""
    shelf = shelf_of(visit.desk.reader, brand.id)
    configured = {item.id: item for item in brand.content}
    found = []
    for name in dict.fromkeys((*configured, *shelf)):
        file = shelf.get(name) or ContentFile(item=name)
        item = file.current(configured.get(name))
        if item is not None:
            found.append(_offer(brand, item, file, visit))
    return tuple(
        sorted(found, key=lambda each: (each.item.scenario, each.item.platform, *order_of_use(each.item)))
    )


def platforms_in(found: IncidentFile, visit: Visit) -> tuple[PlatformOffers, ...]:
    """Statements for the scenarios that the incident's playbook asked for, by platform.

    Where something may go out and nothing did comes first, where something was said already last.
    """
    brand, scenarios = visit.config.brand(found.row.brand), {offer.scenario for offer in found.offers}
    if brand is None or not scenarios:
        return ()
    said = {row.released.platform: row.released.at for row in reversed(released_in(found, visit))}
    accounts = (account.platform for account in visit.intake.accounts if account.brand == brand.id)
    groups: dict[str, list[Offer]] = {platform: [] for platform in accounts}
    for offer in offers_of(brand, visit):
        if offer.item.scenario in scenarios:
            groups.setdefault(offer.item.platform, []).append(offer)
    stages = [
        PlatformOffers(
            platform=name, offers=tuple(sorted(offers, key=lambda each: not each.usable)), said_at=said.get(name)
        )
        for name, offers in groups.items()
        if offers
    ]  # fmt: skip
    return tuple(sorted(stages, key=lambda each: (each.said_at is not None, not each.usable)))


def released_in(found: IncidentFile, visit: Visit) -> tuple[ReleaseRow, ...]:
    """What went out for an incident, newest first."""
    return releases_of(visit.desk.reader, found.row.brand, incident=found.row.id)


def _offer(brand: BrandDesk, item: ContentItem, file: ContentFile, visit: Visit) -> Offer:
    review, person = file.review_of(item), visit.config.person(visit.person.id)
    levels = review.open_levels if review is not None and not file.withdrawn else ()
    mine = tuple(
        level
        for level in levels
        if review is not None
        and person in choices(visit.config, review, level)
        and spared(visit.config, review, level, visit.person.id)
    )
    authors = review.authors if review is not None else ()
    hash_ = lock_item(item)
    return Offer(
        brand=brand.id,
        item=item,
        file=file,
        hash=hash_,
        standing=standing_of(file, item, visit.now, visit.zone),
        review=review,
        mine=mine if visit.may_act and may(visit.config, visit.person, "content.review") else (),
        parts=cut(item.text, item.blanks),
        free=needs_free_words(item),
        may_release=person is not None and may(visit.config, person, "content.release"),
        fillings=_to_release(file, hash_),
        may_clear=visit.may_act and LEGAL in visit.person.roles and visit.person.id not in authors,
    )


def _to_release(file: ContentFile, hash_: str) -> tuple[Filling, ...]:
    gone = {release.text_hash for release in file.releases}
    found = (each for each in reversed(file.fillings) if each.hash == hash_ and each.text_hash not in gone)
    return tuple(found)


def cut(text: str, blanks: Iterable[Blank]) -> tuple[Part, ...]:
    """The text cut at its blanks."""
    parts: list[Part] = [Part(text)]
    for blank in blanks:
        parts = [piece for part in parts for piece in ([part] if part.blank else _cut(part.text, blank))]
    return tuple(_marked(part for part in parts if part.text or part.blank))


def _marked(parts: Iterable[Part]) -> Iterator[Part]:
    """Blanks that came before say so."""
    seen: set[str] = set()
    for part in parts:
        name = part.blank.name if part.blank is not None else None
        yield msgspec.structs.replace(part, again=True) if name in seen else part
        seen |= {name} if name is not None else set()


def _cut(text: str, blank: Blank) -> list[Part]:
    pieces: list[Part] = []
    for number, piece in enumerate(text.split("{" + blank.name + "}")):
        if number:
            pieces.append(Part(blank=blank))
        pieces.append(Part(piece))
    return pieces


def siblings(offers: Collection[Offer], offer: Offer) -> tuple[Offer, ...]:
    """The variants of a statement's set on its platform, itself among them."""
    mine = (offer.item.set, offer.item.platform)
    return tuple(each for each in offers if (each.item.set, each.item.platform) == mine)
