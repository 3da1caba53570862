"""Whatever people ask for, in whatever order: nothing goes out that has not its approvals."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.commands import LOCAL_ADMIN, CloseIncident, DeskCommand, OpenIncident
from alerting.config import ContentItem, Hours
from alerting.content import fill, lock, lock_item
from alerting.content_commands import (
    CorrectContent,
    DraftContent,
    FillContent,
    RecordLink,
    ReleaseContent,
    ReviewContent,
    ReviewFilling,
    SubmitContent,
    WithdrawContent,
)
from alerting.content_events import (
    AnyContentEvent,
    ContentDrafted,
    ContentEvent,
    ContentFilled,
    ContentReleased,
    ContentSubmitted,
    ContentWithdrawn,
    FillingReviewed,
    OpinionGiven,
    ReviewLevel,
    ReviewVerdict,
)
from alerting.desk_state import open_incidents
from streams.journal import Head, follow
from streams.run.loop import Partition
from tests.alerting.review_stage import FINDING, HOLD, STATEMENT, TEAM, ReviewDesk, house
from tests.builders import SHANGHAI, at

ITEMS = (STATEMENT, FINDING, HOLD)
SLEEPERS = tuple(
    msgspec.structs.replace(each, quiet=Hours(20 * 60, 8 * 60))
    if each.id in {"su", "he", "fang", "wu"}
    else each
    for each in TEAM
)
PEOPLE = ["lin", "su", "he", "fang", "wu", "jin", "guest", LOCAL_ADMIN]
ROLES = {
    "planner": {"lin", "su"},
    "manager": {"he", "fang"},
    "legal": {"wu", "jin", "he", "fang"},
    "commander": {"jin"},
}
Move = Callable[[ReviewDesk, int, datetime], DeskCommand]


def current(stage: ReviewDesk, item: ContentItem) -> ContentItem:
    known = stage.state.brands.get("xibei")
    file = known.shelf.get(item.id) if known else None
    found = file.current(item) if file is not None else item
    assert found is not None
    return found


def values(item: ContentItem, when: datetime, words: str) -> dict[str, str]:
    typed = {"topic": "保质期", "hours": "4", "finding": words, "by": (when + timedelta(hours=1)).isoformat()}
    return {blank.name: typed[blank.name] for blank in item.blanks}


def some(found: list[str], pick: int) -> str:
    return found[pick % len(found)] if found else "none"


@st.composite
def moves(draw: st.DrawFn) -> Move:
    """Something somebody asks for; often the right thing, or long stories would never get anywhere."""
    which, who, other = draw(st.integers(0, 13)), draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(PEOPLE))
    item, pick, sensible = draw(st.sampled_from(ITEMS)), draw(st.integers(0, 3)), draw(st.integers(0, 3)) > 0
    words = draw(st.sampled_from(["属实", "有误", ""]))

    def move(stage: ReviewDesk, number: int, when: datetime) -> DeskCommand:
        held, name = current(stage, item), f"move-{number}"
        file = stage.state.brands["xibei"].shelf.get(item.id) if "xibei" in stage.state.brands else None
        head: dict[str, Any] = {"id": name, "who": who, "brand": "xibei", "item": item.id}
        fillings = [each.text_hash for each in file.fillings] if file else []
        releases = [each.id for each in file.releases] if file else []
        levels: tuple[ReviewLevel, ...] = file.review.open_levels if file and file.review and sensible else ()
        level: ReviewLevel = levels[pick % len(levels)] if levels else "manager"
        verdict: ReviewVerdict = "return" if words == "有误" and pick == 0 else "approve"
        choices: list[DeskCommand] = [
            SubmitContent(**head, hash=lock_item(held), emergency=pick == 0),
            SubmitContent(**(head | {"who": item.author}), hash=lock_item(held)),
            ReviewContent(**head, hash=lock_item(held), level=level, verdict=verdict, opinion=words or "好"),
            ReviewContent(**(head | {"who": other}), hash=lock_item(held), level=level, verdict="approve", opinion=words),
            ReviewContent(
                **(head | {"who": sorted(ROLES[level])[pick % len(ROLES[level])]}), hash=lock_item(held), level=level,
                verdict="approve", opinion="好",
            ),
            FillContent(**head, hash=lock_item(held), values=values(held, when, words)),
            ReviewFilling(**head, text_hash=some(fillings, pick), verdict=verdict, opinion=words),
            ReviewFilling(**(head | {"who": "wu"}), text_hash=some(fillings, pick), verdict="approve", opinion="好"),
            ReleaseContent(**(head | {"who": "he" if sensible else who}), text_hash=some(fillings, pick)),
            RecordLink(**head, release=some(releases, pick), link="https://weibo.com/1"),
            WithdrawContent(**head, reason=words, release=some(releases, pick) if sensible else ""),
            CorrectContent(**head, release=some(releases, pick), note=words),
            DraftContent(**head, content=msgspec.structs.replace(held, author=who, text=f"{held.text}{words}")),
            _burn(stage, name, sensible=sensible),
        ]  # fmt: skip
        return choices[which]

    return move


@st.composite
def right_moves(draw: st.DrawFn, items: st.SearchStrategy[ContentItem]) -> Move:
    """What comes next for a statement if everybody does what they should, so that stories get somewhere."""
    item, pick, emergency = draw(items), draw(st.integers(0, 3)), draw(st.booleans())

    def move(stage: ReviewDesk, number: int, when: datetime) -> DeskCommand:
        held = current(stage, item)
        head: dict[str, Any] = {"id": f"move-{number}", "brand": "xibei", "item": item.id}
        file = stage.state.brands["xibei"].shelf.get(item.id) if "xibei" in stage.state.brands else None
        review = file.review_of(held) if file and not file.withdrawn else None
        if file is None or review is None:
            return SubmitContent(**head, who="su", hash=lock_item(held), emergency=emergency)
        if review.open_levels and not review.holds:
            level = review.open_levels[pick % len(review.open_levels)]
            busy = {*review.authors, *(each.by for each in review.opinions)}
            who = some(sorted(ROLES[level] - busy), pick)
            return ReviewContent(
                **head, who=who, hash=review.hash, level=level, verdict="approve", opinion="好"
            )
        if not file.fillings:
            return FillContent(**head, who="lin", hash=review.hash, values=values(held, when, "属实"))
        filling = file.fillings[pick % len(file.fillings)]
        if not filling.is_cleared:
            return ReviewFilling(
                **head, who="wu", text_hash=filling.text_hash, verdict="approve", opinion="好"
            )
        return ReleaseContent(**head, who="he", text_hash=filling.text_hash)

    return move


def _burn(stage: ReviewDesk, name: str, *, sensible: bool) -> DeskCommand:
    burning = open_incidents(stage.state)
    if burning and not sensible:
        return CloseIncident(id=name, who=LOCAL_ADMIN, brand="xibei", incident=burning[0].id, reason="平息")
    return OpenIncident(id=name, who=LOCAL_ADMIN, brand="xibei", level="red")


ANY = st.sampled_from(ITEMS)
PAUSE_S = st.sampled_from([0, 1, 60, 400, 4_000, 90_000])


def rushing(item: ContentItem) -> list[tuple[Move, int]]:
    """Somebody fills and releases it at once, whatever its review says."""

    def fills(stage: ReviewDesk, number: int, when: datetime) -> DeskCommand:
        held = current(stage, item)
        return FillContent(
            id=f"move-{number}", who="lin", brand="xibei", item=item.id, hash=lock_item(held),
            values=values(held, when, "属实"),
        )  # fmt: skip

    def releases(stage: ReviewDesk, number: int, when: datetime) -> DeskCommand:
        text = fill(current(stage, item), values(current(stage, item), when, "属实"), when, SHANGHAI)
        return ReleaseContent(
            id=f"move-{number}", who="he", brand="xibei", item=item.id, text_hash=lock(text)
        )

    return [(fills, 1), (releases, 0)]


def insisting(item: ContentItem, who: str) -> list[tuple[Move, int]]:
    """Somebody agrees at every level, one after the other."""

    def agrees(stage: ReviewDesk, number: int, when: datetime) -> DeskCommand:
        known = stage.state.brands.get("xibei")
        file = known.shelf.get(item.id) if known else None
        levels = file.review.open_levels if file is not None and file.review is not None else ()
        return ReviewContent(
            id=f"move-{number}", who=who, brand="xibei", item=item.id, hash=lock_item(current(stage, item)),
            level=levels[0] if levels else "legal", verdict="approve", opinion="好",
        )  # fmt: skip

    return [(agrees, 1)] * 3


@st.composite
def edits(draw: st.DrawFn, item: ContentItem) -> Move:
    """Its text, or only a day of its expiry, is another one."""
    who, longer = draw(st.sampled_from(["lin", "su"])), draw(st.booleans())

    def move(stage: ReviewDesk, number: int, when: datetime) -> DeskCommand:
        held = current(stage, item)
        other = (
            msgspec.structs.replace(held, author=who, expires=held.expires + timedelta(days=1))
            if longer
            else msgspec.structs.replace(held, author=who, text=f"{held.text}！")
        )
        return DraftContent(id=f"move-{number}", who=who, brand="xibei", item=item.id, content=other)

    return move


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[Move, int]]:
    """One statement goes some of its way, then anything happens; people who cannot wait are everywhere."""
    item = draw(st.sampled_from(ITEMS))
    story: list[tuple[Move, int]] = []
    for _ in range(draw(st.integers(0, 8))):
        story.append((draw(right_moves(st.just(item))), 60))
        if (who := draw(st.sampled_from([None, None, "lin", "he"]))) is not None:
            story += insisting(item, who)[:1]
    steps = st.tuples(st.one_of(right_moves(ANY), moves(), edits(item)), PAUSE_S)
    for step in draw(st.lists(steps, max_size=12)):
        hurry = draw(st.sampled_from([None, "rush", "he", "jin", "lin", "su"]))
        more = rushing(item) if hurry == "rush" else insisting(item, hurry) if hurry is not None else []
        story += [step, *more]
    return [*story, *rushing(item)]


STORY = stories()


class Ledger:
    """What the events say, kept the plain way: the oracle of the properties."""

    def __init__(self) -> None:
        self.opinions: dict[str, list[OpinionGiven]] = {}
        self.submitted: dict[str, ContentSubmitted] = {}
        self.filled: dict[str, ContentFilled] = {}
        self.cleared: dict[str, FillingReviewed] = {}
        self.written: dict[str, set[str]] = {}
        self.releases = 0

    def takes(self, event: AnyContentEvent, held: ContentItem) -> None:
        match event:
            case ContentDrafted():
                self.written.setdefault(event.item, {held.author}).add(event.by or "")
            case ContentSubmitted():
                self.submitted[event.item] = event
                self.opinions[event.item] = []
            case OpinionGiven():
                self._opinion(event)
            case ContentFilled():
                self.filled[event.text_hash] = event
                self.cleared.pop(event.text_hash, None)
            case FillingReviewed():
                self.cleared[event.text_hash] = event
            case ContentWithdrawn(release=""):
                self.submitted.pop(event.item, None)
            case ContentReleased():
                self._released(event, held)
            case _:
                pass

    def _opinion(self, event: OpinionGiven) -> None:
        submitted = self.submitted[event.item]
        given = self.opinions[event.item]
        assert event.by not in submitted.authors, "none the author"
        assert event.by not in {each.by for each in given}, "no reviewer twice"
        assert event.by in ROLES[event.level]
        assert event.opinion.strip(), "an opinion each"
        assert event.hash == submitted.hash
        given.append(event)

    def _released(self, event: ContentReleased, held: ContentItem) -> None:
        self.releases += 1
        submitted = self.submitted[event.item]
        agreed = {each.level for each in self.opinions[event.item] if each.verdict == "approve"}
        assert all(each.verdict == "approve" for each in self.opinions[event.item]), (
            "a return ends the approval"
        )
        wanted = {"legal", "commander"} if submitted.emergency else {"planner", "manager", "legal"}
        assert wanted <= agreed, "released without its approvals"
        assert event.hash == submitted.hash == lock_item(held), "an edit kept its approval"
        assert held.expires >= event.at.astimezone(SHANGHAI).date(), "expired"
        filled = self.filled[event.text_hash]
        assert lock(event.text) == event.text_hash == lock(filled.text)
        assert event.by in {"he", "fang", "wu", "jin"}
        if filled.needs_legal:
            read = self.cleared[event.text_hash]
            assert read.verdict == "approve"
            assert read.by in {"wu", "jin"} - {filled.by}


def play(story: list[tuple[Move, int]]) -> tuple[ReviewDesk, Ledger]:
    stage, ledger, when = ReviewDesk(house(people=SLEEPERS), begins="06:00"), Ledger(), at("06:00")
    for number, (move, pause_s) in enumerate(story):
        when += timedelta(seconds=pause_s)
        stage.until(when, inclusive=False)
        command = move(stage, number, when)
        base = next((each for each in ITEMS if each.id == getattr(command, "item", "")), STATEMENT)
        before = current(stage, base)
        for event in stage.happens(command, when):
            if isinstance(event, ContentEvent):
                ledger.takes(event, before)
    return stage, ledger


@settings(max_examples=100)
@given(story=STORY)
def test_nothing_goes_out_that_has_not_its_approvals(story: list[tuple[Move, int]]) -> None:
    play(story)


@settings(max_examples=25)
@given(story=STORY)
def test_replaying_the_journal_gives_the_living_shelf(story: list[tuple[Move, int]]) -> None:
    stage, _ = play(story)
    replayed = Partition(stage.journal, stage.desk, stage.codec)
    assert list(stage.desk.dump(replayed.state)) == list(stage.desk.dump(stage.state))
    assert replayed.next_due == stage.partition.next_due
    loaded = stage.desk.load(list(stage.desk.dump(stage.state)))
    assert stage.desk.next_due(loaded) == stage.partition.next_due
    assert list(stage.desk.dump(loaded)) == list(stage.desk.dump(stage.state))


@settings(max_examples=25)
@given(story=STORY)
def test_a_timer_always_gets_on_and_every_event_has_an_id_of_its_own(story: list[tuple[Move, int]]) -> None:
    stage, _ = play(story)
    stage.until(stage.partition.now + timedelta(days=3))
    assert len(stage.event_ids()) == len(set(stage.event_ids()))
    entries = [stage.codec.decode(stored) for stored in follow(stage.journal.read(), Head())]
    assert sum(len(entry.events) for entry in entries) == len(stage.events)


@settings(max_examples=30)
@given(story=STORY)
def test_what_two_people_let_through_is_ratified_lapses_or_ends_within_a_day(
    story: list[tuple[Move, int]],
) -> None:
    stage, _ = play(story)
    stage.until(stage.partition.now + timedelta(hours=25))
    for file in stage.state.brands["xibei"].shelf.values() if "xibei" in stage.state.brands else ():
        if file.review is not None and file.review.wants_ratification and not file.withdrawn:
            assert not file.review.holds
            live = {each.id for each in file.releases if each.hash == file.review.hash and not each.is_over}
            assert live <= set(file.to_correct)
