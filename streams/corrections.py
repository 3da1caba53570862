"""What people correct: they know better than any scorer what a text means. Every correction is kept for retraining."""

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from streams.commands import CorrectJudgement
from streams.events import CommandRefused, JudgementCorrected
from streams.intake_state import IntakeState

_ID = re.compile("[0-9a-f]{16,64}")
"""What `streams.ids` derives; anything else was never an item."""


def correct(
    state: IntakeState, command: CorrectJudgement, topics: Sequence[str], now: datetime
) -> JudgementCorrected | CommandRefused:
    """What becomes of a correction; `topics` are those that the configuration knows."""
    refusal = _objection(state, command, topics)
    if refusal is not None:
        return CommandRefused(
            cause=command.id, key=command.key, at=now, who=command.who, what="judgement.correct", why=refusal
        )
    return JudgementCorrected(
        cause=command.id,
        key=command.key,
        at=now,
        item=command.item,
        label=command.label,
        topic=command.topic,
        by=command.who,
    )


def _objection(state: IntakeState, command: CorrectJudgement, topics: Sequence[str]) -> str | None:
    """Why it cannot be, in a word that the desk has a sentence for. What was seen is known for 35 days."""
    if command.label is None and command.topic is None:
        return "nothing_to_correct"
    if command.topic is not None and command.topic not in topics:
        return "unknown_topic"
    if not _ID.fullmatch(command.item) or command.item not in state.seen:
        return "unknown_item"
    return None


def remember(state: IntakeState, corrected: JudgementCorrected) -> None:
    """What the desk is told of this post from now on is what the person said; what it was told before stands."""
    signals = state.signals_of(corrected.item)
    if signals:
        state.remember_signals(
            corrected.item,
            tuple(
                replace(signal, label=corrected.label or signal.label, topic=corrected.topic or signal.topic)
                for signal in signals
            ),
        )
