"""What is objected to: patterns with their source in law or in a platform's rules, and what could stand there instead."""

import re
from typing import Literal

import msgspec

FlagSeverity = Literal["block", "warn"]

_EXTREME = "《中华人民共和国广告法》第九条第（三）项"
_STATE = "《中华人民共和国广告法》第九条第（二）项"
_FALSE_PROMISE = "《中华人民共和国广告法》第二十八条"
_WECHAT_SHARING = "《微信外部链接内容管理规范》诱导分享"
_LEADING_AWAY = "平台社区规范：站外引流"
ADVERTISING = "《中华人民共和国广告法》第十四条"
GENERATED = "《人工智能生成合成内容标识办法》第十条"
COPYRIGHT = "《中华人民共和国著作权法》第五十三条第（一）项"
PORTRAIT = "《中华人民共和国民法典》第一千零一十九条"
PROMISES_CLEAR = "《中华人民共和国广告法》第八条"

SPECIAL_INDUSTRY = "industry-"
"""How the names of rules begin whose content legal has to read first."""
ADVERTISING_LABEL = re.compile(r"[【\[（(#]\s*广告\s*[】\])）#]|^广告[\s:：]|本(?:文|内容|条)(?:为|是)广告")
GENERATED_LABEL = re.compile(r"(?:AI|人工智能)\s*(?:辅助)?(?:生成|合成)", re.IGNORECASE)


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern, why it is objected to, and what could stand there instead."""

    rule: str
    pattern: str
    source: str
    suggestion: str
    severity: FlagSeverity = "block"
    platforms: frozenset[str] = frozenset()
    """Empty: everywhere."""


OBJECTIONS: tuple[Objection, ...] = (
    Objection(
        rule="extreme-named",
        pattern=r"国家级|世界级|宇宙级|最高级|最佳|史无前例|绝无仅有|独一无二|顶级|极品|极致之选",
        source=_EXTREME,
        suggestion="改为可以证明的具体描述",
    ),
    Objection(
        rule="extreme-most",
        # 最 with a quality; not 最近, 最后, 最终, 最初, 最迟, 尽最大努力, 最大程度, 最新进展, 最低消费.
        pattern=r"(?<!尽)最(?:好|优|强|棒|美|牛|火|热销|畅销|便宜|先进|安全|健康|正宗|权威|受欢迎|值得信赖|高端|低价)"
        r"|全网最\w|史上最\w|业内最\w|行业最\w|全国最\w",
        source=_EXTREME,
        suggestion="最 → 较，或删去",
    ),
    Objection(
        rule="extreme-first",
        # 第一 as a rank; not 第一时间, 第一步, 第一批, 第一次, 第一线.
        pattern=r"(?:销量|销售|全国|全球|世界|中国|行业|业内|全网|同城|排名|口碑|品质|质量|市场份额|人气)(?:\w{0,3})第一"
        r"(?!时间|步|批|次|线|天|季度|人称|现场)|第一(?:品牌|名牌|大品牌)|(?:稳居|位居|位列|荣登|勇夺)\w{0,4}第一",
        source=_EXTREME,
        suggestion="写明数据、时间范围和出处，或改为“位居前列”",
    ),
    Objection(
        rule="extreme-price",
        pattern=r"全网最低价|全网最低|史上最低价?|最低价|底价|跳楼价",
        source=_EXTREME,
        suggestion="限时特惠",
    ),
    Objection(
        rule="extreme-only",
        # 唯一 may be a plain fact (唯一官方账号), so a person decides.
        pattern=r"(?:全国|全球|行业|业内|国内)?唯一(?!官方|账号|入口|渠道|标识|编号)|首选品牌|领导品牌|王牌",
        source=_EXTREME,
        suggestion="删去，或改为可以证明的事实",
        severity="warn",
    ),
    Objection(
        rule="state-organ",
        pattern=r"国家机关(?:推荐|专供|特供)|国家领导人(?:推荐|都)|人民大会堂(?:专供|特供)|(?:军队|中南海)(?:专供|特供)",
        source=_STATE,
        suggestion="删去",
    ),
    Objection(
        rule="false-promise",
        pattern=r"零风险|(?:100|百分之百|百分百)\s?[%％]?(?:安全|有效|健康|放心|满意|纯天然)|绝对(?:安全|放心|健康|不会|没有)|永不(?:再犯|发生)|包治",
        source=_FALSE_PROMISE,
        suggestion="只写已经核实、能够做到的",
    ),
    Objection(
        rule="wechat-sharing",
        pattern=r"(?:转发|分享)(?:到|至)?(?:朋友圈|群|好友)?\w{0,6}(?:领|送|得|抽)\w{0,4}(?:红包|奖|礼|券)",
        source=_WECHAT_SHARING,
        suggestion="去掉以转发换取好处的条件",
        severity="warn",
        platforms=frozenset({"wechat", "channels"}),
    ),
    Objection(
        rule="leading-away",
        pattern=r"(?:加|添加)\s?(?:微信|VX|V信|薇信)|微信号[:：]",
        source=_LEADING_AWAY,
        suggestion="请顾客在本平台私信联系",
        severity="warn",
        platforms=frozenset({"douyin", "kuaishou", "xiaohongshu"}),
    ),
)
