"""What is said about prepared statements, in both languages."""

from streams.text.errors import Wording


def uncovered(brand: str, scenario: str, counts: str) -> Wording:
    return Wording(
        f"{brand}：场景 {scenario} 的备用内容 {counts}",
        f"{brand}: for the scenario {scenario} {counts} statements",
    )


def heading(written: str) -> Wording:
    return Wording(f"小标题 {written}", f"the heading {written}")


def objected(words: str, source: str) -> Wording:
    return Wording(f"“{words}”（{source}）", f'"{words}" ({source})')


def instead(suggestion: str) -> Wording:
    return Wording(suggestion, f"other words ({suggestion})")


def no_reviewer(author: str, level: str | None) -> Wording:
    if level is None:
        return Wording(
            f"{author} 写的内容凑不齐三个不同的审核人",
            f"no three different reviewers for what {author} writes",
        )
    return Wording(
        f"{author} 写的内容没有人审 {level} 一级", f"nobody to review as {level} what {author} writes"
    )


def reviewers_asleep(author: str, hours: str) -> Wording:
    return Wording(
        f"{author} 写的内容在 {hours} 凑不齐三个醒着的审核人",
        f"no three reviewers awake at {hours} for what {author} writes",
    )


def no_deputy(author: str, level: str) -> Wording:
    return Wording(
        f"{author} 写的内容在 {level} 一级只有一个人能审",
        f"one reviewer alone as {level} for what {author} writes",
    )


def no_emergency_lane(author: str) -> Wording:
    return Wording(
        f"{author} 写的内容走不了紧急通道", f"nobody for the emergency lane for what {author} writes"
    )


SOME_VARIANTS = Wording(
    "每个平台 2 到 3 稿，其中一稿不需要自由填写",
    "two or three on each platform, one of them without free words",
)
THREE_REVIEWERS = Wording(
    "作者之外，角色 planner、manager、legal（或 pr）各有一个不同的人",
    "beside the author, a different person each with the role planner, manager, and legal (or pr)",
)
REVIEWERS_AWAKE = Wording(
    "任何时段都有人，或错开勿扰时段", "people at every hour, or quiet hours that do not coincide"
)
A_DEPUTY = Wording(
    "每一级至少两个人，一个不应另一个接", "two people for every level, so that one follows the other"
)
LEGAL_AND_COMMANDER = Wording(
    "作者之外，角色 legal 与 commander 各有一个不同的人",
    "beside the author, a different person each with the role legal and commander",
)
MATERIAL = Wording("{kind: 种类, name: 名称, proof: 授权凭证}", "{kind: …, name: …, proof: …}")
PERIOD = Wording("{from: 日期, to: 日期}", "{from: DATE, to: DATE}")
HEADING = Wording(
    "小标题：## 平台/版本 形式，例如 ## weibo/hold 或 ## douyin/a 口播稿，约 40 秒",
    "a heading: ## platform/variant form, such as ## weibo/hold or ## douyin/a pinned comment",
)
ABOVE_HEADINGS = Wording("第一个小标题之前的文字", "words above the first heading")
NO_WORDS = Wording("没有正文的小标题", "a heading without words")
WORDS_BELOW = Wording("小标题之后的正文", "the statement's text below its heading")
