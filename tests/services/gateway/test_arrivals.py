"""Records become facts: the right type, ids that are the same whatever the inlet, and nothing personal in the clear."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.arrivals import to_arrivals
from services.gateway.records import read_record
from services.vault import ClearVault, Sealer, Vault, private_of
from streams import ids
from streams.arrivals import Arrival
from streams.commands import MarkConversation
from streams.facts import (
    AnyFact,
    CommentReceived,
    ItemDeleted,
    ItemMeasured,
    MentionObserved,
    ReplySent,
    Seen,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS = frozenset({("weibo", "us")})


def record(**changes: Any) -> dict[str, Any]:
    written = {
        "time": NOON.isoformat(),
        "platform": "weibo",
        "kind": "post",
        "id": "1",
        "text": "西贝",
        "author_id": "u1",
    }
    return {name: value for name, value in (written | changes).items() if value is not None}


def arrivals(
    *written: dict[str, Any],
    source: str = "crawler",
    now: datetime | None = NOON,
    sealer: Sealer | None = None,
) -> list[Arrival | MarkConversation]:
    records = [read_record(one) for one in written]
    return to_arrivals(records, source=source, recorded_at=now, sealer=sealer or ClearVault(), accounts=OURS)


def fact(now: datetime | None = NOON, **changes: Any) -> Any:
    (arrival,) = arrivals(record(**changes), now=now)
    assert isinstance(arrival, Arrival)
    return arrival.fact


@pytest.mark.parametrize(
    ("changes", "expected", "key"),
    [
        ({}, MentionObserved, "weibo/1"),
        ({"kind": "comment", "post_id": "9"}, MentionObserved, "weibo/9"),
        ({"kind": "repost", "account": "us"}, MentionObserved, "weibo/1"),
        ({"kind": "comment", "post_id": "9", "account": "us"}, CommentReceived, "weibo/us/9"),
        ({"kind": "message", "account": "us"}, CommentReceived, "weibo/us/dm/{customer}"),
        ({"kind": "reply", "account": "us", "post_id": "9"}, ReplySent, "weibo/us/9"),
        ({"kind": "reply", "account": "us", "to_author_id": "u1"}, ReplySent, "weibo/us/dm/{customer}"),
        ({"op": "deleted", "text": None}, ItemDeleted, "weibo/1"),
        ({"op": "deleted", "account": "us", "post_id": "9"}, ItemDeleted, "weibo/us/9"),
        ({"op": "measured", "likes": 3, "text": None}, ItemMeasured, "weibo/1"),
    ],
)
def test_kind_and_account_tell_what_it_is_and_where_it_belongs(
    changes: dict[str, Any], expected: type[AnyFact], key: str
) -> None:
    told = fact(**changes)
    assert isinstance(told, expected)
    assert told.key == key.format(customer=ClearVault().pseudonym("weibo", "u1"))


@pytest.mark.parametrize("op", ["settled", "paused", "resumed", "no_reply_needed"])
def test_what_our_people_did_becomes_a_command_on_the_conversation(op: str) -> None:
    (mark,) = arrivals(
        record(op=op, account="us", post_id="9", to_author_id="u1", id=None, text=None, kind=None)
    )
    (comment,) = arrivals(record(kind="comment", account="us", post_id="9"))
    assert isinstance(mark, MarkConversation)
    assert isinstance(comment, Arrival)
    assert (mark.op, mark.occurred_at, mark.source) == (op, NOON, "crawler")
    assert mark.key == comment.fact.key
    customer = ClearVault().pseudonym("weibo", "u1")
    assert mark.conversation == ids.conversation_id("weibo", "us", "9", customer)


def test_one_item_by_two_inlets_is_one_fact() -> None:
    crawler = fact(id="cJAYqd", kind="comment", post_id="9")
    platform = arrivals(
        record(
            id=ids.canonical_native_id("weibo", "cJAYqd"),
            kind="comment",
            post_id="9",
            author_name="林",
            likes=5,
        ),
        source="official",
        now=NOON + timedelta(hours=1),
    )[0]
    assert isinstance(platform, Arrival)
    assert (crawler.item, crawler.id, crawler.key) == (
        platform.fact.item,
        platform.fact.id,
        platform.fact.key,
    )


@given(st.text(max_size=20), st.text(max_size=20))
def test_an_edit_is_another_fact_and_a_repeat_is_not(first: str, second: str) -> None:
    one, two = arrivals(record(text=first), record(text=second))
    assert isinstance(one, Arrival)
    assert isinstance(two, Arrival)
    assert one.text is not None
    assert two.text is not None
    assert one.fact.item == two.fact.item
    assert (one.fact.id == two.fact.id) == (one.text.text == two.text.text)


@given(st.permutations(range(6)))
def test_ids_do_not_depend_on_order_or_company(order: list[int]) -> None:
    written = [record(id=str(i), text=f"第 {i} 条", author_id=f"u{i % 2}") for i in range(6)]
    alone = {arrivals(one)[0].fact.id for one in written}  # type: ignore[union-attr]  # no marks among them
    together = arrivals(*[written[i] for i in order])
    assert [one.fact.native_id for one in together if isinstance(one, Arrival)] == [str(i) for i in order]
    assert {one.fact.id for one in together if isinstance(one, Arrival)} == alone


def test_new_counts_are_a_new_fact_and_the_same_counts_are_not() -> None:
    first = fact(op="measured", likes=3)
    assert first.id == fact(op="measured", likes="3").id
    assert first.id != fact(op="measured", likes=4).id
    assert first.id != fact(op="measured", likes=3, time="2026-03-01T12:01:00Z").id


def test_a_time_in_the_future_is_set_to_the_present_and_flagged() -> None:
    told = fact(time=(NOON + timedelta(minutes=3)).isoformat())
    assert (told.occurred_at, told.clamped) == (NOON, True)


def test_a_clock_that_is_a_little_ahead_is_let_be() -> None:
    ahead = NOON + timedelta(minutes=2)
    told = fact(time=ahead.isoformat())
    assert (told.occurred_at, told.clamped) == (ahead, False)


def test_observed_is_the_present_unless_it_is_told() -> None:
    assert fact().observed_at == NOON
    earlier = NOON - timedelta(minutes=5)
    assert fact(observed=earlier.isoformat()).observed_at == earlier


def test_without_a_present_an_item_is_recorded_when_it_was_observed() -> None:
    seen = NOON + timedelta(hours=2)
    assert fact(now=None, observed=seen.isoformat()).recorded_at == seen
    assert fact(now=None).recorded_at == NOON


def test_our_own_posts_are_known_as_ours() -> None:
    assert fact(author_id="us").own
    assert not fact(author_id="us", platform="douyin").own
    assert fact(kind="reply", account="us", post_id="9").own


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = Vault.of_folder(tmp_path, {})
    yield vault
    vault.close()


def test_nothing_personal_stands_in_a_fact(vault: Vault) -> None:
    secrets = {
        "text": "服务员态度太差了",
        "title": "愤怒的一天",
        "url": "https://weibo.example/1001/abc",
        "author_name": "王小明",
        "author_id": "raw-author-1001",
    }
    (arrival,) = arrivals(record(**secrets, note="私人备注"), sealer=vault)
    assert isinstance(arrival, Arrival)
    kept = msgspec.msgpack.encode(arrival.fact)
    assert not [value for value in (*secrets.values(), "私人备注") if value.encode() in kept]
    assert arrival.private is not None
    assert isinstance(arrival.fact, Seen)
    assert private_of(vault, arrival.fact) == arrival.private


def test_our_reply_is_sealed_for_the_customer(vault: Vault) -> None:
    reply = record(kind="reply", account="us", author_id="us", to_author_id="u1", text="抱歉")
    (arrival,) = arrivals(reply, sealer=vault)
    assert isinstance(arrival, Arrival)
    assert isinstance(arrival.fact, ReplySent)
    vault.forget(vault.pseudonym("weibo", "u1"))
    assert private_of(vault, arrival.fact) is None


def test_a_batch_keeps_its_order_whatever_it_mixes(vault: Vault) -> None:
    written = [
        record(id="1"),
        record(op="deleted", id="2"),
        record(op="settled", account="us", to_author_id="u1"),
        record(id="3", author_id=None),
        record(op="measured", id="4", likes=1),
    ]
    random.Random(7).shuffle(written)
    told = arrivals(*written, sealer=vault)
    assert [isinstance(one, MarkConversation) for one in told] == [
        one.get("op") == "settled" for one in written
    ]
    facts = [one.fact.native_id for one in told if isinstance(one, Arrival)]
    assert facts == [one["id"] for one in written if one.get("op") != "settled"]
