"""What deploy/ ships is read by the programs it is meant for."""

import configparser
import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
WALL = DEPLOY / "grafana" / "dashboards" / "wall.json"
PANELS_MAX = 7  # look.md: at most seven things on the wall
GRID_COLUMNS = 24
GRID_ROWS_MAX = 26  # what a 1080-line screen shows without scrolling

Locate = Callable[[str], Path]


def check(program: Path, *words: str | Path) -> str:
    """Runs a checker; its words are the failure."""
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def panels() -> list[dict[str, Any]]:
    board: dict[str, Any] = json.loads(WALL.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = board["panels"]
    return found


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.y*ml")), ids=lambda path: path.name)
def test_every_yaml_file_of_deploy_parses(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8")) is not None


def test_prometheus_accepts_its_configuration_and_rules(require_tool: Locate) -> None:
    check(require_tool("promtool"), "check", "config", DEPLOY / "prometheus" / "prometheus.yml")


@pytest.mark.parametrize("timeline", ["rules_test.yaml", "rules_of_a_day_test.yaml"])
def test_alerts_fire_when_they_should_and_only_then(require_tool: Locate, timeline: str) -> None:
    check(require_tool("promtool"), "test", "rules", Path(__file__).with_name(timeline))


def test_alertmanager_accepts_its_configuration(require_tool: Locate) -> None:
    check(require_tool("amtool"), "check-config", DEPLOY / "alertmanager" / "alertmanager.yml")


def test_every_query_of_the_wall_is_promql(require_tool: Locate, tmp_path: Path) -> None:
    queries = [
        target["expr"].replace("$__rate_interval", "20s") for panel in panels() for target in panel["targets"]
    ]
    rules = [{"record": f"wall:query_{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "wall.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "wall", "rules": rules}]}), encoding="utf-8")
    assert f"{len(queries)} rules found" in check(require_tool("promtool"), "check", "rules", file)


def test_the_wall_shows_few_things_and_never_scrolls() -> None:
    assert len(panels()) <= PANELS_MAX
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels()) <= GRID_ROWS_MAX


def test_the_wall_has_no_gaps_and_no_overlaps() -> None:
    cells = [
        (column, row)
        for grid in (panel["gridPos"] for panel in panels())
        for column in range(grid["x"], grid["x"] + grid["w"])
        for row in range(grid["y"], grid["y"] + grid["h"])
    ]
    rows = max(row for _, row in cells) + 1
    assert len(cells) == len(set(cells)) == GRID_COLUMNS * rows


def test_every_panel_is_titled_in_chinese_and_explained() -> None:
    unnamed = [
        panel["id"]
        for panel in panels()
        if not re.search("[一-鿿]", panel["title"]) or not panel["description"]
    ]
    assert unnamed == []


def test_every_level_has_its_word_and_its_shape_on_the_wall() -> None:
    (level,) = (panel for panel in panels() if panel["title"] == "事件等级")
    (mapping,) = level["fieldConfig"]["defaults"]["mappings"]
    assert [mapping["options"][str(level)]["text"] for level in range(5)] == [
        "平静",
        "● 蓝",
        "▲ 黄",
        "◆ 橙",
        "■ 红",
    ]


def test_panels_read_the_provisioned_source() -> None:
    sources = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8")
    )
    uids = {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]}
    assert uids == {source["uid"] for source in sources["datasources"]}


def test_compose_mounts_only_what_the_project_ships_or_the_reader_makes() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    mounts = [
        mount.split(":")[0]
        for service in compose["services"].values()
        for mount in service.get("volumes", [])
    ]
    folders = [mount for mount in mounts if mount.startswith("./") and mount != "./config"]
    assert [folder for folder in folders if not (DEPLOY / folder).exists()] == []
    assert {mount for mount in mounts if not mount.startswith("./")} == set(compose["volumes"])


def test_compose_listens_on_this_machine_only() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    ports = [port for service in compose["services"].values() for port in service["ports"]]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_image_runs_without_privileges_and_carries_the_version() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert dockerfile.rindex("USER fenghuo") < dockerfile.index("ENTRYPOINT")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"fenghuo:{version}" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


def test_the_systemd_unit_gives_the_daemon_one_folder_and_no_rights() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's names keep their case
    unit.read(DEPLOY / "systemd" / "fenghuo.service", encoding="utf-8")
    service = unit["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["StateDirectory"] == "fenghuo"
    assert service["NoNewPrivileges"] == "yes"


def test_constraints_are_pinned_hashed_and_name_no_index() -> None:
    text = (DEPLOY / "constraints.txt").read_text(encoding="utf-8")
    entries = text.replace("\\\n", " ").splitlines()
    assert len(entries) > 50
    assert [
        entry for entry in entries if not re.match(r"[\w.\[\]-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", entry)
    ] == []
    assert re.search(r"://|^\s*-(i|f|-index|-extra|-find)", text, re.MULTILINE) is None


def test_constraints_hold_every_name_that_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(wish for extra in project["project"]["optional-dependencies"].values() for wish in extra),
        *(wish for group in project["dependency-groups"].values() for wish in group),
    ]
    names = {re.split(r"[>=<\[; ]", wish)[0].lower() for wish in asked}
    pinned = set(
        re.findall(r"^([\w.-]+)==", (DEPLOY / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert names - pinned == set()
