"""`fenghuo deadletters`: lines of files that could not be taken in, with their reasons."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from services.commands.configuration import AsJson
from services.commands.lines import print_objects
from services.commands.standing import DataFolder

if TYPE_CHECKING:
    from services.deadletters import DeadLetter

PAGE = 500


def deadletters(data: DataFolder, as_json: AsJson = False) -> None:
    """没能导入的行及其原因 · Lines that could not be taken in; exit code 1 if there are any."""
    count = 0
    for letter in _letters(data):
        count += 1
        if as_json:
            print_objects([_line(letter)])
        else:
            typer.echo(f"{letter.origin}:{letter.line}: {letter.field}: {letter.reason or letter.code}")
    if count:
        raise typer.Exit(1)


def _letters(data: DataFolder) -> "Iterator[DeadLetter]":
    from services.deadletters import FILE_NAME, DeadLetters
    from services.vault import Vault

    if not (data / FILE_NAME).exists():
        return
    vault = Vault.of_folder(data, os.environ)
    letters = DeadLetters(data / FILE_NAME, vault)
    try:
        after = 0
        while page := letters.list(limit=PAGE, after=after):
            yield from page
            after = page[-1].number
    finally:
        letters.close()
        vault.close()


def _line(letter: "DeadLetter") -> dict[str, object]:
    return {
        "at": letter.at,
        "source": letter.source,
        "origin": letter.origin,
        "line": letter.line,
        "field": letter.field,
        "code": letter.code,
        "reason": letter.reason,
        "raw": None if letter.raw is None else letter.raw.decode("utf-8", "replace"),
        "cut": letter.cut,
    }
