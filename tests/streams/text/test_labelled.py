"""Precision and recall on lines labelled by hand: dodges that have to be found, near misses that must not."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from streams.text.matcher import Item, Matcher
from streams.text.normalise import normalise

LEAST_LINES = 300
LEAST_PRECISION = 0.97
LEAST_RECALL = 0.95


class Labelled(NamedTuple):
    query: str
    wanted: bool
    text: str


def labelled_lines() -> list[Labelled]:
    """`? query`, then the lines that it must find (`+`) and those it must not (`-`); `\\n` stands for a line break."""
    lines, query = [], ""
    for line in Path(__file__).with_name("labelled.txt").read_text("utf-8").splitlines():
        mark, rest = line[0], line[2:].replace("\\n", "\n")
        if mark == "?":
            query = rest
        else:
            lines.append(Labelled(query, mark == "+", rest))
    return lines


def test_dodges_are_found_and_near_misses_are_not() -> None:
    lines = labelled_lines()
    matcher = Matcher({query: query for query in {line.query for line in lines}})
    outcome: Counter[tuple[bool, bool]] = Counter()
    for line in lines:
        found = line.query in {hit.id for hit in matcher.match([Item(text=normalise(line.text))])[0]}
        outcome[line.wanted, found] += 1
        if found is not line.wanted:
            print("missed" if line.wanted else "false hit", line.query, repr(line.text))
    precision = outcome[True, True] / (outcome[True, True] + outcome[False, True])
    recall = outcome[True, True] / (outcome[True, True] + outcome[True, False])
    print(f"{len(lines)} lines: precision {precision:.3f}, recall {recall:.3f}")
    assert len(lines) >= LEAST_LINES
    assert precision >= LEAST_PRECISION
    assert recall >= LEAST_RECALL
