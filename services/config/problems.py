"""What is wrong with a configuration: every problem with its file, line and path, in Chinese and English."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

import msgspec

from streams.text.errors import Wording

MOST_PROBLEMS = 500
"""Beyond this the same mistake repeats; the report says that there are more."""
MOST_FOUND_CHARS = 80
"""Of a wrong value, as much as a line can show."""

Severity = Literal["error", "warning"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value stands: file below the configuration folder, line and column from 1, path as `rules[3].minimum`."""

    file: str
    line: int = 1
    column: int = 1
    path: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong (`error`) or looks wrong (`warning`)."""

    severity: Severity
    place: Place
    found: Wording
    expected: Wording

    def __str__(self) -> str:
        at = f"{self.place.file}:{self.place.line}:{self.place.column}"
        where = f" {self.place.path}:" if self.place.path else ""
        zh, en = ("错误", "error") if self.severity == "error" else ("注意", "warning")
        return (
            f"{at}: {zh}{where} 遇到{self.found.zh}，应为{self.expected.zh}"
            f" ({en}: found {self.found.en}, expected {self.expected.en})"
        )


class Report:
    """Collects problems while a configuration is read, so that all of them are told at once."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, int, int, str, str], Problem] = {}
        self.errors = 0

    def error(self, place: Place, found: Wording, expected: Wording) -> None:
        """Something that makes the configuration unusable."""
        self.errors += 1
        self._add("error", place, found, expected)

    def warn(self, place: Place, found: Wording, expected: Wording) -> None:
        """Something that a person should look at; the configuration still holds."""
        self._add("warning", place, found, expected)

    def _add(self, severity: Severity, place: Place, found: Wording, expected: Wording) -> None:
        # An anchor (`&`) that several places use (`*`) is wrong once, not once per use.
        key = (place.file, place.line, place.column, found.en, expected.en)
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.setdefault(
                key, Problem(severity=severity, place=place, found=found, expected=expected)
            )

    def problems(self) -> tuple[Problem, ...]:
        """All of them: errors before warnings, then by file and line."""
        return tuple(sorted(self._problems.values(), key=_order))


def _order(problem: Problem) -> tuple[bool, str, int, int]:
    return problem.severity == "warning", problem.place.file, problem.place.line, problem.place.column


def quoted(written: object) -> Wording:
    """A value as it was written, shortened where it is long."""
    text = str(written)
    short = text if len(text) <= MOST_FOUND_CHARS else f"{text[:MOST_FOUND_CHARS]}…"
    return Wording(f"“{short}”", f'"{short}"')


def one_of(words: Iterable[str]) -> Wording:
    """One of these words."""
    listed = ", ".join(words)
    return (
        Wording(f"其中之一：{listed}", f"one of {listed}")
        if listed
        else Wording("（没有可选项）", "(there is none)")
    )


def did_you_mean(word: str, known: Iterable[str]) -> Wording:
    """The known words, the likely one first."""
    names = list(known)
    near, listed = nearest(word, names), one_of(sorted(names))
    if near is None:
        return listed
    return Wording(f"{near}（是不是想写它？），{listed.zh}", f"{near} (did you mean it?), {listed.en}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), None)
