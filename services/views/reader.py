"""Reading the views: one connection of its own, short queries, never a lock that a writer waits for."""

import sqlite3
from pathlib import Path

from services.views.errors import ViewsError
from services.views.schema import FORMAT
from services.views.store import BUSY_TIMEOUT_S, connect

__all__ = ["BUSY_TIMEOUT_S", "Reader"]


class Reader:
    """Where the query functions of `queue`, `incidents`, `mentions` and `stats` read. Use it from one thread."""

    def __init__(self, path: Path) -> None:
        """Open the file for reading.

        Raises:
            ViewsError: there is no such file, or another release made it.
        """
        self.path = path
        try:
            self.connection = connect(path, read_only=True)
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise ViewsError(f"{path} cannot be read: {error}") from error
        if version != FORMAT:
            raise ViewsError(f"{path} has format {version}, this release reads {FORMAT}")

    def close(self) -> None:
        self.connection.close()

    def rows(self, query: str, *parameters: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.connection.execute(query, parameters).fetchall()

    def row(self, query: str, *parameters: object) -> sqlite3.Row | None:
        """The first row of a query, if any."""
        found: sqlite3.Row | None = self.connection.execute(query, parameters).fetchone()
        return found
