"""A configuration folder is read as a whole; every mistake gives one line that says where, what, and what instead."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.combination import AllOf, Fired, Not
from alerting.rules import ChangeRule, CombineRule
from services.config import Config, Loaded, dump, load, parse, secret
from services.config.checks import missing_secrets
from services.config.documents import MAX_FILE_BYTES
from services.errors import ConfigurationUnusable
from streams.text.topics import TopicChange

TODAY = date(2026, 11, 23)
GOOD = """\
brand: {id: acme, name: 甲, timezone: Asia/Shanghai}
accounts:
  - {platform: weibo, id: acme-official, custodian: lin}
sources:
  - {id: crawler, key: "env:KEY", rate: 600/m, basis: licensed}
monitors:
  - {id: brand, query: '甲 OR 乙', severity: P3}
  - id: safety
    query: '甲 AND 异物'
    severity: P0
calendars:
  always: {hours: 24x7}
  office: {hours: {mon-fri: ["09:00-18:00"]}, holidays: china}
sla:
  cap: 24h
  policies:
    - {id: weibo, when: {platform: weibo}, calendar: always, first_response: 30m}
    - {id: other, calendar: office, first_response: 2h, next_response: 4h}
  warn_at: [0.5, 0.8]
  pile_on: {count: 50, within: 30m}
rules:
  - {id: p0, type: severity, severity: P0, authors: 1, level: yellow}
  - {id: surge, type: volume, monitor: brand, window: 10m, minimum: 30, score: 4, level: orange}
  - {id: both, type: combine, of: [p0, surge], at_least: 2, within: 60m, level: red}
levels: {ease_after: 60m}
people:
  - {id: lin, name: 林, contacts: ["json://127.0.0.1:9901/lin"], roles: [pr]}
  - {id: wu, name: 吴, contacts: ["env:WU"], roles: [legal]}
network: {allow_private: ["127.0.0.1"], public_url: "https://desk.example/"}
oncall:
  desk: {rotation: {people: [lin, wu], handoff: "mon 09:00", every: 1w, from: 2026-01-05}}
escalation:
  yellow: [{after: 0m, notify: [desk], hours: "08:00-22:00"}]
  orange: &all
    - {after: 0m, notify: [desk]}
    - {after: 3m, call: [wu], repeat: 10m}
  red: *all
  again_after: 30m
playbooks:
  - id: crisis
    when: {level: [orange, red]}
    steps:
      - {id: facts, role: pr, title: 核实, due: 15m}
      - {id: offer, role: pr, due: 30m, action: prepare_content, scenario: quality, after: [facts]}
content: content/
scripts: scripts.yaml
"""
STATEMENT = """\
---
set: quality
scenario: quality
platform: weibo
variant: a
author: lin
expires: 2027-06-30
blanks:
  topic: {type: enum, of: [食材, 卫生]}
  hours: {type: number, min: 2, max: 24}
  by: {type: time, within: 4h}
  more: {type: free}
---
关于 {topic}，{hours} 小时内、{by} 前公布。{more}
"""
SCRIPTS = "- {id: sorry, category: service, platforms: [weibo], text: '{name}您好，抱歉。'}\n"


def folder_of(folder: Path, main: str = GOOD, statement: str = STATEMENT, scripts: str = SCRIPTS) -> Path:
    (folder / "content").mkdir(parents=True, exist_ok=True)
    (folder / "content" / "a.md").write_text(statement, "utf-8")
    (folder / "scripts.yaml").write_text(scripts, "utf-8")
    (folder / "fenghuo.yaml").write_text(main, "utf-8")
    return folder


def read(folder: Path) -> Config:
    loaded = load(folder, TODAY)
    assert loaded.config is not None, loaded.problems
    return loaded.config


def errors(loaded: Loaded) -> list[tuple[str, int, str]]:
    return [
        (one.place.file, one.place.line, one.place.path) for one in loaded.problems if one.severity == "error"
    ]


def line_of(text: str, fragment: str) -> int:
    return text[: text.index(fragment)].count("\n") + 1


def test_a_good_folder_has_no_errors_and_says_which_holidays_are_not_known(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path), TODAY)
    assert errors(loaded) == []
    assert {problem.place.path for problem in loaded.problems} == {"calendars.office", "people", "content"}


@pytest.mark.parametrize(
    ("written", "thanks"),
    [("false", None), ("{thanks: [多谢], sample: 0.1}", ("多谢",)), ("{friends: false}", "谢谢")],
)
def test_what_needs_no_reply_is_adjusted(tmp_path: Path, written: str, thanks: object) -> None:
    text = GOOD.replace("  pile_on:", f"  no_reply_needed: {written}\n  pile_on:")
    config = read(folder_of(tmp_path, text))
    assert config.intake.sla is not None
    rule = config.intake.sla.no_reply
    assert (rule.thanks if thanks != "谢谢" else rule.thanks[0]) == thanks if rule else thanks is None


def test_who_stays_out_of_a_pile_on_is_adjusted(tmp_path: Path) -> None:
    text = GOOD.replace("within: 30m}", "within: 30m, apart: {topic: price, words: [发票]}}")
    config = read(folder_of(tmp_path, text))
    assert config.intake.sla is not None
    pile_on = config.intake.sla.pile_on
    assert pile_on is not None
    assert (pile_on.apart_topics, pile_on.apart_words) == (("price",), ("发票",))
    assert (pile_on.apart_severities, pile_on.within_s) == (("P0",), 1_800)


YEAR_2027 = """{"year": 2027, "papers": [], "days": [
    {"name": "元旦", "date": "2027-01-01", "isOffDay": true}, {"name": "元旦", "date": "2027-01-03", "isOffDay": false}]}"""


def test_holidays_may_come_from_files_before_a_release_brings_them(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "holiday_files: days/\n" + GOOD)
    (folder / "days").mkdir()
    (folder / "days" / "holiday-cn_2027.json").write_text(YEAR_2027, "utf-8")
    (folder / "days" / "schema.json").write_text("{}", "utf-8")
    loaded = load(folder, TODAY)
    assert "calendars.office" not in [problem.place.path for problem in loaded.problems]
    assert loaded.config is not None
    assert loaded.config.intake.sla is not None
    office = loaded.config.intake.sla.calendars[1].holidays
    assert office is not None
    assert (office.off["2027-01-01"], office.worked["2027-01-03"]) == ("元旦", "元旦")
    assert {2026, 2027} <= set(office.years)


def test_a_year_that_is_not_announced_is_not_a_year_without_holidays(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "holiday_files: days/\n" + GOOD)
    (folder / "days").mkdir()
    (folder / "days" / "2027.json").write_text('{"year": 2027, "days": []}', "utf-8")
    assert [problem.place.path for problem in load(folder, TODAY).problems][:1] == ["calendars.office"]


@pytest.mark.parametrize(
    ("name", "content"), [("2027.json", "{"), ("2027.json", '{"year": 1}'), ("other", "{}")]
)
def test_holiday_files_that_are_none_are_errors(tmp_path: Path, name: str, content: str) -> None:
    folder = folder_of(tmp_path, "holiday_files: days/\n" + GOOD)
    (folder / "days").mkdir()
    (folder / "days" / name).write_text(content, "utf-8")
    assert len(errors(load(folder, TODAY))) == 1


def test_everything_that_was_written_arrives(tmp_path: Path) -> None:
    config = read(folder_of(tmp_path))
    (brand,) = config.desk.brands
    assert [monitor.id for monitor in config.intake.monitors] == ["brand", "safety"]
    assert config.intake.accounts[0].custodian == "lin"
    assert config.intake.sla is not None
    assert [policy.first_response_s for policy in config.intake.sla.policies] == [1_800, 7_200]
    assert config.sources[0].rate_per_s == 10
    assert config.network.allow_private == ("127.0.0.1/32",)
    assert config.network.public_url == "https://desk.example"
    assert [step.after_s for step in config.desk.escalation.orange] == [0, 180]
    assert config.desk.escalation.red == config.desk.escalation.orange
    assert [rule.id for rule in brand.rules] == ["p0", "surge", "both"]
    assert brand.content[0].text == "关于 {topic}，{hours} 小时内、{by} 前公布。{more}"
    assert brand.scripts[0].id == "sorry"
    assert brand.playbooks[0].steps[1].after == ("facts",)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("brand: {id: acme, name: 甲,", "brand: {id: acme corp, name: 甲,", "brand.id"),
        ("timezone: Asia/Shanghai", "timezone: Asia/Schanghai", "brand.timezone"),
        ("brand: {id: acme, name: 甲,", "brand: {name: 甲,", "brand.id"),
        (
            "{platform: weibo, id: acme-official,",
            "{platform: Weibo!, id: acme-official,",
            "accounts[0].platform",
        ),
        ("custodian: lin", "custodian: lim", "accounts[0].custodian"),
        ('key: "env:KEY"', 'key: "sesame"', "sources[0].key"),
        ("rate: 600/m", "rate: fast", "sources[0].rate"),
        ("basis: licensed", "basis: stolen", "sources[0].basis"),
        (", basis: licensed", "", "sources[0].basis"),
        ("id: crawler,", "id: file,", "sources[0].id"),
        ("id: crawler,", "id: crawler, type: weibo,", "sources[0].type"),
        ("'甲 OR 乙'", "'甲 OR'", "monitors[0].query"),
        ("severity: P3", "severity: P9", "monitors[0].severity"),
        ("- id: safety", "- id: brand", "monitors[1].id"),
        ("query: '甲 AND 异物'", "qurey: '甲 AND 异物'", "monitors[1].qurey"),
        ('{mon-fri: ["09:00-18:00"]}', '{mon-fry: ["09:00-18:00"]}', "calendars.office.hours"),
        ('"09:00-18:00"', '"09:00-25:00"', "calendars.office.hours.mon-fri"),
        ("calendar: always", "calendar: allways", "sla.policies[0].calendar"),
        ("first_response: 30m", "first_response: 30", "sla.policies[0].first_response"),
        ("first_response: 2h", "first_response: 0m", "sla.policies[1].first_response"),
        ("when: {platform: weibo}", "when: {plattform: weibo}", "sla.policies[0].when.plattform"),
        ("- {id: other,", "- {id: weibo,", "sla.policies[1].id"),
        ("cap: 24h", "cap: soon", "sla.cap"),
        ("warn_at: [0.5, 0.8]", "warn_at: [0.5, 1.8]", "sla.warn_at[1]"),
        ("count: 50", "count: 1", "sla.pile_on.count"),
        ("type: severity,", "type: severe,", "rules[0].type"),
        ("type: severity,", "type: changed,", "rules[0].type"),
        ("authors: 1", "authors: none", "rules[0].authors"),
        ("level: yellow", "level: violet", "rules[0].level"),
        ("monitor: brand,", "monitor: brands,", "rules[1].monitor"),
        ("window: 10m", "window: 2d", "rules[1].window"),
        ("minimum: 30", "minimun: 30", "rules[1].minimun"),
        ("of: [p0, surge]", "of: [p0, serge]", "rules[2].of[1]"),
        ("at_least: 2", "at_least: 3", "rules[2].at_least"),
        ("of: [p0, surge], at_least: 2", "of: [p0, p0], at_least: 2", "rules[2].at_least"),
        ("of: [p0, surge], at_least: 2", "when: p0 AND (surge", "rules[2].when"),
        ("of: [p0, surge], at_least: 2", "when: p0 AND serge", "rules[2].when"),
        ("of: [p0, surge], at_least: 2", "when: p0 AND NOT p0", "rules[2].when"),
        ("ease_after: 60m", "ease_after: 5s", "levels.ease_after"),
        ('"json://127.0.0.1:9901/lin"', '"127.0.0.1:9901"', "people[0].contacts[0]"),
        ("json://127.0.0.1:9901/lin", "json://10.0.0.7/lin", "people[0].contacts[0]"),
        ('allow_private: ["127.0.0.1"]', 'allow_private: ["127.0.0.1", "home"]', "network.allow_private[1]"),
        ("https://desk.example/", "desk.example", "network.public_url"),
        ("people: [lin, wu]", "people: [lin, who]", "oncall.desk.rotation.people[1]"),
        ("people: [lin, wu]", "people: []", "oncall.desk.rotation.people"),
        ('handoff: "mon 09:00"', "handoff: monday", "oncall.desk.rotation.handoff"),
        ("every: 1w", "every: 1m", "oncall.desk.rotation.every"),
        ("from: 2026-01-05", "from: 2026-13-05", "oncall.desk.rotation.from"),
        ('hours: "08:00-22:00"', 'hours: "8-22"', "escalation.yellow[0].hours"),
        ("call: [wu]", "call: [wuu]", "escalation.orange[1].call[0]"),
        (
            "{after: 0m, notify: [desk]}",
            "{after: 0m, notify: [desk], repeat: 5m}",
            "escalation.orange[0].repeat",
        ),
        ("{after: 0m, notify: [desk]}", "{after: 0m}", "escalation.orange[0]"),
        ("when: {level: [orange, red]}", "when: {level: [orange, pink]}", "playbooks[0].when.level[1]"),
        ("role: pr, title: 核实", "role: prr, title: 核实", "playbooks[0].steps[0].role"),
        ("scenario: quality,", "scenario: quantity,", "playbooks[0].steps[1].scenario"),
        ("after: [facts]", "after: [fact]", "playbooks[0].steps[1].after[0]"),
        ("action: prepare_content", "action: prepare_contents", "playbooks[0].steps[1].action"),
        ("action: prepare_content", "action: dance", "playbooks[0].steps[1].action"),
        ("title: 核实, due: 15m", "title: 核实, due: 15m, calendar: moon", "playbooks[0].steps[0].calendar"),
        ("role: pr, title: 核实, due: 15m", "action: notify", "playbooks[0].steps[0]"),
        ("title: 核实, due: 15m", f"title: 核实, guide: {'长' * 1001}", "playbooks[0].steps[0].guide"),
        ("title: 核实, due: 15m", "title: 核实, due: 15m, after: [offer]", "playbooks[0].steps"),
        ("levels: {ease_after: 60m}", "scorer: onnx", "scorer"),
        ("content: content/", "content: contents/", "content"),
        ("content: content/", "content: /etc/", "content"),
        ("scripts: scripts.yaml", "scriptz: scripts.yaml", "scriptz"),
        ("levels: {ease_after: 60m}", "levels: {ease_after: 60m, ease_after: 60m}", "levels"),
        ("levels: {ease_after: 60m}", "levels: 60m", "levels"),
    ],
)
def test_each_mistake_gives_exactly_one_line(tmp_path: Path, old: str, new: str, path: str) -> None:
    assert GOOD.count(old) >= 1
    wrong = GOOD.replace(old, new, 1)
    found = errors(load(folder_of(tmp_path, wrong), TODAY))
    changed = next(
        number
        for number, pair in enumerate(zip(GOOD.splitlines(), wrong.splitlines(), strict=True), 1)
        if pair[0] != pair[1]
    )
    assert [(file, at) for file, _, at in found] == [("fenghuo.yaml", path)]
    assert found[0][1] == changed or path == "playbooks[0].steps"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    wrong = (
        GOOD.replace("severity: P3", "severity: P9")
        .replace("cap: 24h", "cap: soon")
        .replace("every: 1w", "every: x")
    )
    found = errors(load(folder_of(tmp_path, wrong), TODAY))
    assert [path for _, _, path in found] == ["monitors[0].severity", "sla.cap", "oncall.desk.rotation.every"]


def test_an_unknown_key_is_told_with_what_was_probably_meant(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, GOOD.replace("monitors:", "moniters:")), TODAY)
    first = next(one for one in loaded.problems if one.place.path == "moniters")
    assert first.expected.en.startswith("monitors (did you mean it?)")
    assert "是不是想写它" in first.expected.zh


def test_a_wrong_query_is_told_with_its_own_column(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, GOOD.replace("'甲 OR 乙'", "'甲 OR )乙'")), TODAY)
    problem = loaded.problems[0]
    written = GOOD.replace("'甲 OR 乙'", "'甲 OR )乙'").splitlines()[problem.place.line - 1]
    assert written[problem.place.column - 1] == ")"
    assert "line 1, column 6 of the query" in problem.found.en


COMBINED = "of: [p0, surge], at_least: 2"


CONNECTOR = '{platform: weibo, account: acme-official, url: "env:WAY", key: "file:/run/way"}'


def with_connectors(written: str) -> str:
    return GOOD.replace("network: {", f"network: {{connectors: [{written}], ", 1)


def test_a_connector_posts_for_an_account_of_ours(tmp_path: Path) -> None:
    config = read(folder_of(tmp_path, with_connectors(CONNECTOR)))
    (connector,) = config.network.connectors
    assert (connector.platform, connector.account, connector.url) == ("weibo", "acme-official", "env:WAY")
    missing = [problem.place.path for problem in missing_secrets(config, {"KEY": "k", "WU": "json://x"})]
    assert missing == [f"network.connectors.weibo/acme-official.{name}" for name in ("key", "url")]


@pytest.mark.parametrize(
    "written", [CONNECTOR.replace("acme-official", "somebody-else"), f"{CONNECTOR}, {CONNECTOR}"]
)
def test_a_connector_for_nobody_or_a_second_one_is_an_error(tmp_path: Path, written: str) -> None:
    found = load(folder_of(tmp_path, with_connectors(written)), TODAY)
    line = 1 + GOOD[: GOOD.index("network: {")].count("\n")
    assert errors(found) == [("fenghuo.yaml", line, "network")]


def test_rules_combine_by_and_or_and_not(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, GOOD.replace(COMBINED, "when: p0 AND NOT surge")), TODAY)
    assert loaded.config is not None
    rule = loaded.config.desk.brands[0].rules[2]
    assert rule == CombineRule(
        id="both", level="red", of=("p0",), when=AllOf((Fired("p0"), Not(Fired("surge"))))
    )


def test_a_shift_in_level_is_watched_with_what_it_needs_alone(tmp_path: Path) -> None:
    rule = "{id: shift, type: change, monitor: brand, level: yellow}"
    loaded = load(folder_of(tmp_path, GOOD.replace("rules:\n", f"rules:\n  - {rule}\n")), TODAY)
    assert loaded.config is not None
    assert loaded.config.desk.brands[0].rules[0] == ChangeRule(id="shift", level="yellow", monitor="brand")


def test_a_level_that_a_playbook_waits_for_and_no_rule_reaches_is_an_error(tmp_path: Path) -> None:
    wrong = GOOD.replace("within: 60m, level: red", "within: 60m, level: orange")
    loaded = load(folder_of(tmp_path, wrong), TODAY)
    assert errors(loaded) == [("fenghuo.yaml", line_of(wrong, "rules:"), "rules")]
    assert "red" in loaded.problems[0].found.en


def test_a_query_over_several_lines_is_told_with_its_line(tmp_path: Path) -> None:
    block = "query: |\n      甲\n      AND )"
    wrong = GOOD.replace("query: '甲 AND 异物'", block)
    loaded = load(folder_of(tmp_path, wrong), TODAY)
    assert errors(loaded) == [("fenghuo.yaml", line_of(wrong, "AND )"), "monitors[1].query")]


@pytest.mark.parametrize(
    ("old", "new", "line", "path"),
    [
        ("platform: weibo", "platform: wei bo", 4, "platform"),
        ("author: lin", "author: nobody", 6, "author"),
        ("expires: 2027-06-30", "expires: soon", 7, "expires"),
        ("min: 2, max: 24", "min: 25, max: 24", 10, "blanks.hours.min"),
        ("type: free", "type: fre", 12, "blanks.more.type"),
        ("within: 4h", "within: 4", 11, "blanks.by.within"),
        ("{more}", "{else} {more}", 14, ""),
        ("{more}", "", 8, "blanks"),
        ("---\n关于", "关于", 1, ""),
    ],
)
def test_a_statement_is_read_with_its_own_lines(
    tmp_path: Path, old: str, new: str, line: int, path: str
) -> None:
    loaded = load(folder_of(tmp_path, statement=STATEMENT.replace(old, new)), TODAY)
    assert ("content/a.md", line, path) in errors(loaded)


def test_an_expired_statement_is_a_warning(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, statement=STATEMENT.replace("2027-06-30", "2026-06-30")), TODAY)
    assert loaded.config is not None
    assert [each.place.path for each in loaded.problems if each.place.file == "content/a.md"] == ["expires"]


@pytest.mark.parametrize("written", ["", "# nothing\n", "- a list\n", "just words\n"])
def test_a_document_that_is_no_table_is_one_error(tmp_path: Path, written: str) -> None:
    assert len(errors(load(folder_of(tmp_path, written), TODAY))) == 1


def test_a_folder_without_a_configuration_says_how_to_get_one(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, TODAY).problems
    assert "fenghuo init" in problem.expected.en


def test_bytes_that_are_no_text_are_told_with_their_place(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "fenghuo.yaml").write_bytes(b"brand: {id: acme}\nmonitors: \xff\n")
    assert errors(load(tmp_path, TODAY)) == [("fenghuo.yaml", 2, "")]


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    assert errors(load(folder_of(tmp_path, "brand: {id: a}\nrules: [\n"), TODAY)) == [("fenghuo.yaml", 3, "")]


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "fenghuo.yaml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert errors(load(tmp_path, TODAY)) == [("fenghuo.yaml", 1, "")]


@pytest.mark.parametrize(
    "deep", ["[" * 5_000, "a: &a [*a]\n", "calendars: {c: {hours: " + "{daily: " * 50 + "}" * 52 + "\n"]
)
def test_nesting_without_end_is_an_error_and_no_crash(tmp_path: Path, deep: str) -> None:
    assert errors(load(folder_of(tmp_path, deep), TODAY)) != []


def test_brands_stand_in_files_of_their_own(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "brands").mkdir()
    (tmp_path / "brands" / "zeta.yaml").write_text(
        "brand: {id: zeta}\nmonitors:\n  - {id: brand, query: 丙}\n", "utf-8"
    )
    config = read(tmp_path)
    assert [brand.id for brand in config.desk.brands] == ["acme", "zeta"]
    assert [(monitor.brand, monitor.id) for monitor in config.intake.monitors][-1] == ("zeta", "brand")


def test_a_mistake_in_a_brand_file_names_that_file(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "brands").mkdir()
    (tmp_path / "brands" / "zeta.yaml").write_text("brand: {id: acme}\npeople: []\n", "utf-8")
    assert errors(load(tmp_path, TODAY)) == [
        ("brands/zeta.yaml", 1, "brand.id"),
        ("brands/zeta.yaml", 2, "people"),
    ]


def test_a_level_that_nobody_answers_is_a_warning(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, GOOD.replace("  red: *all\n", "")), TODAY)
    assert loaded.config is not None
    assert ("escalation", "the level red, for which nobody is called") in [
        (one.place.path, one.found.en) for one in loaded.problems
    ]


TOPICS = """\
- id: quality
  words:
    4: [糊锅, "996"]
    0: [味道]
- id: taste
  words: {3: [太咸]}
"""


def test_topics_are_changed_by_a_file(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, GOOD + "topics: topics.yaml\n")
    (folder / "topics.yaml").write_text(TOPICS, "utf-8")
    assert read(folder).intake.topics == (
        TopicChange("quality", {"糊锅": 4, "996": 4, "味道": 0}),
        TopicChange("taste", {"太咸": 3}),
    )


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("4: [", "ten: [", ("topics.yaml", 3, "[0].words.ten")),
        ("0: [味道]", "0: [糊锅]", ("topics.yaml", 4, "[0].words.0[0]")),
        ("id: taste", "id: quality", ("topics.yaml", 5, "[1].id")),
        ("words: {3: [太咸]}", "wordz: {3: [太咸]}", ("topics.yaml", 6, "[1].wordz")),
        ("3: [太咸]", "3: 太咸", ("topics.yaml", 6, "[1].words.3")),
    ],
)
def test_a_mistake_in_the_topics_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, place: tuple[str, int, str]
) -> None:
    folder = folder_of(tmp_path, GOOD + "topics: topics.yaml\n")
    (folder / "topics.yaml").write_text(TOPICS.replace(old, new), "utf-8")
    assert errors(load(folder, TODAY)) == [place]


def test_what_is_stored_is_what_decides_and_its_hash(tmp_path: Path) -> None:
    config = read(folder_of(tmp_path))
    assert parse(dump(config)) == config.decisions


def test_the_hash_follows_decisions_and_nothing_else(tmp_path: Path) -> None:
    before = read(folder_of(tmp_path)).hash
    assert read(folder_of(tmp_path, GOOD.replace("600/m", "700/m"))).hash == before
    assert read(folder_of(tmp_path, GOOD.replace("window: 10m", "window: 11m"))).hash != before


def test_secrets_are_missed_only_when_asked_for(tmp_path: Path) -> None:
    config = read(folder_of(tmp_path))
    assert [one.place.path for one in missing_secrets(config, {"KEY": "s3cret"})] == ["people.wu.contacts"]
    assert missing_secrets(config, {"KEY": "s3cret", "WU": "json://example.org"}) == ()


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    assert secret("env:KEY", {"KEY": "word"}) == "word"
    assert secret(f"file:{tmp_path}/key", {}) == "s3cret"
    with pytest.raises(ConfigurationUnusable, match="env:KEY"):
        secret("env:KEY", {})


def test_the_example_of_the_house_has_no_errors(data_folder: Path) -> None:
    example = data_folder.parent / "example-config"
    if not example.is_dir():
        pytest.skip("no example-config beside the data folder")
    assert errors(load(example, TODAY)) == []


@given(st.text(alphabet="abr:{}[]-&*'\"|> \n#!?%@甲", max_size=60), st.integers(0, GOOD.count("\n")))
def test_no_text_makes_the_loader_crash(
    tmp_path_factory: pytest.TempPathFactory, noise: str, line: int
) -> None:
    lines = GOOD.splitlines()
    lines.insert(line, noise)
    folder = tmp_path_factory.mktemp("noise")
    loaded = load(folder_of(folder, "\n".join(lines)), TODAY)
    assert loaded.config is not None or errors(loaded)


def test_a_person_given_twice_is_told_with_the_first_line(tmp_path: Path) -> None:
    loaded = load(folder_of(tmp_path, GOOD.replace("- {id: wu,", "- {id: lin,")), TODAY)
    twice = next(one for one in loaded.problems if one.place.path == "people[1].id")
    assert twice.found.en == f"the id lin again (it stands in line {line_of(GOOD, '- {id: lin,')} already)"
