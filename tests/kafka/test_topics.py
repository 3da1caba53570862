"""`fenghuo topics` on a real broker."""

import secrets

import msgspec
import pytest
from typer.testing import CliRunner

from services.cli import app

pytestmark = pytest.mark.kafka


@pytest.fixture
def arguments(kafka_servers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("FENGHUO_KAFKA_PREFIX", f"t{secrets.token_hex(4)}")
    return ["--kafka", ",".join(kafka_servers)]


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["topics", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


def test_topics_are_made_once_described_and_measured(arguments: list[str]) -> None:
    assert run("describe", *arguments, code=1) == ""
    made = msgspec.json.decode(run("create", *arguments, "--partitions", "3", "--replicas", "1", "--json"))
    assert len(made["made"]) == 11
    assert "all of them are there" in run("create", *arguments, "--partitions", "3", "--replicas", "1")
    described = [msgspec.json.decode(line) for line in run("describe", *arguments, "--json").splitlines()]
    partitions = {one["name"].partition(".")[2]: one["partitions"] for one in described}
    assert partitions["intake"] == partitions["journal.intake"] == partitions["snapshots.intake"] == 3
    assert partitions["desk"] == partitions["journal.desk"] == 1
    lags = [msgspec.json.decode(line) for line in run("lag", *arguments, "--json").splitlines()]
    assert [(one["decider"], one["partition"], one["behind"]) for one in lags] == [
        ("intake", 0, 0), ("intake", 1, 0), ("intake", 2, 0), ("desk", 0, 0),
    ]  # fmt: skip


def test_the_number_of_partitions_cannot_be_changed(arguments: list[str]) -> None:
    run("create", *arguments, "--partitions", "2", "--replicas", "1")
    result = CliRunner().invoke(app, ["topics", "create", *arguments, "--partitions", "4", "--replicas", "1"])
    assert result.exit_code == 1
    assert "has 2 partitions, not 4" in str(result.exception)
