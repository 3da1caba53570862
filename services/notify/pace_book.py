"""The paces of robots in a file, so that a restart, or another process beside this one, does not forget what was sent.

DingTalk blocks a robot for ten minutes: the pace must hold over all processes that use the file. Times are those of the
machine's monotonic clock, which all of its processes share; after a reboot older times lie in the future and are dropped.
"""

import hashlib
import sqlite3
from pathlib import Path

from services.notify.pace import Limit

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (robot BLOB NOT NULL, at_s REAL NOT NULL);
CREATE INDEX IF NOT EXISTS sent_by_robot ON sent (robot, at_s);
"""


class PaceBook:
    """What every robot was sent lately. Robots stand in it by the hash of their address. Use it from one thread."""

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error if the file cannot be opened."""
        self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def pace(self, url: str, limits: tuple[Limit, ...]) -> "SharedPace":
        """The pace of the robot at this address."""
        return SharedPace(self._db, hashlib.sha256(url.encode()).digest(), limits)


class SharedPace:
    """As `services.notify.pace.Pace`, over all processes that use the file."""

    def __init__(self, db: sqlite3.Connection, robot: bytes, limits: tuple[Limit, ...]) -> None:
        self._db = db
        self._robot = robot
        self._limits = limits
        self._longest_s = max((limit.window_s for limit in limits), default=0.0)

    def wait_s(self, now_s: float) -> float:
        """How long until one more message may go out; 0 when it may now."""
        sent_s = self._sent_s(now_s)
        return max([0.0, *(_frees_s(limit, sent_s) - now_s for limit in self._limits)])

    def room(self, now_s: float) -> int | None:
        """How many messages may go out right now; None without a limit."""
        sent_s = self._sent_s(now_s)
        rooms = [
            limit.messages - min(limit.messages, sum(each + limit.window_s > now_s for each in sent_s))
            for limit in self._limits
        ]
        return min(rooms, default=None)

    def spend(self, now_s: float) -> bool:
        """One message goes out, if there still is room for it: another process may have been faster."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            allowed = self.wait_s(now_s) <= 0
            if allowed:
                self._db.execute(
                    "DELETE FROM sent WHERE robot = ? AND (at_s <= ? OR at_s > ?)",
                    (self._robot, now_s - self._longest_s, now_s),
                )
                self._db.execute("INSERT INTO sent VALUES (?, ?)", (self._robot, now_s))
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return allowed

    def _sent_s(self, now_s: float) -> list[float]:
        rows = self._db.execute(
            "SELECT at_s FROM sent WHERE robot = ? AND at_s > ? AND at_s <= ? ORDER BY at_s",
            (self._robot, now_s - self._longest_s, now_s),
        )
        return [row[0] for row in rows]


def _frees_s(limit: Limit, sent_s: list[float]) -> float:
    return sent_s[-limit.messages] + limit.window_s if len(sent_s) >= limit.messages else float("-inf")
