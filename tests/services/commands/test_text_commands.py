"""`score` and `match`: a line in, a line out, in order."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.commands.conftest import Fenghuo

RECORD = (
    b'{"time": 1757660400, "platform": "weibo", "kind": "post", "id": "1", "text": "%s", "title": "%s"}\n'
)


def test_score_prints_one_object_a_line_in_order(fenghuo: Fenghuo) -> None:
    scored = fenghuo("score", "--json", "-", stdin="很好吃，推荐\n太难吃了，再也不来\n".encode())
    assert scored.code == 0
    assert [line["label"] for line in scored.objects] == ["positive", "negative"]
    assert set(scored.objects[0]) == {"label", "negative", "neutral", "positive", "abstain"}


def test_score_has_an_answer_for_every_line(fenghuo: Fenghuo) -> None:
    odd = b"\n\xff\xfe\n\xf0\x9f\x98\x82\nhttp://t.cn/x\n" + "长".encode() * 20_000 + b"\nlast"
    scored = fenghuo("score", "--json", "-", stdin=odd)
    assert scored.code == 0
    assert len(scored.objects) == 6


def test_a_unicode_line_separator_ends_no_line(fenghuo: Fenghuo) -> None:
    assert len(fenghuo("score", "--json", "-", stdin="一\u2028二\x85三\r\n四\n".encode()).objects) == 2


def test_an_unknown_scorer_is_wrong_use(fenghuo: Fenghuo) -> None:
    ended = fenghuo("score", "--scorer", "oracle", "-")
    assert ended.code == 2
    assert "ngram" in ended.err


def test_a_missing_file_of_texts_is_wrong_use(fenghuo: Fenghuo, tmp_path: Path) -> None:
    ended = fenghuo("score", "--json", tmp_path / "none.txt")
    assert ended.code == 2
    assert "none.txt cannot be read" in ended.err
    assert "Traceback" not in ended.err


def test_match_gives_spans_in_the_original_text(fenghuo: Fenghuo) -> None:
    matched = fenghuo(
        "match", "--json", "--query", "西贝 AND 异物", "-", stdin="西貝吃出了異物\n西贝真好\n".encode()
    )
    assert matched.code == 0
    assert matched.objects == [
        {
            "match": True,
            "spans": [
                {"start": 0, "end": 2, "term": "西贝", "written": "西貝", "variant": None},
                {"start": 5, "end": 7, "term": "异物", "written": "異物", "variant": None},
            ],
        },
        {"match": False, "spans": []},
    ]


def test_match_explains_a_query_without_reading_texts(fenghuo: Fenghuo) -> None:
    explained = fenghuo("match", "--explain", "--query", "西贝 AND (异物 OR /虫.?子/)")
    assert explained.code == 0
    assert explained.out.splitlines()[0] == "query: looked at for 西贝"
    assert "/虫.?子/" in explained.out


def test_match_explains_every_query_of_a_file(fenghuo: Fenghuo, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "b", "query": "西贝"}\n{"id": "a", "query": "is:comment"}\n', "utf-8")
    explained = fenghuo("match", "--explain", "--json", "--queries", queries)
    assert [line["id"] for line in explained.objects] == ["a", "b"]
    assert "looked at for every item" in explained.objects[0]["plan"]


def test_match_of_many_queries_gives_their_ids_sorted(fenghuo: Fenghuo, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"id": "b", "query": "西贝"}\n\n{"id": "a", "query": "sentiment:negative"}\n', "utf-8"
    )
    matched = fenghuo(
        "match", "--json", "--queries", queries, "-", stdin="西贝太恶心了，垃圾\n天气\n".encode()
    )
    assert matched.objects == [{"matches": ["a", "b"]}, {"matches": []}]


def test_match_of_records_knows_their_fields(fenghuo: Fenghuo) -> None:
    lines = RECORD % ("难吃".encode(), "西贝".encode()) + RECORD % ("西贝".encode(), b"")
    matched = fenghuo("match", "--json", "--items", "--query", "title:西贝 platform:weibo", "-", stdin=lines)
    assert [line["match"] for line in matched.objects] == [True, False]
    assert matched.objects[0]["spans"][0]["field"] == "title"


def test_a_line_that_is_no_record_matches_nothing_and_is_told(fenghuo: Fenghuo) -> None:
    lines = b"nonsense\n" + RECORD % ("西贝".encode(), b"")
    matched = fenghuo("match", "--json", "--items", "--query", "西贝", "-", stdin=lines)
    assert matched.code == 1
    assert [line["match"] for line in matched.objects] == [False, True]
    assert matched.err.startswith("line 1: ")


def test_a_wrong_query_tells_line_column_and_what_was_expected(fenghuo: Fenghuo) -> None:
    ended = fenghuo("match", "--json", "--query", "西贝 AND )", "-")
    assert ended.code == 2
    assert "line 1, column 8" in ended.err
    assert "expected" in ended.err
    assert ended.out == ""


def test_a_wrong_query_of_many_is_told_with_its_id(fenghuo: Fenghuo, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "good", "query": "甲"}\n{"id": "bad", "query": "("}\n', "utf-8")
    ended = fenghuo("match", "--json", "--queries", queries, "-")
    assert ended.code == 2
    assert "query bad, line 1, column 2" in ended.err


@pytest.mark.parametrize("words", [[], ["--query", "a", "--queries", "f"]])
def test_match_takes_one_query_or_a_file_of_them(fenghuo: Fenghuo, words: list[str]) -> None:
    assert fenghuo("match", *words, "-").code == 2


@pytest.mark.parametrize("line", ["nonsense", '{"id": "a"}', '{"id": "a", "query": "x", "extra": 1}'])
def test_a_wrong_line_of_queries_is_told_with_its_number(fenghuo: Fenghuo, tmp_path: Path, line: str) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(f'{{"id": "good", "query": "甲"}}\n{line}\n', "utf-8")
    ended = fenghuo("match", "--queries", queries, "-")
    assert ended.code == 2
    assert "queries.jsonl:2:" in ended.err


def test_content_lint_flags_words_in_their_context(fenghuo: Fenghuo) -> None:
    linted = fenghuo("content", "lint", "--json", "-", stdin="我们第一时间核查\n销量第一的餐厅\n".encode())
    assert linted.code == 1
    assert [len(line["flags"]) for line in linted.objects] == [0, 1]
    assert linted.objects[1]["flags"][0]["words"] == "销量第一"


def test_a_byte_order_mark_and_empty_lines_are_no_mistakes(fenghuo: Fenghuo, tmp_path: Path) -> None:
    record = RECORD % ("西贝".encode(), b"")
    matched = fenghuo(
        "match", "--json", "--items", "--query", "西贝", "-", stdin=b"\xef\xbb\xbf" + record + b"\r\n"
    )
    assert (matched.code, matched.err) == (0, "")
    assert [line["match"] for line in matched.objects] == [True, False]
    queries = tmp_path / "queries.jsonl"
    queries.write_bytes(b'\xef\xbb\xbf{"id": "a", "query": "x"}\r\n')
    assert fenghuo("match", "--json", "--queries", queries, "-", stdin=b"x\n").objects == [{"matches": ["a"]}]


def test_a_command_without_standard_input_says_so() -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.stdin = None; from services.cli import main; main()",
            "score",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "no standard input" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_under_the_output_is_one_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "services.cli", "score", "--json"],
            input=b"x\n",
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert ended.returncode == 1
    assert b"No space left" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
