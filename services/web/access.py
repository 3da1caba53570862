"""Who may come in: one-time links, sessions and passwords, in `access.db`; and the views that they saved.

Of links and sessions only a hash is stored, so the file opens no door. A link is used up by a POST, never by being
looked at: chat programs open links to draw a preview.
"""

import hashlib
import secrets
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from services.web.errors import TooManyTries
from streams.sla.instants import to_us

TOKEN_BYTES = 32
LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=7)
PASSWORD_LENGTH_LEAST = 10
PASSWORD_LENGTH_MOST = 200
"""Hashing costs memory by length; nobody types more."""
SAVED_MOST = 20
"""Views of the queue that one person may save."""
WRONG_PASSWORDS_MOST = 5
WRONG_PASSWORDS_WITHIN = timedelta(minutes=1)
WRONG_CODES_MOST = 20
WRONG_CODES_WITHIN = timedelta(minutes=10)
_CODES = "/codes"
"""Stands in the table of wrong passwords for wrong codes; nobody's id has a slash."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS links (hash BLOB PRIMARY KEY, person TEXT NOT NULL, expires_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (hash BLOB PRIMARY KEY, person TEXT NOT NULL, expires_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passwords (person TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saved_views (
    person TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, PRIMARY KEY (person, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wrong (person TEXT NOT NULL, at_us INTEGER NOT NULL);
"""


class Access:
    """The store of links, sessions and passwords. Other processes may write to the file too (`fenghuo signin`)."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)
        self._hasher = PasswordHasher()

    def close(self) -> None:
        self._db.close()

    def invite(self, person: str, now: datetime) -> str:
        """A token that lets `person` in once within `LINK_LASTS`; it goes into the address `/signin/{token}`."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._db.execute("DELETE FROM links WHERE expires_us < ?", (to_us(now),))
        self._db.execute(
            "INSERT INTO links VALUES (?, ?, ?)", (_hash(token), person, to_us(now + LINK_LASTS))
        )
        return token

    def invited(self, token: str, now: datetime) -> str | None:
        """Whom a link would let in; looking does not use it up."""
        row = self._db.execute(
            "SELECT person FROM links WHERE hash = ? AND expires_us >= ?", (_hash(token), to_us(now))
        ).fetchone()
        return row[0] if row else None

    def redeem(self, token: str, now: datetime) -> str | None:
        """Use a link up and open a session; returns the session's token, None if the link is used or too old."""
        row = self._db.execute(
            "DELETE FROM links WHERE hash = ? AND expires_us >= ? RETURNING person",
            (_hash(token), to_us(now)),
        ).fetchone()
        return self.open_session(row[0], now) if row else None

    def open_session(self, person: str, now: datetime) -> str:
        """The token of a new session of `person`."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._db.execute("DELETE FROM sessions WHERE expires_us < ?", (to_us(now),))
        self._db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?)", (_hash(token), person, to_us(now + SESSION_LASTS))
        )
        return token

    def person_of(self, session: str, now: datetime) -> str | None:
        """Whose session this is, while it lasts."""
        row = self._db.execute(
            "SELECT person FROM sessions WHERE hash = ? AND expires_us >= ?", (_hash(session), to_us(now))
        ).fetchone()
        return row[0] if row else None

    def end_session(self, session: str) -> None:
        self._db.execute("DELETE FROM sessions WHERE hash = ?", (_hash(session),))

    def set_password(self, person: str, password: str) -> None:
        """Let `person` sign in with a password too; other sessions of theirs end.

        Raises:
            ValueError: it is too short or too long.
        """
        if not PASSWORD_LENGTH_LEAST <= len(password) <= PASSWORD_LENGTH_MOST:
            raise ValueError(f"a password has {PASSWORD_LENGTH_LEAST} to {PASSWORD_LENGTH_MOST} characters")
        hashed = self._hasher.hash(password)
        self._db.execute("REPLACE INTO passwords VALUES (?, ?)", (person, hashed))
        self._db.execute("DELETE FROM sessions WHERE person = ?", (person,))

    def check_password(self, person: str, password: str, now: datetime) -> bool:
        """Whether this is the password of `person`.

        Raises:
            TooManyTries: `WRONG_PASSWORDS_MOST` were wrong within `WRONG_PASSWORDS_WITHIN`.
        """
        since_us = to_us(now - WRONG_PASSWORDS_WITHIN)
        self._db.execute("DELETE FROM wrong WHERE at_us < ? AND person <> ?", (since_us, _CODES))
        wrong = self._db.execute("SELECT count(*) FROM wrong WHERE person = ?", (person,)).fetchone()[0]
        if wrong >= WRONG_PASSWORDS_MOST:
            raise TooManyTries("too many wrong passwords; wait a minute")
        row = self._db.execute("SELECT hash FROM passwords WHERE person = ?", (person,)).fetchone()
        # Somebody without a password costs as much time as somebody with one: names cannot be guessed by the watch.
        hashed = row[0] if row else self._decoy()
        if self._verified(hashed, password[:PASSWORD_LENGTH_MOST]) and row:
            return True
        self._db.execute("INSERT INTO wrong VALUES (?, ?)", (person, to_us(now)))
        return False

    def check_codes(self, now: datetime) -> None:
        """Let codes be tried, as long as not too many were wrong: six digits bear no guessing.

        Raises:
            TooManyTries: `WRONG_CODES_MOST` were wrong within `WRONG_CODES_WITHIN`, whoever tried them.
        """
        since_us = to_us(now - WRONG_CODES_WITHIN)
        wrong = self._db.execute(
            "SELECT count(*) FROM wrong WHERE person = ? AND at_us >= ?", (_CODES, since_us)
        ).fetchone()[0]
        if wrong >= WRONG_CODES_MOST:
            raise TooManyTries("too many wrong codes; open the desk, or wait ten minutes")

    def wrong_code(self, now: datetime) -> None:
        """A code was tried that is none."""
        self._db.execute(
            "DELETE FROM wrong WHERE at_us < ? AND person = ?", (to_us(now - WRONG_CODES_WITHIN), _CODES)
        )
        self._db.execute("INSERT INTO wrong VALUES (?, ?)", (_CODES, to_us(now)))

    def saved_views(self, person: str) -> tuple[tuple[str, str], ...]:
        """Name and address of every view of the queue that `person` saved."""
        rows = self._db.execute(
            "SELECT name, address FROM saved_views WHERE person = ? ORDER BY name", (person,)
        )
        return tuple((name, address) for name, address in rows)

    def save_view(self, person: str, name: str, address: str) -> bool:
        """Keep an address under a name, in the place of another one of that name; False: they have `SAVED_MOST`."""
        known = dict(self.saved_views(person))
        if name not in known and len(known) >= SAVED_MOST:
            return False
        self._db.execute("REPLACE INTO saved_views VALUES (?, ?, ?)", (person, name, address))
        return True

    def drop_view(self, person: str, name: str) -> None:
        self._db.execute("DELETE FROM saved_views WHERE person = ? AND name = ?", (person, name))

    def _verified(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def _decoy(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(TOKEN_BYTES))


def form_token(session: str) -> str:
    """What a form of this session carries to show that it came from a page of ours; it does not open the session."""
    return hashlib.blake2b(session.encode(), key=b"fenghuo form", digest_size=16).hexdigest()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
