"""Connectors: a program of one's own that posts replies under our account, since every platform wants it another way.

A connector gets one POST of JSON for a reply and answers 2xx with a JSON object once the reply is out; if that holds the
platform's `id` of the reply, a collector that sees it later brings nothing new. A person waits for the answer, so there is no
queue: what failed is told, and pressing again sends the same id, by which a connector must not post twice.

    Idempotency-Key: the id of the reply
    X-Fenghuo-Time: seconds since 1970
    X-Fenghuo-Signature: sha256=HMAC-SHA256(key, time + "." + body) in hex
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from services.config.model import Connector, secret
from services.notify.channel import GiveUp, TryAgain
from services.notify.robots.webhook import Webhook

TIMEOUT_S = 6.0
"""Of one try."""
TRIES = 2
ID_LENGTH_MOST = 200
_REFERENCES = ("env:", "file:")


class Letter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reply as a connector gets it. Ids are the platform's own."""

    id: str
    platform: str
    account: str
    text: str
    post_id: str | None = None
    parent_id: str | None = None
    """The message that is answered; absent for a reply to everybody under the post."""
    to_author_id: str | None = None


class Posted(msgspec.Struct, frozen=True):
    """It is out."""

    native_id: str | None = None
    """What the platform calls it, if the connector told."""


class NotPosted(msgspec.Struct, frozen=True):
    """It is not out, as far as the connector told. `why` holds no address and no key."""

    why: str


class Connectors:
    """The ways out of a house, by account of ours."""

    def __init__(
        self,
        connectors: Iterable[Connector],
        webhook: Webhook,
        environ: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._ways = {(one.platform, one.account): one for one in connectors}
        self._webhook = webhook
        self._environ = environ
        self._now = now

    def has(self, platform: str, account: str) -> bool:
        """Whether replies of this account can be posted."""
        return (platform, account) in self._ways

    async def post(self, letter: Letter) -> Posted | NotPosted:
        """Post a reply; tries again once where that may help.

        Raises:
            KeyError: the account has no connector.
            services.errors.ConfigurationUnusable: its address or key is not set.
        """
        way = self._ways[letter.platform, letter.account]
        url = secret(way.url, self._environ) if way.url.startswith(_REFERENCES) else way.url
        key = secret(way.key, self._environ).encode()
        why = ""
        for _ in range(TRIES):
            answer = await self._webhook.post(
                url, letter, TIMEOUT_S, lambda body: self._signed(letter, key, body)
            )
            if isinstance(answer, dict):
                return Posted(_native_id(answer))
            if isinstance(answer, TryAgain | GiveUp):
                why = f"{answer.reason} {answer.detail}".strip()
            if isinstance(answer, GiveUp):
                break
        return NotPosted(why)

    def _signed(self, letter: Letter, key: bytes, body: bytes) -> Mapping[str, str]:
        time = str(int(self._now().timestamp()))
        signature = hmac.new(key, f"{time}.".encode() + body, hashlib.sha256).hexdigest()
        return {
            "Idempotency-Key": letter.id,
            "X-Fenghuo-Time": time,
            "X-Fenghuo-Signature": f"sha256={signature}",
        }


def _native_id(answer: Mapping[str, object]) -> str | None:
    """The platform's id in a connector's answer; what could be none is left out."""
    found = answer.get("id")
    told = isinstance(found, str | int) and not isinstance(found, bool)
    native_id = str(found) if told else ""
    usable = 0 < len(native_id) <= ID_LENGTH_MOST and native_id.isprintable() and " " not in native_id
    return native_id if usable else None
