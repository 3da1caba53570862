"""Prepared statements: their blanks, their lock, their expiry."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from alerting.content import fill, gaps, lock, offered
from alerting.errors import BlankError
from tests.alerting.stage import CONTENT
from tests.builders import at

SHANGHAI = ZoneInfo("Asia/Shanghai")
STATEMENT, FREE, HOLD = CONTENT
NOW = at("20:30")


def filled(**values: str) -> str:
    return fill(STATEMENT, values, NOW, SHANGHAI)


def test_a_statement_is_filled_with_allowed_values() -> None:
    assert filled(topic="保质期", hours="6") == "关于大家关心的 保质期，核查结果会在 6 小时内公布。"


@pytest.mark.parametrize(
    ("values", "blank"),
    [
        ({"topic": "价格", "hours": "6"}, "topic"), ({"topic": "保质期", "hours": "1"}, "hours"),
        ({"topic": "保质期", "hours": "25"}, "hours"), ({"topic": "保质期", "hours": "nan"}, "hours"),
        ({"topic": "保质期", "hours": "٦"}, "hours"), ({"topic": "保质期"}, "hours"),
        ({"topic": "保质期", "hours": "6", "more": "x"}, "more"),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_blank(values: dict[str, str], blank: str) -> None:
    with pytest.raises(BlankError) as error:
        filled(**values)
    assert error.value.blank == blank


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(60, "21:30 前公布。"), (239, "11 月 24 日 00:29 前公布。"), (0, None), (241, None)],
)
def test_a_moment_lies_ahead_and_near_and_is_written_as_wall_time(minutes: int, written: str | None) -> None:
    value = (NOW + timedelta(minutes=minutes)).isoformat()
    if written is None:
        with pytest.raises(BlankError):
            fill(HOLD, {"time": value}, NOW, SHANGHAI)
    else:
        assert fill(HOLD, {"time": value}, NOW, SHANGHAI) == written


@pytest.mark.parametrize("value", ["", "soon", "2026-11-23T21:00:00"])
def test_a_moment_without_zone_is_refused(value: str) -> None:
    with pytest.raises(BlankError):
        fill(HOLD, {"time": value}, NOW, SHANGHAI)


def test_braces_that_were_filled_in_stay_what_they_are() -> None:
    assert fill(FREE, {"finding": "{finding}"}, NOW, SHANGHAI) == "核查已经有结果：{finding}。"
    with pytest.raises(BlankError):
        fill(FREE, {"finding": "长" * 501}, NOW, SHANGHAI)


def test_a_statement_may_be_used_to_the_end_of_its_last_day_in_the_brands_zone() -> None:
    last = [item.variant for item in offered(CONTENT, "product-quality", at("23:59", day=-1), SHANGHAI)]
    next_day = [item.variant for item in offered(CONTENT, "product-quality", at("00:00"), SHANGHAI)]
    assert last == ["hold", "a", "b"], "what may be said earliest comes first"
    assert next_day == ["a", "b"]
    assert offered(CONTENT, "product-quality", NOW, SHANGHAI, "wechat") == ()


def test_an_edit_is_another_statement() -> None:
    edited = msgspec.structs.replace(STATEMENT, text=STATEMENT.text + " ")
    assert lock(edited.text) != lock(STATEMENT.text)
    assert gaps(STATEMENT.text) == ("topic", "hours")
