"""The command line in this process: what it printed, and how it ended."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.cli import main
from services.sample import write_sample


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        """Its output, one JSON object a line."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


Fenghuo = Callable[..., Ended]


@pytest.fixture
def fenghuo(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Fenghuo:
    """Runs a command with these words, and `stdin` as its input."""

    def run(*words: object, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["fenghuo", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        code = ended.value.code
        return Ended(code=code if isinstance(code, int) else 0, out=out.decode(), err=err.decode())

    return run


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The sample configuration."""
    folder = tmp_path / "config"
    write_sample(folder)
    return folder
