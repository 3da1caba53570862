"""The demonstration: made twice it is made anew, and it touches nothing that is not its own."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from services.demo import MARKER, prepare
from services.errors import WrongUse


def test_a_folder_that_holds_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(WrongUse, match="nothing was touched"):
        prepare(tmp_path, "json://127.0.0.1:9/", os.environ, lambda share: None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_earlier_demonstration_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fenghuo.db").write_text("remains")
    shares: list[float] = []
    config = prepare(tmp_path, "json://127.0.0.1:9/", os.environ, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "青禾小馆（模拟）" in (config / "fenghuo.yaml").read_text("utf-8")
    assert (tmp_path / "data" / "fenghuo.db").read_bytes().startswith(b"SQLite")


def test_demo_prints_a_link_that_lets_in_and_stops_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "services.cli", "demo", "--data", str(tmp_path / "demo"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        assert demo.stdout is not None
        link = next(found[0] for line in demo.stdout if (found := re.search(r"http://\S+/signin/\S+", line)))
        try:
            assert httpx.get(link).status_code == 200
            assert httpx.get(link.split("/signin/")[0] + "/readyz").status_code == 200
        finally:
            demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=30) == 0
