"""Commands on a data folder that a whole simulated day has filled: alone, and with a daemon that holds it."""

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services.demo import prepare
from services.gateway.address import SOCKET_NAME
from streams.run.sqlite import Store
from tests.daemons import Daemon
from tests.services.commands.conftest import Fenghuo

NOWHERE = "json://127.0.0.1:9/"
"""Phones that nobody answers."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the simulated day was lived through."""
    folder = tmp_path_factory.mktemp("demo") / "day"
    prepare(folder, NOWHERE, os.environ, lambda share: None)
    return folder


@pytest.fixture
def data(lived: Path, tmp_path: Path) -> Path:
    """The day's data, to do with as one likes."""
    return Path(shutil.copytree(lived / "data", tmp_path / "data"))


@pytest.fixture
def held(lived: Path, data: Path) -> Iterator[Path]:
    """The same, held by a daemon."""
    daemon = Daemon(lived / "config", data)
    daemon.start()
    try:
        yield data
    finally:
        daemon.stop()
        daemon.close()


def test_verify_counts_the_events_of_a_whole_chain(fenghuo: Fenghuo, data: Path) -> None:
    verified = fenghuo("verify", "--data", data, "--json")
    assert verified.code == 0
    (line,) = verified.objects
    assert line["chain"] == "intact"
    assert line["events"] == len(fenghuo("export", "--data", data).objects)


def change_a_byte(data: Path, seq: int) -> None:
    """Of the last event of an entry of Intake."""
    store = Store(data / "fenghuo.db")
    where = "WHERE partition='intake' AND seq=?"
    body = store.connection.execute(f"SELECT body FROM entries {where}", (seq,)).fetchone()[0]
    changed = body[:-1] + bytes([body[-1] ^ 1])
    store.connection.execute(f"UPDATE entries SET body=? {where}", (changed, seq))
    store.close()


def test_verify_names_the_first_break(fenghuo: Fenghuo, data: Path) -> None:
    change_a_byte(data, 7)
    verified = fenghuo("verify", "--data", data, "--json")
    assert verified.code == 1
    (line,) = verified.objects
    assert (line["chain"], line["partition"], line["entry"]) == ("broken", "intake", 7)


def test_verify_speaks_to_programs_and_to_people(fenghuo: Fenghuo, data: Path) -> None:
    verified = fenghuo("verify", "--data", data)
    assert verified.objects[0]["chain"] == "intact"
    assert "完好" in verified.err


def test_what_somebody_changed_is_not_exported(fenghuo: Fenghuo, data: Path) -> None:
    change_a_byte(data, 7)
    exported = fenghuo("export", "--data", data)
    assert exported.code == 1
    assert "journal 'intake' is broken at entry 7" in exported.err


def test_a_type_that_no_event_has_is_wrong_use(fenghuo: Fenghuo, data: Path) -> None:
    exported = fenghuo("export", "--data", data, "--type", "incident.open")
    assert exported.code == 2
    assert "incident.opened" in exported.err


def test_the_queue_shows_who_waits_and_what_runs_out_first(fenghuo: Fenghuo, data: Path) -> None:
    waiting = fenghuo("queue", "--data", data, "--json").objects
    due = [line["clock"]["due_at"] for line in waiting]
    assert len(waiting) > 10
    assert due == sorted(due)
    assert waiting[0]["item"]["author_name"].startswith("模拟用户")


def test_only_the_overdue_are_shown_when_asked_for(fenghuo: Fenghuo, data: Path) -> None:
    overdue = fenghuo("queue", "--data", data, "--json", "--overdue").objects
    assert overdue
    assert all(line["clock"]["left_s"] <= 0 for line in overdue)


def test_the_open_incident_of_the_day_is_red_and_nobody_has_it(fenghuo: Fenghuo, data: Path) -> None:
    (incident,) = fenghuo("incidents", "--data", data, "--json", "--open").objects
    assert (incident["level"], incident["category"], incident["acknowledged_by"]) == ("red", "safety", None)
    assert "■ 红" in fenghuo("incidents", "--data", data).out


def test_a_running_daemon_is_asked_and_says_the_same(fenghuo: Fenghuo, held: Path) -> None:
    assert len(fenghuo("queue", "--data", held, "--json").objects) > 10
    (incident,) = fenghuo("incidents", "--data", held, "--json", "--open").objects
    assert incident["level"] == "red"
    assert fenghuo("verify", "--data", held).code == 0
    is_disarmed_and_armed(fenghuo, held)


def is_disarmed_and_armed(fenghuo: Fenghuo, held: Path) -> None:
    """Through the folder of a running daemon."""
    assert fenghuo("outbox", "disarm", "--data", held, "--json").objects[0]["by"] == "local-admin"
    assert fenghuo("outbox", "show", "--data", held).code == 1
    transport = httpx.HTTPTransport(uds=str(held / SOCKET_NAME))
    with httpx.Client(transport=transport, base_url="http://fenghuo") as admin:
        assert "外发未启用" in admin.get("/incidents").text
        assert "fenghuo outbox arm" in admin.get("/readyz").text
    assert "going" in fenghuo("outbox", "arm", "--data", held, "--json").objects[0]
    assert fenghuo("outbox", "arm", "--data", held).code == 2


def texts_of(fenghuo: Fenghuo, data: Path, author: str) -> list[str]:
    facts = fenghuo(
        "export", "--data", data, "--type", "mention.observed", "--type", "comment.received"
    ).objects
    return [fact["data"]["text"] for fact in facts if fact["data"].get("author_id") == author]


def an_author(fenghuo: Fenghuo, data: Path) -> tuple[str, str]:
    fact = fenghuo("export", "--data", data, "--type", "comment.received").objects[0]["data"]
    return fact["platform"], fact["author_id"]


def test_who_is_forgotten_can_be_read_nowhere(fenghuo: Fenghuo, data: Path) -> None:
    platform, author = an_author(fenghuo, data)
    assert texts_of(fenghuo, data, author)
    forgotten = fenghuo("forget", "--platform", platform, "--author", author, "--data", data, "--json")
    assert forgotten.objects[0]["keys"] == 1
    assert texts_of(fenghuo, data, author) == []
    (erased,) = fenghuo("export", "--data", data, "--type", "person.erased").objects
    assert erased["data"]["person"] == forgotten.objects[0]["person"]
    assert fenghuo("verify", "--data", data).code == 0


def test_a_running_daemon_forgets_too(fenghuo: Fenghuo, held: Path) -> None:
    platform, author = an_author(fenghuo, held)
    forgotten = fenghuo("forget", "--platform", platform, "--author", author, "--data", held, "--json")
    assert forgotten.objects[0]["keys"] == 1
    assert texts_of(fenghuo, held, author) == []
    assert len(fenghuo("export", "--data", held, "--type", "person.erased").objects) == 1


def test_what_is_exported_sealed_holds_no_text(fenghuo: Fenghuo, data: Path) -> None:
    exported = fenghuo("export", "--data", data, "--sealed", "--type", "mention.observed").out
    assert "青禾小馆" not in exported
    assert "模拟用户" not in exported
    assert '"sealed":' in exported


def test_signin_prints_a_link_for_one_of_our_people(fenghuo: Fenghuo, lived: Path, data: Path) -> None:
    invited = fenghuo(
        "signin", "qin", "--data", data, "--config", lived / "config", "--url", "https://desk.example/"
    )
    assert invited.code == 0
    assert invited.out.startswith("https://desk.example/signin/")
    assert fenghuo("signin", "nobody", "--data", data, "--config", lived / "config").code == 2


@pytest.mark.parametrize("command", ["verify", "export", "queue", "incidents"])
def test_a_folder_without_a_journal_is_wrong_use(fenghuo: Fenghuo, tmp_path: Path, command: str) -> None:
    ended = fenghuo(command, "--data", tmp_path)
    assert ended.code == 2
    assert "no journal" in ended.err


def test_dead_letters_are_told_with_line_and_reason(fenghuo: Fenghuo, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    good = b'{"time": 1757660400, "platform": "weibo", "kind": "post", "id": "1", "text": "x"}\n'
    taken = fenghuo("ingest", "-", "--data", folder, "--json", stdin=good + b'{"time": "yesterday"}\n')
    assert taken.objects[-1] == {"accepted": 1, "duplicates": 0, "rejected": 1}
    letters = fenghuo("deadletters", "--data", folder, "--json")
    assert letters.code == 1
    assert letters.objects[0]["line"] == 2
    assert letters.objects[0]["reason"]


def test_a_folder_without_dead_letters_is_good(fenghuo: Fenghuo, tmp_path: Path) -> None:
    assert fenghuo("deadletters", "--data", tmp_path).code == 0


@pytest.mark.parametrize("folder", ["data", "held"])
def test_correct_says_what_an_item_is_with_and_without_a_daemon(
    fenghuo: Fenghuo, folder: str, request: pytest.FixtureRequest
) -> None:
    data: Path = request.getfixturevalue(folder)
    post = fenghuo("export", "--data", data, "--type", "signal.raised").objects[0]["data"]
    ended = fenghuo(
        "correct", post["item"], "--data", data, "--label", "positive", "--topic", "price", "--json"
    )
    assert (ended.code, ended.objects) == (0, [{"item": post["item"], "label": "positive", "topic": "price"}])
    (corrected,) = fenghuo("export", "--data", data, "--type", "judgement.corrected").objects
    assert corrected["type"] == "judgement.corrected"
    assert corrected["data"]["label"] == "positive"
    assert corrected["data"]["by"] == "local-admin"
    assert corrected["correlationid"] == post["item"]


@pytest.mark.parametrize("folder", ["data", "held"])
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("weibo/nobody", "--label", "positive"), 1, "item"),
        (("{item}", "--topic", "weather"), 1, "没有这个类别"),
        (("weibo/nobody", "--label", "good"), 2, "expected one of negative, neutral, positive"),
        (("weibo/nobody",), 2, "--label"),
    ],
)
def test_correct_tells_what_is_wrong(
    fenghuo: Fenghuo,
    folder: str,
    request: pytest.FixtureRequest,
    words: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    data: Path = request.getfixturevalue(folder)
    item = fenghuo("export", "--data", data, "--type", "signal.raised").objects[0]["data"]["item"]
    ended = fenghuo("correct", *(word.format(item=item) for word in words), "--data", data)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err


@pytest.fixture
def stricter(lived: Path, tmp_path: Path) -> Path:
    """The day's configuration with five minutes where it promised thirty."""
    folder = Path(shutil.copytree(lived / "config", tmp_path / "stricter"))
    written = (folder / "fenghuo.yaml").read_text("utf-8")
    (folder / "fenghuo.yaml").write_text(
        written.replace("first_response: 30m", "first_response: 5m"), "utf-8"
    )
    return folder


def test_running_clocks_follow_a_new_policy_when_somebody_says_so(
    fenghuo: Fenghuo, data: Path, stricter: Path
) -> None:
    """Looked at before it holds, refused before it holds, applied by the daemon, and then nothing is left to move."""
    previewed = fenghuo("sla", "apply", "--data", data, "--config", stricter, "--dry-run", "--json")
    assert previewed.code == 0, previewed.err
    moved = [move for move in previewed.objects if move["kind"] == "first_response"]
    assert moved
    assert all(move["due_after"] < move["due_before"] for move in moved)
    assert fenghuo("sla", "apply", "--data", data, "--config", stricter).code == 2

    daemon = Daemon(stricter, data)
    daemon.start()
    try:
        applied = fenghuo("sla", "apply", "--data", data)
        assert applied.code == 0, applied.err
        assert "个会话已改按新配置" in applied.err
        assert len(applied.out.splitlines()) == len(previewed.objects)
        assert fenghuo("sla", "apply", "--data", data, "--dry-run").out == ""
    finally:
        daemon.stop()
        daemon.close()


def test_without_a_daemon_clocks_are_moved_by_the_command_itself(
    fenghuo: Fenghuo, data: Path, stricter: Path
) -> None:
    assert fenghuo("ingest", "--config", stricter, "--data", data, "--format", "records", "-").code == 0
    assert fenghuo("sla", "apply", "--data", data).code == 0
    assert fenghuo("sla", "apply", "--data", data, "--dry-run").out == ""


def test_a_report_tells_attainment_by_whatever_is_asked_and_under_another_configuration(
    fenghuo: Fenghuo, data: Path, lived: Path
) -> None:
    asked = ("sla", "report", "--data", data, "--by", "platform", "--by", "hour")
    lines = fenghuo(*asked, "--what-if", lived / "config", "--json").objects
    whole = lines[0]["row"]
    assert whole["met"] + whole["breached"] > 30
    assert sum(line["row"]["met"] for line in lines if line["by"] == "platform") == whole["met"]
    assert lines[0]["what_if"]["attainment"] == pytest.approx(whole["attainment"], abs=0.02)

    shown = fenghuo(*asked).out
    assert "weibo" in shown
    assert "达标率" in shown
    table = list(csv.DictReader(fenghuo(*asked, "--csv").out.splitlines()))
    assert table[0]["met"] == str(whole["met"])
    assert fenghuo(*asked, "--since", "2100-01-01T00:00:00Z", "--json").objects[0]["row"]["answers"] == 0
    assert fenghuo("sla", "report", "--data", data, "--by", "mood").code == 2


def test_a_daemon_signs_the_day_and_verify_holds_the_journals_against_it(
    fenghuo: Fenghuo, held: Path, tmp_path: Path
) -> None:
    key, head = fenghuo("heads", "--data", held, "--json").objects
    copy = tmp_path / "kept.jsonl"
    copy.write_bytes((held / "heads.jsonl").read_bytes())
    verified = fenghuo("verify", "--data", held, "--heads", copy, "--public-key", key["public_key"], "--json")
    assert verified.objects[0]["signed_heads"] == 1
    assert verified.objects[0]["last_signed"] == head["day"]
    other = fenghuo("verify", "--data", held, "--public-key", "0" * 64, "--json")
    assert (other.code, other.objects[0]["partition"], other.objects[0]["entry"]) == (1, "heads", 1)
    assert fenghuo("verify", "--data", held, "--public-key", "key").code == 2
    assert key["public_key"] in fenghuo("heads", "--data", held).out


@pytest.mark.parametrize("folder", ["data", "held"])
def test_the_report_on_an_incident_is_a_file_with_and_without_a_daemon(
    fenghuo: Fenghuo, folder: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data: Path = request.getfixturevalue(folder)
    (incident,) = fenghuo("incidents", "--data", data, "--json", "--open").objects
    asked = ("report", "incident", incident["id"], "--data", data)
    ended = fenghuo(*asked, "--format", "json")
    assert ended.code == 0, ended.err
    report = msgspec.json.decode(ended.out)
    assert (report["incident"], report["level"]) == (incident["id"], "red")
    assert "「食品安全」" in report["verdict"]
    assert report["totals"]["items"] > 100
    assert report["answers"]["met"] > 0
    assert fenghuo(*asked, "--format", "pdf", "--out", tmp_path / "report.pdf").code == 0
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "Response times" in fenghuo(*asked, "--english").out
    missing = fenghuo("report", "incident", "none", "--data", data)
    assert missing.code == 2


@pytest.mark.parametrize("folder", ["data", "held"])
def test_reports_on_days_are_files_with_and_without_a_daemon(
    fenghuo: Fenghuo, folder: str, request: pytest.FixtureRequest
) -> None:
    data: Path = request.getfixturevalue(folder)
    day = fenghuo("export", "--data", data, "--type", "signal.raised").objects[0]["time"][:10]
    asked = ("--data", data, "--format", "json", "--from", day, "--to", "2100-01-01")
    assert fenghuo("report", "weekly", *asked).code == 2
    report = msgspec.json.decode(
        fenghuo("report", "daily", "--data", data, "--day", day, "--format", "json").out
    )
    assert (report["kind"], report["brand"]) == ("daily", "qinghe")
    assert "日报" in fenghuo("report", "daily", "--data", data, "--day", day).out
    special = fenghuo(
        "report", "special", "safety", "--data", data, "--from", day, "--to", day, "--format", "json"
    )
    assert msgspec.json.decode(special.out)["items"] <= report["items"]
    assert fenghuo("report", "weekly", "--data", data, "--english").code == 0
    assert fenghuo("report", "daily", "--data", data, "--brand", "nobody").code == 2
    assert fenghuo("report", "daily", "--data", data, "--day", "soon").code == 2


def test_a_restored_house_calls_nobody_until_it_is_armed(
    fenghuo: Fenghuo, data: Path, tmp_path: Path
) -> None:
    events = fenghuo("verify", "--data", data).objects[0]["events"]
    again = tmp_path / "again"
    restored = fenghuo("restore", "--from", data, "--into", again, "--json").objects
    assert restored[0]["events"] == events
    assert fenghuo("verify", "--data", again).objects[0]["events"] == events + 1
    assert texts_of(fenghuo, again, an_author(fenghuo, again)[1])
    assert fenghuo("restore", "--from", data, "--into", again).code == 2

    assert fenghuo("outbox", "show", "--data", data).code == 0
    held = fenghuo("outbox", "show", "--data", again, "--json")
    assert (held.code, held.objects[0]["armed"]) == (1, False)
    armed = fenghuo("outbox", "arm", "--data", again, "--json").objects[0]
    assert armed["let_go"] >= held.objects[0]["held"]
    assert fenghuo("outbox", "arm", "--data", again).code == 2
    assert fenghuo("outbox", "disarm", "--data", again, "--json").objects[0]["armed"] is False
