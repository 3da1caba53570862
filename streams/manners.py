"""What a customer's message asks of us by its manner, beyond what it is about."""

import msgspec

from streams.sla.policy import SlaConfig


class Manner(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one message to us reads."""

    about_order: bool = False
    """It speaks of an order of the writer's own: somebody has to look it up, whatever the crowd around it says."""


PLAIN = Manner()


def manner_of(text: str, sla: SlaConfig) -> Manner:
    """How a normalised text reads under the rules of a configuration."""
    pile_on = sla.pile_on
    if pile_on is not None and any(word in text for word in pile_on.apart_words):
        return Manner(about_order=True)
    return PLAIN
