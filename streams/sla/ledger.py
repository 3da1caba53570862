"""The working-time ledger: every span of a wait, what of it counted, and why."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from streams.sla.instants import US, from_us
from streams.sla.openings import Piece, Why


class LedgerSpan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the ledger, half-open. The counted seconds of all lines add up to the whole seconds counted."""

    from_at: datetime = msgspec.field(name="from")
    to_at: datetime = msgspec.field(name="to")
    counted_s: int
    why: Why
    zh: str
    en: str
    unannounced_year: int | None = None
    """The holidays of this year are not known yet, so this line may turn out otherwise."""


def ledger_of(pieces: Iterable[Piece]) -> tuple[LedgerSpan, ...]:
    """One line per run of pieces that touch and have the same reason."""
    lines: list[LedgerSpan] = []
    counted_us = 0
    for piece in _joined(pieces):
        before_s = counted_us // US
        if piece.counts:
            counted_us += piece.to_us - piece.from_us
        line = LedgerSpan(
            from_at=from_us(piece.from_us),
            to_at=from_us(piece.to_us),
            counted_s=counted_us // US - before_s,
            why=piece.reason.code,
            zh=piece.reason.zh,
            en=piece.reason.en,
            unannounced_year=piece.reason.unannounced_year,
        )
        lines.append(line)
    return tuple(lines)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and last.to_us == piece.from_us and last.reason == piece.reason:
            joined[-1] = Piece(last.from_us, piece.to_us, piece.counts, piece.reason)
        else:
            joined.append(piece)
    return joined
