"""What single platforms do not let pass."""

from alerting.objections.objection import Objection

RULES: tuple[Objection, ...] = (
    Objection(
        rule="wechat-sharing",
        pattern=r"(?:转发|分享)(?:到|至)?(?:朋友圈|群|好友)?\w{0,6}(?:领|送|得|抽|解锁)\w{0,4}(?:红包|奖|礼|券|免单)|集赞|(?:不转|转发)[\u4e00-\u9fff]{0,4}(?:不是|就是)中国人",
        source="微信平台规范（外部链接内容管理，诱导分享），以平台现行文本为准",
        suggestion="去掉以转发换取好处的条件",
        severity="warn",
        platforms=frozenset({"wechat", "channels"}),
    ),
    Objection(
        rule="leading-away",
        pattern=r"(?:加|添加|\+)\s?(?:微信|vx|v信|薇信|威信|企鹅|qq)|微信号:|(?:vx|wx|qq):\s?\w|私加(?:微信|v)",
        source="平台社区规范（站外引流），以平台现行文本为准",
        suggestion="请顾客在本平台私信联系",
        severity="warn",
        platforms=frozenset({"douyin", "kuaishou", "xiaohongshu"}),
    ),
)
