"""What a page says: how grave, which brand, why with numbers, what is asked, and where to press.

No quotes of anybody's texts and no names of authors: a message leaves the house. What is too long is cut where a reader
sees it ("…", "…余 N 条见页面").
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from alerting.config import BrandDesk, DeskConfig
from alerting.events import Evidence, PageRequested
from alerting.levels import Level, rank
from services.notify.channel import Message
from services.notify.codes import carries_code

BODY_BYTES_MOST = 1_800
"""企业微信 takes 2,048 bytes, title and all; the others take more."""
TITLE_CHARACTERS_MOST = 60
NAME_CHARACTERS_MOST = 24
RULES_SHOWN = 5
DEFAULT_TIMEZONE = "Asia/Shanghai"

SHAPES: dict[Level, str] = {"blue": "●", "yellow": "▲", "orange": "◆", "red": "■"}
LEVEL_WORDS: dict[Level, str] = {
    "blue": "蓝色 IV 级",
    "yellow": "黄色 III 级",
    "orange": "橙色 II 级",
    "red": "红色 I 级",
}
CATEGORY_WORDS = {
    "brand": "品牌",
    "product-quality": "产品质量",
    "safety": "安全",
    "service": "服务",
    "rumour": "谣言",
    "conduct": "人员言行",
    "data-leak": "数据泄露",
    "collection": "采集",
}
"""A category of the user's own making stands as it is written."""
STATEMENT_WORDS = {
    "review": {
        "planner": "请审核（一审）",
        "manager": "请审核（二审）",
        "legal": "请审核（三审）",
        "commander": "紧急通道，请指挥审核",
        "filling": "请法务看填好的声明",
        "returned": "声明被退回，请修改",
    },
    "correct": {
        "lapsed": "24 小时内没有补审，请撤回或更正",
        "returned": "补审未通过，请撤回或更正",
        "edited": "已发布的文本没有补审就改了，请撤回或更正",
    },
}
"""What a page about a prepared statement asks, by its reason and what it is about."""
REPORT_WORDS = {"daily": "日报", "weekly": "周报", "special": "专报"}
_PLATFORM_WORDS = {
    "weibo": "微博",
    "wechat": "微信",
    "channels": "视频号",
    "douyin": "抖音",
    "kuaishou": "快手",
    "xiaohongshu": "小红书",
    "zhihu": "知乎",
    "bilibili": "B站",
    "tieba": "贴吧",
}


class Stationery(msgspec.Struct, frozen=True, kw_only=True):
    """What all messages of one house have in common."""

    base_url: str
    """Where people reach the desk (`network.public_url`), without a slash at the end."""
    code: Callable[[str], str] | None = None
    """The code of a page by its id: whoever has no browser answers a call with it."""
    simulated: bool = False
    """This house plays a made-up day: every message says so."""
    drill: bool = False
    """This house holds a drill: every message says so."""

    def write(self, pages: Sequence[PageRequested], desk: DeskConfig) -> Message:
        """The message for one page, or for several that go to the same contact."""
        return self._one(pages[0], desk) if len(pages) == 1 else self._several(pages, desk)

    def _one(self, page: PageRequested, desk: DeskConfig) -> Message:
        if page.reason == "handover":
            return self._handover(page)
        if page.reason == "probe":
            return self._probe(page)
        if page.reason == "report":
            return self._report(page, desk.brand(page.key))
        if page.reason in STATEMENT_WORDS:
            return self._statement(page, desk.brand(page.key))
        brand = desk.brand(page.key)
        lines = [
            _why(page.evidence),
            *_asked(page, brand),
            f"时间：{_local(page.evidence.at if page.evidence else page.at, brand)}",
            f"查看并接手：{self._link(page)}",
            *self._code(page),
        ]
        return Message(
            title=self._title(_headline(page, brand)),
            body="\n".join(lines),
            level=page.level,
            link=self._link(page),
        )

    def _code(self, page: PageRequested) -> list[str]:
        if self.code is None or not carries_code(page):
            return []
        return [f"没有网页时：回复短信或在 {self.base_url}/a 输入 {self.code(page.page)} 接手"]

    def _handover(self, page: PageRequested) -> Message:
        asked = "请接班" if not page.round else f"还没有人接班，第 {page.round + 1} 次提醒"
        body = "\n".join(
            [
                "接班人确认之前，呼叫仍然打给交班人。",
                f"查看未结事件并确认：{self.base_url}/oncall",
            ]
        )
        return Message(
            title=self._title(f"交接班 · {page.category} · {asked}"),
            body=body,
            level=page.level,
            link=f"{self.base_url}/oncall",
        )

    def _statement(self, page: PageRequested, brand: BrandDesk | None) -> Message:
        """About a prepared statement: its words stay in the house."""
        words = STATEMENT_WORDS[page.reason].get(page.playbook_step or "", page.playbook_step or "")
        name = _shortened(brand.name if brand else page.key, NAME_CHARACTERS_MOST)
        link = f"{self.base_url}/content/{page.key}/{page.category}"
        set_name, platform, variant = [*page.category.split("/"), "", ""][:3]
        about = f"{_PLATFORM_WORDS.get(platform, platform)} {_variant(variant)} · {set_name}"
        return Message(
            title=self._title(f"{words} · {name} · {about}"),
            body=f"查看并处理：{link}",
            level=page.level,
            link=link,
        )

    def _report(self, page: PageRequested, brand: BrandDesk | None) -> Message:
        """A report is there; its figures stay in the house."""
        words = REPORT_WORDS.get(page.playbook_step or "", page.playbook_step or "")
        name = _shortened(brand.name if brand else page.key, NAME_CHARACTERS_MOST)
        link = f"{self.base_url}/reports/{page.category}"
        title = self._title(f"{words} · {name} · {_local(page.at, brand)[:5]}")
        return Message(title=title, body=f"查看：{link}", level=page.level, link=link)

    def _probe(self, page: PageRequested) -> Message:
        body = "\n".join(
            [
                "这是一次测试，没有事件，不需要处理。",
                "收到说明从值班台到您的这条路是通的。",
                f"值班台：{self.base_url}/oncall",
            ]
        )
        return Message(
            title=self._title(f"【测试】呼叫链路测试 {page.category}"), body=body, level=page.level
        )

    def _several(self, pages: Sequence[PageRequested], desk: DeskConfig) -> Message:
        highest = max((page.level for page in pages), key=rank)
        headline = f"{SHAPES[highest]} {len(pages)} 条提醒，最高{LEVEL_WORDS[highest]}"
        entries = [self._entry(page, desk) for page in pages]
        return Message(
            title=self._title(headline),
            body=_bounded(entries, f"{self.base_url}/incidents"),
            level=highest,
            link=f"{self.base_url}/incidents",
        )

    def _entry(self, page: PageRequested, desk: DeskConfig) -> str:
        if not page.incident:
            alone = self._one(page, desk)
            return f"{alone.title}\n{alone.body}"
        brand = desk.brand(page.key)
        about = "".join(_asked(page, brand)) if page.playbook_step else _why(page.evidence)
        return f"{_headline(page, brand)}：{about}\n{self._link(page)}"

    def _title(self, headline: str) -> str:
        mark = "【演练】" if self.drill else "【模拟演练】" if self.simulated else ""
        return _shortened(f"{mark}{headline}", TITLE_CHARACTERS_MOST)

    def _link(self, page: PageRequested) -> str:
        return f"{self.base_url}/i/{page.incident}"


def _headline(page: PageRequested, brand: BrandDesk | None) -> str:
    name = _shortened(brand.name if brand else page.key, NAME_CHARACTERS_MOST)
    category = _shortened(CATEGORY_WORDS.get(page.category, page.category), NAME_CHARACTERS_MOST)
    return f"{SHAPES[page.level]} {LEVEL_WORDS[page.level]} · {name} · {category}"


def _asked(page: PageRequested, brand: BrandDesk | None) -> list[str]:
    """Why this person now, where it is not simply their turn."""
    match page.reason:
        case "again":
            return ["已有人接手，但一直没有动静，请跟进。"]
        case "step_overdue":
            return [f"{_lateness(page)}：{_step_title(page, brand)}"]
        case "step_notice":
            return [f"请处理或知悉预案步骤：{_step_title(page, brand)}"]
        case _:
            return [f"还没有人接手，第 {page.round + 1} 轮呼叫。"] if page.round else []


def _lateness(page: PageRequested) -> str:
    return "应对步骤已超时" if page.step is None else "应对步骤超时后仍未完成，上报给您"


def _step_title(page: PageRequested, brand: BrandDesk | None) -> str:
    """As the run has it; pages of earlier releases do not say it."""
    if page.step_title:
        return _shortened(page.step_title, NAME_CHARACTERS_MOST)
    titles = (
        step.title
        for playbook in (brand.playbooks if brand else ())
        for step in playbook.steps
        if step.id == page.playbook_step and step.title
    )
    return _shortened(next(titles, page.playbook_step or ""), NAME_CHARACTERS_MOST)


def _why(evidence: Evidence | None) -> str:
    """One sentence with the numbers that a rule fired on."""
    if evidence is None:
        return "由人工发起。"
    measured, limit = _figure(evidence.measured), _figure(evidence.limit)
    window = _length(evidence.window_s)
    match evidence.rule_type:
        case "severity":
            return f"{window}内 {measured} 位作者说到严重问题（界限 {limit} 位）。"
        case "reach":
            return f"有 {measured} 粉丝的账号发声（界限 {limit}）。"
        case "volume":
            return f"{window}内 {evidence.count} 条{_usual(evidence)}，异常度 {measured}（界限 {limit}）。"
        case "change":
            minutes = max(1, round((evidence.window_s or 0) / 60))
            return f"声量上了台阶：{minutes} 分钟内 {evidence.count} 条{_usual(evidence)}。"
        case "emerging":
            return f"{window}内 {measured} 位作者用了以前没人用的新词（界限 {limit} 位），共 {len(evidence.words)} 个。"
        case "negative_share":
            return (
                f"{window}内 {evidence.count} 条中 {evidence.negative or 0} 条负面，"
                f"表态的人里负面至少 {evidence.measured:.0%}（界限 {evidence.limit:.0%}）。"
            )
        case "velocity":
            return f"负面内容每分钟被转发 {measured} 次（界限 {limit} 次）。"
        case "sla_breaches":
            return f"{window}内 {measured} 位客户等回复超时（界限 {limit} 位）。"
        case "silence":
            platform = _PLATFORM_WORDS.get(evidence.platform or "", evidence.platform or "采集")
            return f"{platform}{window}内只收到平时的 {evidence.measured:.0%}（界限 {evidence.limit:.0%}），采集可能中断。"
        case "combine":
            return f"{measured} 条规则同时触发：{_listed(evidence.rules)}。"
        case _:
            return f"规则 {evidence.rule}：{measured}（界限 {limit}）。"


def _usual(evidence: Evidence) -> str:
    return "" if evidence.expected is None else f"，平时约 {_figure(evidence.expected)} 条"


def _listed(names: Sequence[str]) -> str:
    shown = "、".join(names[:RULES_SHOWN])
    return shown if len(names) <= RULES_SHOWN else f"{shown}…余 {len(names) - RULES_SHOWN} 条见页面"


def _figure(value: float) -> str:
    """`1,200,000`, `9.1`, `3`."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _length(seconds: int | None) -> str:
    if seconds is None:
        return "近期"
    if seconds % 3600 == 0:
        return f"{seconds // 3600} 小时"
    return f"{seconds // 60} 分钟" if seconds % 60 == 0 else f"{seconds} 秒"


def _local(at: datetime, brand: BrandDesk | None) -> str:
    zone = brand.timezone if brand else DEFAULT_TIMEZONE
    return f"{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}（{zone}）"


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _bounded(entries: Sequence[str], overview_url: str) -> str:
    """As many entries as there is room for, and how many more there are."""
    for shown in range(len(entries), 0, -1):
        left = len(entries) - shown
        rest = [f"…余 {left} 条见页面：{overview_url}"] if left else []
        body = "\n".join([*entries[:shown], *rest])
        if len(body.encode("utf-8", "replace")) <= BODY_BYTES_MOST:
            return body
    return f"共 {len(entries)} 条，见页面：{overview_url}"


def _variant(variant: str) -> str:
    """As the pages call it."""
    return "暂缓稿" if variant == "hold" else f"{variant.upper()} 稿"
