"""Which channel an address belongs to: the robots that we speak to directly, and apprise for all the rest."""

from collections.abc import Mapping

from services.notify.channel import Attempt, Channel, Contact, Message


class Switchboard:
    """A channel made of channels, by the scheme of the address."""

    def __init__(self, rest: Channel, by_scheme: Mapping[str, Channel]) -> None:
        self._rest = rest
        self._by_scheme = dict(by_scheme)

    async def send(self, contact: Contact, message: Message, *, timeout_s: float) -> Attempt:
        channel = self._by_scheme.get(contact.scheme, self._rest)
        return await channel.send(contact, message, timeout_s=timeout_s)
