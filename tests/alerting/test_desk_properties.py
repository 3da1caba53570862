"""What holds at the desk whatever happens, in whatever order."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.commands import (
    LOCAL_ADMIN,
    OUTBOX,
    Acknowledge,
    AddStep,
    AssignCommander,
    CloseIncident,
    ConfirmHandover,
    CoverDuty,
    DeskCommand,
    EaseLevel,
    FinishStep,
    MergeIncident,
    NoteIncident,
    OpenIncident,
    RaiseLevel,
    ReassignStep,
    ReopenIncident,
    ReportPage,
    RetimeStep,
    SkipStep,
    SplitIncident,
    StartPlaybook,
    StartSilence,
)
from alerting.desk import DeskHappening
from alerting.desk_state import open_incidents, pending_pages
from alerting.escalation import next_page_at
from alerting.events import (
    AnyIncidentEvent,
    CommanderAssigned,
    IncidentNoted,
    IncidentOpened,
    PageRequested,
)
from alerting.incident import Incident
from alerting.levels import LEVELS
from streams.journal import Head, follow
from streams.run.loop import Partition
from tests.alerting.stage import PLAYBOOK, Stage, breach, poisoning, signal
from tests.alerting.test_duty import confirmed
from tests.alerting.test_playbook import LEAK, with_playbooks
from tests.alerting.test_rest import sleepers
from tests.builders import SHANGHAI, at

Move = Callable[[Stage, int, datetime], DeskHappening]
"""What happens: given the stage, the number of the move and the time."""

CONFIG_WITH_SLEEP = with_playbooks(msgspec.structs.replace(confirmed(), people=sleepers("he", "wu")))
"""Hand-offs are confirmed, two of those who are called have quiet hours, and there are two playbooks."""
PEOPLE = st.sampled_from(["lin", "he", "fang", "wu", "jin", "guest", "nobody", LOCAL_ADMIN])
LEVEL = st.sampled_from(LEVELS)
PLAYBOOKS = (PLAYBOOK.id, LEAK.id, "unknown")
STEP = st.sampled_from([step.id for step in (*PLAYBOOK.steps, *LEAK.steps)])


def some_incident(stage: Stage, pick: int) -> str:
    incidents = [each for brand in stage.state.brands.values() for each in brand.incidents]
    return incidents[pick % len(incidents)] if incidents else "none"


def some_page(stage: Stage, pick: int) -> tuple[str, str]:
    pages = pending_pages(stage.state)
    return (pages[pick % len(pages)].incident, pages[pick % len(pages)].page) if pages else ("none", "none")


def some_step(stage: Stage, incident: str, step: str, pick: int) -> str:
    """A step of the playbook, or one that somebody added."""
    found = next(
        (b.incidents[incident] for b in stage.state.brands.values() if incident in b.incidents), None
    )
    added = (
        [each.id for each in found.run.steps if each.id.startswith("added-")] if found and found.run else []
    )
    return added[pick % len(added)] if added and pick % 2 else step


@st.composite
def commands(draw: st.DrawFn) -> Move:
    who, pick, level, step = draw(PEOPLE), draw(st.integers(0, 5)), draw(LEVEL), draw(STEP)
    which, other = draw(st.integers(0, 19)), draw(st.integers(0, 5))
    text, flag = draw(st.sampled_from(["", "说明"])), draw(st.booleans())

    def command(stage: Stage, number: int, when: datetime) -> DeskCommand:
        name, brand, incident = f"command-{number}", "xibei", some_incident(stage, pick)
        on_page, page = some_page(stage, pick)
        category = "employee" if flag else "safety"
        choices: list[DeskCommand] = [
            Acknowledge(id=name, who=who, brand=brand, incident=incident),
            RaiseLevel(id=name, who=who, brand=brand, incident=incident, level=level),
            EaseLevel(id=name, who=who, brand=brand, incident=incident, level=level),
            CloseIncident(id=name, who=who, brand=brand, incident=incident, reason=text, false_alarm=flag),
            ReopenIncident(id=name, who=who, brand=brand, incident=incident),
            NoteIncident(id=name, who=who, brand=brand, incident=incident, text=text),
            AssignCommander(id=name, who=who, brand=brand, incident=incident, person=who),
            FinishStep(id=name, who=who, brand=brand, incident=incident, step=step),
            SkipStep(id=name, who=who, brand=brand, incident=incident, step=step, reason=text),
            OpenIncident(id=name, who=who, brand=brand, level=level, category=category),
            MergeIncident(id=name, who=who, brand=brand, incident=incident, into=some_incident(stage, other)),
            SplitIncident(id=name, who=who, brand=brand, incident=incident, category=category, level=level),
            StartSilence(id=name, who=who, brand=brand, until=when + timedelta(hours=1), reason=text),
            ConfirmHandover(id=name, who=who, duty="pr-desk"),
            CoverDuty(id=name, who=who, duty="pr-desk", until=when + timedelta(hours=2)),
            StartPlaybook(
                id=name, who=who, brand=brand, incident=incident, playbook=PLAYBOOKS[other % 3], reason=text
            ),
            AddStep(
                id=name,
                who=who,
                brand=brand,
                incident=incident,
                title=text,
                person="wu" if flag else None,
                due_at=when + timedelta(minutes=10),
                after=(step,) if other else (),
                reason=text,
            ),
            RetimeStep(
                id=name,
                who=who,
                brand=brand,
                incident=incident,
                step=some_step(stage, incident, step, pick),
                due_at=when + timedelta(minutes=other - 1),
                reason=text,
            ),
            ReassignStep(
                id=name,
                who=who,
                brand=brand,
                incident=incident,
                step=some_step(stage, incident, step, pick),
                person="lin" if flag else "nobody",
                reason=text,
            ),
            ReportPage(
                id=name,
                who=OUTBOX,
                brand=brand,
                incident=on_page,
                page=page,
                outcome="delivered" if flag else "failed",
            ),
        ]
        return choices[which]

    return command


@st.composite
def items(draw: st.DrawFn) -> Move:
    which = draw(st.integers(0, 3))
    number_of_item, author = draw(st.integers(0, 30)), draw(st.integers(0, 6))
    words = tuple(draw(st.lists(st.sampled_from(["异物", "变质", "排队", "门店"]), max_size=3, unique=True)))

    def item(stage: Stage, number: int, when: datetime) -> DeskHappening:
        if which == 0:
            return poisoning(number_of_item, when, f"a{author}")
        if which == 1:
            return breach(number_of_item, when)
        if which == 2:
            return signal(
                number_of_item, when, author=f"a{author}", label="negative", reach=2_000_000, reposts=number * 90,
                words=words, measurement=number,
            )  # fmt: skip
        return signal(number_of_item, when, author=f"a{author}", kind="repost", origin=1, words=words)

    return item


STORY = st.lists(
    st.tuples(st.one_of(items(), items(), commands()), st.sampled_from([0, 1, 30, 200, 1200, 5400])),
    max_size=40,
)


def play(story: list[tuple[Move, int]]) -> Stage:
    stage, when = Stage(CONFIG_WITH_SLEEP), at("06:00")
    for number, (move, pause_s) in enumerate(story):
        when += timedelta(seconds=pause_s)
        stage.until(when, inclusive=False)
        stage.happens(move(stage, number, when), when)
        check_invariants(stage)
    return stage


def check_run(incident: Incident) -> None:
    """A closed run has no open step, a running one has some, and every step ends once."""
    run = incident.run
    if run is None:
        return
    assert run.over == (run.open_steps() == ())
    assert run.over or incident.is_open
    assert len(run.ended) == len(set(run.ended))
    assert {step.id for step in run.steps} >= set(run.ended)
    for step in run.open_steps():
        late = run.lateness(step.id)
        assert late.called_at is None or step.id in run.overdue
        assert step.id not in run.overdue or run.blocked_by(step) or late.called_at is not None


def is_hushed(incident: Incident, incidents: Sequence[Incident]) -> bool:
    """A graver one of its own matter burns, and no grave word is behind it."""
    if incident.level in {"orange", "red"} or {"p0", "p0-wide"} & set(incident.rules):
        return False
    grave = [each for each in incidents if each.level in {"orange", "red"}]
    return (
        bool(grave)
        if incident.category in {"brand", "collection"}
        else any(each.category == "brand" for each in grave)
    )


def check_invariants(stage: Stage) -> None:
    orders = stage.desk.orders(stage.state, "xibei")
    assert orders is not None
    incidents = open_incidents(stage.state)
    for each in [one for brand in stage.state.brands.values() for one in brand.incidents.values()]:
        check_run(each)
    for incident in incidents:
        if incident.level in {"orange", "red"}:
            assert incident.status == "acknowledged" or next_page_at(incident, orders) is not None
    categories = [category for each in incidents for category in (each.category, *each.also)]
    assert len(set(categories)) == len(categories), "one open incident per category"
    grave_ids = {each.id for each in incidents if each.level in {"orange", "red"}}
    for incident in incidents:
        assert (incident.inhibited_by is not None) == is_hushed(incident, incidents)
        assert incident.inhibited_by is None or incident.inhibited_by in grave_ids
    assert len(stage.event_ids()) == len(set(stage.event_ids()))


@settings(max_examples=60)
@given(story=STORY)
def test_an_unanswered_orange_or_red_always_has_a_next_page(story: list[tuple[Move, int]]) -> None:
    stage = play(story)
    pages = [page.page for page in pending_pages(stage.state)]
    assert len(pages) == len(set(pages))
    burning = {
        each.id
        for each in open_incidents(stage.state)
        if each.level in {"orange", "red"} and each.status == "open"
    }
    soon = stage.until(stage.partition.now + timedelta(minutes=15))
    assert burning <= {event.incident for event in soon if isinstance(event, PageRequested)}


@settings(max_examples=40)
@given(story=STORY)
def test_there_is_one_commander_whatever_is_merged_and_split(story: list[tuple[Move, int]]) -> None:
    stage = play(story)
    named: dict[str, str | None] = {}
    for event in stage.events:
        if isinstance(event, IncidentOpened):
            named[event.incident] = None
        elif isinstance(event, CommanderAssigned):
            named[event.incident] = event.person
    for incident in open_incidents(stage.state):
        assert incident.commander == named[incident.id]


@settings(max_examples=30)
@given(story=STORY)
def test_replaying_the_journal_gives_the_living_state(story: list[tuple[Move, int]]) -> None:
    stage = play(story)
    replayed = Partition(stage.journal, stage.desk, stage.codec)
    assert list(stage.desk.dump(replayed.state)) == list(stage.desk.dump(stage.state))
    assert replayed.next_due == stage.partition.next_due


@settings(max_examples=30)
@given(story=STORY, cut=st.floats(0, 1))
def test_a_state_that_was_dumped_and_loaded_goes_on_alike(story: list[tuple[Move, int]], cut: float) -> None:
    stage = play(story)
    entries = [stage.codec.decode(stored) for stored in follow(stage.journal.read(), Head())]
    events = [event for entry in entries for event in entry.events]
    middle = int(len(events) * cut)
    state = stage.desk.begin()
    for event in events[:middle]:
        stage.desk.evolve(state, event)
    written_late = stage.desk.dump(state)
    other = stage.desk.load(list(stage.desk.dump(state)))
    for event in events[middle:]:
        stage.desk.evolve(state, event)
    state = stage.desk.load(list(written_late))
    for event in events[middle:]:
        stage.desk.evolve(state, event)
        stage.desk.evolve(other, event)
    assert list(stage.desk.dump(other)) == list(stage.desk.dump(state))
    assert list(stage.desk.dump(state)) == list(stage.desk.dump(stage.state))
    assert stage.desk.next_due(state) == stage.partition.next_due


@settings(max_examples=30)
@given(story=STORY)
def test_the_index_of_timers_knows_what_a_walk_over_everything_would_find(
    story: list[tuple[Move, int]],
) -> None:
    stage = play(story)
    indexed = stage.partition.next_due
    fresh = stage.desk.load(list(stage.desk.dump(stage.state)))
    assert stage.desk.next_due(fresh) == indexed


def test_event_types_of_incidents_are_told_apart_by_their_tags() -> None:
    tags = [each.__struct_config__.tag for each in AnyIncidentEvent.__args__]
    assert len(tags) == len(set(tags)) == 33


def test_the_id_of_an_event_is_the_same_in_every_zone() -> None:
    note = IncidentNoted(cause="c", key="xibei", at=at("10:00"), incident="i", by="he", text="")
    elsewhere = msgspec.structs.replace(note, at=at("10:00").astimezone(SHANGHAI))
    assert note.id == elsewhere.id
