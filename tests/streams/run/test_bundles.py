"""Bundles as they go over the wire, and to which partition an input belongs."""

import msgspec
import pytest

from streams import ids
from streams.arrivals import IntakeArrival, Judged
from streams.commands import (
    ActivateConfig,
    ApplySla,
    ErasePerson,
    IntakeCommand,
    MarkConversation,
    TagCustomer,
)
from streams.errors import UnknownEvent
from streams.run.bundles import (
    BUNDLE_MOST,
    JUDGED,
    BundleCodec,
    IntakeInput,
    NotABundle,
    cut,
    encode_bundle,
    home_of,
    place_of,
    placed,
    type_of,
)
from tests.builders import at, comment, intake, mention

CODEC: BundleCodec[Judged | IntakeCommand] = BundleCodec(IntakeInput)


def judged(number: int = 0) -> Judged:
    decider = intake()
    (one,) = decider.judge(decider.begin(), [mention(f"西贝第 {number} 条", native_id=f"n{number}")])
    assert isinstance(one, Judged)
    return one


def mark(conversation: str = "weibo/us/1/c") -> MarkConversation:
    return MarkConversation(
        id="m", who="lin", conversation=conversation, key="weibo/us/1", op="settled", occurred_at=at("10:00")
    )


def test_what_goes_in_comes_out() -> None:
    inputs = [judged(), mark(), judged(1)]
    body = encode_bundle(inputs, "/test")
    assert CODEC.decode(body) == (inputs, [])


def test_each_input_is_a_cloudevent() -> None:
    first, second = msgspec.json.decode(encode_bundle([judged(), mark()], "/gateway/3"))
    assert {first["specversion"], first["source"], first["type"]} == {"1.0", "/gateway/3", JUDGED}
    assert first["partitionkey"] == first["data"]["fact"]["key"]
    assert (second["id"], second["type"], second["partitionkey"]) == ("m", "conversation.mark", "weibo/us/1")


def test_a_single_event_is_a_bundle_of_one() -> None:
    (raw,) = msgspec.json.decode(encode_bundle([mark()], "/test"), type=list[msgspec.Raw])
    assert CODEC.decode(bytes(raw)) == ([mark()], [])
    assert type_of(bytes(raw)) in CODEC.types
    assert type_of(b'{"type": "mention.observed"}') not in CODEC.types
    assert type_of(b"{") is None


def test_what_is_wrong_with_one_does_not_harm_the_others() -> None:
    events = msgspec.json.decode(encode_bundle([mark(), mark()], "/test"))
    del events[0]["data"]["conversation"]
    inputs, wrong = CODEC.decode(msgspec.json.encode(events))
    assert inputs == [mark()]
    assert [one.number for one in wrong] == [0]
    assert "conversation" in wrong[0].reason


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"12", b'{"a"', b'"text"', b"[1,", b"[{}]x"])
def test_what_is_no_list_is_told(body: bytes) -> None:
    with pytest.raises(NotABundle):
        CODEC.decode(body)


def test_a_type_of_a_later_release_stops_whoever_reads_it() -> None:
    events = msgspec.json.decode(encode_bundle([mark()], "/test"))
    events[0]["data"]["type"] = "conversation.sung"
    with pytest.raises(UnknownEvent, match=r"conversation\.sung"):
        CODEC.decode(msgspec.json.encode(events))


def test_a_fact_of_a_later_release_stops_whoever_reads_it() -> None:
    events = msgspec.json.decode(encode_bundle([judged()], "/test"))
    events[0]["data"]["fact"]["type"] = "mention.dreamt"
    with pytest.raises(UnknownEvent, match=r"mention\.dreamt"):
        CODEC.decode(msgspec.json.encode(events))


def test_everything_of_one_account_meets() -> None:
    threads = [
        ids.thread_key("weibo", "us", "4900000000000000", "c1"),
        ids.thread_key("weibo", "us", None, "c1"),
        ids.conversation_id("weibo", "us", "4900000000000000", "c2"),
        "weibo/us/4900000000000000/*",
    ]
    assert {home_of(key) for key in threads} == {"weibo/us"}
    assert len({place_of(key, 64) for key in threads}) == 1


def test_mentions_spread_by_post_also_those_of_web_pages() -> None:
    pages = [ids.mention_key("web", None, f"https://example.com/{number}") for number in range(200)]
    assert {home_of(key) for key in pages} == set(pages)
    posts = [ids.mention_key("weibo", None, str(number)) for number in range(200)]
    assert {place_of(key, 8) for key in posts} == {place_of(key, 8) for key in pages} == set(range(8))


def test_inputs_keep_their_order_in_each_partition() -> None:
    inputs = [judged(number) for number in range(60)]
    parts = placed(inputs, 4)
    assert len(parts) == 4
    for place, part in parts.items():
        assert part == [one for one in inputs if place_of(one.fact.key, 4) == place]


def test_what_concerns_everybody_is_everywhere_and_nothing_else_is() -> None:
    everywhere: list[IntakeArrival] = [
        ActivateConfig(id="a", who="lin", config="c"),
        TagCustomer(id="t", who="lin", person="p", customer_tag="VIP", on=True),
    ]
    once: list[IntakeArrival] = [ErasePerson(id="e", who="lin", person="p"), mark(), comment("差")]
    parts = placed([*everywhere, *once], 8)
    assert sorted(parts) == list(range(8))
    assert all(part[:2] == everywhere for part in parts.values())
    assert sum(len(part) - 2 for part in parts.values()) == len(once)


def test_conversations_of_one_command_go_where_they_live() -> None:
    conversations = tuple(f"weibo/us{number}/1/c" for number in range(20))
    parts = placed([ApplySla(id="a", who="lin", config="c", conversations=conversations)], 3)
    for place, (part,) in parts.items():
        assert isinstance(part, ApplySla)
        assert {place_of(name, 3) for name in part.conversations} == {place}
    told = [name for (part,) in parts.values() if isinstance(part, ApplySla) for name in part.conversations]
    assert sorted(told) == sorted(conversations)


def test_long_lists_are_cut() -> None:
    pieces = list(cut(range(2 * BUNDLE_MOST + 1)))
    assert [len(piece) for piece in pieces] == [BUNDLE_MOST, BUNDLE_MOST, 1]
