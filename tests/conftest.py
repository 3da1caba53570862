"""What every test may ask for: programs, the folder of real data, and how hypothesis searches."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
ON_CI = os.environ.get("CI") == "true"

settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("ci" if ON_CI else "desk")


def _require_tool(name: str) -> Path:
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    reason = f"{name} is not on this machine: tests/install-tools.sh installs it on Debian as root"
    if ON_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], Path]:
    """Gives the path of a program; without it the test is skipped here and fails where CI=true."""
    return _require_tool


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data (FENGHUO_DATA, else ../shared/data beside the project); skips without it."""
    folder = Path(os.environ.get("FENGHUO_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real data here: set FENGHUO_DATA to the folder that holds senti/, events/ and sla/")
    return folder
