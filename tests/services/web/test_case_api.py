from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, comment, message, reply


async def test_a_complaint_is_followed_until_it_is_settled(quiet: Stage) -> None:
    await quiet.play(
        [
            comment(1, "13:00", "质量太差了，退款一直不到账", "小满"),
            reply(1, "13:04", "非常抱歉，请私信订单号，30分钟内联系您", "小满"),
        ]
    )
    async with browsing(quiet) as browser:
        (row,) = (await browser.get("/api/cases?open=true")).json()["items"]
        assert (row["reason"], row["brand"], row["owner"]) == ("complaint", "qinghe", None)
        assert row["promise_due_at"] == "2026-11-23T05:34:00Z"
        assert row["item"]["text"].startswith("质量太差")

        path = f"/api/cases/{row['id']}"
        owned = (await browser.post(f"{path}/assign")).json()
        assert owned["case"]["owner"] == "xu"
        assert (await browser.post(f"{path}/settle", data={"outcome": "refunded"})).status_code == 400
        quiet.clock.set(at("13:20"))
        settled = await browser.post(
            f"{path}/settle", data={"outcome": "refunded", "evidence": "退款单 8812"}
        )
        file = settled.json()
        assert (file["case"]["outcome"], file["case"]["evidence"]) == ("refunded", "退款单 8812")
        assert [one["type"] for one in file["log"]] == [
            "case.opened",
            "promise.made",
            "case.assigned",
            "case.settled",
            "promise.kept",
        ]
        assert (await browser.get("/api/cases?open=true")).json()["items"] == []
        assert (
            await browser.post(f"{path}/settle", data={"outcome": "other", "evidence": "x"})
        ).status_code == 409
        assert (await browser.post(f"{path}/reopen", data={"note": "没到账"})).json()["case"]["reopened"] == 1


async def test_a_case_is_opened_by_hand_and_joined(quiet: Stage) -> None:
    await quiet.play([comment(1, "13:00", "在吗", "小满"), comment(2, "13:01", "在吗", "北望")])
    async with browsing(quiet) as browser:
        first, second = [row["conversation"] for row in (await browser.get("/api/queue")).json()["items"]]
        opened = await browser.post("/api/cases", data={"conversation": first})
        assert opened.status_code == 201
        path = f"/api/cases/{opened.json()['case']['id']}"
        joined = (await browser.post(f"{path}/link", data={"conversation": second})).json()
        assert sorted(joined["conversations"]) == sorted([first, second])
        assert (await browser.post("/api/cases", data={"conversation": first})).status_code == 409


async def test_wrong_questions_about_cases_are_told(quiet: Stage) -> None:
    await quiet.play([message(1, "13:00", "质量太差", "木木")])
    async with browsing(quiet) as browser:
        (row,) = (await browser.get("/api/cases")).json()["items"]
        path = f"/api/cases/{row['id']}"
        answers = [
            await browser.get("/api/cases/none"),
            await browser.get("/api/cases?cursor=x"),
            await browser.post(f"{path}/forget"),
            await browser.post(f"{path}/link"),
            await browser.post(f"{path}/assign", data={"owner": "nobody"}),
            await browser.post("/api/cases", data={"conversation": "none"}),
        ]
    assert [answer.status_code for answer in answers] == [404, 400, 400, 400, 400, 404]
