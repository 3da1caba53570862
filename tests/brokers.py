"""A real Kafka broker for tests: started on free loopback ports in a folder of its own, killed and started again at will."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

from tests.daemons import free_port

ROOT = Path(__file__).resolve().parent.parent
START_SCRIPT = ROOT / "deploy" / "kafka" / "start.sh"
JARS = Path(os.environ.get("KAFKA_JARS") or ROOT / ".venv" / "kafka")
GIVEN = "FENGHUO_KAFKA"
START_TRIES = 600
"""Times 0.1 s that a broker has for opening its port."""
SMALL_JVM = "-Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"


def why_none() -> str | None:
    """Why there can be no broker here, its jars having been asked for; None if there can."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            return (
                f"no Kafka here, since {program} is not on this machine: install a JDK (17 or newer) and Maven, or name"
                f" a broker with {GIVEN}=host:port"
            )
    if any(JARS.glob("kafka_*.jar")):
        return None
    environ = {**os.environ, "KAFKA_JARS": str(JARS)}
    fetched = subprocess.run(
        [START_SCRIPT, "fetch"], env=environ, capture_output=True, check=False, text=True
    )
    return f"Maven could not fetch Kafka's jars: {fetched.stderr[-500:]}" if fetched.returncode != 0 else None


class Broker:
    """One broker. `servers` is where it listens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.servers = (f"127.0.0.1:{self._ports[0]}",)

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        environ = {**os.environ, "KAFKA_JARS": str(JARS), "KAFKA_OPTS": SMALL_JVM}
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [START_SCRIPT, self._folder, *map(str, self._ports)], env=environ, stdout=log, stderr=log
            )
        self._await_open()

    def _await_open(self) -> None:
        assert self._process is not None
        pause = threading.Event()
        for _ in range(START_TRIES):
            assert self._process.poll() is None, self.log()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._ports[0])) == 0:
                    return
            pause.wait(0.1)
        raise AssertionError(f"the broker did not get ready: {self.log()}")

    def log(self) -> str:
        return (self._folder / "broker.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def kill(self) -> None:
        """SIGKILL: no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(60)


def given_servers() -> tuple[str, ...] | None:
    """The brokers that the person names, if any."""
    given = os.environ.get(GIVEN)
    return tuple(given.split(",")) if given else None
