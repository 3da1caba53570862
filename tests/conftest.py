"""What every test may ask for: programs, the folder of real data, and how hypothesis searches."""

import os
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from streams.run.kafka import Cluster

ROOT = Path(__file__).resolve().parent.parent
ON_CI = os.environ.get("CI") == "true"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A script's background ignores Ctrl-C, and so would every program that a test starts to press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if ON_CI else "desk")


def _require_tool(name: str) -> Path:
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    reason = f"{name} is not on this machine: tests/install-tools.sh installs it on Debian as root"
    if ON_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], Path]:
    """Gives the path of a program; without it the test is skipped here and fails where CI=true."""
    return _require_tool


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data (FENGHUO_DATA, else ../shared/data beside the project); skips without it."""
    folder = Path(os.environ.get("FENGHUO_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real data here: set FENGHUO_DATA to the folder that holds senti/, events/ and sla/")
    return folder


@pytest.fixture(scope="session")
def kafka_jars() -> None:
    """What a broker of one's own takes: skipped here without a JDK and Maven, failing where CI=true."""
    from tests import brokers

    if (reason := brokers.why_none()) is not None:
        pytest.fail(reason) if ON_CI else pytest.skip(reason)


@pytest.fixture(scope="session")
def kafka_servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ...]]:
    """A real broker, one for all tests (or FENGHUO_KAFKA); skipped here without a JDK and Maven, failing where CI=true."""
    from tests import brokers  # the client takes half a second to import

    if (servers := brokers.given_servers()) is not None:
        yield servers
        return
    request.getfixturevalue("kafka_jars")
    broker = brokers.Broker(tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
        yield broker.servers
    finally:
        broker.kill()


@pytest.fixture
def make_cluster(kafka_servers: tuple[str, ...]) -> "Callable[[int], Cluster]":
    """Gives a house of its own, with so many partitions for Intake."""

    from streams.run.kafka import Cluster
    from streams.run.kafka_topics import administered

    def make(intake_partitions: int = 1) -> "Cluster":
        cluster = Cluster(servers=kafka_servers, prefix=f"t{secrets.token_hex(4)}")
        with administered(cluster) as topics:
            topics.create(intake_partitions, replicas=1)
        return cluster

    return make
