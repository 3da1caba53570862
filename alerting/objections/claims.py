"""Claims of special industries, each forbidden by an article of its own, and content that legal has to read first."""

from alerting.objections.objection import (
    EDUCATION,
    HOUSING,
    INVESTMENT,
    MEDICAL_CLAIMS,
    MEDICAL_REVIEW,
    Objection,
)

SPECIAL_INDUSTRY = "industry-"
"""How the names of rules begin whose content legal has to read first."""
_DENIED = r"(?:不能|不可|不具(?:有|备)?|没有|并无|无|不是|不得(?:宣传|宣称)?|不宣传|不宣称|不会|不代替|从未宣称|严禁(?:宣传)?)(?:任何)?"
_ILLNESS = r"(?:高血压|高血糖|高血脂|三高|糖尿病|失眠|脱发|关节炎?|痛经|便秘|胃病|肾虚|癌|肿瘤|鼻炎|咽炎|痛风|近视|抑郁|皮肤病|湿疹|痔疮|冠心病|感冒|肥胖|[\u4e00-\u9fff]{1,3}病)"

RULES: tuple[Objection, ...] = (
    Objection(
        rule="medical-claim",
        # Not 顾客经治疗已痊愈, 承担治疗费用, 消毒杀菌: a crisis has doctors and bills in it.
        pattern=r"根治|(?:保证|包)治[好愈]|包治|治百病|药到病除|无(?:毒)?副作用|无毒副?作用|无依赖性?|(?:彻底|快速|完全)(?:治愈|康复)|治愈率|有效率\d|三天即愈|不反复|不复发|比手术安全"
        r"|[抗防]癌|(?:降|控)(?:三高|血[压糖脂])|(?:治疗|治好|改善|缓解|预防|调理|告别)"
        + _ILLNESS
        + r"|疗效|特效药|神药|祛斑|排毒养颜|燃脂|减脂瘦身|[一\d]{1,2}[个天周月][\u4e00-\u9fff]{0,3}瘦\d{1,9}|(?:提高|增强)(?:人体)?免疫力|提升免疫力|延年益寿|壮阳|补肾(?:壮阳|益精)?|活血化瘀|安神助眠|改善睡眠|滋阴|清热解毒|消除精神压力|平衡正负能量",
        source=MEDICAL_CLAIMS,
        suggestion="删去疗效和医疗用语",
        not_after=_DENIED + r"|(?:医院|医生|急诊|住院)[\u4e00-\u9fff]{0,4}",
        not_in_sentence=r"治疗费|就医|医药费|住院|送医|谣言|不实",
    ),
    Objection(
        rule="industry-medical",
        pattern=r"医美|医疗美容|玻尿酸|肉毒素|热玛吉|隆鼻|割?双眼皮|种植牙|植发|近视(?:手术|矫正)|处方药|保健(?:品|食品)|医疗器械|义诊|中医(?:调理|理疗|养生)|减肥药|祛痘|药膳|疫苗(?:预约|套餐)",
        source=MEDICAL_REVIEW,
        suggestion="医疗、药品、保健食品内容先交法务，审查文号写在文中",
        severity="warn",
        not_in_sentence=r"不(?:是|含|属于|得|销售|卖|涉及)[^。]{0,8}(?:药|保健|医)|从不销售|没有销售",
    ),
    Objection(
        rule="finance-claim",
        pattern=r"保本|保(?:收益|息|赚)|稳赚|躺赚|包赚|只赚不赔|稳赚不赔|无风险(?:收益|理财|投资|套利)|(?:高|稳定|固定|保底|超高)(?:收益|回报)|年化(?:收益)?率?(?:高?达)?\d|年(?:化)?(?:收益|回报)率?(?:高?达)?\d|加盟即赚|\d{1,9}%(?:以上)?的?(?:收益|回报)|[日月]赚[\d百千万]|日入\d|月入(?:过)?[\d万十百]{1,6}|投资回报率?(?:高?达)?|内部消息|原始股|翻[倍番]收益|财富自由|[\d一二三四五六七八九十两半]{1,6}(?:天|个月|年)(?:即可|就)?回本|回本快|保证回[本购]",
        source=INVESTMENT,
        suggestion="删去收益承诺，写明风险",
        not_after=_DENIED + r"|(?:不承诺|不保证|警惕|谨防)[\u4e00-\u9fff]{0,6}",
        not_in_sentence=r"谨防|警惕|诈骗|骗局|骗子|冒充",
    ),
    Objection(
        rule="industry-finance",
        pattern=r"理财(?:产品)?|私募|公募|基金(?!会)(?:产品|经理|定投|认购)?|股票|期货|众筹|(?:小额|无抵押|低息|信用|消费|抵押|质押)贷款|贷款(?:额度|利率|秒批|申请|产品|服务)|信用卡(?:提现|套现|办理|分期)|数字货币|虚拟币|比特币|p2p|(?:招商|品牌|火爆)加盟|加盟(?:招商|热线|政策|商招募|条件)|保险(?:产品|理财)|分期(?:免息|贷)",
        source=INVESTMENT,
        suggestion="金融、招商内容先交法务，并写明风险提示",
        severity="warn",
        not_in_sentence=r"谨防|警惕|诈骗|骗局|冒充|从未|上当|不是我们|停牌|复牌|股价|股东|未(?:开放|授权)|不(?:提供|涉及|做|开放|接受)|股票代码|已暂停",
    ),
    Objection(
        rule="education-claim",
        pattern=r"包过|保过|(?:考试|考证|考研|考级|认证|一考)[\u4e00-\u9fff]{0,3}一次(?:性)?通[过关]|一次通关|保(?:录取|升学|上岸|拿证|就业|offer)|押(?:中)?题|命题(?:专家|组|人)|名师(?:亲授|押题|保)|提分\d|提\d{1,9}分|升学率|零基础[\u4e00-\u9fff]{0,6}(?:精通|月薪|拿证|高薪)|(?:考不过|不过)(?:全额)?退|一[本套][\u4e00-\u9fff]{0,2}(?:书|题)学会|\d{1,9}天(?:学会|精通|速成)|高考移民|内部(?:名额|录取)",
        source=EDUCATION,
        suggestion="删去对成绩、录取、通过的承诺",
        not_after=_DENIED + r"|(?:不承诺|不保证)[\u4e00-\u9fff]{0,6}",
        not_in_sentence=r"谨防|警惕|诈骗|骗局",
    ),
    Objection(
        rule="industry-education",
        pattern=r"辅导班|补习班|培训班|考研(?:班|课|集训)|考公|公务员考试|留学(?:申请|中介|咨询|服务)|雅思|托福|网课|学历(?:提升|教育)|课程(?:报名|优惠|咨询|顾问)|招生(?!办)|早教|驾校|职业资格证?|考证",
        source=EDUCATION,
        suggestion="教育、培训内容先交法务",
        severity="warn",
        not_in_sentence=r"员工|内部|食品安全(?:培训|课程)|从业人员",
    ),
    Objection(
        rule="housing-claim",
        pattern=r"升值(?:空间|潜力|回报|在即)|(?:立马|坐等|稳定)升值|买房(?:送|即)(?:户口|落户)|学区房|投资价值",
        source=HOUSING,
        suggestion="删去升值与回报的承诺",
        not_after=_DENIED + r"|(?:不承诺|不保证)[\u4e00-\u9fff]{0,6}",
    ),
)
