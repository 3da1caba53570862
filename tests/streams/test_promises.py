"""Promises as support people write them, and what is no promise."""

from datetime import datetime

import pytest

from streams.promises import due_of, promise_in
from streams.sla.calendar import Calendar, parse_calendar
from streams.text.normalise import normalise
from tests.builders import at

OFFICE = Calendar(
    parse_calendar("office", {"hours": {"mon-fri": ["09:00-12:00", "13:30-18:00"]}, "holidays": "china"})
)
SAID = at("10:00")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("您好，30分钟内联系您", at("10:30")),
        ("30 分钟内会有专员联系您", at("10:30")),
        ("半小时内给您答复", at("10:30")),
        ("一个半小时内回电", at("11:30")),
        ("两小时内处理好", at("12:00")),
        ("我们会在24小时内回复您哦", at("10:00", day=1)),
        ("1-3个工作日内退款到账", at("10:00", day=3)),
        ("三个工作日之内反馈", at("10:00", day=3)),
        ("三十分钟以内专员致电您", at("10:30")),
        ("2天内给到处理结果", at("10:00", day=2)),
        ("今天下午6点前回复您", at("18:00")),
        ("今晚8点半前给您答复", at("20:30")),
        ("明天中午12点前联系您", at("12:00", day=1)),
        ("18:30前反馈", at("18:30")),
        ("9点前回电", at("09:00", day=1)),
        ("今天内给您回复", at("00:00", day=1)),
        ("明天之前处理", at("00:00", day=2)),
    ],
)
def test_a_promise_has_a_time(text: str, due: datetime) -> None:
    promise = promise_in(normalise(text).text)
    assert promise is not None
    assert due_of(promise, SAID, OFFICE) == due


@pytest.mark.parametrize(
    "text",
    [
        "您好", "感谢反馈，我们会尽快处理", "请您在24小时内联系我们", "请在30分钟内提供订单号", "24小时内联系客服即可", "营业到晚上9点前",
        "保质期3天内", "如果您在7天内申请退款", "30分钟内", "您可以在3天内退货并联系我们", "零分钟内联系",
    ],
)  # fmt: skip
def test_what_is_asked_or_only_said_is_no_promise(text: str) -> None:
    assert promise_in(normalise(text).text) is None
