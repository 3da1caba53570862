"""Times and lengths of time as people read them; the browser counts on in the same form."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.web.texts import Language

MINUTE_S = 60
HOUR_S = 3_600
DAY_S = 86_400


def short(at: datetime, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """`14:05` today, `昨天 23:10`, else `11-20 14:05`, with the year if it is another one."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return clock
    if local.date() == today - timedelta(days=1):
        return f"{'昨天' if language == 'zh' else 'yesterday'} {clock}"
    if local.date() == today + timedelta(days=1):
        return f"{'明天' if language == 'zh' else 'tomorrow'} {clock}"
    return f"{local:%m-%d} {clock}" if local.year == today.year else f"{local:%Y-%m-%d} {clock}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    """`2026-11-20 14:05:31 +08:00 Asia/Shanghai`: what stands in the title of every short time."""
    local = at.astimezone(zone)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]} {zone.key}"


def countdown(seconds: float) -> str:
    """`4:12`, `1:12:05`, and from two days on `2d 03h`; the sign is said in words beside it."""
    whole = abs(int(seconds))
    if whole >= 2 * DAY_S:
        return f"{whole // DAY_S}d {whole % DAY_S // HOUR_S:02}h"
    hours, minutes, rest = whole // HOUR_S, whole % HOUR_S // MINUTE_S, whole % MINUTE_S
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def length(seconds: float, language: Language) -> str:
    """`45 秒`, `10 分钟`, `1 小时 42 分`, `2 天 3 小时`."""
    whole = abs(int(seconds))
    day, hour, minute, second = (
        (" 天", " 小时", " 分钟", " 秒") if language == "zh" else (" d", " h", " min", " s")
    )
    if whole < MINUTE_S:
        return f"{whole}{second}"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}{minute}" + (f" {whole % MINUTE_S}{second}" if whole % MINUTE_S else "")
    if whole < DAY_S:
        rest = whole % HOUR_S // MINUTE_S
        return f"{whole // HOUR_S}{hour}" + (
            f" {rest}{minute[:2] if language == 'zh' else minute}" if rest else ""
        )
    rest = whole % DAY_S // HOUR_S
    return f"{whole // DAY_S}{day}" + (f" {rest}{hour}" if rest else "")
