"""What people ask for about prepared statements. `hash` is always what they saw: another text by now is refused."""

from alerting.config import ContentItem
from alerting.content_events import ReviewLevel, ReviewVerdict
from streams.commands import Command


class ContentCommand(Command, frozen=True, kw_only=True):
    """Something about one statement of `brand`."""

    brand: str
    item: str
    """`ContentItem.id`."""


class DraftContent(ContentCommand, frozen=True, kw_only=True, tag="content.draft"):
    """Write a statement, or write one anew; its author is whoever asks."""

    content: ContentItem


class SubmitContent(ContentCommand, frozen=True, kw_only=True, tag="content.submit"):
    """Hand it in for review. `emergency` only while an incident of the brand is red."""

    hash: str
    emergency: bool = False
    despite: str = ""
    """Why, although words in it are objected to."""
    incident: str = ""


class ReviewContent(ContentCommand, frozen=True, kw_only=True, tag="content.review"):
    """Give an opinion at one level."""

    hash: str
    level: ReviewLevel
    verdict: ReviewVerdict
    opinion: str


class FillContent(ContentCommand, frozen=True, kw_only=True, tag="content.fill"):
    """Fill the blanks, as typed; a `time` is ISO 8601 with offset."""

    hash: str
    values: dict[str, str]
    incident: str = ""


class ReviewFilling(ContentCommand, frozen=True, kw_only=True, tag="content.review_filling"):
    """Say as a lawyer whether a filled text may go out."""

    text_hash: str
    verdict: ReviewVerdict
    opinion: str


class ReleaseContent(ContentCommand, frozen=True, kw_only=True, tag="content.release"):
    """Let a filled text go out."""

    text_hash: str
    link: str = ""
    incident: str = ""


class RecordLink(ContentCommand, frozen=True, kw_only=True, tag="content.post"):
    """Say where a released text stands now."""

    release: str
    link: str


class WithdrawContent(ContentCommand, frozen=True, kw_only=True, tag="content.withdraw"):
    """Take a released text down, or (no `release`) the statement out of use."""

    reason: str
    release: str = ""


class CorrectContent(ContentCommand, frozen=True, kw_only=True, tag="content.correct"):
    """Record that a released text was corrected."""

    release: str
    note: str
    link: str = ""


AnyContentCommand = (
    DraftContent
    | SubmitContent
    | ReviewContent
    | FillContent
    | ReviewFilling
    | ReleaseContent
    | RecordLink
    | WithdrawContent
    | CorrectContent
)
