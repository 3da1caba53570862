"""Which page goes next, and how robots' limits hold whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.levels import LEVELS, Level
from services.notify.channel import Contact
from services.notify.lanes import MERGED_MOST, Lane, Lanes, Parcel, lane_of
from services.notify.pace import LIMITS, Limit, Pace
from tests.services.notify.outlet import page

PLAIN = Contact("json://198.51.100.1/he")
DINGTALK = Contact("dingtalk://token")
LEVEL = st.sampled_from(LEVELS)


def names(parcel: Parcel | None) -> list[str]:
    return [] if parcel is None else [each.page.page for each in parcel.pages]


def filled(*levels: Level, contact: Contact = PLAIN) -> Lanes:
    """One page of each level, named by level and place."""
    lanes = Lanes()
    for number, level in enumerate(levels):
        lanes.add(page(f"{level}{number}", level=level), contact)
    return lanes


def repeated(level: Level, times: int) -> list[Level]:
    return [level] * times


def test_red_goes_before_orange_before_yellow_before_blue() -> None:
    lanes = filled("blue", "yellow", "orange", "red")
    order = [names(lanes.take(0.0)) for _ in range(5)]
    assert order == [["red3"], ["orange2"], ["yellow1"], ["blue0"], []]


def test_a_digest_is_no_matter_of_urgency() -> None:
    assert lane_of(page(level="red", means="digest")) is Lane.DIGEST
    assert lane_of(page(level="red", means="call")) is Lane.URGENT


def test_digests_to_one_contact_are_one_message() -> None:
    assert names(filled("blue", "blue", "blue").take(0.0)) == ["blue0", "blue1", "blue2"]


def test_without_a_limit_each_page_is_its_own_message() -> None:
    assert names(filled("yellow", "yellow").take(0.0)) == ["yellow0"]


def test_when_a_robot_may_not_be_sent_so_many_the_lower_lanes_are_merged() -> None:
    lanes = filled(*repeated("red", 14), *repeated("yellow", 30), contact=DINGTALK)
    urgent = [lanes.take(0.0) for _ in range(14)]
    assert all(parcel is not None and len(parcel.pages) == 1 for parcel in urgent)
    assert len(names(lanes.take(0.0))) == 30


def test_an_urgent_page_is_never_merged() -> None:
    lanes = filled(*repeated("orange", 40), contact=DINGTALK)
    taken = [parcel for _ in range(40) if (parcel := lanes.take(0.0)) is not None]
    assert [len(parcel.pages) for parcel in taken] == [1] * 15
    assert lanes.wait_s(0.0) == 60.0


def test_only_urgent_pages_go_when_senders_are_scarce() -> None:
    lanes = filled("yellow")
    assert lanes.take(0.0, urgent_only=True) is None
    assert lanes.wait_s(0.0, urgent_only=True) is None
    assert lanes.wait_s(0.0) == 0.0


@given(st.lists(st.tuples(LEVEL, st.floats(0, 30)), max_size=120))
def test_nothing_is_lost_or_sent_twice_and_no_minute_holds_more_than_the_limit(
    coming: list[tuple[Level, float]],
) -> None:
    lanes, now_s, sent = Lanes(), 0.0, list[tuple[float, Parcel]]()
    for number, (level, gap_s) in enumerate(coming):
        lanes.add(page(str(number), level=level), DINGTALK)
        sent += drained(lanes, now_s)
        now_s += gap_s
    while (wait_s := lanes.wait_s(now_s)) is not None:
        now_s += wait_s
        sent += drained(lanes, now_s)
    assert sorted(int(name) for _, parcel in sent for name in names(parcel)) == list(range(len(coming)))
    times_s = [at_s for at_s, _ in sent]
    assert all(sum(start_s <= at_s < start_s + 60 for at_s in times_s) <= 15 for start_s in times_s)
    assert all(len(parcel.pages) <= MERGED_MOST for _, parcel in sent)


def drained(lanes: Lanes, now_s: float) -> list[tuple[float, Parcel]]:
    taken = []
    while (parcel := lanes.take(now_s)) is not None:
        taken.append((now_s, parcel))
    return taken


@given(st.lists(st.floats(0, 5), max_size=200), st.sampled_from(sorted(LIMITS)))
def test_a_pace_that_is_kept_never_exceeds_its_limits(gaps_s: list[float], scheme: str) -> None:
    pace, now_s, sent_s = Pace(LIMITS[scheme]), 0.0, list[float]()
    for gap_s in gaps_s:
        now_s += gap_s
        now_s += pace.wait_s(now_s)
        pace.spend(now_s)
        sent_s.append(now_s)
    for limit in LIMITS[scheme]:
        assert_within(limit, sent_s)


def assert_within(limit: Limit, sent_s: list[float]) -> None:
    slack_s = 1e-6  # floats add up
    for first_s, last_s in zip(sent_s, sent_s[limit.messages :], strict=False):
        assert last_s - first_s >= limit.window_s - slack_s


def test_what_has_no_known_limit_never_waits() -> None:
    pace = Pace(())
    pace.spend(0.0)
    assert (pace.wait_s(0.0), pace.room(0.0)) == (0.0, None)
