"""The signed daily head: what links alone cannot show, and who signed it."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alerting.commands import NoteIncident
from alerting.desk import Desk
from services.engine import CODECS, Book, verify_folder
from services.head_signer import HeadSigner
from services.notify.channel import Attempt, Contact, Delivered, Message, TryAgain
from services.signed_heads import (
    FILE_NAME,
    HeadFile,
    check_folder,
    heads_of,
    public_hex,
    read_heads,
    sign,
    signing_key,
)
from streams.errors import BrokenChain, SnapshotUnreadable
from streams.journal import Codec, Stored
from streams.run.embedded import DESK, INTAKE
from streams.run.loop import AnyPartition, Partition
from streams.run.sqlite import Store
from tests.services.engine_room import Room

ZONE = ZoneInfo("Asia/Shanghai")


class Outside:
    """An address outside; takes what it is sent unless it is `closed`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.closed = False

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        if self.closed:
            return TryAgain(reason="timeout")
        self.messages.append(message)
        return Delivered()


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture
def outside() -> Outside:
    return Outside()


def signer(room: Room, outside: Outside) -> HeadSigner:
    return HeadSigner(
        book=HeadFile(room.data / FILE_NAME),
        heads=partial(heads_of, room.data),
        key=signing_key(room.data, {}),
        now=lambda: room.now,
        zone=ZONE,
        channel=outside,
        outside="env:OUTSIDE",
        environ={"OUTSIDE": "json://127.0.0.1:9/"},
    )


@pytest.fixture
async def signed(room: Room, outside: Outside) -> Path:
    """A folder with three entries of Intake on each of two days, each day signed at its end."""
    with room.engine(room.config()) as engine:
        daily = signer(room, outside)
        for day in range(2):
            for number in range(3):
                await room.submit(engine, room.comment(10 * day + number))
            assert await daily.look() is not None
            room.later(minutes=24 * 60)
    return room.data


async def test_each_day_is_signed_once_and_sent_outside(room: Room, outside: Outside, signed: Path) -> None:
    first, second = read_heads(signed / FILE_NAME)
    assert (first.day, second.day) == ("2026-03-02", "2026-03-03")
    assert second.heads[INTAKE].seq > first.heads[INTAKE].seq
    assert [message.title for message in outside.messages] == [
        "【烽火】日志签名 2026-03-02",
        "【烽火】日志签名 2026-03-03",
    ]
    assert second.heads[INTAKE].hash in outside.messages[1].body
    again = signer(room, outside)
    assert await again.look() is not None
    assert await again.look() is None


async def test_what_the_address_outside_does_not_take_is_sent_again(room: Room, outside: Outside) -> None:
    with room.engine(room.config()):
        outside.closed = True
        daily = signer(room, outside)
        await daily.look()
        outside.closed = False
        assert await daily.look() is None
    assert len(outside.messages) == 1


def test_whole_journals_hold_what_was_signed(signed: Path) -> None:
    assert len(check_folder(signed, {})) == 2
    key = public_hex(signing_key(signed, {}))
    assert len(check_folder(signed, {}, kept=signed / FILE_NAME, written_key=key)) == 2


def changed(folder: Path, statement: str, *values: object) -> None:
    with closing(Store(folder / "fenghuo.db")) as store:
        store.connection.execute(statement, values)


def entries(folder: Path) -> list[Stored]:
    with closing(Store(folder / "fenghuo.db")) as store:
        return list(store.journal(INTAKE).read())


def change_a_byte(folder: Path) -> int:
    third = entries(folder)[2]
    body = third.body[:-1] + bytes([third.body[-1] ^ 1])
    changed(folder, "UPDATE entries SET body = ? WHERE partition = 'intake' AND seq = 3", body)
    return 3


def drop_an_entry(folder: Path) -> int:
    changed(folder, "DELETE FROM entries WHERE partition = 'intake' AND seq = 3")
    return 4  # the first that does not follow


@pytest.mark.parametrize("harm", [change_a_byte, drop_an_entry])
def test_the_chain_itself_shows_what_was_changed_within_it(signed: Path, harm: Callable[[Path], int]) -> None:
    seq = harm(signed)
    with pytest.raises(BrokenChain) as broken:
        verify_folder(signed)
    assert (broken.value.partition, broken.value.seq) == (INTAKE, seq)


def test_an_end_that_was_cut_off_shows_although_the_chain_is_whole(signed: Path) -> None:
    last = read_heads(signed / FILE_NAME)[-1].heads[INTAKE].seq
    changed(signed, "DELETE FROM entries WHERE partition = 'intake' AND seq >= ?", last)
    assert verify_folder(signed) > 0
    with pytest.raises(BrokenChain, match="it is missing: on 2026-03-03") as broken:
        check_folder(signed, {})
    assert (broken.value.partition, broken.value.seq) == (INTAKE, last)


def written_anew(folder: Path, seq: int) -> None:
    """Everything from `seq` on says something else, and every hash and link was made to fit."""
    codec: Codec[object] = CODECS[INTAKE]
    stored = entries(folder)
    prev = stored[seq - 2].hash
    for each in stored[seq - 1 :]:
        entry = codec.decode(each)
        forged = codec.encode(msgspec.structs.replace(entry, prev=prev, config="0" * 64))
        changed(
            folder, "UPDATE entries SET hash = ?, body = ? WHERE partition = 'intake' AND seq = ?",
            forged.hash, forged.body, each.seq,
        )  # fmt: skip
        prev = forged.hash


def test_an_end_that_was_written_anew_shows_although_the_chain_is_whole(signed: Path) -> None:
    first, second = (head.heads[INTAKE].seq for head in read_heads(signed / FILE_NAME))
    written_anew(signed, first + 1)
    assert verify_folder(signed) > 0
    with pytest.raises(BrokenChain, match=f"to entry {second} it is not what was signed") as broken:
        check_folder(signed, {})
    assert broken.value.seq == first + 1


def rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in change(path.read_bytes().splitlines())))


def test_a_head_of_another_key_is_a_forgery(signed: Path) -> None:
    path = signed / FILE_NAME
    first, second = read_heads(path)
    forged = sign(Ed25519PrivateKey.generate(), second.day, second.at, heads_of(signed), [first])
    rewrite(path, lambda lines: [lines[0], msgspec.json.encode(forged)])
    with pytest.raises(BrokenChain, match="not by this key") as broken:
        check_folder(signed, {})
    assert (broken.value.partition, broken.value.seq) == ("heads", 2)


@pytest.mark.parametrize(
    ("change", "line", "why"),
    [
        (lambda lines: [lines[0].replace(b'"2026-03-02"', b'"2026-03-01"'), lines[1]], 1, "not by this key"),
        (lambda lines: lines[1:], 1, "does not link"),
        (lambda lines: [lines[0], b"{}"], 2, "cannot be read"),
    ],
)
def test_changed_heads_are_named_by_their_line(
    signed: Path, change: Callable[[list[bytes]], list[bytes]], line: int, why: str
) -> None:
    rewrite(signed / FILE_NAME, change)
    with pytest.raises(BrokenChain, match=why) as broken:
        check_folder(signed, {})
    assert broken.value.seq == line


def test_a_copy_kept_elsewhere_may_begin_later(signed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "kept.jsonl"
    copy.write_bytes((signed / FILE_NAME).read_bytes().splitlines()[1] + b"\n")
    assert len(check_folder(signed, {}, kept=copy)) == 1


def with_a_snapshot(folder: Path, at: datetime) -> None:
    """One more entry of the desk, with a snapshot."""
    with closing(Store(folder / "fenghuo.db")) as store:
        book = Book({}, {})
        book.add(store.configs())
        desk: AnyPartition = Partition(
            store.journal(DESK), Desk(book.desk), CODECS[DESK], snapshot_every_events=1
        )
        desk.take([NoteIncident(id="n", who="qin", brand="none", incident="none", text="x")], at)


HARMS = (
    "UPDATE snapshot_chunks SET chunk = CAST(chunk || x'00' AS BLOB) WHERE number = 0",
    "DELETE FROM snapshot_chunks WHERE number = (SELECT max(number) FROM snapshot_chunks)",
    "INSERT INTO snapshot_chunks SELECT partition, 1000, chunk FROM snapshot_chunks WHERE number = 0",
    "UPDATE snapshots SET head = CAST(head || x'00' AS BLOB)",
)


@pytest.mark.parametrize("harm", HARMS)
def test_a_changed_snapshot_is_told_and_not_believed(room: Room, signed: Path, harm: str) -> None:
    with_a_snapshot(signed, room.now)
    assert verify_folder(signed) > 0
    with room.engine(None):
        assert not room.errors
    changed(signed, harm)
    with pytest.raises(SnapshotUnreadable):
        verify_folder(signed)
    with room.engine(None) as engine:
        assert [type(error) for error in room.errors] == [SnapshotUnreadable]
        assert engine.heads[DESK] > 1
