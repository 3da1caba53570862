"""What one rule holds, and the laws that rules name.

They are pointers for whoever writes and no legal advice. Each names the day since which the text that is meant is in force;
most were compared with public texts in November 2026 (README.md names those that were not). A law that changes gets its
article and its day changed here.
"""

from typing import Literal

import msgspec

FlagSeverity = Literal["block", "warn"]


def _cited(law: str, article: str, in_force: str) -> str:
    """`in_force`: since when the text holds in which this is the article."""
    return f"《{law}》（{in_force} 起施行）{article}"


def _of_advertising(article: str) -> str:
    return _cited("中华人民共和国广告法", article, "2021-04-29")


FLAGS = _of_advertising("第九条第（一）项")
STATE_ORGANS = _of_advertising("第九条第（二）项")
EXTREMES = _of_advertising("第九条第（三）项")
DIGNITY = _of_advertising("第九条第（四）项")
CUSTOMS = _of_advertising("第九条第（七）项")
VICE = _of_advertising("第九条第（八）项")
DISCRIMINATION = _of_advertising("第九条第（九）项")
PROMISES_CLEAR = _of_advertising("第八条")
CITATIONS = _of_advertising("第十一条")
PATENTS = _of_advertising("第十二条")
BELITTLING = _of_advertising("第十三条")
ADVERTISING = _of_advertising("第十四条")
MEDICAL_CLAIMS = _of_advertising("第十七条")
EDUCATION = _of_advertising("第二十四条")
INVESTMENT = _of_advertising("第二十五条")
HOUSING = _of_advertising("第二十六条第（一）项")
FALSE = _of_advertising("第二十八条")
MEDICAL_REVIEW = _of_advertising("第四十六条")
ONLINE_ADVERTISING = _cited("互联网广告管理办法", "第九条", "2023-05-01")
GENERATED = _cited("人工智能生成合成内容标识办法", "第十条", "2025-09-01")
COPYRIGHT = _cited("中华人民共和国著作权法", "第五十三条第（一）项", "2021-06-01")
PORTRAIT = _cited("中华人民共和国民法典", "第一千零一十九条", "2021-01-01")
REPUTATION = _cited("中华人民共和国民法典", "第一千零二十四条", "2021-01-01")
PERSONAL_DATA = _cited("中华人民共和国个人信息保护法", "第十条", "2021-11-01")
WELL_KNOWN_MARKS = (
    _cited("中华人民共和国商标法", "第十四条第五款", "2019-11-01") + "；2027-01-01 起施行的文本为第六十四条"
)
PRICES = _cited("中华人民共和国价格法", "第十四条第（四）项", "1998-05-01")
FOOD_INSPECTION = _cited("中华人民共和国食品安全法", "第八十七条", "2025-12-01")


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern, why it is objected to, and what could stand there instead."""

    rule: str
    pattern: str
    source: str
    suggestion: str
    severity: FlagSeverity = "block"
    platforms: frozenset[str] = frozenset()
    """Empty: everywhere."""
    not_after: str = ""
    """Right behind these words it is fine (`不是`最好的)."""
    not_in_sentence: str = ""
    """In a sentence with these words it is fine (`已获授权`)."""
    not_in_text: str = ""
    """In a text with these words it is fine (`【广告】`)."""
