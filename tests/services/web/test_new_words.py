"""New words are named to who may see the items, and stand nowhere in the clear."""

from pathlib import Path
from typing import Any

from services.views.incidents import incidents_page
from tests.builders import at
from tests.services.web.conftest import browsing
from tests.services.web.stage import Stage, stage

WORD = "蟑螂腿"


ENDS = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"


def voices() -> list[dict[str, Any]]:
    """Twenty people who were disgusted by the same thing, and ten who talk of something else."""
    disgusted = [f"青禾小馆第{end}桌吃出{WORD}，太恶心了，差评{end * 3}" for end in ENDS[:20]]
    others = [f"青禾小馆{end}号门口排队{end * 2}分钟" for end in ENDS[20:]]
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
