"""What arrives at Intake: a fact with, for the moment of judging only, its content in the clear."""

import msgspec

from streams.commands import IntakeCommand
from streams.events import Match
from streams.facts import AnyFact, Private
from streams.manners import PLAIN, Manner
from streams.text.normalise import Normalised
from streams.text.sentiment import Sentiment


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fact on its way in. Content is in the clear here and sealed in `fact`; only `fact` is ever kept.

    `private`, `text` and `title` are absent for facts without content (measured, deleted, a collector's beat).
    """

    fact: AnyFact
    private: Private | None = None
    text: Normalised | None = None
    title: Normalised | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What the text alone tells of an item, before anything is known about its neighbours."""

    sentiment: Sentiment
    matches: tuple[Match, ...] = ()
    topic: str | None = None
    topic_evidence: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    simhash: int = 0
    model: str = ""


class Judged(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type", tag="judged"
):
    """A fact with its judgement; None for facts without content."""

    fact: AnyFact
    judgement: Judgement | None = None
    manner: Manner = PLAIN


IntakeArrival = Arrival | Judged | IntakeCommand
"""What was judged elsewhere already passes through judging as it is."""
IntakeHappening = Judged | IntakeCommand
