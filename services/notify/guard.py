"""Where pages may not go: addresses inside of our own networks, unless the configuration names them.

A contact is somebody's input, and the daemon stands where an attacker would like to stand (CWE-918, server-side request
forgery). A name may resolve to one address when it is looked at and to another when it is used, and a redirect leads
anywhere; so the check is made at the last moment, on the address that a socket is about to connect to, by the audit event
that Python raises there (PEP 578). That holds for every library a channel is made of.
"""

import ipaddress
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from services.notify.errors import AddressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_SENDING_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address."""


class Watch:
    """One attempt under guard; `refused` names the address that was asked for in vain."""

    def __init__(self, guard: "Guard") -> None:
        self.guard = guard
        self.refused: str | None = None

    def check(self, address: object) -> None:
        """Let the socket's `address` pass.

        Raises:
            AddressRefused: pages may not go there.
        """
        host = address[0] if isinstance(address, tuple) and address else address
        if not (isinstance(host, str) and self.guard.permits(host)):
            self.refused = host if isinstance(host, str) else "a local socket"
            raise AddressRefused(f"pages may not go to {self.refused}")


_watch: ContextVar[Watch | None] = ContextVar("fenghuo_watch", default=None)


class Guard:
    """Knows which private networks the configuration allows."""

    def __init__(self, allow_private: Iterable[str] = ()) -> None:
        """`allow_private` are networks in CIDR form or single addresses (`network.allow_private`)."""
        self._allowed: tuple[Network, ...] = tuple(ipaddress.ip_network(each) for each in allow_private)
        _install()

    def permits(self, host: str) -> bool:
        """Whether pages may go to this IP address; a name is not one, and is refused."""
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        inner = _inner(address)
        return _is_public(inner) or any(inner in network for network in self._allowed)

    @contextmanager
    def watching(self) -> Iterator[Watch]:
        """Every connection that this thread (or task) makes within is checked."""
        watch = Watch(self)
        token = _watch.set(watch)
        try:
            yield watch
        finally:
            _watch.reset(token)


def _is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _on_audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING_EVENTS:
        watch = _watch.get()
        if watch is not None:
            watch.check(arguments[1])


@cache
def _install() -> None:
    """Once in a process; an audit hook cannot be taken out, and outside of `watching` it does nothing."""
    sys.addaudithook(_on_audit)
