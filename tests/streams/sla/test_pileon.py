"""Groups against an oracle that lives through a crowd second by second, and one more in a crowd against all anew."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.sla.instants import US
from streams.sla.pileon import Crowd, Verdict, Waiting, piles_of
from streams.sla.policy import PileOn

RULE = PileOn(2, 10)
"""More than two within ten seconds."""
LAST_S = 60


def waiting(
    start_s: int,
    number: int = 0,
    *,
    due_s: int = 30,
    end_s: int | None = None,
    answered: bool = True,
    taken_up_s: int | None = None,
) -> Waiting:
    return Waiting(
        start_us=start_s * US,
        item=f"m{number:02}",
        conversation=f"c{number:02}",
        name="first_response/1",
        due_us=(start_s + due_s) * US,
        end_us=None if end_s is None else end_s * US,
        answered=answered and end_s is not None,
        taken_up_us=None if taken_up_s is None else taken_up_s * US,
    )


@st.composite
def crowds(draw: st.DrawFn) -> list[Waiting]:
    lengths = st.none() | st.integers(0, 25)
    drawn = []
    for number in range(draw(st.integers(0, 14))):
        start_s = draw(st.integers(0, 40))
        length_s, taken_up_s = draw(lengths), draw(st.none() | st.integers(0, 20))
        drawn.append(
            waiting(
                start_s,
                number,
                due_s=draw(st.sampled_from([3, 12, 30])),
                end_s=None if length_s is None else start_s + length_s,
                answered=draw(st.booleans()),
                taken_up_s=None if taken_up_s is None else start_s + taken_up_s,
            )
        )
    return drawn


def lived(waits: Sequence[Waiting]) -> list[set[str]]:
    """Who is in which group, second by second."""
    groups: list[set[str]] = []
    seen: list[Waiting] = []
    grouped: set[str] = set()

    def waits_at(one: Waiting, second: int) -> bool:
        return one.end_us is None or one.end_us > second * US

    for second in range(LAST_S):
        for one in sorted(waits):
            if one.start_us != second * US or not waits_at(one, second):
                continue
            if one.taken_up_us is not None and one.taken_up_us <= second * US:
                continue
            seen.append(one)
            if groups and any(waits_at(each, second) for each in seen if each.conversation in groups[-1]):
                groups[-1].add(one.conversation)
                grouped.add(one.conversation)
                continue
            around = {
                each.conversation
                for each in seen
                if each.conversation not in grouped
                and each.start_us >= (second - 10) * US
                and waits_at(each, second)
                and each.due_us > second * US
                and (each.taken_up_us is None or each.taken_up_us > second * US)
            }
            if len(around) > RULE.count:
                groups.append(around)
                grouped |= around
    return groups


@given(crowds())
def test_groups_form_as_if_lived_through(waits: list[Waiting]) -> None:
    piles, _ = piles_of(waits, RULE)
    assert [{name for name, _ in pile.members} for pile in piles] == lived(waits)


@given(crowds())
def test_the_leader_runs_out_first_of_those_who_wait_or_were_answered_too_late(waits: list[Waiting]) -> None:
    for pile in piles_of(waits, RULE)[0]:
        members = list(pile.members.values())
        open_or_late = [one for one in members if one.end_us is None or one.end_us > one.due_us]
        ends = [one.end_us for one in members]
        assert (pile.standing.last is None) == (None in ends)
        if open_or_late:
            assert pile.standing.lead.due_us == min(one.due_us for one in open_or_late)
        else:
            assert pile.standing.lead.end_us == max(end for end in ends if end is not None)


@given(crowds(), st.randoms(use_true_random=False))
def test_one_more_in_a_crowd_is_as_if_all_came_anew(waits: list[Waiting], chance: object) -> None:
    """Most in order, some not; some end when others have come: what is remembered never shows."""
    chance.shuffle(waits) if chance.random() < 0.3 else waits.sort()  # type: ignore[attr-defined]
    crowd = Crowd(RULE, {})
    known: dict[str, tuple[Waiting, ...]] = {}
    told: dict[str, dict[str, int]] = {}
    steps = [one._replace(end_us=None, answered=False) for one in waits]
    ended = [one for one in waits if one.end_us is not None]
    for one in [*steps, *ended]:
        verdict = crowd.after({one.conversation: (one,)})
        told |= verdict.folds
        known[one.conversation] = (one,)
        assert verdict.standings == anew(known).standings
        crowd.put(one.conversation, (one,))
        assert {name: folds for name, folds in told.items() if folds} == {
            name: folds for name, folds in anew(known).folds.items() if folds
        }


def anew(waits: dict[str, tuple[Waiting, ...]]) -> Verdict:
    return Crowd(RULE, {}).after({**waits, "nobody": ()})


def test_a_reply_to_everybody_ends_the_group_and_the_next_wave_is_another() -> None:
    first = [waiting(number, number, end_s=8) for number in range(4)]
    second = [waiting(9 + number, 10 + number) for number in range(3)]
    piles, candidates = piles_of([*first, *second], RULE)
    assert [len(pile.members) for pile in piles] == [4, 3]
    assert candidates == []


def test_who_is_overdue_or_taken_up_stays_on_their_own() -> None:
    overdue = waiting(0, 0, due_s=4)
    taken_up = waiting(1, 1, taken_up_s=2)
    crowd = [overdue, taken_up, *(waiting(5, number) for number in range(2, 5))]
    (pile,) = piles_of(crowd, RULE)[0]
    assert {name for name, _ in pile.members} == {"c02", "c03", "c04"}
