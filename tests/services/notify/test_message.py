"""What a tired person reads at night."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.events import Evidence
from services.notify.message import BODY_BYTES_MOST, TITLE_CHARACTERS_MOST, Stationery
from tests.services.notify.outlet import EVIDENCE, MORNING, desk, page

DESK = desk("json://198.51.100.1/")
STATIONERY = Stationery(base_url="https://desk.example")


def test_a_page_says_how_grave_which_brand_why_and_where_to_press() -> None:
    message = STATIONERY.write([page()], DESK)
    assert message.title == "◆ 橙色 II 级 · 西贝 · 安全"
    assert message.body.splitlines() == [
        "1 小时内 3 位作者说到严重问题（界限 2 位）。",
        "时间：11-23 10:00（Asia/Shanghai）",
        "查看并接手：https://desk.example/i/i-1",
    ]


def test_a_simulated_day_cannot_be_taken_for_a_real_one() -> None:
    marked = msgspec.structs.replace(STATIONERY, simulated=True)
    assert marked.write([page()], DESK).title.startswith("【模拟演练】")
    assert marked.write([page("a"), page("b")], DESK).title.startswith("【模拟演练】")


def test_a_late_step_is_named_and_a_repeat_is_counted() -> None:
    late = STATIONERY.write([page(reason="step_overdue", playbook_step="legal")], DESK)
    assert "应对步骤已超时：法务确认" in late.body
    assert "第 3 轮呼叫" in STATIONERY.write([page(round_=2)], DESK).body
    assert "一直没有动静" in STATIONERY.write([page(reason="again")], DESK).body


def test_a_step_is_named_as_it_stands_in_the_run_also_among_others() -> None:
    late = msgspec.structs.replace(
        page("a", reason="step_overdue", playbook_step="added-1"), step_title="联系平台"
    )
    up = msgspec.structs.replace(late, page="b", step=0)
    told = msgspec.structs.replace(late, page="c", reason="step_notice")
    assert "应对步骤超时后仍未完成，上报给您：联系平台" in STATIONERY.write([up], DESK).body
    body = STATIONERY.write([late, up, told], DESK).body
    assert "应对步骤已超时：联系平台" in body
    assert "上报给您：联系平台" in body
    assert "请处理或知悉预案步骤：联系平台" in body


def evidence(rule_type: str, measured: float, limit: float, **more: Any) -> Evidence:
    return Evidence(
        rule="r", rule_type=rule_type, level="yellow", measured=measured, limit=limit, at=MORNING, **more
    )


@pytest.mark.parametrize(
    ("fired", "said"),
    [
        (None, "由人工发起。"),
        (evidence("reach", 1_200_000, 1_000_000), "有 1,200,000 粉丝的账号发声（界限 1,000,000）。"),
        (
            evidence("volume", 9.13, 4, window_s=600, count=84, expected=6.2),
            "10 分钟内 84 条，平时约 6.2 条，异常度 9.1（界限 4）。",
        ),
        (
            evidence("emerging", 7, 5, window_s=900, words=("甲", "乙")),
            "15 分钟内 7 位作者用了以前没人用的新词（界限 5 位），共 2 个。",
        ),
        (
            evidence("negative_share", 0.64, 0.6, window_s=1800, count=120, negative=88),
            "30 分钟内 120 条中 88 条负面，表态的人里负面至少 64%（界限 60%）。",
        ),
        (evidence("velocity", 140, 100), "负面内容每分钟被转发 140 次（界限 100 次）。"),
        (evidence("sla_breaches", 12, 10, window_s=1800), "30 分钟内 12 位客户等回复超时（界限 10 位）。"),
        (
            evidence("silence", 0.04, 0.1, window_s=1800, platform="weibo"),
            "微博30 分钟内只收到平时的 4%（界限 10%），采集可能中断。",
        ),
        (evidence("combine", 2, 2, rules=("p0-wide", "turn")), "2 条规则同时触发：p0-wide、turn。"),
        (
            evidence("change", 9.1, 7.6, window_s=2430, count=24, expected=4.0),
            "声量上了台阶：40 分钟内 24 条，平时约 4 条。",
        ),
        (evidence("new-kind", 2, 1), "规则 r：2（界限 1）。"),
    ],
)
def test_every_rule_says_its_numbers(fired: Evidence | None, said: str) -> None:
    assert STATIONERY.write([page(evidence=fired)], DESK).body.splitlines()[0] == said


def test_new_words_are_counted_not_quoted() -> None:
    fired = evidence("emerging", 7, 5, window_s=900, words=("贾国龙", "拉肚子"))
    body = STATIONERY.write([page(evidence=fired)], DESK).body
    assert "贾国龙" not in body
    assert "拉肚子" not in body


def test_what_does_not_fit_is_counted_and_linked() -> None:
    pages = [page(str(number), level="yellow") for number in range(40)]
    message = STATIONERY.write(pages, DESK)
    shown = message.body.count("/i/i-1")
    assert message.title == "▲ 40 条提醒，最高黄色 III 级"
    assert message.body.endswith(f"…余 {40 - shown} 条见页面：https://desk.example/incidents")
    assert 0 < shown < 40


@given(st.integers(1, 60), st.text(max_size=300), st.text(max_size=300))
def test_no_message_is_larger_than_the_smallest_robot_takes(count: int, category: str, step: str) -> None:
    pages = [
        msgspec.structs.replace(
            page(str(number), reason="step_overdue", playbook_step=step), category=category, evidence=EVIDENCE
        )
        for number in range(count)
    ]
    message = STATIONERY.write(pages, DESK)
    assert len(message.body.encode("utf-8", "replace")) <= BODY_BYTES_MOST
    assert len(message.title) <= TITLE_CHARACTERS_MOST


def test_a_page_about_a_statement_says_what_is_asked_and_keeps_its_words_in_the_house() -> None:
    review = msgspec.structs.replace(
        page(reason="review", playbook_step="manager"), incident="", key="xibei", category="quality/weibo/a"
    )
    message = STATIONERY.write([review], DESK)
    assert message.title == "请审核（二审） · 西贝 · 微博 A 稿 · quality"
    assert message.link == "https://desk.example/content/xibei/quality/weibo/a"
    late = msgspec.structs.replace(review, reason="correct", playbook_step="lapsed")
    assert "24 小时内没有补审，请撤回或更正" in STATIONERY.write([late], DESK).title
