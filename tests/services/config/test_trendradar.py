"""TrendRadar's word groups and the monitors made of them say the same."""

import re
from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.config import load
from services.config.trendradar import read_words
from services.config.trendradar_monitors import Import, configured_with, import_words
from services.sample import write_sample
from streams.text.item import Item
from streams.text.matcher import Matcher
from streams.text.normalise import normalise
from streams.text.query import MAX_TERMS

WORDS = (
    "西贝",
    "贝壳",
    "面",
    "廣告",
    "ai",
    "AI",
    "gai",
    "Mac",
    "5g",
    "c++",
    "ai面",
    "面 包",
    '"a" OR',
    "a'b",
    "a/b",
    "-面",
)
EXPRESSIONS = (
    "/西贝|gai/", r"/\bai\b/i", "/(?<![a-z])ai(?![a-z])/", r"/\d+g/", r"/面\w/ => 面食", "/[/", "/^ma/",
)  # fmt: skip
PLAIN = (
    "西",
    "贝",
    "壳",
    "面",
    "包",
    "广告",
    "ai",
    "AI",
    "g",
    "mac",
    "Mac",
    "5",
    "c+",
    "+",
    "，",
    "。",
    "'",
    "/",
    '"a" or',
)
WILD = (*PLAIN, "廣", " ", "*", "\u200b", "ＡＩ", "\n", "贝贝贝", "<b>", "#", "é", "📱", "İ")

lines = st.sampled_from(WORDS + EXPRESSIONS)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A word group as a test makes it."""

    anyone: Sequence[str] = ()
    required: Sequence[str] = ()
    excluded: Sequence[str] = ()

    def written(self) -> str:
        return "\n".join(
            [
                *self.anyone,
                "@5",
                *(f"+{word}" for word in self.required),
                *(f"!{word}" for word in self.excluded),
            ]
        )

    def fits(self, title: str) -> bool:
        """TrendRadar's rule, said in the obvious way."""
        return (
            all(stands(word, title) for word in self.required)
            and (not self.anyone or any(stands(word, title) for word in self.anyone))
            and not any(stands(word, title) for word in self.excluded)
        )


def stands(line: str, title: str) -> bool:
    word = line.partition("=>")[0].strip()
    expression = re.fullmatch(r"/(.+)/[a-z]*", word)
    if expression is not None:
        try:
            return re.search(expression[1], title.lower(), re.IGNORECASE) is not None
        except re.error:
            pass
    return word.lower() in title.lower()


def group_of(most_excluded: int) -> st.SearchStrategy[Said]:
    """Mostly a few plain words: a group that asks for much fits nothing, and tells nothing."""
    return st.builds(
        Said,
        anyone=st.lists(lines, max_size=3),
        required=st.lists(lines, max_size=1) | st.just([]),
        excluded=st.lists(lines, max_size=most_excluded) | st.just([]),
    ).filter(lambda said: bool(said.anyone or said.required))


def the_file(groups: Sequence[Said], excluded: Sequence[str]) -> str:
    filters = "\n".join(excluded)
    return f"[GLOBAL_FILTER]\n{filters}\n\n[WORD_GROUPS]\n" + "\n\n".join(said.written() for said in groups)


def fitting(imported: Import, text: str) -> set[str]:
    matcher = Matcher({monitor.id: monitor.query for monitor in imported.monitors})
    (hits,) = matcher.match([Item(text=normalise(text))])
    return {hit.id for hit in hits}


@settings(max_examples=500)
@given(
    groups=st.lists(group_of(1), min_size=1, max_size=3),
    excluded=st.just([]) | st.lists(lines, max_size=2),
    pieces=st.lists(st.sampled_from(PLAIN), min_size=1, max_size=6),
)
def test_on_plain_texts_a_group_and_its_monitor_say_the_same(
    groups: list[Said], excluded: list[str], pieces: list[str]
) -> None:
    text = "".join(pieces)
    assume(normalise(text).text == text.lower() and not any(a == b for a, b in pairwise(text.lower())))
    assume("廣告" not in text and "广告" not in text)  # a monitor takes the one for the other
    imported = import_words(the_file(groups, excluded))
    assert imported.left_out == ()
    unwanted = any(stands(word, text) for word in excluded)
    expected = {
        monitor.id
        for monitor, said in zip(imported.monitors, groups, strict=True)
        if said.fits(text) and not unwanted
    }
    assert fitting(imported, text) == expected


@settings(max_examples=300)
@given(said=group_of(0), text=st.lists(st.sampled_from(WILD), max_size=10).map("".join))
def test_in_any_text_nothing_that_trendradar_finds_is_lost(said: Said, text: str) -> None:
    assert bool(fitting(import_words(the_file([said], [])), text)) >= said.fits(text)


def one(text: str) -> str:
    """The query of the only monitor."""
    (monitor,) = import_words(text).monitors
    return monitor.query


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ("胖东来\n于东来", "胖东来 OR 于东来"),
        (
            "华为\nOPPO\n+发布\n+手机\n!广告\n!抽奖",
            "(华为 OR /OPPO/) AND 发布 AND 手机 AND NOT (广告 OR 抽奖)",
        ),
        ("+华为\n+发布", "华为 AND 发布"),
        ("/京东|刘强东/ => 京东", "京东 OR 刘强东"),
        ("C++", r"/C\+\+/"),
        ("/usr/bin", "/usr/"),  # an expression with flags, for TrendRadar
        ("/路径/文件", r"/\/路径\/文件/"),  # but this is a word
        ("/a(/", r"/\/a\(\//"),  # and so is an expression that is wrong
        ("西贝\n \n莜面村\n# 注释\n  西贝  ", "西贝 OR 莜面村"),  # only an empty line parts groups
    ],
)
def test_what_a_group_becomes(words: str, query: str) -> None:
    assert one(words) == query


def test_the_global_filter_excludes_from_every_monitor() -> None:
    imported = import_words("[GLOBAL_FILTER]\n震惊\n\n赌博\n\n[word_groups]\n西贝\n\n胖东来\n!广告\n")
    assert [monitor.query for monitor in imported.monitors] == [
        "西贝 AND NOT (震惊 OR 赌博)",
        "胖东来 AND NOT (广告 OR 震惊 OR 赌博)",
    ]


def test_a_group_that_only_excludes_is_no_monitor() -> None:
    assert import_words("!广告\n\n# 注释\n\n西贝").monitors[0].query == "西贝"
    assert import_words("!广告") == Import(monitors=(), left_out=())


def test_ids_come_from_the_alias_or_the_first_word() -> None:
    text = "[ 东方系 ]\n胖东来\n\n胖东来\n\n胖东来\n\n315\n\n/x+/ => AI 相关\n\nno\n\n🔥\n\n" + "东西" * 50
    assert [monitor.id for monitor in import_words(text).monitors] == [
        "dong-fang-xi", "pang-dong-lai", "pang-dong-lai-2", "315", "ai-xiang-guan", "no", "words",
        "-".join(["dong", "xi"] * 5),
    ]  # fmt: skip


def test_every_line_that_cannot_be_said_is_told_with_its_number() -> None:
    told = import_words(
        "[GLOBAL_FILTER]\n!x\n\n[WORD_GROUPS]\n西贝\n/苹果(?!手机)/\n+\n[GLOBAL_FILTER]\n\n/(a)\\1/\n+华为\n"
    )
    assert [(each.line, each.written) for each in told.left_out] == [
        (2, "!x"),
        (6, "/苹果(?!手机)/"),
        (7, "+"),
        (8, "[GLOBAL_FILTER]"),
        (10, r"/(a)\1/"),
        (10, "华为"),
    ]
    assert "(?!手机)" in str(told.left_out[1])
    assert [monitor.query for monitor in told.monitors] == ["西贝"]


def test_a_group_beyond_the_limits_of_a_query_becomes_several_monitors() -> None:
    words = [f"w{number}" for number in range(MAX_TERMS * 2)]
    imported = import_words("\n".join([*words, "!广告"]))
    assert imported.left_out == ()
    assert len(imported.monitors) > 2
    assert all(fitting(imported, f"看 {word}") and not fitting(imported, f"{word} 广告") for word in words)


def test_what_no_sharing_can_bring_within_the_limits_is_told() -> None:
    filters = "\n".join(f"w{number}" for number in range(MAX_TERMS))
    imported = import_words(f"[GLOBAL_FILTER]\n{filters}\n\n[WORD_GROUPS]\n西贝")
    assert imported.monitors == ()
    (told,) = imported.left_out
    assert (told.line, told.expected.en) == (MAX_TERMS + 4, f"at most {MAX_TERMS} terms")


def test_the_number_of_items_shown_stays_as_a_comment() -> None:
    (monitor,) = import_words("西贝\n@5\n").monitors
    assert "@5" in monitor.remark


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from("/+!@[]=>#\n\n西贝'\"\\|ai"),
        max_size=60,
    )
)
def test_any_file_whatever_becomes_queries_or_is_told(text: str) -> None:
    imported = import_words(text)
    Matcher({monitor.id: monitor.query for monitor in imported.monitors})
    for each in imported.left_out:
        assert 1 <= each.line <= len(re.split("\r\n|\r|\n", text))


@pytest.mark.parametrize(
    "words",
    ["胖东来\n@5", "it's\n'\n\": {", "yes\n\nno\n\n315", "\x07\u2028\ufeff#西贝\x00\n/(a)\\1\x07/", "👨\u200d👩\n/\ud83d(/".encode("utf-8", "replace").decode()],
)  # fmt: skip
def test_the_configuration_written_is_a_good_one(words: str, tmp_path: Path) -> None:
    imported = import_words(words)
    write_sample(tmp_path / "new", lambda sample: configured_with(sample, imported))
    loaded = load(tmp_path / "new")
    assert [str(problem) for problem in loaded.problems if problem.severity == "error"] == []
    assert loaded.config is not None
    monitors = loaded.config.decisions.intake.monitors
    assert [(monitor.id, monitor.query) for monitor in monitors] == [
        (monitor.id, monitor.query) for monitor in imported.monitors
    ]


def test_lines_left_out_stay_in_the_configuration_as_comments() -> None:
    sample = (files("services.sample") / "folder" / "fenghuo.yaml").read_text("utf-8")
    written = configured_with(sample, import_words("西贝\n/(a)\\1/\n"))
    assert r"  # 没有导入 · left out: 2: /(a)\1/" in written
    assert "青禾小馆 OR" not in written


def test_a_word_file_reads_the_same_with_the_line_ends_of_windows() -> None:
    text = "[GLOBAL_FILTER]\n震惊\n\n[WORD_GROUPS]\n[名]\n西贝\n+店\n\n胖东来\n"
    assert read_words(text) == read_words(text.replace("\n", "\r\n"))
