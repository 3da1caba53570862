"""A person is forgotten: searched for in every file of the folder, on every page, in the export, and after a SIGKILL."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.deadletters import names
from services.forgetting import Forgotten, replies_by_parent
from services.views import answers
from tests.builders import at, comment, mention, reply
from tests.daemons import Daemon, house
from tests.services.views.room import room as open_room

slow = pytest.mark.slow  # a real daemon each

AUTHOR = "raw-author-7788"
NAME = "王小明的饭桌"
TEXT = "青禾小馆的鱼香肉丝里吃出一截塑料绳，我要投诉"
TITLE = "一顿难忘的午餐经历"
URL = "https://weibo.example/7788/qinghe-lunch"
REPLY = "小明您好，塑料绳一事我们已联系门店核查"
BY_PARENT = "再次向您致歉，退款已经原路返回到账"
BURIED = "这一行没有时间所以进了死信箱"
WORD = "塑料绳"
"""A rare word of the text: a rule that looks for new words must not leave it lying about."""
SECRETS = (AUTHOR, NAME, TEXT, TITLE, URL, REPLY, BY_PARENT, BURIED, WORD)
OTHER_TEXT = "青禾小馆的服务员很热情，下次还来"


def base(native_id: str, **fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {"time": now, "platform": "weibo", "id": native_id, "account": "qinghe-official", **fields}


def lines() -> bytes:
    """A complaint, two replies of ours to it (one names only the item it answers), a wrong line, and somebody else."""
    person = {"author_id": AUTHOR, "author_name": NAME}
    told = [
        base("c1", kind="comment", post_id="p1", text=TEXT, title=TITLE, url=URL, **person),
        base("m1", kind="post", text=TEXT + "！", **person) | {"account": None},
        base("r1", kind="reply", post_id="p1", text=REPLY, to_author_id=AUTHOR),
        base("r2", kind="reply", post_id="p1", text=BY_PARENT, parent_id="c1"),
        base("c3", kind="comment", post_id="p1", text=TEXT + "，还在等", **person),
        base("bad", kind="comment", post_id="p1", text=BURIED, **person) | {"time": "yesterday"},
        base("c2", kind="comment", post_id="p1", text=OTHER_TEXT, author_id="somebody-else"),
        base("bad2", kind="tweet", text="别人的死信", author_id="somebody-else"),
    ]
    return b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in told)


def fenghuo(*arguments: str, given: bytes = b"") -> bytes:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, timeout=60, check=True).stdout


def forget(data: Path) -> Forgotten:
    told = fenghuo("forget", "--platform", "weibo", "--author", AUTHOR, "--data", str(data), "--json")
    return msgspec.json.decode(told, type=Forgotten)


def found_in_files(folder: Path) -> list[str]:
    """Which secrets stand in any file, as UTF-8, UTF-16 or JSON escapes."""
    kept = b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    assert len(kept) > 10_000
    return [
        secret
        for secret in SECRETS
        for written in (secret.encode(), json.dumps(secret)[1:-1].encode(), secret.encode("utf-16-le"))
        if written in kept
    ]


def found_in(told: bytes | str) -> list[str]:
    decoded = told if isinstance(told, str) else told.decode()
    plain = decoded.encode().decode("unicode_escape", "ignore") if "\\u" in decoded else decoded
    return [secret for secret in SECRETS if secret in decoded or secret in plain]


def shown(daemon: Daemon) -> str:
    """All that a reader may get."""
    with daemon.client() as client:
        return "".join(client.get(f"/api/{name}").text for name in ("queue", "mentions", "incidents"))


def exported(data: Path) -> str:
    return fenghuo("export", "--data", str(data)).decode()


def letters(data: Path) -> str:
    command = [sys.executable, "-m", "services.cli", "deadletters", "--data", str(data), "--json"]
    return subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False).stdout.decode()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A running daemon that holds what `lines` says."""
    with house(tmp_path) as (daemon, _):
        daemon.start()
        told = json.loads(fenghuo("ingest", "-", "--data", str(daemon.data), "--json", given=lines()))
        assert told == {"accepted": 6, "duplicates": 0, "rejected": 2}
        yield daemon


@slow
def test_a_person_is_forgotten_by_files_pages_export_and_dead_letters_and_others_stay(
    daemon: Daemon,
) -> None:
    assert found_in_files(daemon.data) == []  # sealed from the first event on
    assert set(found_in(shown(daemon))) >= {TEXT, NAME}
    assert set(found_in(exported(daemon.data))) == {*SECRETS} - {BURIED}
    assert BURIED in letters(daemon.data)

    forgotten = forget(daemon.data)
    assert (forgotten.replies, forgotten.dead_letters) == (1, 1)
    assert forgotten.keys >= 2

    assert found_in_files(daemon.data) == []
    assert found_in(shown(daemon)) == []
    assert found_in(exported(daemon.data)) == []
    assert found_in(letters(daemon.data)) == []
    assert OTHER_TEXT in shown(daemon)
    assert OTHER_TEXT in exported(daemon.data)
    assert "别人的死信" in letters(daemon.data)
    assert json.loads(fenghuo("verify", "--data", str(daemon.data), "--json"))["chain"] == "intact"
    assert '"person.erased"' in exported(daemon.data)
    assert found_in(daemon.log()) == []


@slow
def test_a_kill_right_after_forgetting_brings_nothing_back(daemon: Daemon) -> None:
    forget(daemon.data)
    daemon.kill()
    for path in daemon.data.glob("views.db*"):
        path.unlink()
    daemon.start()
    assert found_in_files(daemon.data) == []
    assert found_in(shown(daemon) + exported(daemon.data) + letters(daemon.data)) == []
    assert OTHER_TEXT in shown(daemon)


@slow
def test_without_a_daemon_the_command_takes_the_folder_itself_and_a_repeat_finds_nothing(
    daemon: Daemon,
) -> None:
    daemon.stop()
    assert forget(daemon.data).keys >= 2
    again = forget(daemon.data)
    assert (again.keys, again.dead_letters) == (0, 0)
    assert found_in(exported(daemon.data) + letters(daemon.data)) == []
    daemon.start()
    assert found_in(shown(daemon)) == []
    assert OTHER_TEXT in shown(daemon)


@slow
def test_what_the_person_writes_later_is_kept_again(daemon: Daemon) -> None:
    forget(daemon.data)
    later = base("c9", kind="comment", post_id="p1", text=TEXT, author_id=AUTHOR, author_name=NAME)
    with daemon.client() as client:
        assert client.post("/v1/records", json=[later]).json()["accepted"] == 1
    assert found_in(exported(daemon.data)) == [AUTHOR, NAME, TEXT, WORD]


@slow
def test_nobody_is_forgotten_through_the_port(daemon: Daemon) -> None:
    with daemon.client() as client:
        answer = client.post("/v1/forget", json={"platform": "weibo", "author": AUTHOR})
    assert answer.status_code == 401
    assert TEXT in shown(daemon)


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"platform": "weibo"}, "author"), ({"platform": "We ibo", "author": "1"}, "platform")],
)
@slow
def test_a_wrong_question_names_its_field(daemon: Daemon, asked: dict[str, str], field: str) -> None:
    through_socket = httpx.HTTPTransport(uds=str(daemon.data / "fenghuo.sock"))
    with httpx.Client(transport=through_socket, base_url="http://fenghuo") as local:
        answer = local.post("/v1/forget", json=asked)
    assert answer.status_code == 400
    assert answer.json()["title"].startswith(f"{field}: ")


def test_replies_are_found_by_the_item_they_answer_in_whatever_order_they_came(tmp_path: Path) -> None:
    told = [
        reply(at("09:00"), native_id="early", to=None, parent="c1"),
        comment(native_id="c1", author="she"),
        mention(native_id="m1", author="she"),
        comment(native_id="c2", author="he"),
        reply(at("11:00"), native_id="late", to=None, parent="m1"),
        reply(at("11:00"), native_id="to-him", to=None, parent="c2"),
        reply(at("11:00"), native_id="named", to="she", parent="c1"),
        reply(at("11:00"), native_id="to-all", to=None, parent=None),
    ]
    items = {one.fact.item: one.fact.native_id for one in told}
    found = replies_by_parent([one.fact for one in told], "she")
    assert [items[item] for item in found] == ["early", "late"]
    with open_room(tmp_path) as room:
        room.sees(*told)
        in_views = answers.replies_by_parent(room.reader, "she")
        assert answers.replies_by_parent(room.reader, "nobody") == []
    assert sorted(in_views) == sorted(found)


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ('{"author_id": "u7", "text": 1}', True),
        ('{"data": {"to_author_id": "u7"}}', True),
        ('[{"author_id": "u7"}]', True),
        ('{"author_id": 77}', False),
        ('{"text": "u7"}', False),
        ('{"author_id": "u7", "text": "cut off', True),
        ('{"author_id": "u77", "text": "cut off', False),
        ("weibo,u7,some text", True),
        ("weibo,xu7,some text", False),
    ],
)
def test_a_refused_line_names_an_author_in_a_field_or_if_it_cannot_be_read_anywhere(
    raw: str, named: bool
) -> None:
    assert names(raw.encode(), "u7") is named


def test_an_author_whose_id_is_a_number_or_escaped_is_found_in_refused_lines() -> None:
    assert names(b'{"author_id": 77}', "77")
    assert names(b'{"author_id": "\\u5c0f\\u660e", "text": "cut', "小明")
    assert names('{"author_id": "小明", \udcff'.encode("utf-8", "surrogateescape"), "小明")
