"""YAML with the place of every value: a thin reader over PyYAML's nodes that reports instead of raising."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TypeVar

import msgspec
import yaml

from services.config import texts
from services.config.problems import Place, Report, did_you_mean, nearest, quoted
from streams.text.errors import Wording

MOST_ITEMS = 100_000
"""In one list: monitors are the longest."""
DEEPEST_PLAIN = 6
"""Levels of a value that is handed on as plain data (a calendar has three)."""

T = TypeVar("T")
D = TypeVar("D")
Read = Callable[["Value"], T]
"""Reads a value or raises `Wrong`; what a value holds inside is reported, not raised."""

_TAG = "tag:yaml.org,2002:"


class Wrong(Exception):
    """A value is not what was expected."""

    def __init__(self, expected: Wording, found: Wording | None = None, place: Place | None = None) -> None:
        super().__init__(expected.en)
        self.expected = expected
        self.found = found
        self.place = place


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a document. `first_line` is added to its lines, for a document inside of a file."""

    node: yaml.Node
    file: str
    path: str
    report: Report
    first_line: int = 0

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.place_of(self.node)

    def place_of(self, node: yaml.Node, path: str | None = None) -> Place:
        """Where another node of the same document begins."""
        mark = node.start_mark
        return Place(
            file=self.file,
            line=mark.line + 1 + self.first_line,
            column=mark.column + 1,
            path=self.path if path is None else path,
        )

    def inner(self, node: yaml.Node, step: str) -> "Value":
        """A value inside of this one."""
        return Value(
            node=node,
            file=self.file,
            path=_joined(self.path, step),
            report=self.report,
            first_line=self.first_line,
        )

    @property
    def written(self) -> Wording:
        """What stands there, for a message."""
        match self.node:
            case yaml.ScalarNode():
                return quoted(self.node.value) if self.kind != "null" else texts.NOTHING
            case yaml.SequenceNode():
                return texts.A_LIST
            case _:
                return texts.A_TABLE

    @property
    def kind(self) -> str:
        """What YAML takes it for: str, int, float, bool, null, timestamp, seq or map."""
        return str(self.node.tag).removeprefix(_TAG)

    @property
    def is_null(self) -> bool:
        """Whether nothing was written (`key:` or `~`)."""
        return self.kind == "null"

    @property
    def length(self) -> int:
        """How many values a list or table has; 1 for a single value."""
        return len(self.node.value) if isinstance(self.node, yaml.CollectionNode) else 1

    def scalar(self, expected: Wording) -> str:
        """A single value as it was written, whatever YAML would have made of it (`09:00` is no number here).

        Raises:
            Wrong: a list, a table, nothing, or a bare yes/no where words are expected.
        """
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null:
            raise Wrong(expected)
        if self.kind == "bool" and self.node.style is None:
            raise Wrong(expected, texts.yes_or_no(self.node.value))
        return str(self.node.value)

    def items(self, expected: Wording = texts.A_LIST, most: int = MOST_ITEMS) -> Iterator["Value"]:
        """The values of a list.

        Raises:
            Wrong: it is no list, or too long a one.
        """
        if not isinstance(self.node, yaml.SequenceNode):
            raise Wrong(expected)
        if len(self.node.value) > most:
            raise Wrong(texts.at_most(most), texts.entries(len(self.node.value)))
        for number, node in enumerate(self.node.value):
            yield self.inner(node, f"[{number}]")

    def table(self, expected: Wording = texts.A_TABLE) -> "Table":
        """The value as a table of keys.

        Raises:
            Wrong: it is none.
        """
        if not isinstance(self.node, yaml.MappingNode):
            raise Wrong(expected)
        return Table(self, self.node)

    def word_at(self, key: str) -> str | None:
        """The scalar at `key` of a table, as written, without judging anything; None where there is none."""
        if not isinstance(self.node, yaml.MappingNode):
            return None
        found = (
            node for name, node in self.node.value if isinstance(name, yaml.ScalarNode) and name.value == key
        )
        node = next(found, None)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else None

    def place_at(self, key: str, number: int | None = None) -> Place:
        """Where `key` of a table (and item `number` of the list there) stands; the table itself without it."""
        if not isinstance(self.node, yaml.MappingNode):
            return self.place
        for name, node in self.node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == key:
                if number is not None and isinstance(node, yaml.SequenceNode):
                    return self.place_of(node.value[number], f"{key}[{number}]")
                return self.place_of(name, key)
        return self.place

    def plain(self, depth: int = DEEPEST_PLAIN) -> object:
        """The value as plain data: scalars as written, but for yes/no and nothing."""
        if depth == 0:
            raise Wrong(texts.FEWER_LEVELS)
        match self.node:
            case yaml.SequenceNode():
                return [item.plain(depth - 1) for item in self.items()]
            case yaml.MappingNode():
                return {key: value.plain(depth - 1) for key, value in self.table().entries()}
            case _:
                return {"null": None, "bool": self._truth()}.get(self.kind, self.node.value)

    def _truth(self) -> bool:
        return str(self.node.value).lower() in {"true", "yes", "on"}

    def truth(self) -> bool:
        """A yes or no.

        Raises:
            Wrong: anything else.
        """
        if self.kind != "bool":
            raise Wrong(texts.YES_OR_NO)
        return self._truth()

    def attempt(self, read: Read[T], fallback: D) -> T | D:
        """What `read` makes of it; if that fails, the problem is reported and `fallback` stands in.

        A fallback is never used: a configuration with an error is not handed out.
        """
        try:
            return read(self)
        except Wrong as wrong:
            self.report.error(wrong.place or self.place, wrong.found or self.written, wrong.expected)
            return fallback


class Table:
    """The keys of a mapping. Used in `with`: on leaving, keys that nobody asked for are reported."""

    def __init__(self, value: Value, node: yaml.MappingNode) -> None:
        self.value = value
        self._known: list[str] = []
        self._entries: dict[str, Value] = {}
        self._keys: dict[str, yaml.Node] = {}
        self._missing: dict[str, Wording] = {}
        for key_node, value_node in node.value:
            self._add(key_node, value_node)

    def _add(self, key_node: yaml.Node, value_node: yaml.Node) -> None:
        report, place = self.value.report, self.value.place_of(key_node)
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == f"{_TAG}merge":
            report.error(place, texts.AN_ODD_KEY, texts.A_PLAIN_KEY)
            return
        key = str(key_node.value)
        if key in self._entries:
            report.error(
                place, texts.key_again(key, self._keys[key].start_mark.line + 1), texts.EACH_KEY_ONCE
            )
            return
        self._keys[key] = key_node
        self._entries[key] = self.value.inner(value_node, key)

    def __enter__(self) -> "Table":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._report_unknown()
            self._report_missing()

    def _report_unknown(self) -> None:
        for key in self._entries:
            if key not in self._known:
                self.value.report.error(
                    self._path_to(key), texts.unknown_key(key), did_you_mean(key, self._known)
                )
                # One slip of the pen is one problem: the key that was meant is not told as missing too.
                self._missing = {
                    name: each for name, each in self._missing.items() if nearest(key, [name]) is None
                }

    def _report_missing(self) -> None:
        for key, expected in self._missing.items():
            self.value.report.error(self._path_to(key), texts.no_key(key), expected)

    def _path_to(self, key: str) -> Place:
        return msgspec.structs.replace(self.key_place(key), path=_joined(self.value.path, key))

    def entries(self) -> Iterator[tuple[str, Value]]:
        """Keys with their values, in the order of the file; all of them count as known."""
        self._known = list(self._entries)
        yield from self._entries.items()

    def key_place(self, key: str) -> Place:
        """Where a key stands; the table itself where there is none."""
        node = self._keys.get(key)
        return self.value.place if node is None else self.value.place_of(node, _joined(self.value.path, key))

    def get(self, key: str) -> Value | None:
        """The value of `key`; None where it is absent or empty."""
        if key not in self._known:
            self._known.append(key)
        value = self._entries.get(key)
        return None if value is None or value.is_null else value

    def optional(self, key: str, read: Read[T], default: D) -> T | D:
        """The value of `key`, or `default` where it is absent."""
        value = self.get(key)
        return default if value is None else value.attempt(read, default)

    def required(self, key: str, read: Read[T], fallback: D, expected: Wording = texts.SOMETHING) -> T | D:
        """The value of `key`; its absence is an error, told when the table is left."""
        value = self.get(key)
        if value is None:
            self._missing[key] = expected
            return fallback
        return value.attempt(read, fallback)


def _joined(path: str, step: str) -> str:
    return f"{path}{step}" if step.startswith("[") or not path else f"{path}.{step}"
