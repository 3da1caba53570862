"""A store that packs what is cold gives out what a plain dict would; due times come in the order of a plain sort."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from streams import ids
from streams.conversation import Conversation, Era
from streams.conversation_store import AtRest, ConversationStore, ItemIndex, pack
from streams.due_times import DueTimes
from streams.sla.clocks import Clock, Pause, Touch
from streams.sla.policy import Asked

BEGAN = datetime(2026, 11, 23, 10, tzinfo=UTC)
NAMES = st.integers(0, 12)


def conversation(number: int, *, touches: int = 1, ended: bool = False, post: bool = True) -> Conversation:
    key = f"weibo/official/{number // 3}" if post else f"weibo/official/dm/{number}"
    item = ids.item_id("weibo", f"{number}")
    clock = Clock(
        kind="first_response",
        ordinal=1,
        policy="p",
        started_at=BEGAN,
        started_by=item,
        due_at=BEGAN + timedelta(minutes=number, microseconds=number),
        target_s=60 * number,
        ended_at=BEGAN if ended else None,
        state_end="met" if ended else None,
        pauses=(Pause(BEGAN, BEGAN),) if number % 2 else (),
    )
    return Conversation(
        id=f"{key}/{number}" if post else key,
        key=key,
        platform="weibo",
        account="official",
        config=f"config-{number % 2}",
        policy="p",
        asked=Asked(BEGAN, item, "comment", None, "negative", ("vip",), 7),
        touches=[
            Touch(at=BEGAN, id=ids.item_id("weibo", f"{number}/{n}"), what="customer") for n in range(touches)
        ],
        clocks={"first_response/1": clock},
        eras=[Era(BEGAN, "config-0", "q")] if number % 3 else [],
        breached={"first_response/1"} if number % 5 == 0 else set(),
    )


@given(st.lists(st.tuples(st.sampled_from(["add", "change", "cool", "drop", "restart"]), NAMES), max_size=40))
def test_the_store_is_a_dict_of_conversations(steps: list[tuple[str, int]]) -> None:
    store, plain = ConversationStore(hot_most=2, cooled_at_once=2), dict[str, Conversation]()
    for step, number in steps:
        new = conversation(number, post=number % 4 != 0)
        match step:
            case "add" if new.id not in plain:
                store[new.id] = new
                plain[new.id] = conversation(number, post=number % 4 != 0)
            case "change" if new.id in plain:
                touch = Touch(at=BEGAN, id=f"{len(plain[new.id].touches):032x}", what="ours")
                store[new.id].touches = [*store[new.id].touches, touch]
                plain[new.id].touches = [*plain[new.id].touches, touch]
            case "drop" if new.id in plain:
                del store[new.id]
                del plain[new.id]
            case "restart":
                store = restarted(store)
            case _:
                store.cool()
    assert list(store.items()) == list(plain.items())
    assert [store.get(name) for name in plain] == list(plain.values())
    assert (len(store), list(store)) == (len(plain), list(plain))
    assert list(restarted(store).items()) == list(plain.items())


def restarted(store: ConversationStore) -> ConversationStore:
    loaded = ConversationStore(hot_most=2, cooled_at_once=2)
    for name, packed in store.at_rest():
        loaded.put_at_rest(name, packed)
    loaded.configs = store.configs
    return loaded


def test_what_is_packed_says_when_it_is_due_and_since_when_it_is_quiet() -> None:
    waiting, closed = pack(conversation(7), 0), pack(conversation(7, ended=True), 0)
    assert waiting.due_s == (int((BEGAN + timedelta(minutes=7)).timestamp()),)
    assert (waiting.quiet_since_us, closed.due_s) == (None, ())
    assert closed.quiet_since_us == int(BEGAN.timestamp()) * 1_000_000
    assert waiting.threaded
    assert len(waiting.body) < 300


def test_old_and_closed_ones_are_found_hot_or_packed() -> None:
    store = ConversationStore(hot_most=0, cooled_at_once=1)
    for number in range(4):
        one = conversation(number, ended=number != 3)
        store[one.id] = one
    store.cool()
    assert store.quiet_before(BEGAN) == set()
    assert len(store.quiet_before(BEGAN + timedelta(seconds=1))) == 3


def test_nobody_is_nobodys_conversation() -> None:
    assert ConversationStore().get("x") is None
    assert isinstance(pack(conversation(1, post=False), None), AtRest)


@given(
    st.dictionaries(st.integers(0, 10**6), st.integers(0, 20), max_size=3_000), st.sets(st.integers(0, 20))
)
def test_the_index_of_items_is_a_dict(numbers: dict[int, int], gone: set[int]) -> None:
    index = ItemIndex()
    items = {ids.item_id("weibo", str(number)): str(name) for number, name in numbers.items()}
    for item, name in items.items():
        index[item] = name
    index.without({str(name) for name in gone})
    kept = {item: name for item, name in items.items() if int(name) not in gone}
    assert {item: index.get(item) for item in items} == {item: kept.get(item) for item in items}
    assert index.get(ids.item_id("weibo", "other"), "none") == "none"
    assert len(index.entries()) == len(kept)


@given(
    st.lists(st.tuples(NAMES, st.integers(0, 5_000), st.booleans()), max_size=40),
)
def test_due_times_come_in_order_whatever_moved_meanwhile(steps: list[tuple[int, int, bool]]) -> None:
    """A clock has one due time; setting it anew outdates the one before. In between, some are asked for and done."""
    due: dict[str, datetime] = {}

    def due_in(name: str) -> list[tuple[datetime, str]]:
        return [(due[name], "clock")] if name in due else []

    order = DueTimes(lambda name: iter(due_in(name)))
    for number, after_ms, ask in steps:
        name = f"c{number:02}"
        due[name] = BEGAN + timedelta(milliseconds=after_ms)
        order.add(due[name], name, "clock")
        if ask:
            first = order.first()
            assert first == min((at, each, "clock") for each, at in due.items())
            del due[first[1]]
    while due:
        first = order.first()
        assert first == min((at, each, "clock") for each, at in due.items())
        del due[first[1]]
    assert order.first() is None
