"""What was said before and after a statement, on the incident's page and in its report."""

import re
from datetime import timedelta
from typing import Any

import msgspec

from alerting.content import lock_item
from alerting.content_commands import FillContent, ReleaseContent, ReviewContent, SubmitContent
from alerting.content_events import ContentFilled
from services.reports.shapes import IncidentReport
from services.views.incidents import incidents_page
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import BRAND, Stage, post
from tests.services.web.test_pages import words_of

ITEM = "product-quality/weibo/a"
BLANKS = {"topic": "异物", "store": "涉事门店", "hours": "12"}


async def asks(stage: Stage, number: int, command: type, who: str, **fields: Any) -> tuple[Any, ...]:
    made = command(id=f"content-{number}", who=who, brand=BRAND, item=ITEM, **fields)
    return (await stage.desk.house.command(made)).events


async def releases(stage: Stage, incident: str) -> None:
    """Hand the statement in, let three people agree, fill it and let it go out."""
    brand = stage.desk.decisions().desk.brand(BRAND)
    assert brand is not None
    item = next(each for each in brand.content if each.id == ITEM)
    locked = lock_item(item)
    await asks(stage, 1, SubmitContent, "chen", hash=locked)
    for number, (who, level) in enumerate([("zhou", "planner"), ("xu", "manager"), ("tang", "legal")], 2):
        opinion = {"level": level, "verdict": "approve", "opinion": "可以"}
        await asks(stage, number, ReviewContent, who, hash=locked, **opinion)
    (filled,) = await asks(stage, 8, FillContent, "xu", hash=locked, values=BLANKS, incident=incident)
    assert isinstance(filled, ContentFilled), filled
    await asks(stage, 9, ReleaseContent, "xu", text_hash=filled.text_hash, incident=incident)


def murmurs(first: int, minutes: int, text: str) -> list[dict[str, Any]]:
    """A post a minute, by another author each, from `first` minutes after 14:00 on."""
    return [
        post(1000 + first + n, "14:00", text, f"众人{first + n}")
        | {"time": (at("14:00") + timedelta(minutes=first + n)).isoformat()}
        for n in range(minutes)
    ]


async def told(stage: Stage, minutes_after: int) -> str:
    """The incident's id, after half an hour of anger, a statement, and calmer words."""
    await stage.play(murmurs(-38, 38, "青禾小馆太恶心了，差评，再也不去了"))
    stage.clock.set(at("14:00"))
    incident = incidents_page(stage.desk.reader, brand=BRAND).items[0].id
    await releases(stage, incident)
    await stage.play(murmurs(1, minutes_after, "青禾小馆处理得不错，很好，点赞"))
    stage.clock.set(at("14:00") + timedelta(minutes=minutes_after + 1))
    await stage.take()
    return incident


async def test_a_fall_is_shown_with_its_interval_and_the_items_behind_it(sparked: Stage) -> None:
    incident = await told(sparked, 50)
    async with browsing(sparked) as browser:
        page = (await browser.get(f"/incidents/{incident}")).text
        section = page.partition('id="effects"')[2].partition("</section>")[0]
        words = words_of(section)
        assert re.search(r"负面占比 \d+%（\d+ 条） → 0%（50 条）", words), words
        assert re.search(r"下降（95% 区间 -\d+ 到 -\d+ 个百分点）", words)
        assert re.search(r"声量 \d+ 条 → 50 条", words)
        assert "看不出变化" in words
        assert "前后各 51 分钟（发布不久，窗口还短）" in words
        assert "前后对比不等于因果" in words
        links = re.findall(r'href="(/mentions[^"]+)"', section)
        assert len(links) == 4
        assert (await browser.get(links[1].replace("&amp;", "&"))).text.count("众人") == 50
        report = msgspec.json.decode(
            (await browser.get(f"/incidents/{incident}/report.json")).content, type=IncidentReport
        )
        document = words_of((await browser.get(f"/incidents/{incident}/report")).text)
    (statement,) = report.statements
    assert statement.effect is not None
    assert statement.effect.share == "fell"
    assert "首条声明后负面占比下降" in report.verdict
    assert next(pace for pace in report.paces if pace.what == "statement").by == "许"
    assert "关于大家反映的异物问题" in document


async def test_few_items_conclude_nothing(sparked: Stage) -> None:
    incident = await told(sparked, 8)
    async with browsing(sparked) as browser:
        words = words_of((await browser.get(f"/incidents/{incident}")).text)
    assert "样本太少（有一侧不足 30 条），不下结论" in words
