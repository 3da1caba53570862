"""What we promise in a reply: 30 分钟内联系您, 今天下午 6 点前回复. Found in its words, and made a time."""

import re
from datetime import datetime, timedelta

import msgspec

from streams.sla.calendar import Calendar

LONGEST_S = 60 * 86_400
_WORK = (
    "联系|回复|答复|回电|致电|来电|电联|反馈|处理|解决|跟进|退款|到账|补发|发货|给您|给你|给到|告知|回访|核实|安排|联络|"
    "通知"
)
"""What a promise promises."""
_ASKED = re.compile(
    r"请(?:您|你)?(?:尽快|务必|也)?在?$|(?:如果|若|要是|如)[^。!;]{0,12}$|(?:您|你)(?:可以|可|需要?)在?$"
)
"""Before a length of time: the customer is asked for something, or there is an if."""
_TO_US = re.compile(r"^[^。!;,]{0,6}(?:联系|告诉|告知|回复|提供|反馈)(?:给)?(?:我们|我司|客服|小编)")
_NUMBER = r"\d{1,3}(?:\.\d)?|[一二两三四五六七八九十百半]{1,5}"
_WITHIN = re.compile(
    rf"(?:(?:{_NUMBER})\s*[-~到至]\s*)?(?P<n>{_NUMBER})\s*(?P<half>个半)?个?\s*(?P<unit>分钟|小时|钟头|工作日|天)"
    r"\s*(?:之内|以内|内)"
)
_BY = re.compile(
    rf"(?P<day>今天|今日|今晚|明天|明日|明早|明晚|后天)?\s*(?P<part>早上|上午|中午|下午|傍晚|晚上|晚)?\s*"
    rf"(?P<h>{_NUMBER})\s*(?:点钟?|:|时)\s*(?P<m>半|[0-5]\d)?分?\s*(?:之前|以前|前)"
)
_DAY = re.compile(r"(?P<day>今天|今日|当天|明天|明日|后天)(?:之内|以内|内|之前|以前|前|下班前)")
_VERB = re.compile(_WORK)
_NEAR_CHARS = 16
_DAYS = {"今天": 0, "今日": 0, "今晚": 0, "当天": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2}
_EVENING = frozenset(("下午", "傍晚", "晚上", "晚"))
_UNITS_S = {"分钟": 60, "小时": 3_600, "钟头": 3_600, "天": 86_400}
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


class Promise(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was promised, as it was said: one of the three."""

    within_s: int | None = None
    """Wall seconds from the reply on."""
    workdays: int | None = None
    """Working days by the calendar of the conversation's policy."""
    day: int | None = None
    """0 the day of the reply, 1 the next …"""
    second: int = 86_400
    """Of that local day."""


def promise_in(text: str) -> Promise | None:
    """The first promise in a reply's normal form; None where nothing is promised, or only asked for."""
    for pattern, read in ((_WITHIN, _within), (_BY, _by), (_DAY, _by_day)):
        for found in pattern.finditer(text):
            promise = read(found) if _is_promised(text, found) else None
            if promise is not None:
                return promise
    return None


def due_of(promise: Promise, said_at: datetime, calendar: Calendar) -> datetime:
    """When a promise that was made at `said_at` must be kept.

    Raises:
        CalendarError: `said_at` lies outside of what calendars count.
    """
    if promise.within_s is not None:
        return said_at + timedelta(seconds=promise.within_s)
    if promise.workdays is not None:
        return calendar.due(said_at, promise.workdays * _working_day_s(calendar))
    local = said_at.astimezone(calendar.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    at = midnight + timedelta(days=promise.day or 0, seconds=promise.second)
    due = at.replace(tzinfo=calendar.zone).astimezone(said_at.tzinfo)
    # "6 点前" said at seven in the evening means tomorrow's.
    return due if due > said_at else due + timedelta(days=1)


def _working_day_s(calendar: Calendar) -> int:
    """The longest day of the week: what people call a working day."""
    return max(sum(end_s - start_s for start_s, end_s in spans) for spans in calendar.spec.hours)


def _is_promised(text: str, found: re.Match[str]) -> bool:
    before, after = text[: found.start()], text[found.end() :]
    if _ASKED.search(before) or _TO_US.search(after):
        return False
    around = before[-_NEAR_CHARS:], after[:_NEAR_CHARS]
    return any(_VERB.search(part) for part in around)


def _within(found: re.Match[str]) -> Promise | None:
    number = _number(found["n"])
    if number is None:
        return None
    if found["half"]:
        number += 0.5
    if found["unit"] == "工作日":
        return Promise(workdays=max(1, round(number)))
    length_s = round(number * _UNITS_S[found["unit"]])
    return Promise(within_s=length_s) if 0 < length_s <= LONGEST_S else None


def _by(found: re.Match[str]) -> Promise | None:
    hour = _number(found["h"])
    if hour is None or hour > 24 or hour != int(hour):
        return None
    minute = 30 if found["m"] == "半" else int(found["m"] or 0)
    evening = found["part"] in _EVENING or found["day"] in {"今晚", "明晚"}
    if evening and hour < 12:
        hour += 12
    return Promise(day=_DAYS.get(found["day"] or "今天", 0), second=int(hour) * 3_600 + minute * 60)


def _by_day(found: re.Match[str]) -> Promise:
    return Promise(day=_DAYS[found["day"]])


def _number(written: str) -> float | None:
    """30, 1.5, 半, 三十, 二十四, 一百二十; None for what is no number."""
    if written[0].isdigit():
        return float(written)
    if written == "半":
        return 0.5
    total, digit = 0, 0
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            return None
    return float(total + digit) or None
