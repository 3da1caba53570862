"""What the three robots have in common: one POST of JSON, under guard, with an answer that says in its body what it means."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from services.notify.channel import Attempt, Contact, GiveUp, TryAgain
from services.notify.guard import Guard

Now = Callable[[], datetime]
HeadersOf = Callable[[bytes], Mapping[str, str]]
_TRY_LATER = frozenset({408, 425, 429})


def _no_headers(_: bytes) -> Mapping[str, str]:
    return {}


class RobotAddress(msgspec.Struct, frozen=True, kw_only=True):
    """`scheme://[secret@]token[/?at=https://host]`: apprise's way to write it; `at` is for robots of one's own house."""

    token: str
    secret: str | None
    at: str | None

    def __repr__(self) -> str:
        return "<robot>"


def robot_address(contact: Contact) -> RobotAddress | None:
    """The address taken apart; None if there is no token in it. The case of letters is kept."""
    parts = urlsplit(contact.url)
    secret, _, token = parts.netloc.rpartition("@")
    found = token or parts.path.strip("/")
    at = parse_qs(parts.query).get("at", [None])[0]
    return RobotAddress(token=found, secret=secret or None, at=at) if found else None


class Webhook:
    """Posts under guard. One for all robots of the daemon; connections are kept."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._client = httpx.AsyncClient(
            trust_env=False, follow_redirects=False, verify=ssl.create_default_context()
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def post(
        self, url: str, body: Any, timeout_s: float, headers_of: HeadersOf = _no_headers
    ) -> dict[str, Any] | Attempt:
        """The robot's answer; or why there is none. Never raises, and nothing in it holds the address.

        `headers_of` gives more headers for the bytes that are sent, for who signs them.
        """
        content = msgspec.json.encode(body)
        headers = {"Content-Type": "application/json", **headers_of(content)}
        with self._guard.watching() as watch:
            try:
                async with asyncio.timeout(timeout_s):
                    answer = await self._client.post(url, content=content, headers=headers, timeout=timeout_s)
            except (TimeoutError, httpx.TimeoutException):
                return TryAgain(reason="timeout", detail=f"{timeout_s:g} s")
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                if watch.refused is not None:
                    return GiveUp(reason="address_private", detail=watch.refused)
                return TryAgain(reason="not_accepted", detail=type(error).__name__)
        return _read(answer)


def _read(answer: httpx.Response) -> dict[str, Any] | Attempt:
    status = answer.status_code
    if status >= 500 or status in _TRY_LATER:
        return TryAgain(reason="http_error", detail=str(status))
    if not answer.is_success:
        return GiveUp(reason="http_error", detail=str(status))
    try:
        read: dict[str, Any] = msgspec.json.decode(answer.content, type=dict[str, Any])
    except msgspec.DecodeError:
        return TryAgain(reason="not_accepted", detail="no JSON")
    return read
