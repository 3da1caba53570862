"""Who may ask for what: the built-in table, and lines of a configuration before it."""

from typing import get_args

import pytest

from alerting.commands import BrandCommand, ReportAudit, ReportPage, StaffCommand
from alerting.config import DeskConfig, Permission, Person
from alerting.levels import Level
from alerting.permissions import ADMIN, ANYONE, COMMANDS, barred, may, roles_for
from streams.commands import ActivateConfig, IntakeCommand


def person(*roles: str) -> Person:
    return Person(id="p", name="p", roles=roles)


@pytest.mark.parametrize(
    ("role", "command", "level", "allowed"),
    [
        ("viewer", "incident.acknowledge", "red", False), ("support", "incident.acknowledge", "red", True),
        ("support", "incident.close", "yellow", True), ("support", "incident.close", "red", False),
        ("manager", "incident.close", "red", True), ("legal", "incident.ease", "orange", True),
        ("planner", "incident.assign_commander", "blue", False), ("commander", "incident.assign_commander", "red", True),
        ("support", "silence.start", None, False), ("admin", "silence.start", None, True),
        ("店长", "incident.note", "red", True), ("店长", "incident.close", "red", False), ("admin", "no.such", None, True),
    ],
)  # fmt: skip
def test_the_built_in_table(role: str, command: str, level: Level | None, allowed: bool) -> None:
    assert may(DeskConfig(), person(role), command, level) is allowed


def test_without_a_role_one_only_looks() -> None:
    assert not any(may(DeskConfig(), person(), command, "blue") for command in COMMANDS)


def test_lines_of_the_configuration_come_first_and_the_first_that_fits_decides() -> None:
    config = DeskConfig(
        permissions=(
            Permission(command="incident.close", levels=("red",), roles=("commander",)),
            Permission(command="incident.close", roles=(ANYONE,)),
        )
    )
    assert not may(config, person("manager"), "incident.close", "red")
    assert may(config, person("commander"), "incident.close", "red")
    assert may(config, person("support"), "incident.close", "orange")
    assert may(config, person(ADMIN), "incident.close", "red")
    assert roles_for(config, "incident.close", "red") == ("commander",)


def test_every_command_of_a_person_stands_in_the_table() -> None:
    """Reports of the outbox and of the auditor come from no person, nor does a configuration."""
    commands = set(get_args(BrandCommand)) | set(get_args(StaffCommand)) - {ReportAudit}
    commands |= set(get_args(IntakeCommand)) - {ActivateConfig}
    tags = {str(each.__struct_config__.tag) for each in commands}
    assert tags - {str(ReportPage.__struct_config__.tag)} == set(COMMANDS)


def test_intake_is_told_who_may_not() -> None:
    config = DeskConfig(
        people=(
            Person(id="lin", name="林", roles=("support",)),
            Person(id="guest", name="客", roles=("viewer",)),
        )
    )
    assert barred(config, "conversation.mark") == ("guest",)
    assert barred(config, "person.erase") == ("lin", "guest")
