"""New words are named to who may see the items, and stand nowhere in the clear."""

from pathlib import Path
from typing import Any

from services.views.incidents import incidents_page
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, stage

WORD = "蟑螂腿"


HOW = """
昨晚在青禾小馆吃出{word}，当场就吐了
青禾小馆的汤里居然有{word}，店员还说是香料
谁懂啊，青禾小馆一筷子夹起来是{word}
带孩子去青禾小馆，孩子先看见的{word}
青禾小馆的{word}我拍了视频，回头发
外卖刚打开，青禾小馆送的{word}在饭上
同事中午在青禾小馆也碰到{word}了
青禾小馆今天第几次了？又是{word}
我妈说青禾小馆干净，结果{word}
求助：青禾小馆吃到{word}怎么索赔
打了12315，青禾小馆的{word}有人管吗
青禾小馆把{word}端上来还要收全款
以后绕着青禾小馆走，{word}太恶心
看到青禾小馆{word}的照片，晚饭不想吃了
青禾小馆，你们后厨的{word}养了多久
朋友圈都在传青禾小馆的{word}
退款可以，青禾小馆先解释{word}哪来的
刚充了青禾小馆的卡就看见{word}
青禾小馆滨江店，{word}，差评
吃了五年青禾小馆，败给一只{word}
""".strip().splitlines()
"""Each in their own words: what many say alike is a series, and no news."""


def voices() -> list[dict[str, Any]]:
    """Twenty people who were disgusted by the same thing, and ten who talk of something else."""
    disgusted = [how.format(word=WORD) for how in HOW]
    others = [f"青禾小馆{end}号门口排队{end * 2}分钟" for end in "甲乙丙丁戊己庚辛壬癸"]
    return [
        {
            "time": at(f"12:{number % 10:02}").isoformat(),
            "platform": "weibo",
            "kind": "post",
            "id": f"v{number}",
            "author_id": f"u{number}",
            "text": text,
        }
        for number, text in enumerate(disgusted + others)
    ]


def named(house: Stage) -> set[str]:
    row = incidents_page(house.desk.reader).items[0]
    return {word for each in house.desk.new_words.row(row).evidence for word in each.evidence.words}


def veiled(house: Stage) -> set[str]:
    row = incidents_page(house.desk.reader).items[0]
    return {word for each in row.evidence for word in each.evidence.words}


def every_byte(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_new_word_is_named_on_the_page_and_veiled_in_every_file(tmp_path: Path) -> None:
    with stage(tmp_path, at("12:00")) as house:
        await house.play(voices())
        assert any(WORD in word or word in WORD for word in named(house))
        assert not named(house) & veiled(house)
        assert WORD.encode() not in every_byte(tmp_path)
        row = incidents_page(house.desk.reader).items[0]
        async with browsing(house) as browser:
            assert "蟑螂" in (await browser.get(f"/incidents/{row.id}")).text


async def test_a_word_whose_authors_are_all_forgotten_is_named_no_more(tmp_path: Path) -> None:
    with stage(tmp_path, at("12:00")) as house:
        await house.play(voices())
        assert veiled(house)
        for number in range(30):
            house.forget(f"u{number}")
        assert named(house) == set()
