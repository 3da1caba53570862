"""`fenghuo verify` and `fenghuo export`: what was recorded, and that nobody changed it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.whose import FolderIfAny, KafkaIfAny, where_of
from services.errors import WrongUse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from services.journals import Where
    from services.signed_heads import SignedHead
    from services.vault import Opener, Vault
    from streams.run.kafka import Cluster


def verify(
    data: FolderIfAny = None,
    kafka: KafkaIfAny = None,
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
    from services.signed_heads import check_folder
    from streams.errors import BrokenChain, SnapshotUnreadable

    where = where_of(data, kafka)
    try:
        if isinstance(where, Path):
            events = verify_folder(where)
            signed = check_folder(where, os.environ, kept=heads, written_key=public_key)
        else:
            events, signed = _verify_kafka(where, heads, public_key)
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


def _verify_kafka(
    cluster: "Cluster", kept: Path | None, public_key: str | None
) -> "tuple[int, Sequence[SignedHead]]":
    from services.kafka_heads import verify_kafka
    from streams.run.kafka import Writer

    with Writer(cluster) as writer:
        return verify_kafka(cluster, writer, os.environ, kept=kept, written_key=public_key)


def heads(data: FolderIfAny = None, kafka: KafkaIfAny = None, as_json: AsJson = False) -> None:
    """验签公钥与每日签名 · The public key, and the signed head of every day."""
    from services.signed_heads import public_hex

    key, signed = _signed(where_of(data, kafka))
    public = public_hex(key)
    if as_json:
        print_objects([{"public_key": public}, *signed])
        return
    typer.echo(f"公钥 · public key  {public}")
    for head in signed:
        positions = "  ".join(
            f"{name} {one.seq} {one.hash[:16]}…" for name, one in sorted(head.heads.items())
        )
        typer.echo(f"{head.day}  {positions}")


def _signed(where: "Where") -> "tuple[Ed25519PrivateKey, Sequence[SignedHead]]":
    from services.signed_heads import FILE_NAME, read_heads, signing_key

    if isinstance(where, Path):
        return signing_key(where, os.environ), read_heads(where / FILE_NAME)
    from services.kafka_heads import KafkaHeads, key_of
    from streams.run.kafka import Writer

    with Writer(where) as writer:
        return key_of(os.environ), KafkaHeads(where, writer).read()


def _say(line: dict[str, object], words: str, *, as_json: bool) -> None:
    """The line that programs read, always; and what people read, unless only programs do."""
    print_objects([line])
    if not as_json:
        typer.echo(words, err=True)


def export(
    data: FolderIfAny = None,
    kafka: KafkaIfAny = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="T", help="只要这些类型 · Only events of these types."),
    ] = None,
    sealed: Annotated[bool, typer.Option("--sealed", help="不解封内容 · Leave texts sealed.")] = False,
) -> None:
    """每行一个 CloudEvent，按日志顺序 · Every fact and event as one CloudEvent a line."""
    from services.config.model import parse
    from services.gateway.export import exported
    from services.journals import opened_journals, unchanged_entries
    from streams.run.embedded import DESK, INTAKE

    wanted = _known_types(types or ())
    where = where_of(data, kafka)
    with closing(opened_journals(where)) as journals, _opener(where, sealed=sealed) as opener:
        entries = [unchanged_entries(one) for decider in (DESK, INTAKE) for one in journals.of(decider)]
        drill = any(parse(body).desk.drill for body in journals.configs().values())
        print_objects(exported(entries, opener, types=wanted, sealed=sealed, drill=drill))


def _known_types(names: Sequence[str]) -> frozenset[str]:
    from alerting.events import DeskEvent
    from streams.events import IntakeEvent

    known = {str(each.__struct_config__.tag) for each in (*get_args(IntakeEvent), *get_args(DeskEvent))}
    if unknown := sorted(set(names) - known):
        raise WrongUse(f"--type {unknown[0]} is unknown: expected {' '.join(sorted(known))} (没有这种类型)")
    return frozenset(names)


@contextmanager
def _opener(where: "Where", *, sealed: bool) -> "Iterator[Opener]":
    from services.vault import ClearVault, Vault

    if sealed:
        yield ClearVault()
    elif isinstance(where, Path):
        with closing(Vault.of_folder(where, os.environ)) as vault:
            yield vault
    else:
        with _shared_vault(where) as vault:
            yield vault


@contextmanager
def _shared_vault(cluster: "Cluster") -> "Iterator[Vault]":
    """The vault of a house on Kafka; its copy of the keys is thrown away."""
    from services import clock
    from services.kafka_keyring import shared_vault
    from streams.run.kafka import Writer

    with (
        TemporaryDirectory() as folder,
        Writer(cluster) as writer,
        closing(shared_vault(Path(folder), os.environ, cluster, writer, clock.now)) as vault,
    ):
        yield vault
