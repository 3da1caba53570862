"""Addresses that pages may not go to, whichever way they are written."""

import socket
import urllib.error
import urllib.request

import pytest

from services.notify.errors import AddressRefused
from services.notify.guard import Guard

PUBLIC = [
    "93.184.216.34",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:93.184.216.34",
    "64:ff9b::93.184.216.34",
]
PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "localhost", "example.org", "", "2130706433", "0x7f.1",
]  # fmt: skip


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses_pass(host: str) -> None:
    assert Guard().permits(host)


@pytest.mark.parametrize("host", PRIVATE)
def test_inner_addresses_and_names_do_not_pass(host: str) -> None:
    assert not Guard().permits(host)


def test_a_network_that_is_allowed_passes_and_its_neighbour_does_not() -> None:
    guard = Guard(["10.1.0.0/16", "127.0.0.1"])
    assert guard.permits("10.1.2.3")
    assert guard.permits("::ffff:127.0.0.1")
    assert not guard.permits("10.2.0.1")
    assert not guard.permits("127.0.0.2")


def test_the_socket_itself_is_stopped() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with Guard().watching() as watch, pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
            client.connect(listener.getsockname())
        assert watch.refused == "127.0.0.1"
        client.connect(listener.getsockname())


def test_a_datagram_is_stopped_too() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender, Guard().watching(), pytest.raises(AddressRefused):
        sender.sendto(b"x", ("127.0.0.1", 9))


def test_a_local_socket_is_no_address_for_pages() -> None:
    with socket.socket(socket.AF_UNIX) as client, Guard().watching() as watch, pytest.raises(AddressRefused):
        client.connect("/run/somewhere")
    assert watch.refused is not None


def test_any_library_is_stopped() -> None:
    with Guard().watching(), pytest.raises(urllib.error.URLError, match="pages may not go to"):
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
