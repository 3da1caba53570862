"""`fenghuo deadletters list|redrive|drop` on a data folder."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.deadletters import FILE_NAME, DeadLetters, Refused
from services.vault import Vault
from tests.services.commands.conftest import Fenghuo

GOOD = b'{"time": 1757660400, "platform": "weibo", "kind": "post", "id": "1", "text": "x"}'
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def data(fenghuo: Fenghuo, tmp_path: Path) -> Path:
    """A folder with two dead letters: what only a release before this one could not read, and what is wrong for good."""
    folder = tmp_path / "data"
    fenghuo("ingest", "-", "--data", folder, "--json", stdin=b'{"time": "yesterday"}\n')
    vault = Vault.of_folder(folder, {})
    letters = DeadLetters(folder / FILE_NAME, vault)
    refused = Refused(line=5, field="kind", reason="unknown", code="unknown_value", raw=GOOD)
    letters.add([refused], source="file", origin="old.jsonl", at=NOW)
    letters.close()
    vault.close()
    return folder


def test_what_can_be_read_by_now_goes_in_when_it_is_sent_once_more(fenghuo: Fenghuo, data: Path) -> None:
    wrong, _ = fenghuo("deadletters", "list", "--data", data, "--json").objects
    again = fenghuo("deadletters", "redrive", "--all", "--data", data, "--json")
    assert (again.code, again.objects) == (1, [{"redriven": 1, "left": 1}])
    left = fenghuo("deadletters", "list", "--data", data, "--json")
    assert [one["number"] for one in left.objects] == [wrong["number"]]
    known = fenghuo("ingest", "-", "--data", data, "--json", stdin=GOOD)
    assert known.objects[-1]["duplicates"] == 1
    dropped = fenghuo("deadletters", "drop", str(wrong["number"]), "--data", data, "--json")
    assert (dropped.code, dropped.objects) == (0, [{"dropped": 1}])
    assert fenghuo("deadletters", "list", "--data", data).code == 0


def test_which_ones_must_be_said(fenghuo: Fenghuo, data: Path) -> None:
    assert fenghuo("deadletters", "drop", "--data", data).code == 2
    assert fenghuo("deadletters", "drop", "1", "--all", "--data", data).code == 2
    missing = fenghuo("deadletters", "drop", "77", "--data", data)
    assert missing.code == 2
    assert "77" in missing.err
