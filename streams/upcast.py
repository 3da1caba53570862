"""Old shapes of events, brought to today's.

`VOCABULARY` counts the shapes that were ever written. Each step holds one function per event type that changed; it
takes and gives the event as plain data. An event is never rewritten in the journal, only on its way out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Shape = dict[str, Any]
Step = Mapping[str, Callable[[Shape], Shape]]

VOCABULARY = 1
"""The shape that this release writes."""

STEPS: Mapping[int, Step] = {}
"""From the vocabulary of the key to the next one."""


def upcast(events: Sequence[Shape], vocabulary: int, steps: Mapping[int, Step] = STEPS) -> list[Shape]:
    """`events` of an older vocabulary in today's shape."""
    current = list(events)
    for version in range(vocabulary, max(steps, default=0) + 1):
        step = steps.get(version, {})
        current = [step[event["type"]](event) if event["type"] in step else event for event in current]
    return current
