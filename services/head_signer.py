"""Signs the journals' heads once a day, keeps them, and sends them to an address outside, if there is one."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.errors import ConfigurationUnusable
from services.notify.channel import Channel, Delivered, Message
from services.notify.contacts import address
from services.signed_heads import HeadBook, SignedHead, public_hex, sign
from streams.errors import StreamsError
from streams.journal import Head

LOOK_S = 60.0
"""How often it looks whether a new day began."""
SEND_TIMEOUT_S = 10.0


class HeadSigner:
    """One of the daemon's daily duties; a day on which nothing ran is signed by the next one, as all entries are linked."""

    def __init__(
        self,
        *,
        book: HeadBook,
        heads: Callable[[], Mapping[str, Head]],
        key: Ed25519PrivateKey,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        channel: Channel,
        outside: str | None,
        environ: Mapping[str, str],
        may_sign: Callable[[], bool] = lambda: True,
    ) -> None:
        """`heads` tells where the journals stand; `may_sign` is asked before every look."""
        self._book = book
        self._heads = heads
        self._may_sign = may_sign
        self._key = key
        self._now = now
        self._zone = zone
        self._channel = channel
        self._outside = outside
        self._environ = environ
        self._unsent: SignedHead | None = None
        self._log = structlog.get_logger("fenghuo.heads")

    async def run(self) -> None:
        """Look without end; what fails is logged and tried again."""
        while True:
            try:
                if self._may_sign():
                    await self.look()
            except (OSError, StreamsError) as error:
                self._log.error("the day's head was not signed", reason=str(error))
            await asyncio.sleep(LOOK_S)

    async def look(self) -> SignedHead | None:
        """Sign the day if it is not signed yet; send what was not taken."""
        signed = await asyncio.to_thread(self._sign_day)
        self._unsent = signed or self._unsent
        if self._outside is not None and self._unsent is not None and await self._sent(self._unsent):
            self._unsent = None
        return signed

    def _sign_day(self) -> SignedHead | None:
        now = self._now()
        day = now.astimezone(self._zone).date().isoformat()
        before = self._book.read()
        if before and before[-1].day >= day:
            return None
        signed = sign(self._key, day, now, self._heads(), before)
        self._book.append(signed)
        return signed

    async def _sent(self, head: SignedHead) -> bool:
        assert self._outside is not None
        try:
            contact = address(self._outside, self._environ)
        except ConfigurationUnusable:
            return False
        attempt = await self._channel.send(contact, message_of(head, self._key), timeout_s=SEND_TIMEOUT_S)
        if not isinstance(attempt, Delivered):
            self._log.warning("the day's head was not taken", reason=attempt.reason)
        return isinstance(attempt, Delivered)


def message_of(head: SignedHead, key: Ed25519PrivateKey) -> Message:
    """The head as it is sent: all that is needed to check the journals against it later."""
    lines = [f"{name} {position.seq} {position.hash}" for name, position in sorted(head.heads.items())]
    return Message(
        title=f"【烽火】日志签名 {head.day}",
        body="\n".join(
            [*lines, f"签名 {head.signature}", f"公钥 {public_hex(key)}", f"上一日 {head.prev or '—'}"]
        ),
        level="blue",
    )
