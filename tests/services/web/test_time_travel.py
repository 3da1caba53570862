"""Pages as they stood at a moment are what they were then, and nothing can be done on them."""

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from services.errors import HistoryTooLong
from services.past import FOLDER_NAME, KEPT_MOST, WAITING_MOST, Past
from services.reports.shapes import IncidentReport
from services.views.incidents import incidents_page
from services.views.queue import QueueFilter, queue_page
from services.views.reader import Reader
from services.views.schema import DESK_TABLES, INTAKE_TABLES
from streams.errors import Overloaded
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import BRAND, CRAWLER_KEY, Stage, stage, storm
from tests.services.web.test_pages import words_of

FOR_PEOPLE = ("/api/content", "/api/reviews", "/api/releases", "/api/report")
"""Programs need a session for these."""
COUNTED = "13:36"
"""Response times are counted in a process of their own, which takes its time: once."""
READ_BY_PROGRAMS = ("13:15", COUNTED, "14:33")
MOMENTS = ("12:30", "13:08:30", "13:15", "13:31:10", "13:36", "14:05", "14:33")


def rows_of(reader: Reader) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the views hold, table by table."""
    return {
        table: sorted((tuple(row) for row in reader.rows(f"SELECT * FROM {table}")), key=repr)
        for table in (*INTAKE_TABLES, *DESK_TABLES)
    }


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, dict[str, Any], dict[str, str]]]:
    """A stormy day, with what the views held and what pages said at some moments of it."""
    rows: dict[str, Any] = {}
    pages: dict[str, str] = {}

    async def live(house: Stage) -> None:
        left = sorted(storm(), key=lambda record: record["time"])
        for moment in MOMENTS:
            until = [record for record in left if datetime.fromisoformat(record["time"]) <= at(moment)]
            left = left[len(until) :]
            await house.play(until)
            house.clock.set(at(moment))
            await house.take()
            rows[moment] = rows_of(house.desk.reader)
            async with browsing(house) as browser:
                read = programs_read(house, moment) if moment in READ_BY_PROGRAMS else []
                for address in (*addresses(house, moment), *read):
                    pages[moment + address] = (await browser.get(address)).text
        house.clock.set(at("16:00"))
        await house.take()

    with stage(tmp_path_factory.mktemp("lived"), at("12:00")) as house:
        asyncio.run(live(house))
        yield house, rows, pages


def addresses(house: Stage, moment: str) -> list[str]:
    found = incidents_page(house.desk.reader, brand=BRAND).items
    own = [f"/incidents/{row.id}" for row in found]
    night = [f"/i/{row.id}" for row in found]
    return [
        "/queue", "/incidents", "/mentions", "/alarms", "/oncall", "/content", "/wall", "/reports", *own, *night,
        *(["/report?from=2026-11-23"] if moment == COUNTED else []),
    ]  # fmt: skip


def programs_read(house: Stage, moment: str) -> list[str]:
    found = incidents_page(house.desk.reader, brand=BRAND).items
    waiting = [quote(row.conversation) for row in queue_page(house.desk.reader, QueueFilter(), limit=1).items]
    return [
        "/api/queue", "/api/incidents", "/api/mentions?limit=20", "/api/cases", "/api/no-reply", "/api/content",
        "/api/reviews", "/api/releases", *(["/api/report?from=2026-11-23"] if moment == COUNTED else []),
        *(f"/api/incidents/{row.id}" for row in found), *(f"/api/conversation?id={name}" for name in waiting),
    ]  # fmt: skip


def then(address: str, moment: datetime) -> str:
    return f"{address}{'&' if '?' in address else '?'}at={quote(moment.isoformat())}"


Lived = tuple[Stage, dict[str, Any], dict[str, str]]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_the_views_are_row_by_row_what_they_were(lived: Lived, moment: str) -> None:
    house, rows, _ = lived
    standing = await house.desk.past.at(at(moment))
    assert rows_of(standing.reader) == rows[moment]


def main_of(page: str) -> str:
    """What the page says, without the frame and without what one could do there: of that less is offered in the past."""
    main = re.split(r"<main [^>]*>", page)[1].partition("</main>")[0]
    for doing in (r'<details class="(?:ask|write)".*?</details>', r"<form.*?</form>"):
        main = re.sub(doing, " ", main, flags=re.DOTALL)
    return re.sub(r"\s+", " ", words_of(main))


@pytest.mark.parametrize("moment", MOMENTS)
async def test_the_pages_say_what_they_said(lived: Lived, moment: str) -> None:
    house, _, pages = lived
    seen = [address for address in addresses(house, moment) if moment + address in pages]
    assert len(seen) >= 5
    async with browsing(house) as browser:
        for address in seen:
            page = (await browser.get(then(address, at(moment)))).text
            assert main_of(page) == main_of(pages[moment + address]), address
            assert "时的样子" in page


@pytest.mark.parametrize("moment", READ_BY_PROGRAMS)
async def test_programs_read_what_they_read(lived: Lived, moment: str) -> None:
    house, _, pages = lived
    seen = [address for address in programs_read(house, moment) if moment + address in pages]
    assert len(seen) >= 8
    for person in (None, "xu"):
        async with browsing(house, person) as browser:
            if person is None:
                browser.headers["authorization"] = f"Bearer {CRAWLER_KEY}"
            assert "fenghuo-at" not in (await browser.get("/api/queue")).headers
            for address in seen:
                if address.startswith(FOR_PEOPLE) is (person is not None):
                    answer = await browser.get(then(address, at(moment)))
                    assert answer.text == pages[moment + address], address
                    assert answer.headers["fenghuo-at"] == at(moment).isoformat()


async def test_nothing_can_be_done_there(lived: Lived) -> None:
    house, _, _ = lived
    own = f"/incidents/{incidents_page(house.desk.reader, brand=BRAND).items[-1].id}"
    place = then(own, at("14:05"))
    async with browsing(house) as browser:
        page = (await browser.get(place)).text
        main = page.partition("<main")[2]
        assert set(re.findall(r"<(?:button|textarea|select|input)(?! disabled)[^>]*>", main)) == set()
        assert main.count("<button disabled") > 5
        assert "<script" not in page
        assert 'name="token" value=""' in main
        night = (await browser.get(then(own.replace("/incidents/", "/i/"), at("13:31:10")))).text
        assert '<button disabled class="main" id="take">' in night
        assert "那一刻已经过去" in (await browser.post(then("/api" + own + "/note", at("14:05")))).text
        acted = await browser.post(place.replace("?", "/acknowledge?"), data={"once": "x"})
        assert acted.status_code == 409
        assert "那一刻已经过去" in acted.text
        links = re.findall(r'<a (?![^>]*data-now)[^>]*href="(/(?:queue|incidents|mentions)[^"]*)"', page)
        assert len(links) > 10
        assert all("at=2026-11-23T" in link for link in links)
        assert f'data-now href="{own}"' in page


async def test_filters_go_on_within_the_moment(lived: Lived) -> None:
    async with browsing(lived[0]) as browser:
        page = (await browser.get(then("/queue", at("14:05")))).text
        form = re.search(r'<form class="search".*?</form>', page, re.DOTALL)
        assert form is not None
        assert '<input type="hidden" name="at" value="2026-11-23T06:05:00+00:00">' in form.group()
        assert "disabled" not in form.group()
        look = (await browser.get(then("/mentions?label=negative", at("14:05")))).text
    assert '<input type="hidden" name="label" value="negative">' in look.partition("<main")[0]


async def test_a_wall_of_the_past_says_so_and_does_not_move(lived: Lived) -> None:
    async with browsing(lived[0]) as browser:
        page = (await browser.get(then("/wall", at("13:36")))).text
        assert (await browser.get(then("/live", at("13:36")))).status_code == 400
    assert "时的样子" in words_of(page)
    assert "<script" not in page


async def test_a_wall_time_of_the_brand_is_taken_too(lived: Lived) -> None:
    house, _, pages = lived
    async with browsing(house) as browser:
        page = (await browser.get("/incidents?at=2026-11-23T14:05")).text
    assert main_of(page) == main_of(pages["14:05/incidents"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/incidents?at=yesterday", 400),
        ("/incidents?at=2100-01-01T00:00:00Z", 400),
        ("/i/none?at=2026-11-23T14:05:00%2B08:00", 404),
        ("/live?at=2026-11-23T14:05:00%2B08:00", 400),
        ("/api/probes/none?at=2026-11-23T14:05:00%2B08:00", 400),
        ("/incidents/none?at=2026-11-23T14:05:00%2B08:00", 404),
    ],
)
async def test_what_cannot_be_looked_back_at_is_told(lived: Lived, address: str, status: int) -> None:
    async with browsing(lived[0]) as browser:
        assert (await browser.get(address)).status_code == status
    async with browsing(lived[0], None) as browser:
        assert (await browser.get(address)).headers.get("location", "/signin").startswith("/signin")


@pytest.mark.parametrize("written", ["yesterday", "2100-01-01T00:00:00Z"])
async def test_programs_are_told_what_a_moment_is(lived: Lived, written: str) -> None:
    async with browsing(lived[0]) as browser:
        answer = await browser.get(f"/api/queue?at={written}")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("at: ")
    assert "expected a " in answer.json()["detail"]


async def test_the_report_of_that_moment_counts_what_was_known_then(lived: Lived) -> None:
    house, _, _ = lived
    place = f"/incidents/{incidents_page(house.desk.reader, brand=BRAND).items[-1].id}/report"
    async with browsing(house) as browser:
        page = (await browser.get(then(place, at("13:36")))).text
        now = words_of((await browser.get(place)).text)
        file = (await browser.get(then(place + ".json", at("13:36")))).text
        taken_away = (await browser.get(then(place + ".html", at("13:36")))).text
    assert "截至 2026-11-23 13:36 的记录" in words_of(page)
    assert words_of(page) != now
    links = re.findall(r'<a href="(/[^"#]*)', page.partition("<main")[2])
    assert len(links) > 10
    assert {len(re.findall(r"[?;]at=2026-11-23T0", link)) for link in links} == {1}
    links = re.findall(r'href="(http://desk.test/[^"#]*)', taken_away)
    assert len(links) > 10
    assert {len(re.findall(r"[?;]at=2026-11-23T0", link)) for link in links} == {1}
    report = msgspec.json.decode(file, type=IncidentReport)
    assert report.answers is not None
    assert "at=2026-11-23T05%3A36" in report.totals.link


async def test_few_moments_are_kept_and_none_is_left_behind(lived: Lived, tmp_path: Path) -> None:
    house, _, _ = lived
    folder = house.desk.reader.path.parent
    past = Past(folder, folder)
    first = await past.at(at("13:08:30"))
    assert await past.at(at("13:08:40")) is first
    for minute in range(KEPT_MOST + 1):
        await past.at(at("13:32") + timedelta(minutes=minute))
    assert await past.at(at("13:08:30")) is not first
    assert rows_of(first.reader), "a report that takes its time reads on"
    del first
    assert len(list((folder / FOLDER_NAME).glob("*.db"))) == KEPT_MOST
    past.close()
    assert not (folder / FOLDER_NAME).exists()


async def test_who_asks_for_too_many_moments_at_once_is_asked_to_come_again(lived: Lived) -> None:
    past = lived[0].desk.past
    asked = [past.at(at("13:00") + timedelta(minutes=minute % 2)) for minute in range(WAITING_MOST + 1)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(answer, Overloaded) for answer in answers] == [False] * WAITING_MOST + [True]


async def test_too_much_is_not_folded_and_says_so(lived: Lived) -> None:
    house, _, _ = lived
    folder = house.desk.reader.path.parent
    past = Past(folder, folder, bytes_most=1_000)
    with pytest.raises(HistoryTooLong):
        await past.at(at("14:05"))


async def test_what_grows_too_large_while_it_is_folded_is_given_up(
    lived: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Kafka nobody knows beforehand how much there is."""
    monkeypatch.setattr("services.journals._InFolder.bytes_until", lambda *_: 0)
    past = Past(tmp_path, lived[0].desk.reader.path.parent, bytes_most=20_000)
    for moment in ("14:05", "14:33"):
        with pytest.raises(HistoryTooLong):
            await past.at(at(moment))
    assert list((tmp_path / FOLDER_NAME).iterdir()) == []
    assert (await past.at(at("12:00"))).decisions is not None
    past.close()


async def test_who_is_forgotten_is_forgotten_in_the_past_too(sparked: Stage) -> None:
    address = f"/mentions?at={quote(at('13:16').isoformat())}"
    async with browsing(sparked) as browser:
        assert "阿杰" in (await browser.get(address)).text
        sparked.forget("u-阿杰")
        assert "阿杰" not in (await browser.get(address)).text
