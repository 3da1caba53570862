"""`fenghuo preview`: changed rules on a folder's own history, in the terminal."""

from datetime import timedelta
from pathlib import Path

import pytest

from services import clock
from tests.services.commands.conftest import Fenghuo
from tests.services.web.stage import post, stage


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """An hour ago three people wrote of a foreign body."""
    began = clock.now() - timedelta(hours=1)
    with stage(tmp_path / "data", began) as house:
        for number in range(3):
            house.clock.set(began + timedelta(minutes=number))
            record = post(number, "12:00", "青禾小馆的菜里有异物", f"网友{number}")
            await house.take({**record, "time": house.clock().isoformat()})
    return tmp_path / "data"


async def test_what_a_setting_would_have_done_is_told(fenghuo: Fenghuo, sample: Path, data: Path) -> None:
    words = ("preview", "--data", data, "--config", sample, "--rule", "p0-wide", "--set", "authors=9")
    told = fenghuo(*words)
    assert told.code == 0, told.err
    assert "p0-wide 触发 fires" in told.out
    assert "→ 0" in told.out
    assert "变化 changed" in told.out
    changed, summary = fenghuo(*words, "--json").objects
    assert (changed["kind"], changed["missed"]) == ("changed", False)
    assert summary["type"] == "summary"
    assert summary["after"]["firings"]["p0-wide"] == 0


async def test_the_rules_of_another_folder_are_tried(
    fenghuo: Fenghuo, sample: Path, data: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    assert fenghuo("init", other).code == 0
    file = other / "fenghuo.yaml"
    written = file.read_text(encoding="utf-8")
    quiet = written.replace("authors: 1, level: yellow", "authors: 5, level: yellow")
    assert quiet != written
    file.write_text(quiet, encoding="utf-8")
    told = fenghuo("preview", "--data", data, "--config", sample, "--what-if", other)
    assert told.code == 0, told.err
    assert "p0 触发 fires" in told.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expected one of p0, p0-wide"),
        (("--rule", "p0", "--set", "authors"), "expected NAME=VALUE"),
        (("--rule", "p0", "--set", "minimum=3"), "expected one of level, authors, window"),
        (("--rule", "p0", "--set", "authors=no"), "expected a whole number"),
        (("--brand", "nobody", "--rule", "p0"), "no brand nobody"),
    ],
)
async def test_a_preview_that_cannot_be_made_says_what_was_expected(
    fenghuo: Fenghuo, sample: Path, data: Path, words: tuple[str, ...], said: str
) -> None:
    ended = fenghuo("preview", "--data", data, "--config", sample, *words)
    assert ended.code == 2
    assert said in ended.err
