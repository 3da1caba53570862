import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.adherence import strayed

SCRIPT = "{name}您好，请把订单号 {order} 私信给我们，核实后会原路退款。"


@pytest.mark.parametrize(
    ("sent", "least", "most"),
    [
        ("小满您好，请把订单号 4471 私信给我们，核实后会原路退款。", 0.0, 0.0),
        ("您好，请把订单号私信给我们，核实后会原路退款。", 0.0, 0.0),
        ("小满您好，请把订单号 4471 私信给我们，核实后会退款。", 0.01, 0.2),
        ("小满您好，请把订单号 4471 私信给我们，核实后会原路退款。" + "另外送您一张代金券，欢迎再来。" * 4, 0.3, 1.0),
        ("随便你", 0.9, 1.0),
        ("", 1.0, 1.0),
    ],
)  # fmt: skip
def test_a_reply_strays_by_what_is_left_out_and_what_is_put_in(sent: str, least: float, most: float) -> None:
    assert least <= strayed(sent, SCRIPT) <= most


@given(st.text(max_size=200), st.text(max_size=80))
def test_straying_is_a_share(sent: str, script: str) -> None:
    assert 0.0 <= strayed(sent, script) <= 1.0


@given(st.text(min_size=1, max_size=80).filter(lambda text: text.strip() and "{" not in text))
def test_the_script_itself_does_not_stray(script: str) -> None:
    assert strayed(script, script) == 0.0
