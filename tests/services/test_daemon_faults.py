"""What keeps the daemon from running, or from recording: one clear sentence, an exit code, and data as it was."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.engine import STORE_NAME
from tests.daemons import CONFIGURATION, KEY, KEY_VARIABLE, Daemon, house

SMALL_DISK_MIB = 32
LINE_LENGTH_MOST = 600

pytestmark = pytest.mark.slow


def fenghuo(*arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    environ = os.environ | {KEY_VARIABLE: KEY} if environ is None else environ
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def refused(daemon: Daemon, *, code: int = 1, environ: Mapping[str, str] | None = None) -> str:
    """Start a daemon that cannot run; returns what it says, once it is sure that this is short and clear."""
    ended = fenghuo(
        "run", "--config", str(daemon.config), "--data", str(daemon.data), "--port", str(daemon.port),
        environ=environ,
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("fenghuo: ")
    assert all(len(line) < LINE_LENGTH_MOST for line in ended.stderr.splitlines())
    return ended.stderr


def verified(data: Path) -> bool:
    return fenghuo("verify", "--data", str(data)).returncode == 0


def record(number: int, text: str = "青禾小馆很好") -> dict[str, Any]:
    return {
        "time": datetime.now(UTC).isoformat(),
        "platform": "weibo",
        "kind": "comment",
        "account": "qinghe-official",
        "post_id": f"p{number}",
        "id": f"n{number}",
        "author_id": f"u{number}",
        "text": f"{text} {number}",
    }


def posted(daemon: Daemon, records: list[dict[str, Any]]) -> httpx.Response:
    with daemon.client() as client:
        return client.post("/v1/records", json=records)


def mentioned(daemon: Daemon) -> set[str]:
    with daemon.client() as client:
        told = client.get("/api/mentions?limit=100").json()["items"]
        return {mention["item"]["native_id"] for mention in told}


def accept(daemon: Daemon, *numbers: int) -> None:
    answer = posted(daemon, [record(number) for number in numbers])
    assert (answer.status_code, answer.json()["accepted"]) == (202, len(numbers)), answer.text


def shown_in_queue(daemon: Daemon) -> None:
    """Return once the queue shows what was accepted."""
    pause = threading.Event()
    with daemon.client() as client:
        for _ in range(100):
            if client.get("/api/queue").json()["items"]:
                return
            pause.wait(0.1)
    raise AssertionError("the queue shows nothing")


@contextmanager
def recorded(folder: Path) -> Iterator[Daemon]:
    """A daemon that recorded one item and was stopped."""
    with house(folder) as (daemon, _):
        daemon.start()
        accept(daemon, 1)
        daemon.stop()
        yield daemon


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, which may be filled and made read-only; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    options = f"size={SMALL_DISK_MIB}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "fenghuo-test", str(place)], capture_output=True, text=True, check=False
    )  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip(f"no small disk to fill: this user may not mount a tmpfs ({mounted.stderr.strip()})")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Take all room that is left; removing the file gives it back."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size_bytes in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size_bytes)
    return ballast


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with house(tmp_path) as (daemon, _), socket.socket() as taken:
        taken.bind(("127.0.0.1", daemon.port))
        taken.listen()
        assert f"127.0.0.1:{daemon.port}" in refused(daemon)
        assert not daemon.data.exists()


def test_a_second_daemon_on_the_folder_leaves_the_first_unharmed(tmp_path: Path) -> None:
    with house(tmp_path) as (daemon, _):
        daemon.start()
        accept(daemon, 1)
        with closing(Daemon(daemon.config, daemon.data)) as second:
            assert f"process {daemon.pid}" in refused(second)
        accept(daemon, 2)
        through_socket = httpx.HTTPTransport(uds=str(daemon.data / "fenghuo.sock"))
        with httpx.Client(transport=through_socket, base_url="http://fenghuo") as local:
            assert local.get("/readyz").status_code == 200
        assert daemon.stop() == 0
        assert verified(daemon.data)


def test_every_mistake_of_a_configuration_is_told_with_its_line_before_anything_is_made(
    tmp_path: Path,
) -> None:
    broken = CONFIGURATION.replace("severity: P0}}", "severity: P9}}").replace("authors: 1", "autors: 1")
    with house(tmp_path, broken) as (daemon, _):
        said = refused(daemon, code=2)
        assert "fenghuo.yaml:9:" in said
        assert "autors" in said
        assert not daemon.data.exists()


def test_a_secret_that_is_not_set_is_named(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name != KEY_VARIABLE}
    with house(tmp_path) as (daemon, _):
        assert f"env:{KEY_VARIABLE}" in refused(daemon, code=2, environ=environ)
        assert not daemon.data.exists()


def test_a_configuration_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with closing(Daemon(tmp_path / "nowhere", tmp_path / "data")) as daemon:
        assert str(daemon.config) in refused(daemon, code=2)


def change(path: Path, old: bytes, new: bytes) -> None:
    """Change bytes of a file where they lie."""
    content = path.read_bytes()
    assert len(old) == len(new)
    assert content.count(old) >= 1
    path.write_bytes(content.replace(old, new))


def test_one_changed_byte_of_the_journal_stops_the_start_and_is_found_by_verify(tmp_path: Path) -> None:
    with recorded(tmp_path) as daemon:
        store = daemon.data / STORE_NAME
        change(store, b"comment.received", b"comment.rec_ived")
        assert "journal 'intake' is broken at entry 2" in refused(daemon)
        found = fenghuo("verify", "--data", str(daemon.data))
        assert found.returncode == 1
        assert "entry 2" in found.stdout + found.stderr
        change(store, b"comment.rec_ived", b"comment.received")
        daemon.start()
        assert mentioned(daemon) == {"n1"}


def test_a_journal_file_that_is_damaged_as_a_whole_is_told(tmp_path: Path) -> None:
    with recorded(tmp_path) as daemon:
        store = daemon.data / STORE_NAME
        content = bytearray(store.read_bytes())
        content[100 : len(content)] = b"\xff" * (len(content) - 100)
        store.write_bytes(content)
        assert STORE_NAME in refused(daemon)
        assert fenghuo("verify", "--data", str(daemon.data)).returncode == 1


def test_without_the_right_key_of_the_vault_nothing_is_opened_or_made(tmp_path: Path) -> None:
    with recorded(tmp_path) as daemon:
        key = daemon.data / "vault.key"
        right = key.read_text()
        key.write_text("0" * 64)
        assert "was made with another key" in refused(daemon)
        key.write_text("no key at all")
        assert "does not hold a key" in refused(daemon)
        key.unlink()
        assert "is missing" in refused(daemon)
        assert not key.exists()
        key.write_text(right)
        daemon.start()
        with daemon.client() as client:
            assert client.get("/api/queue").json()["items"][0]["item"]["text"] == "青禾小馆很好 1"


def test_a_file_in_place_of_the_data_folder_is_told(tmp_path: Path) -> None:
    with house(tmp_path) as (daemon, _):
        daemon.data.write_text("here already")
        assert str(daemon.data) in refused(daemon)
        assert daemon.data.read_text() == "here already"


def test_views_that_cannot_be_opened_are_told(tmp_path: Path) -> None:
    with recorded(tmp_path) as daemon:
        (daemon.data / "views.db").unlink()
        (daemon.data / "views.db").mkdir()
        assert "views.db" in refused(daemon)
        assert verified(daemon.data)


def test_a_folder_that_may_only_be_read_is_told_and_can_still_be_verified(
    small_disk: Path, tmp_path: Path
) -> None:
    with house(tmp_path) as (daemon, _):
        daemon.data = small_disk / "data"
        daemon.start()
        accept(daemon, 1)
        daemon.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        assert str(daemon.data) in refused(daemon)
        assert verified(daemon.data)


def test_a_disk_that_is_full_at_the_start_is_told(small_disk: Path, tmp_path: Path) -> None:
    with house(tmp_path) as (daemon, _):
        daemon.data = small_disk / "data"
        ballast = fill(small_disk)
        assert str(daemon.data) in refused(daemon)
        ballast.unlink()
        daemon.start()
        accept(daemon, 1)
        daemon.stop()
        assert verified(daemon.data)


def test_a_daemon_that_meets_a_full_disk_says_so_serves_on_and_recovers(
    small_disk: Path, tmp_path: Path
) -> None:
    with house(tmp_path) as (daemon, _):
        daemon.data = small_disk / "data"
        daemon.start()
        accept(daemon, 1)
        shown_in_queue(daemon)  # the pages are written too, a moment later
        ballast = fill(small_disk)
        by_new_authors = refused_batch(daemon, [record(number) for number in range(1_000, 50_000)])
        # The vault needs no new key for this author, so here it is the journal that refuses.
        by_one_author = refused_batch(
            daemon, [record(number) | {"author_id": "u1"} for number in range(50_000, 90_000)]
        )
        with daemon.client() as client:
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").status_code == 503
            assert "text" in client.get("/api/queue").json()["items"][0]["item"]
        ballast.unlink()
        for batch in (by_new_authors, by_one_author):
            answer = posted(daemon, batch)
            assert answer.status_code == 202
            assert answer.json()["accepted"] + answer.json()["duplicates"] == len(batch)
        assert httpx.get(f"{daemon.url}/readyz").status_code == 200
        daemon.stop()
        assert verified(daemon.data)
        times = Counter(native_ids(daemon.data))
        assert set(times.values()) == {1}
        assert {one["id"] for one in [*by_new_authors, *by_one_author, record(1)]} <= set(times)


def refused_batch(daemon: Daemon, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Post until the pages that SQLite has already are used up; returns what was refused."""
    for start in range(0, len(records), 100):
        batch = records[start : start + 100]
        answer = posted(daemon, batch)
        if answer.status_code != 202:
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert "full" in answer.json()["title"]
            return batch
    raise AssertionError("the disk never got full")


def native_ids(data: Path) -> list[str]:
    exported = fenghuo("export", "--data", str(data), "--type", "comment.received").stdout
    return [json.loads(line)["data"]["id"] for line in exported.splitlines()]
