"""Somebody who only looks: their own filters are theirs, nothing that others see is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.sample import write_sample
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, comment, stage


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Stage]:
    """A small house in which Tang only looks."""
    write_sample(tmp_path / "config")
    file = tmp_path / "config" / "fenghuo.yaml"
    written = file.read_text(encoding="utf-8")
    assert "roles: [legal]}" in written
    file.write_text(written.replace("roles: [legal]}", "roles: [viewer]}"), encoding="utf-8")
    with stage(tmp_path / "data", at("13:00"), tmp_path / "config") as built:
        yield built


async def test_a_viewer_saves_filters_of_their_own(house: Stage) -> None:
    async with browsing(house, "tang") as browser:
        assert (await browser.post("/queue/views", data={"name": "要紧的", "vip": "1"})).status_code == 303
        assert "要紧的" in (await browser.get("/queue")).text


async def test_a_viewer_changes_nothing_that_others_see(house: Stage) -> None:
    await house.play([comment(1, "13:00", "质量太差了，退款一直不到账")])
    async with browsing(house, "tang") as browser:
        (row,) = (await browser.get("/api/queue")).json()["items"]
        (case,) = (await browser.get("/api/cases")).json()["items"]
        name, settled = row["conversation"], {"outcome": "refunded", "evidence": "退款单 8812"}
        asked = [
            await browser.post("/queue/shift"),
            await browser.post("/conversations", data={"conversation": name, "op": "claim"}),
            await browser.post("/conversations", data={"conversation": name, "op": "settled", **settled}),
            await browser.post("/api/cases", data={"conversation": name}),
            await browser.post(f"/api/cases/{case['id']}/settle", data=settled),
            await browser.post(f"/api/no-reply/{row['item']['id']}/confirmed"),
            await browser.post("/mentions/corrections", data={"item": row["item"]["id"], "label": "neutral"}),
        ]
        assert [answer.status_code for answer in asked] == [409] * len(asked)
        assert "您的角色不能做这件事" in asked[0].text
        after = (await browser.get(f"/api/cases/{case['id']}")).json()
    assert [event["type"] for event in after["log"]] == ["case.opened"]
