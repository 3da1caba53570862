"""What becomes of prepared statements: written, reviewed by three people, released, withdrawn.

Each event is about one statement (`item`) of one brand (`key`). `hash` is what an approval locks (`alerting.content.lock_item`),
`text_hash` the SHA-256 of a text as it was filled.
"""

from datetime import date
from typing import Literal

from alerting.compliance import Flag
from alerting.config import ContentItem
from alerting.happening import instant
from alerting.levels import Level
from streams.decided import Decided

ReviewLevel = Literal["planner", "manager", "legal", "commander"]
"""The three levels of a review; the commander only in the emergency lane."""
ReviewVerdict = Literal["approve", "return"]
CorrectionReason = Literal["lapsed", "returned", "edited"]
"""Why something that was released must be withdrawn or corrected: nobody ratified it in time, or a reviewer said no."""


class ContentEvent(Decided, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one prepared statement. `by` is the person who did it; None: the desk itself."""

    item: str
    """`ContentItem.id`, unique within the brand."""
    by: str | None = None
    incident: str = ""
    """The incident it was done for, if any."""

    @property
    def discriminator(self) -> str:
        return f"{self.item}/{instant(self.at)}"


class ContentDrafted(ContentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.drafted"):
    """A statement was written, or rewritten, at the desk."""

    content: ContentItem
    over: str | None = None
    """Lock of what the configuration held when it was written. Once the configuration says something else, that holds."""


class ReviewEvent(ContentEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one review of a statement; reviews are counted from 1."""

    hash: str
    number: int

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.number}"


class ContentSubmitted(ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.submitted"):
    """A statement goes into review, as it stands now."""

    authors: tuple[str, ...]
    """Nobody of these reviews it."""
    order: tuple[ReviewLevel, ...]
    """The levels, each after the one before."""
    emergency: bool = False
    """Legal and commander at once; the others ratify it within `RATIFY_WITHIN`."""
    legal_only: bool = False
    """A special industry: PR cannot stand in for legal."""
    flags: tuple[Flag, ...] = ()
    despite: str = ""
    """Why it is handed in although words in it are objected to."""
    title: str = ""
    """The beginning of its text, for the review sheet."""
    expires: date


class ReviewAsked(ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.review_asked"):
    """Somebody is asked for their opinion; `round` counts those asked before them at this level."""

    level: ReviewLevel
    person: str
    round: int = 0
    urgency: Level | None = None
    """The gravest open incident of the brand."""

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.level}/{self.round}"


class OpinionGiven(ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.opinion_given"):
    """A reviewer said what they think, and whether it may go out."""

    level: ReviewLevel
    verdict: ReviewVerdict
    opinion: str


class ContentApproved(ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.approved"):
    """All who had to agree did: exactly this text may be released until it expires."""

    emergency: bool = False


class ContentReturned(ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.returned"):
    """A reviewer wants it changed; an approval that it had in the emergency lane falls."""

    level: ReviewLevel
    opinion: str


class ContentRatified(ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.ratified"):
    """What the emergency lane let through has all three opinions now."""


class RatificationLapsed(
    ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.ratification_lapsed"
):
    """It has not, a day later: no more releases until it has."""


class CorrectionAsked(
    ReviewEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.correction_asked"
):
    """What was released must be withdrawn or corrected: a task, open until that is recorded."""

    reason: CorrectionReason
    releases: tuple[str, ...]


class ContentFilled(ContentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.filled"):
    """The blanks of an approved statement were filled."""

    hash: str
    text_hash: str
    text: str
    values: tuple[tuple[str, str], ...] = ()
    needs_legal: bool = False
    """Free words stand in it: a lawyer has to read it as it is filled."""
    flags: tuple[Flag, ...] = ()

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.text_hash}"


class FillingReviewed(
    ContentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.filling_reviewed"
):
    """A lawyer read a filled text."""

    text_hash: str
    verdict: ReviewVerdict
    opinion: str


class ContentReleased(ContentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.released"):
    """An authorised person lets a filled text go out; a person posts it. `link` is often only known afterwards."""

    release: str
    scenario: str
    platform: str
    variant: str
    hash: str
    text_hash: str
    text: str
    link: str = ""
    emergency: bool = False
    """It went out on the word of two people and was not ratified yet."""

    @property
    def discriminator(self) -> str:
        return self.release


class ReleaseEvent(ContentEvent, frozen=True, kw_only=True, omit_defaults=True):
    """Something about one release."""

    release: str

    @property
    def discriminator(self) -> str:
        return f"{self.release}/{instant(self.at)}"


class ContentPosted(ReleaseEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.posted"):
    """Where it stands on the platform."""

    link: str


class ContentWithdrawn(ContentEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.withdrawn"):
    """A released text was taken down, or (no `release`) the statement is not to be used any more; always with a reason."""

    reason: str
    release: str = ""

    @property
    def discriminator(self) -> str:
        return f"{super().discriminator}/{self.release}"


class ContentCorrected(ReleaseEvent, frozen=True, kw_only=True, omit_defaults=True, tag="content.corrected"):
    """A correction of what was released went out."""

    note: str
    link: str = ""


AnyContentEvent = (
    ContentDrafted
    | ContentSubmitted
    | ReviewAsked
    | OpinionGiven
    | ContentApproved
    | ContentReturned
    | ContentRatified
    | RatificationLapsed
    | CorrectionAsked
    | ContentFilled
    | FillingReviewed
    | ContentReleased
    | ContentPosted
    | ContentWithdrawn
    | ContentCorrected
)
