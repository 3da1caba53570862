"""Dead letters: kept once, sealed, bounded, and shown with their reason."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services import deadletters
from services.deadletters import DeadLetters, Refused
from services.vault import Vault
from streams.errors import StoreUnavailable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault.of_folder(tmp_path, {})
    yield vault
    vault.close()


@pytest.fixture
def letters(tmp_path: Path, vault: Vault) -> Iterator[DeadLetters]:
    letters = DeadLetters(tmp_path / deadletters.FILE_NAME, vault)
    yield letters
    letters.close()


def refused(line: int = 1, raw: bytes = b"{bad", reason: str = "has no zone") -> Refused:
    return Refused(line=line, field="time", reason=reason, code="no_zone", raw=raw)


def add(letters: DeadLetters, *lines: Refused) -> int:
    return letters.add(lines, source="file", origin="monday.jsonl", at=NOON)


def test_a_letter_is_shown_with_line_field_reason_and_what_was_written(letters: DeadLetters) -> None:
    assert add(letters, refused(line=7)) == 1
    (letter,) = letters.list()
    assert (letter.origin, letter.line, letter.field, letter.code) == ("monday.jsonl", 7, "time", "no_zone")
    assert (letter.reason, letter.raw, letter.at, letter.cut) == ("has no zone", b"{bad", NOON, False)


def test_the_same_line_is_kept_once(letters: DeadLetters) -> None:
    add(letters, refused())
    assert add(letters, refused(), refused(raw=b"{other")) == 1
    assert letters.count() == 2


def test_letters_are_listed_in_pages_and_leave_when_they_are_done(letters: DeadLetters) -> None:
    add(letters, *[refused(raw=str(i).encode()) for i in range(5)])
    first = letters.list(limit=3)
    second = letters.list(limit=3, after=first[-1].number)
    assert [one.raw for one in (*first, *second)] == [b"0", b"1", b"2", b"3", b"4"]
    letters.remove([one.number for one in first])
    assert letters.count() == 2


def test_what_was_written_stands_in_no_file(tmp_path: Path, letters: DeadLetters) -> None:
    add(letters, refused(raw="王小明的手机号".encode(), reason="'王小明' is no time"))
    raw = b"\0".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "王小明".encode() not in raw


def test_letters_fall_silent_when_their_month_is_dropped(letters: DeadLetters, vault: Vault) -> None:
    add(letters, refused())
    vault.drop_before(202604)
    (letter,) = letters.list()
    assert (letter.reason, letter.raw, letter.code) == (None, None, "no_zone")


def test_the_oldest_leave_when_there_are_too_many(
    letters: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadletters, "MOST_LETTERS", 3)
    add(letters, *[refused(raw=str(i).encode()) for i in range(5)])
    assert [one.raw for one in letters.list()] == [b"2", b"3", b"4"]
    assert letters.overflowed() == 2


def test_a_long_line_is_cut_and_marked(letters: DeadLetters) -> None:
    add(letters, refused(raw=b"x" * (deadletters.MAX_RAW_BYTES + 1)))
    (letter,) = letters.list()
    assert letter.cut
    assert letter.raw is not None
    assert len(letter.raw) == deadletters.MAX_RAW_BYTES


def test_letters_outlive_the_process(tmp_path: Path, letters: DeadLetters, vault: Vault) -> None:
    add(letters, refused())
    again = DeadLetters(tmp_path / deadletters.FILE_NAME, vault)
    assert [one.raw for one in again.list()] == [b"{bad"]
    again.close()


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path, vault: Vault) -> None:
    with pytest.raises(StoreUnavailable, match=r"deadletters\.db"):
        DeadLetters(tmp_path / "nowhere" / deadletters.FILE_NAME, vault)
