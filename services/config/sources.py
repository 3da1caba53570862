"""`sources` and `network`: who may send items in, where pages may go, and by what way replies go out."""

from collections.abc import Iterable, Sequence
from typing import get_args
from urllib.parse import urlsplit

from services.config import texts
from services.config.model import Basis, Beat, Connector, Network, Source
from services.config.readers import (
    REFERENCE,
    choice,
    ident,
    identified,
    many,
    native_id,
    network,
    platform,
    rate,
    secret,
    span,
)
from services.config.values import Table, Value, Wrong
from streams.config import Account

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
            connectors=table.optional("connectors", many(_connector), ()),
        )


def _connector(value: Value) -> Connector:
    with value.table() as table:
        return Connector(
            platform=table.required("platform", platform, ""),
            account=table.required("account", native_id, ""),
            url=table.required("url", _web_address, "", texts.BEAT_URL),
            key=table.required("key", secret, "", texts.SECRET),
        )


def check_connectors(document: Value, connectors: Sequence[Connector], accounts: Iterable[Account]) -> None:
    """Replies go out under accounts of ours alone, each by one way."""
    ours = {(account.platform, account.id) for account in accounts}
    seen: set[tuple[str, str]] = set()
    for connector in connectors:
        of = connector.platform, connector.account
        if of not in ours or of in seen:
            found = texts.connector_of("/".join(of))
            document.report.error(document.place_at("network"), found, texts.CONNECTOR_OF_OURS)
        seen.add(of)


def _heartbeat(value: Value) -> Beat:
    with value.table() as table:
        return Beat(
            url=table.required("url", _web_address, "", texts.BEAT_URL),
            every_s=table.optional("every", _beat_every, 60),
        )


def _beat_every(value: Value) -> int:
    length_s = span(value)
    if not SHORTEST_BEAT_S <= length_s <= LONGEST_BEAT_S:
        raise Wrong(texts.between_durations(f"{SHORTEST_BEAT_S}s", f"{LONGEST_BEAT_S // 60}m"))
    return length_s


def _web_address(value: Value) -> str:
    written = value.scalar(texts.BEAT_URL)
    if REFERENCE.fullmatch(written) is None and not _is_address_on_the_web(written):
        raise Wrong(texts.BEAT_URL)
    return written


def _is_address_on_the_web(written: str) -> bool:
    parts = urlsplit(written)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _public_url(value: Value) -> str:
    written = value.scalar(texts.PUBLIC_URL)
    parts = urlsplit(written)
    if not _is_address_on_the_web(written) or parts.query or parts.fragment:
        raise Wrong(texts.PUBLIC_URL)
    return written.rstrip("/")
