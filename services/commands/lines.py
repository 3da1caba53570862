"""Lines in and lines out: every command reads a file or `-`, and with `--json` prints one object a line."""

import sys
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from services.errors import WrongUse

STDIN = "-"
CHUNK_LINES = 2_000
"""Read, judged and printed together: memory does not grow with the file."""

T = TypeVar("T")


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file called `name`, or standard input for `-`.

    Raises:
        WrongUse: it cannot be read.
    """
    if name == STDIN:
        if sys.stdin is None:  # a parent closed it
            raise WrongUse("there is no standard input to read (没有标准输入)")
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115  (closed below; an error of the body must not look like ours)
    except OSError as error:
        raise WrongUse(f"{name} cannot be read: {error.strerror} (文件读不了)") from error
    with file:
        yield file


def raw_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines without their ends (LF or CR LF); what else Unicode takes for an end of line is text.

    A byte order mark before the first line, which programs on Windows leave there, is no part of it.
    """
    for number, line in enumerate(file):
        whole = line.removesuffix(b"\n").removesuffix(b"\r")
        yield whole.removeprefix(BOM_UTF8) if number == 0 else whole


def text_lines(file: BinaryIO) -> Iterator[str]:
    """The lines as text; bytes that are no UTF-8 become U+FFFD, so that no line is ever lost."""
    for line in raw_lines(file):
        yield line.decode("utf-8", "replace")


def chunked(values: Iterable[T], size: int = CHUNK_LINES) -> Iterator[list[T]]:
    """The values in lists of `size`."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def print_objects(objects: Iterable[object]) -> None:
    """One JSON object a line, UTF-8, whatever the terminal's encoding."""
    encoder = msgspec.json.Encoder()
    for each in objects:
        sys.stdout.buffer.write(encoder.encode(each) + b"\n")
    sys.stdout.buffer.flush()
