"""Words that the advertising law forbids, in their context."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.compliance import OBJECTIONS, lint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我们销量第一", "销量第一"), ("全国销量第一", "全国销量第一"), ("第一品牌的选择", "第一品牌"),
        ("这是最好的莜面", "最好"), ("国家级大师", "国家级"), ("全网最低价，今天抢购", "全网最低价"),
        ("顶级食材", "顶级"), ("百分之百安全", "百分之百安全"), ("100%放心", "100%放心"), ("史上最强优惠", "史上最强"),
        ("国家领导人推荐", "国家领导人推荐"), ("绝对安全", "绝对安全"),
    ],
)  # fmt: skip
def test_extreme_words_are_found(text: str, words: str) -> None:
    (flag,) = lint(text)
    assert (flag.words, flag.severity) == (words, "block")
    assert text[flag.start : flag.end] == words
    assert flag.source.startswith("《")


@pytest.mark.parametrize(
    "text",
    [
        "我们会第一时间公布", "第一批检测结果", "第一步是停售", "全国第一时间响应", "最近的门店", "最终结果", "最后一次",
        "尽最大努力", "最新进展", "最多两小时", "最低消费", "这是我们唯一官方账号", "首先道歉", "品质如一",
    ],
)  # fmt: skip
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert lint(text) == []


def test_a_plain_fact_only_warns() -> None:
    assert [flag.severity for flag in lint("全国唯一的莜面博物馆")] == ["warn"]


def test_rules_of_a_platform_apply_there_alone() -> None:
    text = "分享到朋友圈领红包，加微信咨询"
    assert lint(text) == []
    assert [flag.rule for flag in lint(text, "wechat")] == ["wechat-sharing"]
    assert [flag.rule for flag in lint(text, "douyin")] == ["leading-away"]


@given(st.text(st.sampled_from("最第一销量好全网低价国家级唯0%安 a"), max_size=40))
def test_flags_lie_in_the_text_in_order_and_apart(text: str) -> None:
    flags = lint(text)
    assert all(text[flag.start : flag.end] == flag.words for flag in flags)
    assert all(left.end <= right.start for left, right in pairwise(flags))


def test_every_objection_names_its_source_and_a_way_out() -> None:
    assert all(each.source and each.suggestion for each in OBJECTIONS)
    assert len({each.rule for each in OBJECTIONS}) == len(OBJECTIONS)


def test_no_text_takes_long() -> None:
    """Every repetition in a pattern has a bound: twice the text is about twice the work, whatever it holds."""
    assert [each.rule for each in OBJECTIONS if re.search(r"(?:\\d|\]|\))[*+]", each.pattern)] == []
