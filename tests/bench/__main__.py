"""`make bench`: how fast, in one run on this machine, each figure beside its peer. Writes bench.json at the root."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import alert_speed, clock_speed, ingest_speed, queue_speed, text_speed
from tests.bench.figures import Figure, Section
from tests.bench.material import ROOT, templates

SECTIONS: dict[str, Section] = {
    "ingest": ingest_speed.measure,
    "alerts": alert_speed.measure,
    "texts": text_speed.measure,
    "clocks": clock_speed.measure,
    "queue": queue_speed.measure,
}
QUICK_SHARE = 0.1


def main() -> None:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {templates()[0]}")
    figures: list[Figure] = []
    for name in options.only or SECTIONS:
        console.print(f"measuring {name} …")
        figures += SECTIONS[name](options.share)
    console.print(table(figures))
    if options.share < 1:
        console.print("a tenth of the load: these figures are not written down")
    else:
        write(options.out, figures)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="one section; may be given again")
    parser.add_argument(
        "--quick",
        dest="share",
        action="store_const",
        const=QUICK_SHARE,
        default=1.0,
        help="a tenth of the load, to try it out",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "bench.json")
    return parser.parse_args()


def table(figures: list[Figure]) -> Table:
    table = Table("figure", "value", "unit", "aim", "what")
    table.columns[1].justify = table.columns[3].justify = "right"
    for figure in figures:
        aim = "" if figure.aim is None else f"{'≥' if figure.better == 'more' else '≤'} {_number(figure.aim)}"
        mark = {None: "", True: " ✓", False: " ✗"}[figure.meets_aim]
        table.add_row(figure.key or "", _number(figure.value), figure.unit, aim + mark, figure.what)
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(path: Path, figures: list[Figure]) -> None:
    """The new figures over those that stand there, so that one section may be measured again."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    known |= {figure.key: round(figure.value, 4) for figure in figures if figure.key is not None}
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
