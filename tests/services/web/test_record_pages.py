"""The report on an incident: on the desk, as HTML, PDF and JSON, each number with what stands behind it."""

import re
from html import unescape

import msgspec

from services.reports.shapes import IncidentReport
from services.views.incidents import incidents_page
from services.views.mentions import MentionFilter, mentions_count
from services.web.mention_pages import COUNT_MOST
from tests.builders import at
from tests.services.web.conftest import Browser, browsing
from tests.services.web.stage import BRAND, Stage
from tests.services.web.test_pages import words_of


def gravest(stage: Stage) -> str:
    rows = incidents_page(stage.desk.reader, brand=BRAND).items
    return max(rows, key=lambda row: row.pages).id


async def report_of(stage: Stage) -> IncidentReport:
    async with browsing(stage) as browser:
        answer = await browser.get(f"/incidents/{gravest(stage)}/report.json")
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=IncidentReport)


async def test_the_figures_are_those_of_the_views(stormy: Stage) -> None:
    report = await report_of(stormy)
    wanted = MentionFilter(brand=BRAND, from_at=report.totals.from_at, to_at=report.totals.to_at)
    assert report.totals.items == mentions_count(stormy.desk.reader, wanted, COUNT_MOST) > 80
    assert report.totals.items == sum(share.items for share in report.platforms)
    assert report.totals.negative == sum(share.negative for share in report.platforms)
    assert (report.totals.peak, report.totals.peak_at) == (39, at("13:40"))
    assert 0 < len(report.verdict) <= 200
    assert len(report.late) >= 6
    assert f"{len(report.late)} 项处置超时" in report.verdict
    spreader = report.spreaders[0]
    assert (spreader.name, spreader.followers, spreader.reposts) == ("食探老周", 1_200_000, 3204)
    assert [pace.what for pace in report.paces] == ["noticed", "called", "step"]
    assert report.answers is not None
    assert (report.answers.met, report.answers.breached) == (1, 2)
    times = [line.at for line in report.timeline]
    assert times == sorted(times)


async def test_copies_are_one_voice_and_moods_are_not_mixed(stormy: Stage) -> None:
    found = (await report_of(stormy)).viewpoints
    assert sum(group.items for group in found.groups) + found.rest == found.read
    assert all(group.originals + group.copies == group.items for group in found.groups)
    loudest = found.groups[0]
    assert loudest.copies > 80
    assert loudest.negative == loudest.items
    assert all("味道不错" not in example.text for example in loudest.examples)


async def count_behind(browser: Browser, address: str) -> int:
    answer = await browser.get(unescape(address))
    assert answer.status_code == 200, address
    counted = re.search(r"([\d,]+) 条", words_of(answer.text))
    assert counted, address
    return int(counted.group(1).replace(",", ""))


async def test_every_number_leads_to_the_items_behind_it(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        page = (await browser.get(f"/incidents/{gravest(stormy)}/report")).text
        links = re.findall(r'<a href="(/mentions\?[^"]+)">(?:<b>)?([\d,]+)(?:</b><span>)?([^<]*)', page)
        assert len(links) > 15
        for address, number, words in links:
            if words != "位作者" and words[:1] not in ("-", "%"):  # people, times, shares
                assert await count_behind(browser, address) == int(number.replace(",", "")), address
        others = set(re.findall(r'<a href="(/(?:incidents|report)[^"#?]*)[^"]*"', page))
        for address in others:
            assert (await browser.get(address)).status_code == 200, address


async def test_the_files_need_nothing_beside_them_and_lead_back_here(stormy: Stage) -> None:
    place = f"/incidents/{gravest(stormy)}/report"
    async with browsing(stormy) as browser:
        html, pdf = await browser.get(f"{place}.html"), await browser.get(f"{place}.pdf")
    assert html.headers["content-disposition"] == 'attachment; filename="fenghuo-incident-qinghe-1.html"'
    assert "<script" not in html.text
    assert "<link" not in html.text
    assert set(re.findall(r'href="(https?://[^/"]+|/)', html.text)) == {"http://desk.test"}
    assert "12:28" in words_of(html.text)
    assert pdf.content.startswith(b"%PDF-1.")
    assert b"STSong-Light" in pdf.content
    assert b"/FontFile" not in pdf.content
    assert pdf.content.count(b"http://desk.test/mentions") > 15


async def test_the_pdf_of_the_same_report_is_the_same_byte_for_byte(stormy: Stage) -> None:
    place = f"/incidents/{gravest(stormy)}/report.pdf"
    async with browsing(stormy) as browser:
        assert (await browser.get(place)).content == (await browser.get(place)).content


async def test_it_is_told_in_english_too(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        browser.cookies.set("fenghuo_language", "en")
        words = words_of((await browser.get(f"/incidents/{gravest(stormy)}/report")).text)
    assert "Response times" in words
    assert "What was late" in words


async def test_who_was_forgotten_does_not_appear(sparked: Stage) -> None:
    place = f"/incidents/{gravest(sparked)}/report.html"
    async with browsing(sparked) as browser:
        before = (await browser.get(place)).text
        sparked.forget("u-阿杰")
        after = (await browser.get(place)).text
    assert "阿杰" in before
    assert "在青禾小馆的菜里吃出异物" in before
    assert "阿杰" not in after
    assert "在青禾小馆的菜里吃出异物" not in after
    assert "1 条已不可读" in after


async def test_only_who_is_signed_in_reads_it_and_only_what_there_is(stormy: Stage) -> None:
    async with browsing(stormy) as browser:
        assert (await browser.get("/incidents/none/report")).status_code == 404
        assert (await browser.get("/incidents/none/report.pdf")).status_code == 404
    async with browsing(stormy, None) as browser:
        for kind in ("", ".html", ".pdf", ".json"):
            answer = await browser.get(f"/incidents/{gravest(stormy)}/report{kind}")
            assert answer.headers["location"].startswith("/signin"), kind
