"""`reports`: what is read, and what is refused."""

from pathlib import Path

import pytest

from services.config import load
from services.config.model import Config
from services.sample import write_sample


def loaded(folder: Path, line: str) -> tuple[Config | None, list[str]]:
    write_sample(folder)
    with (folder / "fenghuo.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nreports:\n  - {line}\n")
    found = load(folder)
    return found.config, [str(problem) for problem in found.problems if problem.severity == "error"]


def test_a_plan_is_read_with_the_zone_of_its_brand(tmp_path: Path) -> None:
    config, errors = loaded(tmp_path / "c", '{id: week, kind: weekly, at: "mon 09:00", to: [pr-desk, qin]}')
    assert not errors
    assert config is not None
    (plan,) = config.desk.reports
    assert (plan.brand, plan.timezone, plan.weekday, plan.minute) == ("qinghe", "Asia/Shanghai", 0, 540)
    assert plan.to == ("pr-desk", "qin")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{id: a, kind: daily, at: "mon 09:00"}', "08:30"),
        ('{id: a, kind: weekly, at: "09:00"}', "mon 09:00"),
        ('{id: a, kind: special, at: "09:00"}', "category"),
        ('{id: a, kind: daily, at: "09:00", category: safety}', "category"),
        ('{id: a, kind: hourly, at: "09:00"}', "daily"),
        ('{id: a, kind: daily, at: "09:00", to: [nobody]}', "nobody"),
        ('{id: a, kind: daily, at: "25:00"}', "09:00"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path, line: str, expected: str) -> None:
    config, errors = loaded(tmp_path / "c", line)
    assert config is None
    assert len(errors) == 1
    assert expected in errors[0]
    assert "reports[0]" in errors[0]
