"""`sources` and `network`: who may send items in, and where pages may go."""

from typing import get_args
from urllib.parse import urlsplit

from services.config import texts
from services.config.model import Basis, Beat, Network, Source
from services.config.readers import REFERENCE, choice, ident, identified, many, network, rate, secret, span
from services.config.values import Table, Value, Wrong

BASES: tuple[Basis, ...] = get_args(Basis)
MOST_SOURCES = 200
DEFAULT_RATE_PER_S = 1_000.0
LATER_TYPES = ("wechat", "weibo", "douyin", "kuaishou", "feed", "folder")
"""Inlets of formats.md that this release does not have."""
SHORTEST_BEAT_S, LONGEST_BEAT_S = 10, 3_600
FILE_SOURCE = "file"
"""What imported files call themselves; no configured source may."""


def read_sources(root: Table) -> tuple[Source, ...]:
    """The sources."""
    return root.optional("sources", identified(_source, MOST_SOURCES), ())


def _source(table: Table) -> Source:
    kind = table.optional("type", _type, "http")
    if kind != "http":
        list(table.entries())  # keys of an inlet that is to come are not this release's to judge
    return Source(
        id=table.required("id", _source_id, ""),
        key=table.required("key", secret, "", texts.SECRET) if kind == "http" else "",
        rate_per_s=table.optional("rate", rate, DEFAULT_RATE_PER_S),
        basis=table.required("basis", choice(BASES), "manual", texts.BASIS),
    )


def _type(value: Value) -> str:
    written = choice(("http", *LATER_TYPES))(value)
    if written != "http":
        value.report.error(value.place, value.written, texts.NOT_BUILT)
    return written


def _source_id(value: Value) -> str:
    written = ident(value)
    if written == FILE_SOURCE:
        raise Wrong(texts.NOT_RESERVED)
    return written


def read_network(root: Table) -> Network:
    """The network's limits."""
    return root.optional("network", _network, Network())


def _network(value: Value) -> Network:
    with value.table() as table:
        return Network(
            allow_private=table.optional("allow_private", many(network), ()),
            public_url=table.optional("public_url", _public_url, None),
            heartbeat=table.optional("heartbeat", _heartbeat, None),
            heads=table.optional("heads", secret, None),
        )


def _heartbeat(value: Value) -> Beat:
    with value.table() as table:
        return Beat(
            url=table.required("url", _beat_url, "", texts.BEAT_URL),
            every_s=table.optional("every", _beat_every, 60),
        )


def _beat_every(value: Value) -> int:
    length_s = span(value)
    if not SHORTEST_BEAT_S <= length_s <= LONGEST_BEAT_S:
        raise Wrong(texts.between_durations(f"{SHORTEST_BEAT_S}s", f"{LONGEST_BEAT_S // 60}m"))
    return length_s


def _beat_url(value: Value) -> str:
    written = value.scalar(texts.BEAT_URL)
    if REFERENCE.fullmatch(written) is None and not _is_web_address(written):
        raise Wrong(texts.BEAT_URL)
    return written


def _is_web_address(written: str) -> bool:
    parts = urlsplit(written)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _public_url(value: Value) -> str:
    written = value.scalar(texts.PUBLIC_URL)
    parts = urlsplit(written)
    if not _is_web_address(written) or parts.query or parts.fragment:
        raise Wrong(texts.PUBLIC_URL)
    return written.rstrip("/")
