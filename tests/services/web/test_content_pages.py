"""Prepared statements on their pages: reviewed by three, filled, released, the link recorded; and the review sheets."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from services.sample import write_sample
from services.views.incidents import incidents_page
from services.web.workbook import workbook
from tests.builders import at
from tests.services.web.conftest import Browser, browsing, sits_down
from tests.services.web.stage import Stage, spark, stage

ITEM = "product-quality/weibo/a"
PLACE = f"/content/qinghe/{ITEM}"
API = f"/api{PLACE}"
VALUES = {"blank.topic": "异物", "blank.store": "涉事门店", "blank.hours": "4"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Stage]:
    """The sample's desk before anything was reviewed."""
    with stage(tmp_path, at("13:00")) as found:
        yield found


async def standing(browser: Browser) -> str:
    return str((await browser.get(API)).json()["statement"]["standing"])


async def reviewed(browser: Browser, house: Stage, place: str = PLACE) -> None:
    """Three people agree."""
    sits_down(browser, house, "chen")
    assert (await browser.post(f"{place}/submit")).status_code == 303
    for person, level in (("zhou", "planner"), ("xu", "manager"), ("tang", "legal")):
        sits_down(browser, house, person)
        data = {"level": level, "verdict": "approve", "opinion": f"{person}：可以"}
        answer = await browser.post(f"{place}/review", data=data)
        assert answer.headers["location"] == f"{place}?said=content_reviewed"


async def test_three_people_review_on_the_page_and_it_goes_out(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        assert "未送审" in (await browser.get(PLACE)).text
        await reviewed(browser, house)
        page = (await browser.get(PLACE)).text
        assert "已通过" in page
        assert "xu：可以" in page
        sits_down(browser, house, "xu")
        answer = await browser.post(f"{PLACE}/publish", data=VALUES)
        assert answer.headers["location"] == f"{PLACE}?said=content_released"
        page = (await browser.get(answer.headers["location"])).text
        assert "涉事门店的相关菜品今天起暂停供应" in page
        (release,) = (await browser.get("/api/releases")).json()["items"]
        link = {"release": release["release"], "link": "https://weibo.com/1/N1"}
        assert (await browser.post(f"{PLACE}/post", data=link)).status_code == 303
        assert 'href="https://weibo.com/1/N1"' in (await browser.get(PLACE)).text


async def test_the_reviewer_is_shown_what_to_decide_and_nobody_else_is(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        await browser.post(f"{PLACE}/submit")
        assert "请您给意见" not in (await browser.get(PLACE)).text, "the author does not review"
        sits_down(browser, house, "zhou")
        assert "请您给意见：一审（策划）" in (await browser.get(PLACE)).text
        assert "等您处理" in (await browser.get("/content")).text
        sits_down(browser, house, "xu")
        assert "请您给意见" not in (await browser.get(PLACE)).text
        refused = await browser.post(
            f"{PLACE}/review", data={"level": "manager", "verdict": "approve", "opinion": "好"}
        )
        assert refused.status_code == 409


async def test_who_may_not_release_fills_in_for_those_who_may(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        await reviewed(browser, house)
        sits_down(browser, house, "zhou")
        assert "填好，交有权发布的人" in (await browser.get(PLACE)).text
        assert (await browser.post(f"{PLACE}/publish", data=VALUES)).status_code == 409
        (filling,) = (await browser.get(API)).json()["fillings"]
        sits_down(browser, house, "xu")
        answer = await browser.post(f"{PLACE}/release", data={"text_hash": filling["text_hash"]})
        assert answer.status_code == 303
        assert len((await browser.get("/api/releases")).json()["items"]) == 1


async def test_free_words_wait_for_legal(house: Stage) -> None:
    place = "/content/qinghe/product-quality/weibo/b"
    async with browsing(house, "chen") as browser:
        sits_down(browser, house, "chen")
        await browser.post(f"{place}/submit")
        for person, level in (("zhou", "planner"), ("xu", "manager"), ("tang", "legal")):
            sits_down(browser, house, person)
            await browser.post(
                f"{place}/review", data={"level": level, "verdict": "approve", "opinion": "可以"}
            )
        sits_down(browser, house, "xu")
        typed = {
            "blank.topic": "异物",
            "blank.finding": "绝对安全",
            "blank.action_1": "停用",
            "blank.action_2": "培训",
        }
        await browser.post(f"{place}/fill", data=typed)
        assert "等法务看" in (await browser.get(place)).text
        (filling,) = (await browser.get(f"/api{place}")).json()["fillings"]
        text = {"text_hash": filling["text_hash"]}
        assert (await browser.post(f"{place}/release", data=text)).status_code == 409
        sits_down(browser, house, "qin")
        page = (await browser.get(place)).text
        assert "请法务看" in page
        assert "广告法》（2021-04-29 起施行）第二十八条" in page, "what was typed is read by the rules too"
        await browser.post(f"{place}/review-filling", data=text | {"verdict": "approve", "opinion": "属实"})
        sits_down(browser, house, "xu")
        assert (await browser.post(f"{place}/release", data=text)).status_code == 303


async def test_the_library_says_what_waits_for_whom(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        sits_down(browser, house, "chen")
        await browser.post(f"{PLACE}/submit")
        sits_down(browser, house, "zhou")
        data = {"level": "planner", "verdict": "return", "opinion": "时间写错了"}
        await browser.post(f"{PLACE}/review", data=data)
        assert "被退回" not in (await browser.get("/content")).text.split("覆盖情况")[0]
        sits_down(browser, house, "chen")
        assert "被退回，请修改后再送审" in (await browser.get("/content")).text, "its author is told"
        assert "未过审" in (await browser.get("/content")).text


@pytest.mark.parametrize(
    ("blank", "value", "told"),
    [
        ("topic", "口味", "“问题”要从这些里选：异物、食材新鲜度、门店卫生"),
        ("hours", "48", "“几小时内”是 2 到 24 的数"),
    ],
)
async def test_a_blank_that_is_filled_wrongly_is_named_with_the_way_back(
    house: Stage, blank: str, value: str, told: str
) -> None:
    async with browsing(house, "xu") as browser:
        await reviewed(browser, house)
        sits_down(browser, house, "xu")
        answer = await browser.post(
            f"{PLACE}/publish",
            data=VALUES | {f"blank.{blank}": value},
            headers={"Referer": f"{browser.base_url}{PLACE}?said=content_reviewed"},
        )
    assert answer.status_code == 409
    assert told in answer.text
    assert f'href="{PLACE}"' in answer.text


async def test_a_promise_beyond_its_time_is_named_as_well(house: Stage) -> None:
    place = "/content/qinghe/product-quality/weibo/hold"
    async with browsing(house, "xu") as browser:
        await reviewed(browser, house, place)
        sits_down(browser, house, "xu")
        typed = {"blank.topic": "异物", "blank.by": "12:59"}
        answer = await browser.post(f"/api{place}/publish", data=typed)
        assert (answer.status_code, answer.json()["detail"].split(" · ")[1]) == (
            409, "“几点前”要在现在之后、4 小时以内",
        )  # fmt: skip


async def test_there_is_no_way_back_to_another_house(house: Stage) -> None:
    async with browsing(house, "xu") as browser:
        for referer in ("https://elsewhere.example/x", f"{browser.base_url}//elsewhere.example/x"):
            answer = await browser.post(f"{PLACE}/publish", data=VALUES, headers={"Referer": referer})
            assert answer.status_code == 409
            assert "elsewhere" not in answer.text


async def test_a_blank_that_stands_twice_is_asked_for_once(house: Stage) -> None:
    place = "/content/qinghe/conduct/wechat/hold"
    async with browsing(house, "xu") as browser:
        await reviewed(browser, house, place)
        sits_down(browser, house, "xu")
        page = (await browser.get(place)).text
    assert (page.count('name="blank.who"'), "同前：涉事的人" in page) == (1, True)


async def test_whoever_let_a_text_out_is_reminded_of_its_link(house: Stage) -> None:
    async with browsing(house, "xu") as browser:
        await reviewed(browser, house)
        sits_down(browser, house, "xu")
        await browser.post(f"{PLACE}/publish", data=VALUES)
        assert "您放行的还没登记链接" in (await browser.get("/content")).text
        (release,) = (await browser.get("/api/releases")).json()["items"]
        page = (await browser.get(PLACE)).text
        assert page.index("已放行，还没登记链接") < page.index("同一平台的各稿"), "before everything else"
        data = {"release": release["release"], "link": "https://weibo.com/1/A"}
        await browser.post(f"{PLACE}/post", data=data)
        assert "还没登记链接" not in (await browser.get("/content")).text + (await browser.get(PLACE)).text


async def test_an_incident_shows_statements_by_platform_those_that_are_to_be_said_first(
    tmp_path: Path,
) -> None:
    with stage(tmp_path, at("13:00")) as house:
        await house.play(spark())
        row = incidents_page(house.desk.reader).items[0]
        place = "/content/qinghe/safety/weibo/hold"
        async with browsing(house, "chen") as browser:
            await reviewed(browser, house, place)
            sits_down(browser, house, "xu")
            assert first_platform((await browser.get(f"/incidents/{row.id}")).text) == "weibo"
            typed = {"blank.store": "涉事门店", "blank.by": "15:00", "incident": row.id}
            assert (await browser.post(f"{place}/publish", data=typed)).status_code == 303
            page = (await browser.get(f"/incidents/{row.id}")).text
    assert first_platform(page) == "wechat", "nothing was said there yet"
    assert re.search(r"\d\d:\d\d 已发布", page)
    assert page.count('class="platform"') == 7


def first_platform(page: str) -> str:
    """The one that is unfolded."""
    found = re.search(r'id="platform-(\w+)" data-fold open', page)
    assert found is not None
    return found[1]


async def test_blanks_are_asked_for_by_their_labels_and_forms_are_named(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        page = (await browser.get("/content/qinghe/product-quality/douyin/a")).text
        assert "口播稿，约 35 秒，负责人出镜" in page
        assert (
            "自由填写：检验或核查结果" in (await browser.get("/content/qinghe/product-quality/weibo/b")).text
        )


async def test_the_emergency_lane_on_the_page_and_what_it_leaves_to_do(house: Stage) -> None:
    async with browsing(house, "xu") as browser:
        assert "紧急通道" not in (await browser.get(PLACE)).text, "nothing burns"
        await browser.post("/incidents", data={"level": "red", "category": "safety"})
        assert "紧急通道…" in (await browser.get(PLACE)).text
        assert (await browser.post(f"{PLACE}/submit", data={"emergency": "yes"})).status_code == 303
        for person, level in (("tang", "legal"), ("qin", "commander")):
            sits_down(browser, house, person)
            data = {"level": level, "verdict": "approve", "opinion": "可以"}
            assert (await browser.post(f"{PLACE}/review", data=data)).status_code == 303
        page = (await browser.get(PLACE)).text
        assert "紧急放行，待补审" in page
        assert "还等一审（策划）补审，截止 <time" in page
        sits_down(browser, house, "xu")
        await browser.post(f"{PLACE}/publish", data=VALUES)
        house.clock.set(at("13:30", day=1))
        await house.take()
        sits_down(browser, house, "xu")
        assert "须撤回或更正" in (await browser.get("/content")).text
        assert "请撤回，或发更正" in (await browser.get(PLACE)).text
        assert (await browser.post(f"{PLACE}/publish", data=VALUES)).status_code == 409
        (release,) = (await browser.get("/api/releases")).json()["items"]
        done = {"release": release["release"], "note": "小时数更正为 6", "link": "https://weibo.com/1/N2"}
        assert (await browser.post(f"{PLACE}/correct", data=done)).status_code == 303
        assert "须撤回或更正" not in (await browser.get("/content")).text
        (release,) = (await browser.get("/api/releases")).json()["items"]
    assert release["ended_because"] == "小时数更正为 6"


async def test_who_decides_sees_the_objections_and_why_it_is_handed_in_all_the_same(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        text = (await browser.get(API)).json()["statement"]["text"] + "我们是全国销量第一。"
        await browser.post(f"{PLACE}/draft", data={"text": text, "expires": "2027-12-31"})
        assert (await browser.post(f"{PLACE}/submit")).status_code == 409
        assert (await browser.post(f"{PLACE}/submit", data={"despite": "有统计局数据"})).status_code == 303
        sits_down(browser, house, "zhou")
        page = (await browser.get(PLACE)).text
    assert "第九条第（三）项" in page
    assert "不是法律意见" in page
    assert "仍要送审的理由：有统计局数据" in page


async def test_a_viewer_sees_everything_and_is_offered_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config"
    write_sample(config)
    people = (
        (config / "fenghuo.yaml")
        .read_text("utf-8")
        .replace("people:\n", "people:\n  - {id: guest, name: 客, roles: [viewer]}\n", 1)
    )
    (config / "fenghuo.yaml").write_text(people, "utf-8")
    with stage(tmp_path / "data", at("13:00"), config) as house:
        async with browsing(house, "guest") as browser:
            page = (await browser.get(PLACE)).text
            assert "微博 A 稿" in page
            assert f'action="{PLACE}/' not in page
            assert (await browser.post(f"{PLACE}/submit")).status_code == 409


async def test_an_edit_on_the_page_ends_the_approval(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        await reviewed(browser, house)
        text = (await browser.get(API)).json()["statement"]["text"]
        await browser.post(f"{PLACE}/draft", data={"text": text + "谢谢大家。", "expires": "2027-12-31"})
        assert await standing(browser) == "draft"
        sits_down(browser, house, "xu")
        assert (await browser.post(f"{PLACE}/publish", data=VALUES)).status_code == 409


async def test_a_statement_is_written_in_the_middle_of_it_all(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        new = {
            "scenario": "flood",
            "platform": "weibo",
            "variant": "a",
            "expires": "2027-01-01",
            "text": "门店受灾：{what}。",
        }
        answer = await browser.post("/content", data=new)
        assert answer.headers["location"] == "/content/qinghe/flood/weibo/a?said=content_drafted"
        found = (await browser.get("/api/content/qinghe/flood/weibo/a")).json()
        assert (found["statement"]["author"], found["statement"]["needs_legal"]) == ("chen", True)
        assert (await browser.post("/content", data=new | {"text": " "})).status_code == 409
        assert (await browser.post("/content", data=new | {"expires": "soon"})).status_code == 400


async def test_the_library_says_what_is_covered(house: Stage) -> None:
    async with browsing(house) as browser:
        page = (await browser.get("/content")).text
        assert "覆盖情况" in page
        cells = (await browser.get("/api/content")).json()["coverage"]
    by_place = {(cell["scenario"], cell["platform"]): cell["variants"] for cell in cells}
    assert by_place["product-quality", "weibo"] == 3
    assert ("product-quality", "douyin") in by_place


async def test_the_review_sheet_is_the_same_on_the_page_in_csv_and_in_xlsx(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        assert "还没有内容送过审" in (await browser.get("/content/sheets")).text
        await reviewed(browser, house)
        assert "tang：可以" in (await browser.get("/content/sheets")).text
        told = (await browser.get("/content/sheets.csv")).text
        book = (await browser.get("/content/sheets.xlsx")).content
    header, line = csv.reader(io.StringIO(told.removeprefix("\ufeff")))
    sheet = dict(zip(header, line, strict=True))
    assert [sheet[f"{level}人"] for level in ("一审", "二审", "三审")] == ["周", "许", "唐"]
    assert (sheet["最终结果"], sheet["二审意见"]) == ("已通过", "同意: xu：可以")
    assert sheet["完成时间"] == "2026-11-23 13:00:00"
    assert rows_of(book) == [header, line]


def rows_of(book: bytes) -> list[list[str]]:
    """What a spreadsheet program reads."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ET.fromstring(archive.read(name))
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{space}row")]


def test_a_workbook_holds_any_text_as_text() -> None:
    odd = ["=1+1", "a\x00b", "<&>", "\ud800", "行\n行"]
    assert rows_of(workbook("表", ["A"], [odd])) == [["A"], ["=1+1", "ab", "<&>", "?", "行\n行"]]
    assert workbook("表", ["A"], [odd]) == workbook("表", ["A"], [odd])


async def test_nothing_in_the_csv_is_taken_for_a_formula(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        await browser.post(f"{PLACE}/submit")
        sits_down(browser, house, "zhou")
        await browser.post(
            f"{PLACE}/review", data={"level": "planner", "verdict": "approve", "opinion": "=cmd()"}
        )
        told = (await browser.get("/content/sheets.csv")).text
    assert all(not cell.startswith("=") for line in csv.reader(io.StringIO(told)) for cell in line)


async def test_what_is_not_there_is_missing(house: Stage) -> None:
    async with browsing(house) as browser:
        assert (await browser.get("/content/qinghe/no/such/one")).status_code == 404
        assert (await browser.get("/content/nobody/product-quality/weibo/a")).status_code == 404
        assert (await browser.post(f"{PLACE}/sing")).status_code == 400


async def test_pages_speak_english_by_the_switch(house: Stage) -> None:
    async with browsing(house, "chen") as browser:
        await reviewed(browser, house)
        browser.cookies.set("fenghuo_language", "en")
        for place in ("/content", PLACE, "/content/sheets"):
            assert "approved" in (await browser.get(place)).text
