"""What kafka-python does when its broker dies: it leaves sockets that were never connected to the collector."""

import gc
import warnings
from collections.abc import Iterator

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They may be found while one of these tests runs …"""
    for item in items:
        if item.path.parent.name == "kafka":
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


@pytest.fixture(autouse=True)
def _sockets_collected() -> Iterator[None]:
    """… and must not be found in anybody else's."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
