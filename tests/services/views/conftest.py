from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.views.room import Room
from tests.services.views.room import room as open_room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Intake under the tests' configuration, followed by views."""
    with open_room(tmp_path) as opened:
        yield opened
