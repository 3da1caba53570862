"""Real crises through a real daemon and through `backtest`, under the example configuration."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from streams.conversation import is_group
from streams.events import ClockEvent, IntakeEvent
from streams.journal import Codec
from streams.run.sqlite import Store
from tests.daemons import Daemon

pytestmark = pytest.mark.slow

XIBEI = "events/xibei_2025_bilibili.jsonl"
METRO = "events/metro_2025_weibo.jsonl"
CITIZENS = "events/citizen_messages_2017_2020.jsonl"
CASCADES = "events/brand_cascades_2011_2015_weibo.jsonl"
XIBEI_ITEMS = 12_761
LONG_AFTER = "2025-11-26T00:00:00+08:00"
FIRST_REPLY, LAST_REPLY = "2025-11-13T08:12:00+08:00", "2025-11-13T08:15:00+08:00"


@pytest.fixture(scope="module")
def example_config(data_folder: Path) -> Path:
    """The example configuration beside the real data."""
    folder = data_folder.parent / "example-config"
    if not folder.is_dir():
        pytest.skip(f"no example configuration beside the real data: expected {folder.name}/ there")
    return folder


@pytest.fixture(scope="module")
def daemon(example_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with closing(Daemon(example_config, tmp_path_factory.mktemp("real") / "data")) as daemon:
        daemon.start()
        yield daemon


def fenghuo(*arguments: str) -> bytes:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, timeout=300, check=True, env=os.environ).stdout


def ingested(daemon: Daemon, file: Path) -> dict[str, int]:
    told: dict[str, int] = json.loads(fenghuo("ingest", str(file), "--data", str(daemon.data), "--json"))
    return told


def counts(accepted: int = 0, duplicates: int = 0) -> dict[str, int]:
    return {"accepted": accepted, "duplicates": duplicates, "rejected": 0}


def ids_in(file: Path) -> Counter[str]:
    with file.open(encoding="utf-8") as lines:
        return Counter(json.loads(line)["id"] for line in lines)


def test_a_real_crisis_is_taken_in_once_and_shown(daemon: Daemon, data_folder: Path) -> None:
    assert ingested(daemon, data_folder / XIBEI) == counts(accepted=XIBEI_ITEMS)
    assert ingested(daemon, data_folder / XIBEI) == counts(duplicates=XIBEI_ITEMS)
    with daemon.client() as client:
        assert client.get("/readyz").status_code == 200
        newest = client.get("/api/mentions?monitor=ready-made&limit=50").json()["items"]
    assert len(newest) == 50
    assert all("ready-made" in mention["monitors"] for mention in newest)
    assert all(mention["item"]["text"] or mention["item"]["title"] for mention in newest)
    assert verified(daemon)["chain"] == "intact"


def verified(daemon: Daemon) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(fenghuo("verify", "--data", str(daemon.data), "--json"))
    return told


@pytest.mark.parametrize("name", [CITIZENS, CASCADES])
def test_complaints_and_cascades_are_taken_in_without_a_reject(
    daemon: Daemon, data_folder: Path, name: str
) -> None:
    file = data_folder / name
    told = ingested(daemon, file)
    ids = ids_in(file)
    assert told["rejected"] == 0
    assert told["accepted"] + told["duplicates"] == ids.total()
    assert told["accepted"] >= len(ids)
    assert ingested(daemon, file) == counts(duplicates=ids.total())
    assert verified(daemon)["events"] > ids.total()


def explained(config: Path, file: Path) -> list[dict[str, Any]]:
    arguments = ["--config", str(config), "--records", str(file), "--now", LONG_AFTER]
    return [json.loads(line) for line in fenghuo("sla", "explain", "--json", *arguments).splitlines()]


def test_the_official_replies_end_the_clocks_of_all_who_wrote_before(
    example_config: Path, data_folder: Path
) -> None:
    """The operator answered the whole post at 08:12, 08:14 and 08:15, and three people alone at 08:12.

    A hundred of the 112 who waited until then are a group with one clock by then; each line says what its customer saw.
    """
    clocks = explained(example_config, data_folder / METRO)
    first = [clock for clock in clocks if clock["kind"] == "first_response"]
    authors = {json.loads(line)["author_id"] for line in comments(data_folder / METRO)}
    assert {clock["conversation"].split("/")[3] for clock in first} == authors
    before = [clock for clock in first if moment(clock["started_at"]) <= moment(FIRST_REPLY)]
    after = [clock for clock in first if moment(clock["started_at"]) > moment(LAST_REPLY)]
    assert {(clock["state"], moment(clock["ended_at"])) for clock in before} == {("met", moment(FIRST_REPLY))}
    assert {clock["state"] for clock in after} == {"breached"}
    assert all(clock["elapsed_s"] <= clock["target_s"] == 30 * 60 for clock in before)
    assert (len(before), len(after)) == (112, 72)
    assert sum(clock["folded_at"] is not None for clock in before) == 100


def comments(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if json.loads(line)["kind"] == "comment"]


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def test_the_daemon_ends_the_clocks_as_sla_explain_says(
    daemon: Daemon, example_config: Path, data_folder: Path
) -> None:
    """Recorded eleven days late, in one go: what was answered in time counts as answered in time."""
    assert ingested(daemon, data_folder / METRO) == counts(accepted=231)
    said = Counter(
        (clock["kind"], clock["started_at"], clock["ended_at"])
        for clock in explained(example_config, data_folder / METRO)
    )
    assert Counter(clock for clock in last_clocks(daemon) if clock[0] != "resolution") == Counter(
        {clock: count for clock, count in said.items() if clock[0] != "resolution"}
    )


def last_clocks(daemon: Daemon) -> list[tuple[str, str, str | None]]:
    """Kind, start and end of every customer's clock with the metro's account, as the daemon last recorded it."""
    store, codec = Store(daemon.data / "fenghuo.db", read_only=True), Codec[Any](IntakeEvent)
    last: dict[tuple[str, str, int], Any] = {}
    for stored in store.journal("intake").read():
        for event in codec.decode(stored).events:
            if not isinstance(event, ClockEvent) or is_group(event.conversation):
                continue  # a group stands for customers whose own clocks are here
            if event.account == "metro-official":
                last[event.conversation, event.clock.kind, event.clock.ordinal] = event.clock
    store.close()
    return [(kind, utc(clock.started_at), utc(clock.ended_at)) for (_, kind, _), clock in last.items()]


def utc(when: datetime | None) -> Any:
    return when and when.isoformat().replace("+00:00", "Z")


def test_a_backtest_of_a_real_crisis_is_repeatable_and_calls_at_both_waves(
    example_config: Path, data_folder: Path
) -> None:
    arguments = ["--config", str(example_config), "--records", str(data_folder / XIBEI)]
    arguments += ["--answer-after", "5m"]
    printed = fenghuo("backtest", "--json", *arguments)
    assert fenghuo("backtest", "--json", *arguments) == printed
    *lines, summary = [json.loads(line) for line in printed.splitlines()]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert (summary["type"], summary["items"], summary["judged"]) == ("summary", XIBEI_ITEMS, XIBEI_ITEMS)
    assert summary["breaches"] == 0  # nobody wrote to an account of the brand
    told = {line["at"][:10] for line in lines if is_told(line)}
    assert "2025-09-13" in told  # the dispute breaks out in the evening of the 12th, in Shanghai
    grave = {line["at"][:10] for line in lines if is_told(line) and line["level"] in ("orange", "red")}
    assert "2025-09-15" in grave  # the loudest hour
    assert "2026-01-26" in grave  # the second wave
    assert len(grave) <= 20
    assert summary["incidents"] == sum(line["type"] == "incident.opened" for line in lines) <= 30


def is_told(line: dict[str, Any]) -> bool:
    """An incident opens or rises."""
    return line["type"] in ("incident.opened", "incident.raised")
