"""The process that prepares batches, as `services.gateway.press` starts it.

    python -m services.gateway.press_worker FD

FD is one end of a pair of sockets (`services.gateway.press_wire` says what goes through). It ends when the other end is
closed, whatever the reason: a daemon that was killed leaves no press behind.
"""

import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from services import clock
from services.allocator import LARGE_TO_JUDGE_BYTES, settle_allocator
from services.collector import settle_collector
from services.gateway.preparing import Batch, Preparer, judging_preparer
from services.gateway.press_wire import (
    LENGTH_BYTES,
    Answer,
    Failed,
    Ready,
    Refused,
    Setup,
    Written,
    decode_batch,
    decode_setup,
    framed,
)
from services.vault import Vault
from streams.arrivals import IntakeArrival, Judged
from streams.commands import MarkConversation
from streams.errors import StoreUnavailable

AT_A_TIME = 2
"""Batches in hand: one waits for the disk, one is worked on."""


def main(descriptor: int) -> None:
    """Answer until the other end is closed."""
    # The daemon ends us when it has answered everybody; a Ctrl-C or a stopping service manager reaches us as well.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    settle_allocator(LARGE_TO_JUDGE_BYTES)
    with socket.socket(fileno=descriptor) as line, line.makefile("rb") as incoming:
        frames = _frames(incoming)
        setup = decode_setup(next(frames))
        with _vault(setup) as vault:
            preparer = judging_preparer(setup.config, vault, clock.now)
            settle_collector()
            line.sendall(framed(Ready()))
            _serve(preparer, frames, line)


@contextmanager
def _vault(setup: Setup) -> Iterator[Vault]:
    if not setup.shared:
        with closing(Vault.of_folder(Path(setup.folder), os.environ)) as vault:
            yield vault
        return
    from services.kafka_settings import cluster_of

    cluster = cluster_of(None, os.environ)
    from services.kafka_keyring import shared_vault
    from streams.run.kafka import Writer

    with (
        Writer(cluster) as writer,
        closing(shared_vault(Path(setup.folder), os.environ, cluster, writer, clock.now)) as vault,
    ):
        yield vault


def _serve(preparer: Preparer, frames: Iterator[bytes], line: socket.socket) -> None:
    """Answer in the order of the questions; while the vault's disk is waited for, the next batch is read."""
    answers: SimpleQueue[Future[bytes] | None] = SimpleQueue()
    sender = Thread(target=_send, args=(answers, line))
    sender.start()
    try:
        # A daemon that was killed with an answer unread resets the line instead of closing it.
        with ThreadPoolExecutor(AT_A_TIME) as pool, suppress(ConnectionError):
            for frame in frames:
                answers.put(pool.submit(_answer, preparer, frame))
    finally:
        answers.put(None)
        sender.join()


def _send(answers: "SimpleQueue[Future[bytes] | None]", line: socket.socket) -> None:
    with suppress(ConnectionError):  # the daemon is gone; so are those who asked
        while (answer := answers.get()) is not None:
            line.sendall(answer.result())


def _frames(incoming: BinaryIO) -> Iterator[bytes]:
    while head := incoming.read(LENGTH_BYTES):
        yield incoming.read(int.from_bytes(head, "big"))


def _answer(preparer: Preparer, frame: bytes) -> bytes:
    return framed(_answered(preparer, decode_batch(frame)))


def _answered(preparer: Preparer, batch: Batch) -> Answer:
    try:
        prepared = preparer.prepare(batch)
    except StoreUnavailable as error:
        return Refused(str(error))
    except Exception as error:  # noqa: BLE001  (one batch must not end the others; the daemon reports it)
        return Failed(repr(error))
    return Written(prepared.wrong, tuple(prepared.numbers), _judged(prepared.arrivals))


def _judged(arrivals: Sequence[IntakeArrival]) -> tuple[Judged | MarkConversation, ...]:
    return tuple(one for one in arrivals if isinstance(one, Judged | MarkConversation))


if __name__ == "__main__":
    main(int(sys.argv[1]))
