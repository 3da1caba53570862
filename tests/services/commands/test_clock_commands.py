"""`sla explain` and `backtest`: records and a configuration in, what would have been out."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.services.commands.conftest import Fenghuo


def record(at: str, kind: str, native_id: str, **fields: Any) -> bytes:
    """A line of format 1 at `at` on 2026-03-06 (a Friday), Beijing time."""
    line = {
        "time": f"2026-03-06T{at}+08:00",
        "platform": "weibo",
        "kind": kind,
        "id": native_id,
        "text": "在吗",
    }
    return msgspec.json.encode(line | fields) + b"\n"


def comment(at: str, native_id: str, author: str = "u1", **fields: Any) -> bytes:
    return record(
        at, "comment", native_id, post_id="p", account="qinghe-official", author_id=author, **fields
    )


def reply(at: str, native_id: str, author: str = "u1", **fields: Any) -> bytes:
    return record(
        at, "reply", native_id, post_id="p", account="qinghe-official", to_author_id=author, **fields
    )


def mention(at: str, native_id: str, text: str, **fields: Any) -> bytes:
    return (
        record(at, "post", native_id, author_id=f"a{native_id}", text=text)
        if not fields
        else record(at, "post", native_id, **({"author_id": f"a{native_id}", "text": text} | fields))
    )


def explain(fenghuo: Fenghuo, sample: Path, now: str, *lines: bytes) -> list[Any]:
    ended = fenghuo(
        "sla", "explain", "--json", "--config", sample, "--records", "-", "--now", f"2026-03-06T{now}+08:00",
        stdin=b"".join(lines),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    return ended.objects


def test_a_clock_is_explained_with_its_ledger(fenghuo: Fenghuo, sample: Path) -> None:
    first, resolution = explain(fenghuo, sample, "10:10:00", comment("10:00:00", "1"))
    assert first["conversation"] == "weibo/qinghe-official/p/u1"
    assert (first["kind"], first["policy"], first["state"]) == ("first_response", "weibo", "running")
    assert (first["started_at"], first["due_at"]) == ("2026-03-06T02:00:00Z", "2026-03-06T02:30:00Z")
    assert (first["elapsed_s"], first["left_s"], first["ended_at"]) == (600, 1_200, None)
    (span,) = first["ledger"]
    assert (span["from"], span["to"], span["counted_s"]) == (first["started_at"], first["due_at"], 1_800)
    assert resolution["kind"] == "resolution"


@pytest.mark.parametrize("answered", [True, False])
def test_in_a_pile_on_each_line_says_what_that_customer_saw_and_that_a_group_stands_for_it(
    fenghuo: Fenghuo, sample: Path, answered: bool
) -> None:
    crowd = [comment(f"10:00:{n:02}", f"c{n}", f"u{n}") for n in range(52)]
    answer = [record("10:10:00", "reply", "r", post_id="p", account="qinghe-official")] if answered else []
    clocks = explain(fenghuo, sample, "11:00:00", *crowd, *answer)
    first = [clock for clock in clocks if clock["kind"] == "first_response"]
    assert {clock["conversation"].rsplit("/", 1)[1] for clock in first} == {f"u{n}" for n in range(52)}
    assert {clock["state"] for clock in first} == {"met" if answered else "breached"}
    assert {clock["folded_at"] for clock in first} == {"2026-03-06T02:00:50Z", "2026-03-06T02:00:51Z"}


@pytest.mark.parametrize(("at", "state"), [("10:30:00", "met"), ("10:30:01", "breached")])
def test_a_reply_at_the_due_time_is_in_time(fenghuo: Fenghuo, sample: Path, at: str, state: str) -> None:
    clocks = explain(fenghuo, sample, "12:00:00", comment("10:00:00", "1"), reply(at, "2"))
    assert [clock["state"] for clock in clocks if clock["kind"] == "first_response"] == [state]


def test_what_was_seen_after_now_is_not_known(fenghuo: Fenghuo, sample: Path) -> None:
    clocks = explain(fenghuo, sample, "10:20:00", comment("10:00:00", "1"), reply("10:25:00", "2"))
    assert clocks[0]["state"] == "running"


def test_a_late_line_still_counts_by_when_it_happened(fenghuo: Fenghuo, sample: Path) -> None:
    seen_late = reply("10:20:00", "2", observed="2026-03-06T11:00:00+08:00")
    clocks = explain(fenghuo, sample, "11:30:00", comment("10:00:00", "1"), seen_late)
    assert (clocks[0]["state"], clocks[0]["ended_at"]) == ("met", "2026-03-06T02:20:00Z")


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-03-06T10:00:00", "offset"),
        ("today", "expected ISO 8601"),
        ("9999-12-31T23:59:59-14:00", "outside the years"),
    ],
)
def test_a_present_that_is_none_is_wrong_use(fenghuo: Fenghuo, sample: Path, now: str, words: str) -> None:
    ended = fenghuo("sla", "explain", "--config", sample, "--records", "-", "--now", now)
    assert ended.code == 2
    assert ended.err.startswith("fenghuo: --now: ")
    assert words in ended.err


def test_the_present_may_be_written_as_in_a_record(fenghuo: Fenghuo, sample: Path) -> None:
    words = ("sla", "explain", "--json", "--config", sample, "--records", "-", "--now", "1772763000")
    first, _ = fenghuo(*words, stdin=b"\xef\xbb\xbf" + comment("10:00:00", "1") + b"\r\n").objects
    assert first["elapsed_s"] == 600


def test_what_was_done_with_a_conversation_that_nobody_knows_is_told(fenghuo: Fenghuo, sample: Path) -> None:
    settled = record(
        "10:00:00", "comment", "1", op="settled", account="qinghe-official", post_id="p", to_author_id="u1"
    )
    ended = fenghuo("sla", "explain", "--json", "--config", sample, "--records", "-", stdin=settled)
    assert ended.objects == []
    assert "no message of the conversation weibo/qinghe-official/p/u1" in ended.err


def backtest(fenghuo: Fenghuo, sample: Path, *lines: bytes, words: tuple[str, ...] = ()) -> list[Any]:
    ended = fenghuo("backtest", "--json", "--config", sample, "--records", "-", *words, stdin=b"".join(lines))
    assert ended.code == 0, ended.err
    return ended.objects


def storm() -> list[bytes]:
    """A complaint at 10:00, another at 10:05, and something harmless at 11:00 so that time goes on."""
    return [
        mention("10:00:00", "1", "在青禾小馆吃出异物"),
        mention("10:05:00", "2", "青禾小馆的菜里有虫子"),
        mention("11:00:00", "3", "天气不错"),
    ]


def at_minute(line: Any) -> tuple[str, str]:
    return line["at"][11:16], line["type"]


def test_a_crisis_opens_rises_and_calls_until_somebody_answers(fenghuo: Fenghuo, sample: Path) -> None:
    lines = backtest(fenghuo, sample, *storm())
    told = [at_minute(line) for line in lines[:-1] if line["type"] in {"incident.opened", "incident.raised"}]
    assert told == [("02:00", "incident.opened"), ("02:05", "incident.raised")]
    pages = [
        (line["at"][11:16], line["person"], line["means"])
        for line in lines
        if line["type"] == "page.requested" and line["reason"] == "step"
    ]
    on_duty = pages[0][1]
    # 10:00 yellow: the desk. 10:05 orange: the desk, a call after 3 min, everybody after 6, and again from 15 min on.
    assert pages[:3] == [
        ("02:00", on_duty, "notify"),
        ("02:05", on_duty, "notify"),
        ("02:08", on_duty, "call"),
    ]
    assert ("02:11", "qin", "call") in pages
    assert [at for at, person, means in pages if (person, means) == ("tang", "notify")][:3] == [
        "02:20",
        "02:30",
        "02:40",
    ]


def test_somebody_who_answers_ends_the_calling(fenghuo: Fenghuo, sample: Path) -> None:
    lines = backtest(fenghuo, sample, *storm(), words=("--answer-after", "4m"))
    steps = [line for line in lines if line["type"] == "page.requested" and line["reason"] == "step"]
    assert max(line["at"] for line in steps) < "2026-03-06T02:10"


def test_the_summary_counts_what_happened(fenghuo: Fenghuo, sample: Path) -> None:
    summary = backtest(
        fenghuo, sample, *storm(), comment("11:00:00", "4"), mention("12:00:00", "5", "青禾小馆")
    )[-1]
    assert list(summary) == [
        "type", "items", "judged", "matched", "negative", "incidents", "pages", "night_calls_per_week", "breaches",
    ]  # fmt: skip
    assert (summary["items"], summary["judged"], summary["matched"]) == (5, 5, 3)
    assert (summary["incidents"], summary["breaches"]) == (1, 1)


def test_a_breach_fires_between_records_at_its_own_time(fenghuo: Fenghuo, sample: Path) -> None:
    lines = backtest(fenghuo, sample, comment("10:00:00", "1"), mention("12:00:00", "2", "天气"))
    (breach,) = [line for line in lines if line["type"] == "sla.breached"]
    assert (breach["at"], breach["noticed_at"]) == ("2026-03-06T02:30:00Z", "2026-03-06T02:30:00Z")
    assert (breach["kind"], breach["conversation"]) == ("first_response", "weibo/qinghe-official/p/u1")


def test_the_clock_stops_at_the_last_record_or_where_it_is_told(fenghuo: Fenghuo, sample: Path) -> None:
    assert backtest(fenghuo, sample, comment("10:00:00", "1"))[-1]["breaches"] == 0
    later = ("--until", "2026-03-06T10:30:01+08:00")
    assert backtest(fenghuo, sample, comment("10:00:00", "1"), words=later)[-1]["breaches"] == 1


def test_lines_stand_in_time_order(fenghuo: Fenghuo, sample: Path) -> None:
    late = comment("09:00:00", "9", observed="2026-03-06T10:30:00+08:00")
    lines = backtest(fenghuo, sample, *storm()[:2], late, storm()[2])[:-1]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_a_wrong_line_is_told_and_the_rest_goes_on(fenghuo: Fenghuo, sample: Path) -> None:
    ended = fenghuo(
        "backtest",
        "--json",
        "--config",
        sample,
        "--records",
        "-",
        stdin=storm()[0] + b"nonsense\n" + storm()[1],
    )
    assert ended.objects[-1]["items"] == 2
    assert ended.err.startswith("line 2: ")


def test_an_empty_file_gives_an_empty_summary(fenghuo: Fenghuo, sample: Path) -> None:
    (summary,) = backtest(fenghuo, sample)
    assert set(summary.values()) == {"summary", 0}


def test_a_wrong_configuration_is_told_line_by_line(fenghuo: Fenghuo, tmp_path: Path) -> None:
    (tmp_path / "fenghuo.yaml").write_text("brand: {id: a}\nrules: 1\nsla: 2\n")
    ended = fenghuo("backtest", "--config", tmp_path, "--records", "-")
    assert ended.code == 2
    assert ended.err.count("fenghuo.yaml:") == 2


def test_the_real_storm_runs_twice_alike(fenghuo: Fenghuo, data_folder: Path) -> None:
    file = data_folder / "events" / "xibei_2025_bilibili.jsonl"
    example = data_folder.parent / "example-config"
    if not file.exists() or not example.is_dir():
        pytest.skip(
            "needs events/xibei_2025_bilibili.jsonl and the example configuration beside the data folder"
        )
    words = ("backtest", "--json", "--answer-after", "5m", "--config", example, "--records", file)
    first, second = fenghuo(*words), fenghuo(*words)
    assert first.out == second.out
    summary = first.objects[-1]
    assert summary["items"] == summary["judged"] == 12_761
    assert summary["incidents"] >= 1
