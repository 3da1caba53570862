"""What one rule holds, and the laws that rules name. Only what was looked up stands here."""

from typing import Literal

import msgspec

FlagSeverity = Literal["block", "warn"]

AD_LAW = "《中华人民共和国广告法》"
FLAGS = f"{AD_LAW}第九条第（一）项"
STATE_ORGANS = f"{AD_LAW}第九条第（二）项"
EXTREMES = f"{AD_LAW}第九条第（三）项"
DIGNITY = f"{AD_LAW}第九条第（四）项"
CUSTOMS = f"{AD_LAW}第九条第（七）项"
VICE = f"{AD_LAW}第九条第（八）项"
DISCRIMINATION = f"{AD_LAW}第九条第（九）项"
PROMISES_CLEAR = f"{AD_LAW}第八条"
CITATIONS = f"{AD_LAW}第十一条"
PATENTS = f"{AD_LAW}第十二条"
BELITTLING = f"{AD_LAW}第十三条"
ADVERTISING = f"{AD_LAW}第十四条"
MEDICAL_CLAIMS = f"{AD_LAW}第十七条"
EDUCATION = f"{AD_LAW}第二十四条"
INVESTMENT = f"{AD_LAW}第二十五条"
HOUSING = f"{AD_LAW}第二十六条第（一）项"
FALSE = f"{AD_LAW}第二十八条"
MEDICAL_REVIEW = f"{AD_LAW}第四十六条"
ONLINE_ADVERTISING = "《互联网广告管理办法》第九条"
GENERATED = "《人工智能生成合成内容标识办法》第十条"
COPYRIGHT = "《中华人民共和国著作权法》第五十三条第（一）项"
PORTRAIT = "《中华人民共和国民法典》第一千零一十九条"
REPUTATION = "《中华人民共和国民法典》第一千零二十四条"
PERSONAL_DATA = "《中华人民共和国个人信息保护法》第十条"
WELL_KNOWN_MARKS = "《中华人民共和国商标法》第十四条"
PRICES = "《中华人民共和国价格法》第十四条第（四）项"
FOOD_INSPECTION = "《中华人民共和国食品安全法》第八十七条"


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
