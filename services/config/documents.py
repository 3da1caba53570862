"""Files of the configuration folder: bounded, UTF-8, one YAML document each; Markdown with front matter on top."""

import re
from pathlib import Path

import msgspec
import yaml

from services.config import texts
from services.config.problems import Place, Report
from services.config.values import Value
from streams.text.errors import Wording

MAX_FILE_BYTES = 16 * 1024 * 1024
"""Of one YAML file: some 100,000 monitors."""
MAX_CONTENT_BYTES = 64 * 1024
"""Of one file of statements."""

_FENCE = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
# libyaml where PyYAML has it: a configuration of 10,000 monitors is read in seconds either way.
_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A Markdown file: its front matter, the text below, and the line on which that begins."""

    head: Value
    body: str
    body_line: int


def read_document(folder: Path, name: str, report: Report, missing: Wording = texts.A_FILE) -> Value | None:
    """The YAML document in a file; None once what is wrong with it is reported."""
    written = _read_text(folder, name, report, MAX_FILE_BYTES, missing)
    return None if written is None else _compose(written, name, report, first_line=0)


def read_sheet(folder: Path, name: str, report: Report) -> Sheet | None:
    """A Markdown file with front matter; None once what is wrong with it is reported."""
    written = _read_text(folder, name, report, MAX_CONTENT_BYTES, texts.A_FILE)
    if written is None:
        return None
    fenced = _FENCE.match(written)
    if fenced is None:
        report.error(Place(file=name), Wording("没有题头的文件", "a file without it"), texts.FRONT_MATTER)
        return None
    head = _compose(fenced[1], name, report, first_line=1)
    if head is None:
        return None
    below = written[fenced.end() :]
    blank_above = below[: len(below) - len(below.lstrip())].count("\n")
    return Sheet(head=head, body=below.strip(), body_line=fenced[0].count("\n") + 1 + blank_above)


def _read_text(folder: Path, name: str, report: Report, limit_bytes: int, missing: Wording) -> str | None:
    raw = read_bytes(folder, name, report, limit_bytes, missing)
    return None if raw is None else _decode(raw, Place(file=name), report)


def read_bytes(
    folder: Path, name: str, report: Report, limit_bytes: int, missing: Wording = texts.A_FILE
) -> bytes | None:
    """What a file holds; None once what is wrong with it is reported."""
    path = folder / name
    place = Place(file=name)
    try:
        with path.open("rb") as file:
            raw = file.read(limit_bytes + 1)
    except FileNotFoundError:
        report.error(place, texts.NO_FILE, missing)
        return None
    except OSError as error:
        report.error(place, texts.read_error(error.strerror or str(error)), texts.A_FILE)
        return None
    if len(raw) > limit_bytes:
        report.error(place, texts.size(path.stat().st_size), texts.bytes_at_most(limit_bytes))
        return None
    return raw


def _decode(raw: bytes, place: Place, report: Report) -> str | None:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        report.error(msgspec.structs.replace(place, line=line, column=column), texts.NOT_UTF8, texts.UTF8)
        return None


def _compose(written: str, name: str, report: Report, first_line: int) -> Value | None:
    place = Place(file=name, line=first_line + 1)
    try:
        node = yaml.compose(written, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        report.error(_marked(place, error, first_line), texts.not_yaml(_problem(error)), texts.YAML)
        return None
    except yaml.YAMLError as error:  # a character that YAML forbids
        report.error(place, texts.not_yaml(str(error).splitlines()[0]), texts.YAML)
        return None
    except RecursionError:
        report.error(place, texts.TOO_DEEP, texts.YAML)
        return None
    if node is None:
        report.error(place, texts.EMPTY_FILE, texts.A_TABLE)
        return None
    return Value(node=node, file=name, path="", report=report, first_line=first_line)


def _problem(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part) or "?"


def _marked(place: Place, error: yaml.MarkedYAMLError, first_line: int) -> Place:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return place
    return msgspec.structs.replace(place, line=mark.line + 1 + first_line, column=mark.column + 1)
