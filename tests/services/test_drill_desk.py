"""A drill with people at their desks: a real daemon whose clock runs fast, and which calls nobody."""

import re
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import IO

import httpx
import msgspec
import pytest

from services.drill import MARKER, check_folder
from services.drill_desk import FastClock, storm_from
from services.errors import WrongUse
from services.gateway.records import Record, read_record
from services.sample import write_sample
from services.web.access import form_token
from services.web.visit import SESSION_COOKIE
from tests.builders import at


def record(when: str, text: str, author: str) -> dict[str, str]:
    return {
        "time": at(when).isoformat(), "platform": "weibo", "kind": "post", "id": f"{author}-{when}",
        "author_id": author, "text": text,
    }  # fmt: skip


LOOKS_MOST = 500
STORM = [
    record("09:00", "青禾小馆今天几点开门", "a"),
    record("12:00", "在青禾小馆的菜里吃出异物", "b"),
    record("12:00:10", "我也在青禾小馆吃出异物", "c"),
]


def read(lines: list[dict[str, str]]) -> list[Record]:
    return [read_record(line) for line in lines]


def test_the_clock_runs_as_fast_as_asked() -> None:
    present = [at("10:00")]
    now = FastClock(at("12:00"), 60, lambda: present[0])
    present[0] = at("10:00:30")
    assert now() == at("12:30")
    assert now.in_real(timedelta(minutes=1)) == at("13:30")


def test_a_storm_is_played_from_where_it_is_asked_as_if_it_were_now() -> None:
    told = list(storm_from(read(STORM), at("11:59"), at("20:00", day=3)))
    assert [each.observed for each in told] == [at("20:01", day=3), at("20:01:10", day=3)]
    whole = list(storm_from(read(STORM), None, at("20:00")))
    assert whole[-1].time - whole[0].time == timedelta(hours=3, seconds=10)


def test_drills_and_real_life_are_kept_apart(tmp_path: Path) -> None:
    check_folder(tmp_path / "drill", drill=True)
    check_folder(tmp_path / "drill", drill=True)
    assert (tmp_path / "drill" / MARKER).exists()
    with pytest.raises(WrongUse, match="holds a drill"):
        check_folder(tmp_path / "drill", drill=False)
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "fenghuo.db").write_text("real")
    with pytest.raises(WrongUse, match="no drill"):
        check_folder(tmp_path / "real", drill=True)
    check_folder(tmp_path / "real", drill=False)


def test_people_play_it_and_are_scored_when_it_ends(tmp_path: Path) -> None:
    write_sample(tmp_path / "watch")
    storm = tmp_path / "storm.jsonl"
    storm.write_bytes(b"\n".join(map(msgspec.json.encode, STORM)))
    command = [sys.executable, "-m", "services.cli", "drill", "--serve", "--json", "--port", "0"]
    command += [
        "--config",
        str(tmp_path / "watch"),
        "--records",
        str(storm),
        "--from",
        at("12:00").isoformat(),
    ]
    command += ["--data", str(tmp_path / "data"), "--speed", "10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as drill:
        assert drill.stderr is not None
        assert drill.stdout is not None
        try:
            link = _until(drill.stderr, r" qin: (http://\S+/signin/\S+)")
            _until(drill.stderr, r"(未发出 not sent\] \S+ 【演练】◆ 橙色)")
            _play(link)
        finally:
            drill.send_signal(signal.SIGINT)
        (score,) = [msgspec.json.decode(line) for line in drill.stdout]
        assert drill.wait(timeout=30) == 0
    assert (score["peak"], score["playbook"]) == ("orange", "safety")
    assert score["notice"]["seconds"] < 3600
    assert score["acknowledge"]["seconds"] < 7200
    assert {step["id"]: step["by"] for step in score["steps"]}["complainant"] == "qin"
    assert score["pages"] >= 1
    assert (tmp_path / "data" / MARKER).exists()


def _until(lines: IO[str], wanted: str) -> str:
    return next(found[1] for line in lines if (found := re.search(wanted, line)))


def _play(link: str) -> None:
    with httpx.Client(base_url=link.split("/signin/", maxsplit=1)[0], follow_redirects=True) as desk:
        assert "演练：不是真实事件" in desk.post(link).text
        desk.headers["x-form-token"] = form_token(desk.cookies[SESSION_COOKIE])
        # The page goes out as soon as the journal holds it; the views follow within a moment.
        asked = (desk.get("/api/incidents").json()["items"] for _ in range(LOOKS_MOST))
        (incident,) = next(items for items in asked if items)
        for action, fields in (("acknowledge", {}), ("finish", {"step": "complainant"})):
            answer = desk.post(f"/api/incidents/{incident['id']}/{action}", data=fields)
            assert answer.status_code == 200, answer.text
