"""A desk whose people review statements, and short ways to ask for what they do."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import msgspec

from alerting.commands import LOCAL_ADMIN, DeskCommand, OpenIncident
from alerting.config import (
    BrandDesk,
    ContentItem,
    DeskConfig,
    EnumBlank,
    FreeBlank,
    NumberBlank,
    Person,
    TimeBlank,
)
from alerting.content import lock_item
from alerting.content_commands import FillContent, ReviewContent, SubmitContent
from alerting.content_events import ContentFilled, ReviewLevel, ReviewVerdict
from alerting.levels import Level
from alerting.shelf import ContentFile
from streams.events import CommandRefused
from tests.alerting.stage import CONFIG, PEOPLE, Stage
from tests.builders import at

TEAM = (*PEOPLE, Person(id="su", name="苏", contacts=("json://a/su",), roles=("support", "planner")))
STATEMENT = ContentItem(
    set="quality", scenario="quality", platform="weibo", variant="a", author="lin", expires=date(2026, 11, 25),
    blanks=(EnumBlank(name="topic", of=("保质期", "门店卫生")), NumberBlank(name="hours", min=2.0, max=24.0)),
    text="关于大家关心的 {topic}，核查结果会在 {hours} 小时内公布。",
)  # fmt: skip
FINDING = ContentItem(
    set="quality", scenario="quality", platform="weibo", variant="b", author="lin", expires=date(2027, 6, 30),
    blanks=(FreeBlank(name="finding"),), text="核查已经有结果：{finding}。",
)  # fmt: skip
HOLD = ContentItem(
    set="quality", scenario="quality", platform="weibo", variant="hold", author="lin", expires=date(2027, 6, 30),
    blanks=(TimeBlank(name="by", within_s=4 * 3600),), text="正在核实，结果会在 {by} 前在这里公布。",
)  # fmt: skip


def house(*content: ContentItem, people: tuple[Person, ...] = TEAM) -> DeskConfig:
    """The desk with these statements."""
    brand = BrandDesk(
        id="xibei", name="西贝", timezone="Asia/Shanghai", content=content or (STATEMENT, FINDING, HOLD)
    )
    return msgspec.structs.replace(CONFIG, brands=(brand,), people=people)


class ReviewDesk(Stage):
    """A stage with commands about statements; their ids are counted."""

    def __init__(self, config: DeskConfig | None = None, begins: str = "08:00") -> None:
        super().__init__(config or house(), begins)
        self._asked = 0

    def asks(
        self, command: Callable[..., DeskCommand], who: str, clock: datetime | str, **fields: Any
    ) -> str:
        """Ask; returns the refusal, or nothing."""
        self._asked += 1
        when = at(clock) if isinstance(clock, str) else clock
        fields = {"id": f"ask-{self._asked}", "who": who, "brand": "xibei"} | fields
        events = self.happens(command(**fields), when)
        return next((event.why for event in events if isinstance(event, CommandRefused)), "")

    def burns(self, level: Level, clock: str) -> None:
        """An incident is opened by hand."""
        self.asks(OpenIncident, LOCAL_ADMIN, clock, level=level)

    def submits(self, who: str, clock: str, item: ContentItem = STATEMENT, **more: Any) -> str:
        return self.asks(SubmitContent, who, clock, item=item.id, hash=lock_item(item), **more)

    def says(
        self,
        who: str,
        level: ReviewLevel,
        clock: datetime | str,
        item: ContentItem = STATEMENT,
        verdict: ReviewVerdict = "approve",
        opinion: str = "同意",
    ) -> str:
        return self.asks(
            ReviewContent, who, clock, item=item.id, hash=lock_item(item), level=level, verdict=verdict, opinion=opinion
        )  # fmt: skip

    def approves(self, clock: str, item: ContentItem = STATEMENT) -> None:
        """Everybody agrees, within the minute."""
        assert self.submits("lin", clock, item) == ""
        for who, level in (("su", "planner"), ("he", "manager"), ("wu", "legal")):
            assert self.says(who, level, clock, item) == ""  # type: ignore[arg-type]

    def fills(self, who: str, clock: str, item: ContentItem = STATEMENT, **values: str) -> str:
        return self.asks(FillContent, who, clock, item=item.id, hash=lock_item(item), values=values)

    def filled(self) -> str:
        """The hash of the text that was filled last."""
        return self.of_type(ContentFilled)[-1].text_hash

    def file(self, item: ContentItem = STATEMENT) -> ContentFile:
        return self.state.brands["xibei"].shelf[item.id]

    def told(self, *types: str) -> list[str]:
        """Types of events about statements so far."""
        return [
            event.type
            for event in self.events
            if event.type.startswith("content.") and (not types or event.type in types)
        ]
