"""A worker of a later release: it knows one more event, `item.weighed`, and, one release after that, writes it too."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services import engine, worker
from streams.arrivals import IntakeHappening, Judged
from streams.decided import Decided
from streams.events import IntakeEvent, ItemJudged
from streams.intake import Intake
from streams.intake_state import IntakeState
from streams.journal import Codec
from streams.run.embedded import INTAKE
from tests.kafka.clocked_worker import main


class ItemWeighed(Decided, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="item.weighed"):
    """What the later release thinks of an item besides."""

    item: str


class Reading(Intake):
    """Knows the event, and does not write it: the release before its writers."""

    def evolve(self, state: IntakeState, event: Any) -> None:
        if not isinstance(event, ItemWeighed):
            super().evolve(state, event)


class Writing(Reading):
    """Writes one for each item that is judged."""

    def decide(self, state: IntakeState, happening: IntakeHappening, now: datetime) -> Sequence[Any]:
        decided: list[Any] = list(super().decide(state, happening, now))
        if isinstance(happening, Judged) and any(isinstance(event, ItemJudged) for event in decided):
            fact = happening.fact
            decided.append(ItemWeighed(cause=fact.id, key=fact.key, at=now, item=fact.item))
        return decided


RELEASES: dict[str, type[Intake]] = {"reading": Reading, "writing": Writing}
LATER_CODEC: Codec[Any] = Codec(IntakeEvent | ItemWeighed)


if __name__ == "__main__":
    release, *words = sys.argv[1:]
    engine.CODECS[INTAKE] = LATER_CODEC  # type: ignore[index]
    setattr(worker, Intake.__name__, RELEASES[release])
    main(*words)
