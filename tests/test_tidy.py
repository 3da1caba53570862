"""Rules of the house that no linter knows. Every exemption stands here by name, with its reason."""

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("services", "streams", "alerting")
LINES_MAX = {
    "services": 400,
    "streams": 400,
    "alerting": 400,
    "tests": 800,
}  # a long test is fine, a long tangle is not

LONGER_FILES: dict[str, str] = {}
CLOCK_READERS = {
    "services/clock.py": "the one reader of the clock",
}
# Where seconds are measured, never decided by: benchmarks, and waiting with an end in tests.
STOPWATCHES = ("tests/",)
FAUST_MODULE = "streams/run/distributed.py"
COMPOSITION_ROOTS = {"services/daemon.py", "services/node.py"}
"""One for each runtime."""

CLOCK_CALLS = {
    "date.today", "datetime.now", "datetime.today", "datetime.utcnow", "time.clock_gettime", "time.gmtime",
    "time.localtime", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns", "time.time",
    "time.time_ns",
}  # fmt: skip
SHAPELESS_NAMES = {"base2", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError\(\)")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(work|root|home)/[\w.]")
REGISTRY_HOSTS = re.compile(
    r"pythonhosted|pypi\.org|crates\.io|npmjs|deb\.debian|docker\.io|ghcr\.io|quay\.io|proxy\.golang"
)


def tracked() -> list[Path]:
    """Every file that is, or could be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False, text=True,
    )  # fmt: skip
    if listing.returncode != 0:
        pytest.skip(f"needs a git work tree: {listing.stderr.strip()}")
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def sources(*folders: str) -> list[Path]:
    """Python files of these folders of the project."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(path: Path) -> list[str]:
    """Its lines; nothing for what is not text."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def places(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """Where the pattern occurs; this file, which has to spell it, is left out."""
    return [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in paths
        if path != Path(__file__).resolve()
        for number, line in enumerate(lines_of(path), start=1)
        if pattern.search(line)
    ]


def imports_of(path: Path) -> Iterator[str]:
    """Names of the modules it imports, anywhere in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def clock_reads(path: Path) -> list[int]:
    """Lines where it calls, or hands on, something that reads the clock."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    reads = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _reads_clock(node)]
    bare = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "time"
        and any(f"time.{alias.name}" in CLOCK_CALLS for alias in node.names)
    ]
    return sorted(reads + bare)


def _reads_clock(node: ast.Attribute) -> bool:
    return ".".join(ast.unparse(node).split(".")[-2:]) in CLOCK_CALLS


def test_nothing_is_left_unfinished() -> None:
    assert places(UNFINISHED, sources(*PACKAGES, "tests")) == []


def test_only_the_clock_reads_the_clock() -> None:
    readers = {
        f"{name_of(path)}:{line}"
        for path in sources(*PACKAGES, "tests")
        if name_of(path) not in CLOCK_READERS and not name_of(path).startswith(STOPWATCHES)
        for line in clock_reads(path)
    }
    assert readers == set()


def test_every_exempt_clock_reader_exists() -> None:
    assert [name for name in CLOCK_READERS if not clock_reads(ROOT / name)] == []


def test_a_clock_read_is_seen_however_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "late.py"
    file.write_text("import datetime as d\nd.datetime.now()\nnow = d.datetime.now\nfrom time import time\n")
    assert clock_reads(file) == [2, 3, 4]


def test_files_have_names_that_tell() -> None:
    shapeless = [name_of(path) for path in sources(*PACKAGES, "tests") if path.stem in SHAPELESS_NAMES]
    assert shapeless == []


def test_files_tell_one_story() -> None:
    long = {
        name_of(path): len(lines_of(path))
        for folder, lines_max in LINES_MAX.items()
        for path in sources(folder)
        if len(lines_of(path)) > lines_max and name_of(path) not in LONGER_FILES
    }
    assert long == {}


def test_no_registry_and_no_machine_is_named() -> None:
    assert places(MACHINE_PATHS, tracked()) + places(REGISTRY_HOSTS, tracked()) == []


def test_test_folders_are_not_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_every_folder_of_code_is_a_package() -> None:
    """Import-linter does not look into folders without `__init__.py`, so its contracts would not hold there."""
    folders = {path.parent for path in sources(*PACKAGES)}
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_test_names_are_unique() -> None:
    """Two tests of one name in one file hide each other; in two files they hide in reports."""
    seen: dict[str, str] = {}
    twins = []
    for path in sources("tests"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                if node.name in seen:
                    twins.append(f"{node.name}: {seen[node.name]} and {name_of(path)}")
                seen[node.name] = name_of(path)
    assert twins == []


def test_only_the_distributed_runtime_knows_faust() -> None:
    knowing = {
        name_of(path)
        for path in sources(*PACKAGES)
        for name in imports_of(path)
        if name.split(".")[0] == "faust"
    }
    assert knowing <= {FAUST_MODULE}


def test_only_the_daemon_wires_parts_together() -> None:
    """A module that knows both a runtime and an outlet is a composition root, and there is one for each runtime."""
    wiring = {
        name_of(path)
        for path in sources(*PACKAGES)
        if _knows(path, "streams.run") and _knows(path, "services.notify")
    }
    assert wiring <= COMPOSITION_ROOTS


def _knows(path: Path, package: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in imports_of(path))


@pytest.mark.slow
def test_the_wheel_holds_exactly_the_three_packages_and_their_data(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("fenghuo-*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    shipped = {
        name_of(path) for path in tracked() if name_of(path).startswith(tuple(f"{p}/" for p in PACKAGES))
    }
    assert packed == shipped
