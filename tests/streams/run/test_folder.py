import os
from pathlib import Path

import pytest

from streams.errors import FolderLocked, StoreUnavailable
from streams.run.folder import FolderLock


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(FolderLocked, match=f"in use by process {os.getpid()}"):
        FolderLock(tmp_path).acquire()


def test_the_lock_is_free_again_after_its_holder(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        pass
    with FolderLock(tmp_path):
        assert (tmp_path / "fenghuo.lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_place_that_is_no_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        FolderLock(tmp_path / "file").acquire()
