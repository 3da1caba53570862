"""What input topics carry: bundles, each a CloudEvents JSON batch for one partition; and to which partition an input belongs.

A worker passes some thousand messages a second whatever they hold, so senders put up to 200 inputs, or what comes in 20 ms,
into one message. The `data` of each event is an input as the decider takes it; facts come judged.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Generic, TypeVar, get_args

import msgspec

from streams.arrivals import Arrival, IntakeArrival, Judged
from streams.commands import ActivateConfig, ApplySla, ErasePerson, IntakeCommand, TagCustomer
from streams.errors import StreamsError, UnknownEvent
from streams.facts import AnyFact

BUNDLE_MOST = 200
BUNDLE_WAIT_S = 0.02
CONTENT_TYPE = ("content-type", b"application/cloudevents-batch+json")
ORIGIN, ORIGIN_SEQ = "origin", "origin-seq"
"""Headers of what a journal's entry hands on: the journal's partition, and the entry's number."""
SPECIFICATION = "1.0"
JUDGED = "fact.judged"
MOST_PARTITIONS_KNOWN = 1 << 16

T = TypeVar("T")


class NotABundle(StreamsError):
    """A message that cannot be read, or part of one; the reason says where."""


class Envelope(msgspec.Struct, Generic[T], frozen=True, omit_defaults=True, gc=False):
    """A CloudEvent around one input."""

    specversion: str
    id: str
    source: str
    type: str
    data: T
    datacontenttype: str = "application/json"
    partitionkey: str | None = None


class Wrong(msgspec.Struct, frozen=True):
    """One event of a bundle that cannot be read."""

    number: int
    """0, 1, 2 …"""
    reason: str
    raw: bytes


class BundleCodec(Generic[T]):
    """Bundles of one decider's inputs; `vocabulary` is the union of what they may be."""

    def __init__(self, vocabulary: Any) -> None:
        self._decoder: msgspec.json.Decoder[list[Envelope[T]]] = msgspec.json.Decoder(
            list[Envelope[vocabulary]]
        )
        self._one: msgspec.json.Decoder[Envelope[T]] = msgspec.json.Decoder(Envelope[vocabulary])
        tags = frozenset(str(each.__struct_config__.tag) for each in get_args(vocabulary))
        self.types = frozenset((JUDGED, *tags))
        """Types of the events that carry an input, as `type` of a single CloudEvent has them."""
        self._known = tags

    def decode(self, body: bytes) -> tuple[list[T], list[Wrong]]:
        """The inputs of a message, and what in it cannot be read. A single event counts as a bundle of one.

        Raises:
            NotABundle: it is no list at all.
            UnknownEvent: it holds an input of a type that this release does not know.
        """
        if body.lstrip()[:1] == b"{":
            body = b"[" + body + b"]"
        try:
            return [one.data for one in self._decoder.decode(body)], []
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._decode_each(body)

    def _decode_each(self, body: bytes) -> tuple[list[T], list[Wrong]]:
        try:
            parts = msgspec.json.decode(body, type=list[msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotABundle(f"not a CloudEvents batch: {error}") from error
        found: list[Envelope[T]] = []
        wrong: list[Wrong] = []
        for number, raw in enumerate(map(bytes, parts)):
            try:
                found.append(self._one.decode(raw))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._require_known(raw, error)
                wrong.append(Wrong(number, str(error), raw))
        return [one.data for one in found], wrong

    def _require_known(self, raw: bytes, error: Exception) -> None:
        """What a later release sends is not poison: whoever skipped it would decide as if it had not happened."""
        try:
            data = msgspec.json.decode(raw, type=_Named).data
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        if data.type not in self._known:
            raise UnknownEvent(f"an input of the type {data.type!r}: {error}") from error
        if data.fact is not None and data.fact.type not in _FACTS:
            raise UnknownEvent(f"a fact of the type {data.fact.type!r}: {error}") from error


def encode_bundle(inputs: Iterable[Any], source: str) -> bytes:
    """One message. `source` names the sender, as in `/gateway/3`."""
    return _encoder.encode([_enveloped(one, source) for one in inputs])


def encode_told(happenings: Iterable[Any], source: str, seq: int) -> bytes:
    """One message with what the entry `seq` of the journal `source` tells others.

    Its events are named by entry and place, so they are found without a hash for each.
    """
    return _encoder.encode(
        [
            Envelope(SPECIFICATION, f"{seq}/{place}", source, one.type, one, partitionkey=one.key)
            for place, one in enumerate(happenings)
        ]
    )


def type_of(body: bytes) -> str | None:
    """The type of a single CloudEvent; None if it has none."""
    try:
        return msgspec.json.decode(body, type=_Typed).type
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_encoder = msgspec.json.Encoder()
_FACTS = frozenset(str(each.__struct_config__.tag) for each in get_args(AnyFact))


class _Typed(msgspec.Struct):
    type: str


class _NamedData(msgspec.Struct):
    type: str
    fact: _Typed | None = None


class _Named(msgspec.Struct):
    data: _NamedData


def _enveloped(one: Any, source: str) -> Envelope[Any]:
    if isinstance(one, Judged):
        return Envelope(SPECIFICATION, one.fact.id, source, JUDGED, one, partitionkey=one.fact.key)
    tag = str(type(one).__struct_config__.tag)
    return Envelope(SPECIFICATION, one.id, source, tag, one, partitionkey=getattr(one, "key", None))


IntakeInput = Judged | IntakeCommand
"""What a bundle for Intake holds: nothing that would have to be judged there."""


def home_of(key: str) -> str:
    """What must meet in one partition: everything of one of our accounts; of a mention, its post.

    A customer's comments, private messages and case lie under different keys of one account, and so do a post's comments
    and the case that each may open. Keys of accounts have three parts or more, those of mentions two (`streams.ids`).
    """
    platform, _, rest = key.partition("/")
    account, separator, _ = rest.partition("/")
    # An address as the id of a web page has slashes of its own; no account is called `https:`.
    return f"{platform}/{account}" if separator and not account.endswith(":") else key


@lru_cache(maxsize=MOST_PARTITIONS_KNOWN)
def place_of(key: str, partitions: int) -> int:
    """The partition of Intake that a partition key lies in, for as long as there are so many."""
    digest = blake2b(home_of(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % partitions


def placed(arrivals: Sequence[IntakeArrival], partitions: int) -> dict[int, list[IntakeArrival]]:
    """Inputs of Intake by partition, in their order. What concerns all partitions is in each."""
    found: defaultdict[int, list[IntakeArrival]] = defaultdict(list)
    for arrival in arrivals:
        for place, part in _places(arrival, partitions):
            found[place].append(part)
    return found


def _places(arrival: IntakeArrival, partitions: int) -> Iterator[tuple[int, IntakeArrival]]:
    match arrival:
        case Judged() | Arrival():
            yield place_of(arrival.fact.key, partitions), arrival
        case ActivateConfig() | TagCustomer():
            yield from ((place, arrival) for place in range(partitions))
        case ErasePerson():
            yield place_of(arrival.person, partitions), arrival
        case ApplySla():
            for place, conversations in _by_place(arrival.conversations, partitions).items():
                yield place, msgspec.structs.replace(arrival, conversations=tuple(conversations))
        case _:
            yield place_of(arrival.key, partitions), arrival


def _by_place(conversations: Iterable[str], partitions: int) -> Mapping[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for conversation in conversations:
        found[place_of(conversation, partitions)].append(conversation)
    return found


def cut(inputs: Sequence[T]) -> Iterator[Sequence[T]]:
    """Into pieces of which each fits one message."""
    for start in range(0, len(inputs), BUNDLE_MOST):
        yield inputs[start : start + BUNDLE_MOST]
