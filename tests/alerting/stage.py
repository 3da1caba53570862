"""A desk on a virtual clock: things happen at wall times of one Monday in Shanghai, timers fire in between."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from alerting.commands import DeskCommand
from alerting.config import (
    BrandDesk,
    ContentItem,
    DeskConfig,
    EnumBlank,
    Escalation,
    EscalationStep,
    FreeBlank,
    Hours,
    NumberBlank,
    OnCall,
    Person,
    Playbook,
    PlaybookCondition,
    PlaybookStep,
    Rotation,
    TimeBlank,
)
from alerting.desk import Desk, DeskHappening
from alerting.desk_state import DeskState, open_incidents
from alerting.events import (
    DeskEvent,
    Evidence,
    IncidentJoined,
    IncidentOpened,
    IncidentRaised,
    PageRequested,
)
from alerting.incident import Incident
from alerting.levels import Level
from alerting.rules import (
    CombineRule,
    EmergingRule,
    NegativeShareRule,
    ReachRule,
    Rule,
    SeverityRule,
    SilenceRule,
    SlaBreachesRule,
    VelocityRule,
    VolumeRule,
)
from streams import ids
from streams.commands import ActivateConfig
from streams.events import Label, Severity, SignalRaised, SlaBreached, SlaBreachVoided
from streams.facts import SeenKind
from streams.journal import Codec
from streams.run.loop import Partition
from streams.run.memory import MemoryJournal
from streams.sla.clocks import Clock
from tests.builders import at

E = TypeVar("E")

RULES: tuple[Rule, ...] = (
    SeverityRule(id="p0", level="yellow", severity="P0", authors=1),
    SeverityRule(id="p0-wide", level="orange", severity="P0", authors=2),
    ReachRule(id="loud", level="yellow", followers=1_000_000),
    VolumeRule(id="surge", level="yellow", monitor="brand", window_s=600, minimum=30, score=4),
    EmergingRule(id="new-words", level="yellow", monitor="brand", window_s=900, minimum=5),
    NegativeShareRule(id="turn", level="orange", monitor="brand", window_s=1800, minimum=50, share=0.6),
    VelocityRule(id="spread", level="orange", monitor="brand", reposts_per_minute=100),
    SlaBreachesRule(id="pile", level="yellow", count=10, window_s=1800),
    SilenceRule(id="deaf", level="blue", platform="weibo", below=0.1, for_s=1800),
    CombineRule(
        id="crisis", level="red", within_s=3600, at_least=2, of=("p0-wide", "turn", "spread", "loud")
    ),
)
PEOPLE = (
    Person(id="lin", name="林", contacts=("json://a/lin",), roles=("support", "planner")),
    Person(id="he", name="何", contacts=("json://a/he", "json://b/he"), roles=("pr", "manager")),
    Person(id="fang", name="方", contacts=("json://a/fang",), roles=("pr", "manager")),
    Person(id="wu", name="吴", contacts=("json://a/wu",), roles=("legal",)),
    Person(id="jin", name="金", contacts=("json://a/jin",), roles=("commander", "legal")),
    Person(id="guest", name="客", roles=("viewer",)),
)
ROTATION = Rotation(
    people=("he", "fang"),
    timezone="Asia/Shanghai",
    handoff_at=time(9),
    handoff_weekday=0,
    every_days=7,
    starts_on=date(2026, 1, 5),
)
CALLS = (
    EscalationStep(notify=("pr-desk",)),
    EscalationStep(after_s=180, call=("pr-desk",)),
    EscalationStep(after_s=360, notify=("he", "fang"), call=("jin",)),
    EscalationStep(after_s=900, notify=("jin", "wu"), repeat_s=600),
)
ESCALATION = Escalation(
    blue=(EscalationStep(digest=("pr-desk",)),),
    yellow=(EscalationStep(notify=("pr-desk",), hours=Hours(8 * 60, 22 * 60)),),
    orange=CALLS,
    red=CALLS,
    again_after_s=1800,
)
PLAYBOOK = Playbook(
    id="product-crisis",
    when=PlaybookCondition(levels=("orange", "red")),
    steps=(
        PlaybookStep(id="complainant", role="support", title="联系当事人", due_s=900),
        PlaybookStep(id="facts", role="pr", title="核实事实并保全证据", due_s=900),
        PlaybookStep(id="freeze", action="freeze_publications"),
        PlaybookStep(
            id="statement", role="pr", title="准备声明", due_s=1800, action="prepare_content",
            scenario="product-quality", after=("facts",),
        ),
        PlaybookStep(id="legal", role="legal", title="法务确认", due_s=2700, after=("statement",)),
        PlaybookStep(id="report", role="pr", title="书面报告", due_s=86400, action="report"),
    ),
)  # fmt: skip
CONTENT = (
    ContentItem(
        set="product-quality", scenario="product-quality", platform="weibo", variant="a", author="lin",
        expires=date(2027, 6, 30),
        blanks=(EnumBlank(name="topic", of=("保质期", "门店卫生")), NumberBlank(name="hours", min=2, max=24)),
        text="关于大家关心的 {topic}，核查结果会在 {hours} 小时内公布。",
    ),
    ContentItem(
        set="product-quality", scenario="product-quality", platform="weibo", variant="b", author="lin",
        expires=date(2027, 6, 30), blanks=(FreeBlank(name="finding"),), text="核查已经有结果：{finding}。",
    ),
    ContentItem(
        set="product-quality", scenario="product-quality", platform="weibo", variant="hold", author="lin",
        expires=date(2026, 11, 22), blanks=(TimeBlank(name="time", within_s=4 * 3600),), text="{time} 前公布。",
    ),
)  # fmt: skip
BRAND = BrandDesk(
    id="xibei", name="西贝", timezone="Asia/Shanghai", rules=RULES, playbooks=(PLAYBOOK,), content=CONTENT
)
CONFIG = DeskConfig(
    brands=(BRAND,),
    people=PEOPLE,
    oncall=(OnCall(id="pr-desk", rotation=ROTATION),),
    escalation=ESCALATION,
)


def with_rules(*rules: Rule) -> DeskConfig:
    """The configuration with other rules."""
    brand = BrandDesk(
        id="xibei", name="西贝", timezone="Asia/Shanghai", rules=rules, playbooks=(PLAYBOOK,), content=CONTENT
    )
    return DeskConfig(brands=(brand,), people=PEOPLE, oncall=CONFIG.oncall, escalation=ESCALATION)


def signal(
    number: int,
    when: datetime,
    *,
    author: str | None = None,
    label: Label = "neutral",
    monitors: tuple[str, ...] = ("brand",),
    severity: Severity | None = "P3",
    category: str | None = "brand",
    platform: str = "weibo",
    kind: SeenKind = "post",
    reach: int | None = None,
    reposts: int | None = None,
    origin: int | None = None,
    words: tuple[str, ...] = (),
    own: bool = False,
    published: datetime | None = None,
    measurement: int = 0,
    brand: str = "xibei",
) -> SignalRaised:
    """A signal about item `number`; `measurement` tells later sightings of one item apart."""
    item = ids.item_id(platform, str(number))
    return SignalRaised(
        cause=ids.fact_id(item, "seen", str(measurement)),
        key=brand,
        at=when,
        brand=brand,
        item=item,
        platform=platform,
        kind=kind,
        author=author or f"author-{number}",
        own=own,
        label=label,
        negative=1.0 if label == "negative" else 0.0,
        monitors=monitors,
        severity=severity,
        category=category,
        reach=reach,
        reposts=reposts,
        origin=ids.item_id(platform, str(origin)) if origin is not None else None,
        words=words,
        occurred_at=published or when,
        observed_at=when,
    )


def poisoning(number: int, when: datetime, author: str | None = None) -> SignalRaised:
    """Somebody says that they fell ill: P0, and neutral in tone."""
    return signal(
        number, when, author=author, monitors=("brand", "food-safety"), severity="P0", category="safety"
    )


def breach(number: int, when: datetime) -> SlaBreached:
    """A customer waited too long."""
    return SlaBreached(
        cause=f"clock-{number}",
        key="weibo/xibei-official/p1",
        at=when,
        noticed_at=when,
        conversation=f"weibo/xibei-official/p1/customer-{number}",
        platform="weibo",
        account="xibei-official",
        brand="xibei",
        clock=_clock(number, when),
    )


def voided(number: int, when: datetime) -> SlaBreachVoided:
    """That customer was answered in time after all."""
    return SlaBreachVoided(
        cause=f"reply-{number}",
        key="weibo/xibei-official/p1",
        at=when,
        conversation=f"weibo/xibei-official/p1/customer-{number}",
        platform="weibo",
        account="xibei-official",
        brand="xibei",
        clock=_clock(number, when),
        reason="answered_in_time",
    )


def _clock(number: int, due: datetime) -> Clock:
    return Clock(
        kind="first_response",
        ordinal=1,
        policy="weibo",
        started_at=due - timedelta(minutes=30),
        started_by=ids.item_id("weibo", f"question-{number}"),
        due_at=due,
        target_s=1800,
    )


class Stage:
    """The real loop over a journal in memory; time moves as the test says."""

    def __init__(self, config: DeskConfig = CONFIG, begins: str = "00:00", day: int = 0) -> None:
        self.codec: Codec[DeskEvent] = Codec(DeskEvent)
        self.journal = MemoryJournal("desk")
        self.book = {"one": config}
        self.desk = Desk(self.book)
        self.partition = Partition(self.journal, self.desk, self.codec)
        self.events: list[DeskEvent] = []
        self.happens(ActivateConfig(id="activate", who="test", config="one"), at(begins, day))

    @property
    def state(self) -> DeskState:
        return self.partition.state

    def happens(self, happening: DeskHappening, when: datetime) -> Sequence[DeskEvent]:
        """Let timers fire up to `when`, then take `happening`; returns what follows from it."""
        self.until(when, inclusive=False)
        decided = self.partition.take([happening], when).outcomes[0].events
        self.events.extend(decided)
        return decided

    def signals(self, signals: Sequence[SignalRaised]) -> list[DeskEvent]:
        """Each at the time it was seen."""
        return [event for each in signals for event in self.happens(each, each.at)]

    def does(self, command: DeskCommand, when: datetime) -> Sequence[DeskEvent]:
        """A person acts."""
        return self.happens(command, when)

    def until(self, when: datetime, *, inclusive: bool = True) -> list[DeskEvent]:
        """Let every timer fire at its time, up to `when`."""
        fired: list[DeskEvent] = []
        while (due := self.partition.next_due) is not None and (due < when or (inclusive and due == when)):
            entry = self.partition.fire(due).entry
            assert entry is not None
            fired.extend(entry.events)
        self.events.extend(fired)
        return fired

    def restart(self) -> None:
        """Go on from a snapshot, as after a restart."""
        self.partition.state = self.desk.load(list(self.desk.dump(self.state)))

    def incident(self, category: str | None = None) -> Incident:
        """The one open incident (of a category)."""
        (found,) = [each for each in open_incidents(self.state) if category in (None, each.category)]
        return found

    def of_type(self, kind: type[E]) -> list[E]:
        """Events of one type so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def event_ids(self) -> list[str]:
        """Ids of all events so far."""
        return [event.id for event in self.events]

    def opened(self) -> list[tuple[str, Level]]:
        """Category and level of each incident as it was opened."""
        return [(event.category, event.level) for event in self.of_type(IncidentOpened)]

    def pages(self) -> list[str]:
        """The pages requested so far, as `10:03 call he`."""
        return [page_line(page) for page in self.of_type(PageRequested)]


def evidence_of(stage: Stage) -> list[Evidence]:
    """Why rules fired so far, in their order."""
    events = (
        event.evidence
        for event in stage.events
        if isinstance(event, IncidentOpened | IncidentJoined | IncidentRaised)
    )
    return [evidence for evidence in events if evidence is not None]


def page_line(page: PageRequested) -> str:
    """A page as one line of a timeline."""
    return f"{at_wall(page.at)} {page.means} {page.person}"


def at_wall(when: datetime) -> str:
    """The wall time in Shanghai, as `10:03`."""
    return f"{when.astimezone(at('00:00').tzinfo) + timedelta(hours=8):%H:%M}"
