"""`fenghuo probe` through a real daemon; what `check` tries over the network, and on records."""

import json
import subprocess
import sys
from pathlib import Path

from services.config import load
from services.reach import reach
from tests.daemons import CONFIGURATION, house


def fenghuo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_test_alarm_goes_through_the_whole_chain(tmp_path: Path) -> None:
    with house(tmp_path) as (daemon, outlet):
        daemon.start()
        told = fenghuo("probe", "--data", str(daemon.data), "--json")
        assert told.stderr == ""
        assert [json.loads(line) for line in told.stdout.splitlines()] == [
            {"person": "lin", "outcome": "delivered", "detail": ""}
        ]
        assert told.returncode == 0
        assert "测试" in outlet.pages[0]["title"]
        assert fenghuo("probe", "--data", str(daemon.data), "--to", "nobody").returncode == 1
        with daemon.client() as client:
            assert client.get("/api/incidents").json()["items"] == []


def test_without_a_daemon_it_is_wrong_use(tmp_path: Path) -> None:
    told = fenghuo("probe", "--data", str(tmp_path))
    assert told.returncode == 2
    assert "fenghuo run" in told.stderr


def test_check_tries_the_public_address(tmp_path: Path) -> None:
    with house(tmp_path) as (daemon, outlet):
        daemon.start()
        main = daemon.config / "fenghuo.yaml"
        without = main.read_text(encoding="utf-8")
        answers = []
        for url in (None, daemon.url, f"{daemon.url}/nowhere", f"http://127.0.0.1:{outlet.port}0"[:22]):
            network = f'public_url: "{url}", allow_private' if url else "allow_private"
            main.write_text(without.replace("allow_private", network, 1), encoding="utf-8")
            config = load(daemon.config).config
            assert config is not None
            answers.append([problem.found.en for problem in reach(config)])
    assert answers[0] == ["no public_url"]
    assert "inside of the house" in answers[1][0]
    assert "404" in answers[2][0]
    assert "does not answer" in answers[3][0]


def test_check_warns_of_more_than_two_night_calls_a_week(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    calling = CONFIGURATION.format(outlet_port=1).replace(
        "{after: 0m, notify: [desk]}", "{after: 0m, call: [desk]}"
    )
    (config / "fenghuo.yaml").write_text(calling, encoding="utf-8")
    nights = [f"2026-11-{day:02}T03:00:00+08:00" for day in (23, 24, 25, 26)]
    lines = [
        json.dumps(
            {"time": time, "platform": "weibo", "kind": "post", "id": str(n), "author_id": str(n), "text": "青禾吃出异物"}
        )
        for n, time in enumerate(nights)
    ]  # fmt: skip
    records = tmp_path / "records.jsonl"
    records.write_text("\n".join(lines), encoding="utf-8")
    told = fenghuo("check", "--config", str(config), "--records", str(records), "--offline", "--json")
    assert [json.loads(line)["found"] for line in told.stdout.splitlines()] == [
        "4 night calls a week on these records"
    ]
    assert told.returncode == 0
    shown = fenghuo("backtest", "--config", str(config), "--records", str(records), "--answer-after", "5m")
    assert shown.stdout.count("夜间叫醒次数/周 4") == 1
