"""Arming and disarming the outbox: through the daemon that runs on the folder, else by an engine of one's own.

`disarm` is what every restore ends with: whoever holds a copy of a house does not know what became of its calls since.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Literal

import httpx
import msgspec

from alerting.commands import LOCAL_ADMIN, ArmOutbox, DisarmOutbox
from alerting.desk import Desk
from alerting.desk_state import pending_pages
from services.engine import CODECS, STORE_NAME, Book, Engine
from services.errors import ServicesError, WrongUse
from services.gateway.address import daemon_of
from services.web.outbox_api import OutboxState, just_armed
from streams import ids
from streams.events import CommandRefused
from streams.journal import Journal
from streams.run.embedded import DESK
from streams.run.loop import AnyPartition, Partition
from streams.run.sqlite import Store

Action = Literal["arm", "disarm"]
ALREADY_ARMED = "already_armed"

_decoder = msgspec.json.Decoder(OutboxState)


class NotArmed(ServicesError):
    """The house refused it."""


def act(
    folder: Path,
    environ: Mapping[str, str],
    action: Action | None,
    now: Callable[[], datetime],
    on_error: Callable[[BaseException], None],
) -> OutboxState:
    """Do it, or only tell how things stand.

    Raises:
        WrongUse: no daemon runs on the folder, and it holds no journal; the one that runs is no web node; or it was armed.
        NotArmed: the daemon refused it, or does not answer.
        streams.errors.StreamsError, services.errors.ServicesError: the folder cannot be used.
    """
    answer = _asked(folder, action)
    if answer is None:
        return _alone(folder, environ, action, now, on_error)
    if answer.status_code == httpx.codes.CONFLICT:
        raise _armed_already()
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise WrongUse(
            f"the node on {folder} has no pages: give the folder of a web node (该节点没有 web 职责)"
        )
    if not answer.is_success:
        raise NotArmed(f"the daemon answers {answer.status_code}: {answer.text[:300]}")
    return _decoder.decode(answer.content)


def _asked(folder: Path, action: Action | None) -> httpx.Response | None:
    """What the daemon says; None: none runs on the folder."""
    client = daemon_of(folder)
    if client is None:
        return None
    with closing(client):
        try:
            return client.post(f"/api/outbox/{action}") if action else client.get("/api/outbox")
        except httpx.TransportError:
            return None


def _armed_already() -> WrongUse:
    return WrongUse("the outbox is armed already (外发已经启用)")


def _alone(
    folder: Path,
    environ: Mapping[str, str],
    action: Action | None,
    now: Callable[[], datetime],
    on_error: Callable[[BaseException], None],
) -> OutboxState:
    if not (folder / STORE_NAME).exists():
        raise WrongUse(f"no daemon runs on {folder}, and it holds no journal (没有运行中的服务，也没有日志)")
    if action is None:
        return _standing(folder)
    with Engine(folder, None, clock=now, environ=environ, on_error=on_error) as engine:
        engine.start()
        kind = ArmOutbox if action == "arm" else DisarmOutbox
        command = kind(id=ids.derived("outbox", action, now().isoformat()), who=LOCAL_ADMIN)
        events = asyncio.run(engine.command(command)).events
    if any(isinstance(event, CommandRefused) for event in events):
        raise _armed_already()
    return just_armed(events) or _standing(folder)


def _standing(folder: Path) -> OutboxState:
    """How the desk of a folder stands, folded from its journal."""
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        state = _folded(store.journal(DESK), store.configs()).state
    if state.disarmed_at is None:
        return OutboxState(armed=True)
    return OutboxState(armed=False, since=state.disarmed_at, held=len(pending_pages(state)))


def _folded(journal: Journal, configs: Mapping[str, bytes]) -> AnyPartition:
    book = Book({}, {})
    book.add(configs)
    return Partition(journal, Desk(book.desk), CODECS[DESK])


def disarm(journal: Journal, configs: Mapping[str, bytes]) -> None:
    """Disarm the outbox of a desk that stands still, at the moment at which its journal ends, so that nothing falls due first.

    A desk that was never configured has nothing to send.

    Raises:
        streams.errors.StreamsError: the journal cannot be read or written.
    """
    partition = _folded(journal, configs)
    if partition.state.config is not None:
        command = DisarmOutbox(id=ids.derived("restore", partition.head.hash.hex()), who=LOCAL_ADMIN)
        partition.take([command], partition.now)
