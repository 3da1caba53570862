"""The documentation names every command, and no command that does not exist."""

import re
from pathlib import Path

import pytest
import typer

from services.cli import app
from streams.text.matcher import Item, Matcher
from streams.text.normalise import normalise

README = Path(__file__).resolve().parent.parent / "README.md"


def commands_of(group: typer.Typer, before: str = "") -> set[str]:
    """Every command as it is typed, without `fenghuo`."""
    own = {before + _name(command) for command in group.registered_commands}
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        assert isinstance(inner.typer_instance.info.name, str)
        own |= commands_of(inner.typer_instance, f"{before}{inner.typer_instance.info.name} ")
    return own


def _name(command: typer.models.CommandInfo) -> str:
    assert command.callback is not None
    return command.name or command.callback.__name__


def documented() -> set[str]:
    """The commands in the README's table: lines that begin with `| \\`fenghuo …\\``."""
    if not README.exists():
        pytest.skip("there is no README.md yet")
    rows = re.findall(
        r"^\|\s*`fenghuo ([a-z ]+?)(?: [^a-z`][^`]*)?`", README.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {row.strip() for row in rows}


def test_every_command_stands_in_the_readme() -> None:
    assert commands_of(app) - documented() == set()


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    assert documented() - commands_of(app) == set()


def query_examples() -> list[tuple[str, str, bool]]:
    """Every query of the README's table of queries with each text that it finds, or does not."""
    chapter = README.read_text(encoding="utf-8").partition("## Monitor queries\n")[2].partition("\n## ")[0]
    examples = []
    for row in re.findall(r"^\| (`.*) \|$", chapter, re.MULTILINE):
        queries, finds, finds_not = (
            [code.replace("\\|", "|") for code in re.findall(r"`([^`]+)`", cell)]
            for cell in re.split(r"(?<!\\)\|", row)
        )
        examples += [(query, text, True) for query in queries for text in finds]
        examples += [(query, text, False) for query in queries for text in finds_not]
    return examples


@pytest.mark.parametrize(("query", "text", "found"), query_examples())
def test_a_query_of_the_readme_does_what_it_says(query: str, text: str, found: bool) -> None:
    assert bool(Matcher({"q": query}).match([Item(text=normalise(text))])[0]) is found
