"""`fenghuo verify` and `fenghuo export`: what was recorded, and that nobody changed it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.standing import DataFolder
from services.errors import WrongUse

if TYPE_CHECKING:
    from services.vault import Opener
    from streams.journal import Entry, Stored
    from streams.run.sqlite import Store


def verify(
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="数据目录 · The data folder.")
    ] = None,
    kafka: Annotated[
        str | None,
        typer.Option(
            "--kafka", metavar="HOST:PORT", help="核对 Kafka 上的日志 · The journals on Kafka instead."
        ),
    ] = None,
    heads: Annotated[
        Path | None,
        typer.Option("--heads", metavar="FILE", help="另存的签名 · Signed heads that were kept elsewhere."),
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", metavar="HEX", help="验签公钥 · The key that signed them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """核对日志的每个字节、链接与每日签名 · Check every byte and link of the journals, and the signed heads."""
    from services.engine import verify_folder
    from services.signed_heads import SignedHead, check_folder
    from streams.errors import BrokenChain, SnapshotUnreadable

    if (data is None) == (kafka is None):
        raise WrongUse("which journals? Give --data DIR or --kafka HOST:PORT (请给出 --data 或 --kafka)")
    signed: tuple[SignedHead, ...] = ()
    try:
        if data is None:
            events = _verify_kafka(kafka)
        else:
            _require_journal(data)
            events = verify_folder(data)
            signed = check_folder(data, os.environ, kept=heads, written_key=public_key)
    except SnapshotUnreadable as changed:
        _say(
            {"chain": "intact", "snapshot": "changed", "reason": str(changed)},
            f"快照被改动 · {changed}",
            as_json=as_json,
        )
        raise typer.Exit(1) from changed
    except BrokenChain as broken:
        found = {
            "chain": "broken",
            "partition": broken.partition,
            "entry": broken.seq,
            "reason": broken.reason,
        }
        _say(found, f"日志被改动 · {broken}", as_json=as_json)
        raise typer.Exit(1) from broken
    last = signed[-1].day if signed else None
    _say(
        {"events": events, "chain": "intact", "signed_heads": len(signed), "last_signed": last},
        f"完好 · intact, {events} events, {len(signed)} signed heads" + (f" (last {last})" if last else ""),
        as_json=as_json,
    )


def _verify_kafka(kafka: str | None) -> int:
    from services.kafka_settings import cluster_of

    cluster = cluster_of(kafka, os.environ)
    from services.moving import verify_kafka
    from streams.run.kafka import Writer

    with Writer(cluster) as writer:
        return verify_kafka(cluster, writer)


def heads(data: DataFolder, as_json: AsJson = False) -> None:
    """验签公钥与每日签名 · The public key, and the signed head of every day."""
    from services.signed_heads import FILE_NAME, public_hex, read_heads, signing_key

    _require_journal(data)
    key = public_hex(signing_key(data, os.environ))
    signed = read_heads(data / FILE_NAME)
    if as_json:
        print_objects([{"public_key": key}, *signed])
        return
    typer.echo(f"公钥 · public key  {key}")
    for head in signed:
        positions = "  ".join(
            f"{name} {one.seq} {one.hash[:16]}…" for name, one in sorted(head.heads.items())
        )
        typer.echo(f"{head.day}  {positions}")


def _say(line: dict[str, object], words: str, *, as_json: bool) -> None:
    """The line that programs read, always; and what people read, unless only programs do."""
    print_objects([line])
    if not as_json:
        typer.echo(words, err=True)


def export(
    data: DataFolder,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="T", help="只要这些类型 · Only events of these types."),
    ] = None,
    sealed: Annotated[bool, typer.Option("--sealed", help="不解封内容 · Leave texts sealed.")] = False,
) -> None:
    """每行一个 CloudEvent，按日志顺序 · Every fact and event as one CloudEvent a line."""
    from services.config.model import parse
    from services.gateway.export import exported

    wanted = _known_types(types or ())
    _require_journal(data)
    with _store(data) as store, _opener(data, sealed=sealed) as opener:
        journals = [_entries(store, partition) for partition in store.partitions()]
        drill = any(parse(body).desk.drill for body in store.configs().values())
        print_objects(exported(journals, opener, types=wanted, sealed=sealed, drill=drill))


def _known_types(names: Sequence[str]) -> frozenset[str]:
    from alerting.events import DeskEvent
    from streams.events import IntakeEvent

    known = {str(each.__struct_config__.tag) for each in (*get_args(IntakeEvent), *get_args(DeskEvent))}
    if unknown := sorted(set(names) - known):
        raise WrongUse(f"--type {unknown[0]} is unknown: expected {' '.join(sorted(known))} (没有这种类型)")
    return frozenset(names)


def _require_journal(data: Path) -> None:
    from services.engine import STORE_NAME

    if not (data / STORE_NAME).exists():
        raise WrongUse(f"{data} holds no journal (目录里没有日志)")


@contextmanager
def _store(data: Path) -> "Iterator[Store]":
    from services.engine import STORE_NAME
    from streams.run.sqlite import Store

    store = Store(data / STORE_NAME, read_only=True)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _opener(data: Path, *, sealed: bool) -> "Iterator[Opener]":
    from services.vault import ClearVault, Vault

    if sealed:
        yield ClearVault()
        return
    vault = Vault.of_folder(data, os.environ)
    try:
        yield vault
    finally:
        vault.close()


def _entries(store: "Store", partition: str) -> "Iterator[Entry[Any]]":
    from services.engine import CODECS
    from streams.journal import Head, follow

    for stored in follow(_unchanged(store, partition), Head()):
        yield CODECS[partition].decode(stored)


def _unchanged(store: "Store", partition: str) -> "Iterator[Stored]":
    """The entries as they were written: what somebody changed is not given out as a record of anything.

    Raises:
        BrokenChain: the first entry that is not what was written.
    """
    from streams.errors import BrokenChain
    from streams.journal import CHANGED, digest

    for stored in store.journal(partition).read():
        if digest(stored.body) != stored.hash:
            raise BrokenChain(partition, stored.seq, CHANGED)
        yield stored
