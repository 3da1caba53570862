"""`permissions` and `maintenance` of a configuration."""

from pathlib import Path

import pytest

from alerting.config import Hours, Maintenance, Permission
from services.config import load
from tests.services.config.test_loader import GOOD, TODAY, folder_of, read

TABLE = """
permissions:
  - {command: incident.close, level: [red], roles: [legal]}
  - {command: incident.note, roles: anyone}
maintenance:
  - {hours: "02:00-04:00", days: [sun], rules: [surge]}
"""


def test_lines_and_windows_are_read(tmp_path: Path) -> None:
    config = read(folder_of(tmp_path, GOOD + TABLE))
    assert config.desk.permissions == (
        Permission(command="incident.close", levels=("red",), roles=("legal",)),
        Permission(command="incident.note", roles=("anyone",)),
    )
    assert config.desk.brands[0].maintenance == (
        Maintenance(hours=Hours(120, 240), weekdays=(6,), rules=("surge",)),
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("permissions: [{command: incident.shut, roles: [pr]}]", "incident.shut"),
        ("permissions: [{command: incident.close, roles: [prr]}]", "prr"),
        ("permissions: [{command: incident.close}]", "roles"),
        ('maintenance: [{hours: "02:00", rules: [surge]}]', "02:00"),
        ('maintenance: [{hours: "02:00-03:00", rules: [serge]}]', "serge"),
    ],
)
def test_what_names_nothing_is_an_error_that_says_so(tmp_path: Path, wrong: str, told: str) -> None:
    problems = load(folder_of(tmp_path, f"{GOOD}\n{wrong}\n"), TODAY).problems
    assert any(told in str(problem) for problem in problems if problem.severity == "error")
