"""`fenghuo drill` and what `fenghuo export` says of a drill's folder."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from services.config.loader import load
from services.drill import drilled
from services.engine import Engine
from services.sample import write_sample
from tests.services.commands.conftest import Fenghuo

AT = "2026-11-23T14:00:00+08:00"


def watch(tmp_path: Path) -> Path:
    write_sample(tmp_path / "watch")
    return tmp_path / "watch"


def test_a_drill_is_scored_and_the_same_one_scores_the_same(fenghuo: Fenghuo, tmp_path: Path) -> None:
    folder = watch(tmp_path)
    ended = fenghuo("drill", "--json", "--config", folder, "--at", AT)
    assert ended.code == 0, ended.err
    score = ended.objects[0]
    assert (score["type"], score["category"], score["playbook"]) == ("score", "safety", "safety")
    assert score["statement"]["seconds"] <= score["statement"]["allowed_s"]
    assert fenghuo("drill", "--json", "--config", folder, "--at", AT).out == ended.out


def test_what_came_late_makes_it_end_with_one(fenghuo: Fenghuo, tmp_path: Path) -> None:
    ended = fenghuo("drill", "--config", watch(tmp_path), "--at", AT, "--step-after", "40m")
    assert ended.code == 1
    assert "没有呼叫任何人" in ended.out
    assert "超时 late" in ended.out
    assert "首次声明" in ended.out
    assert "safety/weibo/hold 紧急" in ended.out


def test_a_recorded_storm_that_nothing_notices_ends_with_one(fenghuo: Fenghuo, tmp_path: Path) -> None:
    line = msgspec.json.encode(
        {"time": AT, "platform": "weibo", "kind": "post", "id": "1", "author_id": "a", "text": "青禾小馆不错"}
    )
    ended = fenghuo("drill", "--config", watch(tmp_path), "--records", "-", stdin=line)
    assert ended.code == 1
    assert "没有触发任何事件" in ended.out


def test_lengths_that_are_none_are_wrong_use(fenghuo: Fenghuo, tmp_path: Path) -> None:
    assert fenghuo("drill", "--config", watch(tmp_path), "--step-after", "soon").code == 2


def test_whoever_is_away_is_somebody(fenghuo: Fenghuo, tmp_path: Path) -> None:
    ended = fenghuo("drill", "--config", watch(tmp_path), "--absent", "nobody")
    assert (ended.code, "expected one of chen" in ended.err) == (2, True)


def test_everything_exported_from_a_drills_folder_is_marked(fenghuo: Fenghuo, tmp_path: Path) -> None:
    config = load(watch(tmp_path)).config
    assert config is not None
    for name, held in (("real", config), ("drill", drilled(config))):
        engine = Engine(tmp_path / name, held, clock=lambda: datetime.now(UTC), environ={}, on_error=_raise)
        with engine:
            engine.start()
        marks = {line.get("drill", False) for line in fenghuo("export", "--data", tmp_path / name).objects}
        assert marks == {name == "drill"}


def _raise(error: BaseException) -> None:
    raise error
