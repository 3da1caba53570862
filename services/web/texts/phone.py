"""The page that a call in the night opens, and the wall."""

TEXTS: dict[str, tuple[str, str]] = {
    # phone at night
    "night.opened": ("{time} 打开", "opened {time}"),
    "night.calls": ("第 {count} 次呼叫", "call no. {count}"),
    "night.why": ("为什么叫醒您", "Why you were woken"),
    "night.next": ("下一步", "What is next"),
    "night.next_take": ("确认接手（之后不再呼叫别人）", "Take it (nobody else is called then)"),
    "night.next_step": ("{title}，{time} 前", "{title}, by {time}"),
    "night.next_content": ("备用声明 {count} 稿可填空复制", "{count} backup statements ready to fill and copy"),
    "night.full": ("打开事件页", "Open the whole page"),
    "night.read": ("看 {count} 条原文", "Read {count} items"),
    "night.by_hand": ("{name} 手动打开：{note}", "{name} opened it: {note}"),
    # the code of a call or a text message
    "code.title": ("用短信里的数字接手", "Take it by the code you were sent"),
    "code.lead": ("输入电话或短信里的六位数字。接手之后不再呼叫别人。", "Type the six digits of the call or message. Nobody else is called then."),
    "code.code": ("六位数字", "Six digits"),
    "code.unknown": ("这个数字不对，或者事件已经关闭。", "This is no code, or the incident is closed."),
    "code.too_many": ("输错太多次。请打开值班台，或者十分钟后再试。", "Too many wrong codes. Open the desk, or wait ten minutes."),
    "code.taken": ("✓ {name} 已接手，不再呼叫别人", "✓ {name} has it; nobody else is called"),
    "code.taken_already": ("✓ {name} 已经接手", "✓ {name} has it already"),
    "code.desk": ("打开值班台", "Open the desk"),
    # wall
    "wall.calm": ("平静", "Calm"),
    "wall.open": ("{level} · {category}", "{level} · {category}"),
    "wall.taken": ("{name} 已接手", "{name} has it"),
    "wall.untaken": ("无人接手", "nobody has it"),
    "wall.since": ("已 {length}", "for {length}"),
    "wall.waiting": ("等待回复", "waiting"),
    "wall.overdue": ("已超时", "overdue"),
    "wall.next": ("最近一条到期", "next due"),
    "wall.hour": ("一小时提及", "items this hour"),
    "wall.negative": ("负面", "negative"),
    "wall.nothing_due": ("无", "none"),
}  # fmt: skip
