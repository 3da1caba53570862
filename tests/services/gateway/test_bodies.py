"""Bodies are cut into entries as they were written."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.bodies import entries
from services.gateway.errors import BodyError

HALF = rb'{"text": "cut \ud83d"}'
PIECES = st.lists(
    st.sampled_from([r"\ud83d", r"\ude21", r"\ud83d\ude21", r"\\ud83d", r"\\", r"\"", "西贝", "[", "]", ","]),
    max_size=6,
).map(lambda pieces: '{{"text": "{}", "id": 1.0}}'.format("".join(pieces)))


def test_half_a_surrogate_pair_spoils_no_other_entry() -> None:
    assert entries(b"[" + HALF + rb' , {"id": 1.0},{"text": "\ud83d\ude21 \\ud83d"}]') == [
        HALF, rb'{"id": 1.0}', rb'{"text": "\ud83d\ude21 \\ud83d"}',
    ]  # fmt: skip


@pytest.mark.parametrize("body", [HALF, b"{\n" + HALF[1:-1] + b"\n}", HALF + b"\n"])
def test_one_object_may_hold_half_a_surrogate_pair(body: bytes) -> None:
    assert [json.loads(entry) for entry in entries(body)] == [{"text": "cut \ud83d"}]


@given(st.lists(PIECES, min_size=1, max_size=5))
def test_an_array_is_cut_where_python_would(written: list[str]) -> None:
    body = f"[{' ,'.join(written)}]".encode()
    assert entries(body) == [entry.encode() for entry in written]


@pytest.mark.parametrize(
    "body", [rb'[{"text": "\ud83d"}', rb'[{"text": "\ud83"}]', rb'{"text": "\ud83d"', b"[1,]", b""]
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError):
        entries(body)
