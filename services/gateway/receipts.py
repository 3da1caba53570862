"""What the gateway answers: how many were taken in, how many were known, and what was wrong with the rest."""

import msgspec

from services.gateway.errors import Code, FieldError


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that was not taken in; `index` counts the entries of the batch from 0."""

    index: int
    field: str
    reason: str
    code: Code

    @classmethod
    def of(cls, index: int, error: FieldError) -> "Rejected":
        return cls(index=index, field=error.field, reason=error.reason, code=error.code)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch. What is accepted is durable."""

    accepted: int = 0
    duplicates: int | None = 0
    """None: this gateway cannot know; what is accepted may have been known already."""
    rejected: tuple[Rejected, ...] = ()

    def plus(self, other: "Receipt") -> "Receipt":
        return Receipt(
            accepted=self.accepted + other.accepted,
            duplicates=plus_unknown(self.duplicates, other.duplicates),
            rejected=self.rejected + other.rejected,
        )


def plus_unknown(one: int | None, other: int | None) -> int | None:
    """The sum; None if either is not known."""
    return None if one is None or other is None else one + other


class RejectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file that went to the dead letters."""

    line: int
    field: str
    reason: str


class LinesReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some lines of a file."""

    accepted: int = 0
    duplicates: int | None = 0
    rejected: tuple[RejectedLine, ...] = ()
