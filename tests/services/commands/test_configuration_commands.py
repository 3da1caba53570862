"""`init` and `check`."""

import subprocess
import sys
from pathlib import Path

from tests.services.commands.conftest import Fenghuo


def test_init_writes_a_sample_that_check_finds_good(fenghuo: Fenghuo, tmp_path: Path) -> None:
    written = fenghuo("init", tmp_path / "new")
    assert written.code == 0
    assert str(tmp_path / "new" / "fenghuo.yaml") in written.out.splitlines()
    checked = fenghuo("check", "--config", tmp_path / "new")
    assert checked.code == 0
    assert "0 errors" in checked.out


def test_init_from_trendradar_makes_monitors_that_check_finds_good(fenghuo: Fenghuo, tmp_path: Path) -> None:
    words = "\ufeff[GLOBAL_FILTER]\n震惊\n\n[WORD_GROUPS]\n胖东来\n于东来\n\nai\n!gai\n".encode()
    written = fenghuo("init", "--from-trendradar", "-", tmp_path / "new", stdin=words)
    assert (written.code, written.err) == (0, "")
    assert "2 monitors" in written.out
    assert "0 errors" in fenghuo("check", "--config", tmp_path / "new").out
    configured = (tmp_path / "new" / "fenghuo.yaml").read_text("utf-8")
    assert "query: '(胖东来 OR 于东来) AND NOT 震惊'" in configured
    assert "type: volume, monitor: pang-dong-lai" in configured


def test_init_from_trendradar_tells_the_lines_that_it_left_out(fenghuo: Fenghuo, tmp_path: Path) -> None:
    words = tmp_path / "frequency_words.txt"
    words.write_text("胖东来\n/苹果(?!手机)/\n", "utf-8")
    written = fenghuo("init", "--from-trendradar", words, tmp_path / "new")
    assert written.code == 1
    assert f"{words}:2: /苹果(?!手机)/" in written.err
    assert fenghuo("check", "--config", tmp_path / "new").code == 0


def test_init_from_a_file_without_word_groups_writes_nothing(fenghuo: Fenghuo, tmp_path: Path) -> None:
    for words in (b"# nothing\n", b"\xff\xfe", b"a" * 1_048_577):
        refused = fenghuo("init", "--from-trendradar", "-", tmp_path / "new", stdin=words)
        assert refused.code == 2
        assert not (tmp_path / "new").exists()


def test_init_touches_no_folder_that_holds_something(fenghuo: Fenghuo, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    refused = fenghuo("init", tmp_path)
    assert refused.code == 2
    assert "not empty" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_init_into_a_file_is_refused(fenghuo: Fenghuo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert fenghuo("init", tmp_path / "file").code == 2


def test_check_ends_with_one_where_there_are_errors(fenghuo: Fenghuo, sample: Path) -> None:
    file = sample / "fenghuo.yaml"
    file.write_text(file.read_text("utf-8").replace("    severity: P0", "    severity: P7", 1), "utf-8")
    checked = fenghuo("check", "--config", sample, "--json")
    assert checked.code == 1
    (error,) = [line for line in checked.objects if line["severity"] == "error"]
    assert (error["file"], error["path"]) == ("fenghuo.yaml", "monitors[3].severity")
    assert file.read_text("utf-8").splitlines()[error["line"] - 1].strip() == "severity: P7"
    assert "P0, P1, P2, P3" in error["expected"]


def test_check_without_a_configuration_says_how_to_get_one(fenghuo: Fenghuo, tmp_path: Path) -> None:
    checked = fenghuo("check", "--config", tmp_path)
    assert checked.code == 1
    assert "fenghuo init" in checked.out


def test_an_unknown_command_is_wrong_use(fenghuo: Fenghuo) -> None:
    assert fenghuo("frobnicate").code == 2


def test_every_command_explains_itself(fenghuo: Fenghuo) -> None:
    helped = fenghuo("--help")
    assert helped.code == 0
    assert "backtest" in helped.out


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    """`fenghuo --help` answers at once; numpy alone would double the time it takes."""
    program = "import services.cli, sys; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()
    heavy = {
        "numpy",
        "rich",
        "litestar",
        "httpx",
        "yaml",
        "apprise",
        "snownlp",
        "pypinyin",
        "cryptography",
        "uvicorn",
    }
    assert heavy & set(loaded) == set()
