"""What a channel is: one method with an explicit outcome."""

from typing import Literal, Protocol
from urllib.parse import urlsplit

import msgspec

from alerting.levels import Level

Reason = Literal[
    "timeout",
    "not_accepted",
    "http_error",
    "address_private",
    "address_unreadable",
    "channel_failed",
    "robot_busy",
    "robot_refused",
]
"""Why an attempt did not succeed, for machines; `Detail` says it with its figure."""


class Contact(msgspec.Struct, frozen=True):
    """An address with its secrets in the clear: made when a page goes out, never written down."""

    url: str

    @property
    def scheme(self) -> str:
        """Which channel it is: `dingtalk`, `json`, `tgram` …"""
        return urlsplit(self.url).scheme.lower()

    def __repr__(self) -> str:
        return f"<contact {self.scheme}>"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What one person reads. The size is bounded by whoever writes it (`services.notify.message`)."""

    title: str
    body: str
    level: Level
    link: str = ""
    """Where the button of a card leads, if the channel has such."""


class Delivered(msgspec.Struct, frozen=True):
    """The channel took it. That is not an acknowledgement."""


class TryAgain(msgspec.Struct, frozen=True, kw_only=True):
    """Not now. `after_s` is the least time to wait, as the channel asked for it."""

    reason: Reason
    detail: str = ""
    """A figure or name that belongs to the reason: `500`, `10 s`. Holds no secrets."""
    after_s: float = 0.0


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    """Never on this address: trying again would change nothing."""

    reason: Reason
    detail: str = ""


Attempt = Delivered | TryAgain | GiveUp


class Channel(Protocol):
    """A way out of the house."""

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        """Try once, for at most `timeout_s`. Must not raise, must not log the address."""
        ...
