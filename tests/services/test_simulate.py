"""The simulated day: the same for the same seed, plainly simulated, and in format 1."""

from datetime import UTC, datetime

import msgspec

from services.gateway.records import read_record
from services.simulate import AFTERMATH, DAY, LOUD_FOLLOWERS, simulated_day

END = datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_the_same_seed_gives_the_same_day() -> None:
    assert simulated_day(END) == simulated_day(END)
    assert simulated_day(END) != simulated_day(END, seed=1)


def test_every_line_is_a_record() -> None:
    for line in simulated_day(END):
        assert read_record(msgspec.json.encode(line)).id == line.id


def test_everybody_is_plainly_simulated() -> None:
    for line in simulated_day(END):
        assert line.id.startswith("sim-")
        assert line.author_name is None or line.author_name.startswith("模拟")


def test_lines_come_as_they_were_seen_within_the_day() -> None:
    seen = [line.observed for line in simulated_day(END)]
    assert seen == sorted(seen)
    assert seen[0] >= END - DAY
    assert any(at > END for at in seen)
    mentions = [line.observed for line in simulated_day(END) if line.kind == "post"]
    assert max(mentions) < END + AFTERMATH


def test_the_day_is_quiet_and_ends_in_a_storm() -> None:
    mentions = [line.observed for line in simulated_day(END) if line.kind == "post" and line.observed <= END]
    last_hour = sum((END - at).total_seconds() < 600 for at in mentions)
    first_hours = sum((END - at).total_seconds() > 3_600 for at in mentions) / (7 * 6)
    assert last_hour > 20 * first_hours


def test_one_loud_account_joins_in() -> None:
    assert [line.author_followers for line in simulated_day(END)].count(LOUD_FOLLOWERS) == 1
