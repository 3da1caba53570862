"""`fenghuo ingest` on a folder that nobody holds: counted, durable, sealed, and harmless to repeat."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from services.commands.ingest import ingest
from services.deadletters import FILE_NAME, DeadLetters
from services.engine import CODECS, STORE_NAME
from services.errors import WrongUse
from services.gateway.export import exported
from services.vault import Vault
from streams.errors import FolderLocked
from streams.facts import MentionObserved
from streams.run.folder import FolderLock
from streams.run.sqlite import Store

TEXT = "青禾小馆的服务员很热情"
NAME = "王小明"
AUTHOR = "raw-author-7788"

app = typer.Typer()
app.command()(ingest)


def run(data: Path, content: bytes, *options: str) -> Result:
    return CliRunner().invoke(app, ["-", "--data", str(data), *options], input=content)


def record(number: int = 1, text: str = TEXT) -> bytes:
    told = {
        "time": "2026-03-01T12:00:00Z",
        "platform": "weibo",
        "kind": "post",
        "id": f"n{number}",
        "text": text,
    }
    return json.dumps(told | {"author_id": AUTHOR, "author_name": NAME}, ensure_ascii=False).encode()


def counted(result: Result) -> dict[str, int]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    told: dict[str, int] = json.loads(result.stdout.splitlines()[-1])
    return told


def test_a_file_is_taken_in_once(tmp_path: Path) -> None:
    content = b"\n".join([record(1), record(2), b"{bad", record(1)])
    first = run(tmp_path, content)
    assert counted(first) == {"accepted": 2, "duplicates": 1, "rejected": 1}
    assert first.exit_code == 0
    assert "line 3: not JSON" in first.stderr
    assert counted(run(tmp_path, content, "--json")) == {"accepted": 0, "duplicates": 3, "rejected": 1}


def test_a_file_of_which_no_line_can_be_read_is_told_by_the_exit_code(tmp_path: Path) -> None:
    result = run(tmp_path, b"a,b,c\n1,2,3\n")
    assert counted(result) == {"accepted": 0, "duplicates": 0, "rejected": 2}
    assert result.exit_code == 1


def test_dead_letters_name_file_line_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "monday.jsonl"
    file.write_bytes(record(1) + b"\n\n" + record(2).replace(b"weibo", b"We ibo"))
    CliRunner().invoke(app, [str(file), "--data", str(tmp_path / "data")])
    vault = Vault.of_folder(tmp_path / "data", {})
    letters = DeadLetters(tmp_path / "data" / FILE_NAME, vault)
    assert [(one.origin, one.line, one.field) for one in letters.list()] == [("monday.jsonl", 3, "platform")]
    letters.close()
    vault.close()


def test_no_file_of_the_folder_holds_text_name_or_author(tmp_path: Path) -> None:
    run(tmp_path, record() + b"\n" + record(2).replace(b"2026-03-01T", b"yesterday"))
    kept = b"\0".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"n1" in kept
    assert not [secret for secret in (TEXT, NAME, AUTHOR, "yesterday") if secret.encode() in kept]


def test_what_was_taken_in_is_read_again_until_its_author_is_forgotten(tmp_path: Path) -> None:
    run(tmp_path, record())
    vault = Vault.of_folder(tmp_path, {})
    store = Store(tmp_path / STORE_NAME, read_only=True)
    entries = [CODECS["intake"].decode(stored) for stored in store.journal("intake").read()]
    assert any(isinstance(event, MentionObserved) for entry in entries for event in entry.events)
    assert [one.data["text"] for one in exported([entries], vault, types={"mention.observed"})] == [TEXT]
    assert vault.forget(vault.pseudonym("weibo", AUTHOR)) == 1
    assert ["text" in one.data for one in exported([entries], vault, types={"mention.observed"})] == [False]
    store.close()
    vault.close()


@pytest.mark.parametrize(("line_format", "words"), [("mediacrawler", "not built yet"), ("csv", "unknown")])
def test_a_format_that_is_not_there_is_wrong_use(tmp_path: Path, line_format: str, words: str) -> None:
    result = run(tmp_path, b"", "--format", line_format)
    assert isinstance(result.exception, WrongUse)
    assert words in str(result.exception)


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "none.jsonl"), "--data", str(tmp_path)])
    assert isinstance(result.exception, WrongUse)


def test_a_folder_that_is_held_without_a_socket_is_one_clear_error(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        result = run(tmp_path, record())
    assert isinstance(result.exception, FolderLocked)
