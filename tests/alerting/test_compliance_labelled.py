"""How well the rules read: labelled lines, more than half of them near misses (`pytest -s` prints precision and recall).

Written by hand for this project. The first column is the kind of objection that a reviewer would make, or `-`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from alerting.compliance import OBJECTIONS, lint

LINES = Path(__file__).parent / "compliance_lines.tsv"
KINDS: dict[str, tuple[str, ...]] = {
    "extreme": ("extreme-named", "extreme-top", "extreme-most", "extreme-first", "extreme-price"),
    "only": ("extreme-only", "extreme-top"),
    "price": ("misleading-price", "extreme-price"),
    "state": ("state-organ", "state-symbol", "inspection-free", "well-known-mark"),
    "promise": ("false-promise",),
    "belittle": ("belittling",),
    "medical": ("medical-claim",),
    "finance": ("finance-claim", "housing-claim"),
    "education": ("education-claim",),
    "industry": ("industry-medical", "industry-finance", "industry-education"),
    "vice": ("sensitive-vice", "sensitive-superstition"),
    "discrimination": ("sensitive-discrimination",),
    "sovereignty": ("sensitive-sovereignty",),
    "privacy": ("personal-data",),
    "blame": ("blaming-customers",),
    "ad": ("advertising-unlabelled", "selling-unlabelled"),
    "ai": ("ai-unlabelled",),
    "licence": ("unlicensed-picture", "unlicensed-font", "unlicensed-music", "unlicensed-portrait"),
    "promotion": ("promotion-undated",),
    "source": ("claim-unsourced",),
    "patent": ("patent-unnumbered",),
}
PRECISION_LEAST = 0.95
RECALL_LEAST = 0.95


class Line(NamedTuple):
    kind: str
    text: str
    rules: frozenset[str]

    @property
    def is_found(self) -> bool:
        return not self.rules.isdisjoint(KINDS.get(self.kind, ()))


def lines() -> Iterator[Line]:
    for written in LINES.read_text("utf-8").splitlines():
        kind, text = written.split("\t")
        yield Line(kind, text, frozenset(flag.rule for flag in lint(text)))


def test_the_set_is_large_and_half_of_it_are_near_misses() -> None:
    kinds = [line.kind for line in lines()]
    assert len(kinds) >= 200
    assert kinds.count("-") * 2 >= len(kinds)
    assert set(kinds) - {"-"} == set(KINDS)
    assert {rule for rules in KINDS.values() for rule in rules} <= {each.rule for each in OBJECTIONS}


def test_precision_and_recall() -> None:
    found = list(lines())
    wanted = [line for line in found if line.kind != "-"]
    right = [line for line in wanted if line.is_found]
    wrong = [line for line in found if line.kind == "-" and line.rules]
    precision = len(right) / (len(right) + len(wrong))
    recall = len(right) / len(wanted)
    print(f"\n{len(found)} lines: precision {precision:.3f}, recall {recall:.3f}")
    for line in found:
        if (line.kind == "-" and line.rules) or (line.kind != "-" and not line.is_found):
            print(f"  {line.kind:>10} {line.text} → {', '.join(sorted(line.rules)) or 'nothing'}")
    assert precision >= PRECISION_LEAST
    assert recall >= RECALL_LEAST
