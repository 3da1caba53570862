"""The sample configuration: a made-up brand, every line explained. `init` writes it, `demo` runs on it."""

from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from services.errors import WrongUse

SAMPLE_BRAND = "qinghe"
MAIN_FILE = "fenghuo.yaml"
PLAYBOOKS_FOLDER = "playbooks"
"""Six starting playbooks; a configuration may use them without having a copy."""


def sample_folder() -> Path:
    """Where the sample lies."""
    return Path(str(files(__name__))) / "folder"


def write_sample(folder: Path, adapted: Callable[[str], str] = str) -> tuple[str, ...]:
    """Write the sample into `folder`; returns the files written, relative to it.

    Args:
        folder: new or empty.
        adapted: makes of the sample's fenghuo.yaml the one to write; absent: as it is.

    Raises:
        WrongUse: the folder holds something already, or cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise WrongUse(f"{folder} is not empty; nothing was written (目录 {folder} 不是空的，什么也没写)")
        return tuple(_copy(files(__name__) / "folder", folder, "", adapted))
    except OSError as error:
        raise WrongUse(f"{folder} cannot be written: {error.strerror} (目录无法写入)") from error


def _copy(source: Traversable, target: Path, below: str, adapted: Callable[[str], str]) -> list[str]:
    target.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    for entry in sorted(source.iterdir(), key=lambda each: each.name):
        name = f"{below}{entry.name}"
        if entry.is_dir():
            written += _copy(entry, target / entry.name, f"{name}/", adapted)
        else:
            content = entry.read_text("utf-8")
            (target / entry.name).write_text(adapted(content) if name == MAIN_FILE else content, "utf-8")
            written.append(name)
    return written
