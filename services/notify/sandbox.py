"""The channel of a drill: what would have gone out is shown, and nothing goes out."""

from collections.abc import Callable

from services.notify.channel import Attempt, Contact, Delivered, Message

Told = Callable[[str, str], None]
"""Called with who would have been reached and the title of the message."""


class Sandbox:
    """A channel that leads nowhere."""

    def __init__(self, told: Told) -> None:
        self._told = told

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:  # noqa: ARG002
        self._told(contact.url.partition("://")[2], message.title)
        return Delivered()
