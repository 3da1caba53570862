"""Random lives of a support desk: repeats, late news, batches and restarts, and the clocks always say what is known."""

from datetime import datetime, timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.arrivals import Arrival
from streams.clock_changes import SUPERSEDED
from streams.commands import ActivateConfig, MarkConversation
from streams.config import IntakeConfig
from streams.events import IntakeEvent, MarkOp, SlaBreached, SlaBreachVoided
from streams.journal import Codec
from streams.run.loop import AnyPartition, Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import Clock, state_of
from streams.sla.policy import PileOn, Policy, SlaConfig, When
from tests.builders import ALWAYS, CONFIG, at, comment, deletion, intake, reply

KEY = "weibo/xibei-official/p1"
BEGAN = at("10:00")
AUTHORS = st.sampled_from(["anna", "bert", "cora", "dora"])
TEXTS = st.sampled_from(["在吗", "在吗", "谢谢", "我的订单呢", "西贝异物"])
AGO_M = st.sampled_from([0, 0, 0, 1, 7, 25])
"""Minutes between what happened and our learning of it."""
OPS = st.sampled_from(["paused", "resumed", "settled", "no_reply_needed", "spam"])

Happening = Arrival | MarkConversation


def _config() -> IntakeConfig:
    def promise(name: str, first_m: int, when: When) -> Policy:
        return Policy(
            id=name,
            when=when,
            calendar="always",
            first_response_s=first_m * 60,
            next_response_s=15 * 60,
            resolution_s=40 * 60,
        )

    policies = (promise("vip", 5, When(author_tags=("vip",))), promise("all", 10, When()))
    sla = SlaConfig(policies=policies, calendars=(ALWAYS,), warn_at=(0.5,), pile_on=PileOn(2, 20 * 60))
    return msgspec.structs.replace(CONFIG, sla=sla)


PROMISED = _config()


def clocks_in(partition: AnyPartition) -> dict[str, dict[str, Clock]]:
    known = {
        name: {each: clock for each, clock in one.clocks.items() if clock.reason != SUPERSEDED}
        for name, one in partition.state.threads.conversations.items()
    }
    return {name: clocks for name, clocks in known.items() if clocks}


def began(journal: MemoryJournal, snapshot_every_events: int = 10**9) -> AnyPartition:
    partition: AnyPartition = Partition(
        journal, intake(PROMISED), Codec(IntakeEvent), snapshot_every_events=snapshot_every_events
    )
    if partition.state.config is None:
        partition.take([ActivateConfig(id="activate", who="test", config="c1")], at("09:00"))
    return partition


class Desk(RuleBasedStateMachine):
    """What happens waits for the next batch; what was taken in is remembered, to be lived through anew in order."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = MemoryJournal("intake")
        self.partition = began(self.journal, snapshot_every_events=9)
        self.now = BEGAN
        self.number = 0
        self.waiting: list[tuple[datetime, Happening]] = []
        self.known: list[tuple[datetime, Happening]] = []
        self.breaches: dict[str, bool] = {}

    def happens(self, when: datetime, happening: Happening) -> None:
        self.waiting.append((when, happening))

    def next_id(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    @rule(ago_m=AGO_M, author=AUTHORS, text=TEXTS, vip=st.booleans())
    def writes(self, ago_m: int, author: str, text: str, vip: bool) -> None:
        when = self.now - timedelta(minutes=ago_m)
        tags = ("vip",) if vip else ()
        self.happens(when, comment(text, when, native_id=self.next_id("c"), author=author, tags=tags))

    @rule(ago_m=AGO_M, author=AUTHORS | st.none(), auto=st.booleans())
    def we_answer(self, ago_m: int, author: str | None, auto: bool) -> None:
        when = self.now - timedelta(minutes=ago_m)
        self.happens(when, reply(when, native_id=self.next_id("r"), to=author, auto=auto))

    @rule(ago_m=AGO_M, author=AUTHORS, op=OPS)
    def we_mark(self, ago_m: int, author: str, op: MarkOp) -> None:
        when = self.now - timedelta(minutes=ago_m)
        mark = MarkConversation(
            id=self.next_id("k"),
            who="lin",
            conversation=f"{KEY}/{author}",
            key=KEY,
            op=op,
            occurred_at=when,
            reason="customer" if self.number % 2 else None,
        )
        self.happens(when, mark)

    @rule(which=st.integers(1, 30))
    def is_deleted(self, which: int) -> None:
        self.happens(self.now, deletion(f"c{which}", self.now))

    @rule(which=st.integers(0, 40))
    def comes_again(self, which: int) -> None:
        if self.known:
            self.waiting.append(self.known[which % len(self.known)])

    @rule(minutes=st.integers(0, 12), cut=st.integers(1, 4))
    def are_taken_in(self, minutes: int, cut: int) -> None:
        """All that waits, in one batch or cut in two."""
        self.now += timedelta(minutes=minutes)
        arrivals = [happening for _, happening in self.waiting]
        for batch in (arrivals[:cut], arrivals[cut:]):
            self.note(self.partition.take(batch, self.now).entry)
        self.note(self.partition.fire(self.now).entry)
        self.known += self.waiting
        self.waiting = []

    def note(self, entry: object) -> None:
        for event in getattr(entry, "events", ()):
            if isinstance(event, SlaBreached | SlaBreachVoided):
                clock = event.clock
                self.breaches[f"{event.conversation} {clock.kind}/{clock.ordinal}"] = isinstance(
                    event, SlaBreached
                )

    @rule()
    def restarts(self) -> None:
        lived = list(self.partition.state.dump())
        self.partition = began(self.journal, snapshot_every_events=9)
        assert list(self.partition.state.dump()) == lived

    @invariant()
    def the_clocks_are_those_of_a_life_in_order(self) -> None:
        anew = began(MemoryJournal("anew"))
        ordered = sorted(self.known, key=lambda each: each[0])
        anew.take([happening for _, happening in ordered], self.now)
        assert clocks_in(anew) == clocks_in(self.partition)

    @invariant()
    def a_breach_stands_where_a_clock_ran_out_and_nowhere_else(self) -> None:
        if self.waiting:
            return
        standing = {name for name, stands in self.breaches.items() if stands}
        assert standing == {
            f"{conversation} {name}"
            for conversation, clocks in clocks_in(self.partition).items()
            for name, clock in clocks.items()
            if self.is_breached(clock)
        }

    def is_breached(self, clock: Clock) -> bool:
        # The timer fires at the due time; a clock that runs out at this very instant is told already.
        due_now = state_of(clock, self.now) == "running" and clock.due_at == self.now
        return due_now or state_of(clock, self.now) == "breached"


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
