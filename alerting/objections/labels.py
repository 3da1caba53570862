"""What is missing: the label of an advertisement, the label of generated content, proof of licences, real dates, sources."""

import re

from alerting.objections.objection import (
    ADVERTISING,
    CITATIONS,
    COPYRIGHT,
    GENERATED,
    ONLINE_ADVERTISING,
    PATENTS,
    PORTRAIT,
    PROMISES_CLEAR,
    Objection,
)

_AD = r"[【\[(#<]\s*(?:广告|推广广告)\s*[】\])#>]|(?:^|\n)\s*广告(?:[\s:|·]|$)|(?:本|此)(?:文|内容|条|视频|帖)(?:为|是|含|属)(?:商业)?(?:广告|推广)|\(广告\)|#广告"
_AI = r"(?:ai|人工智能)\s*(?:技术)?\s*(?:辅助)?\s*(?:生成|合成)"
ADVERTISING_LABEL = re.compile(_AD)
"""In normalised text."""
GENERATED_LABEL = re.compile(_AI)
_DATE = r"\d{1,2}月\d{1,2}[日号]?|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|(?<!\d)\d{1,2}[/.]\d{1,2}\s?[-~—至到]\s?\d{1,2}|\d{1,2}[日号](?:前|止|截止|结束|24|零点)|[至到](?:本月|今晚|明晚|本周[一二三四五六日天])|今天?(?:\d{1,2}[:点])"
_LICENSED = r"授权|许可|版权(?:归|由|合同|编号)|已购|购买|采购自|正版|原创|自制|自拍|实拍|拍摄|免费商用|开源|公版|cc0|同意书|书面同意"

RULES: tuple[Objection, ...] = (
    Objection(
        rule="advertising-unlabelled",
        # 体验、测评、探店 with a way to buy, and bought content of any kind.
        pattern=r"(?:测评|评测|探店|种草|好物(?:分享|推荐)?|体验(?:分享|官)|开箱|安利|亲测|自用推荐)(?=[\s\S]{0,120}?(?:链接|小黄车|橱窗|下单|购买|团购|优惠券|领券|同款戳))"
        r"|(?:品牌|商务|商业)(?:合作|赞助)(?:推广|内容|视频)?(?:发布|款|推荐)?(?=[\s\S]{0,60}?(?:推荐|链接|下单|购买|种草|体验|探店))|(?:赞助|冠名)(?:播出|内容|视频|推荐)|恰饭|推广合作|合作推广|受[\u4e00-\u9fff]{1,8}(?:邀请|委托)(?:体验|探店|推广|试吃)",
        source=ONLINE_ADVERTISING,
        suggestion="在开头显著标明“广告”",
        severity="warn",
        not_in_text=_AD,
    ),
    Objection(
        rule="selling-unlabelled",
        pattern=r"(?:立即|马上|点击|戳|扫码|快来|速来|赶紧)[\u4e00-\u9fff]{0,6}?(?:下单|抢购|选购|购买|入手|囤货|锁定优惠)|(?:购买|下单|抢购)链接|小黄车(?:下单|购买|有售)?|橱窗(?:下单|购买|有售)|直播间(?:下单|抢购|购买|同款)|点击获取|点击领(?:取|奖)",
        source=ADVERTISING,
        suggestion="在开头显著标明“广告”",
        severity="warn",
        not_in_text=_AD,
        not_in_sentence=r"暂停|停止|取消|下架|关闭|召回|请勿|不要|已购买|退款|退货",
    ),
    Objection(
        rule="ai-unlabelled",
        # The label must hold both 人工智能/AI and 生成/合成: AI绘制 alone is none.
        pattern=r"(?:ai|aigc|人工智能|midjourney|stable\s?diffusion|文心一格|通义万相|即梦|可灵|sora|dall[·-]?e|chatgpt|gpt|deepseek|豆包)[\u4e00-\u9fffa-z\d\s]{0,8}?(?:绘制|绘画|作图|画的|画出|制作|出图|生图|写的|撰写|写作|配音|换脸|做的|创作|渲染)"
        r"|(?:数字人|虚拟人|虚拟主播|ai主播)[\u4e00-\u9fff]{0,6}(?:出镜|主播|口播|播报|讲解|直播|配音)|ai换脸|换脸视频",
        source=GENERATED,
        suggestion="写明“内容由 AI 生成”，并用平台自带的标识功能",
        severity="warn",
        not_in_text=_AI,
        not_in_sentence=r"没有使用|未使用|不使用|并非|不是|谣言|伪造|举报|p图|警惕",
    ),
    Objection(
        rule="unlicensed-picture",
        pattern=r"(?:图片?|配图|封面|素材|照片|视频|海报)(?:均|都)?(?:源|来源|来自|取自|转自|摘自|搬运自)[于自]?:?\s*(?:网络|互联网|网上|百度|小红书|微博|抖音|朋友圈|某?博主)|(?:网上|网络|百度)(?:找|搜|下载|扒)(?:来|到|了)?的?(?:图|素材|照片|视频)|用(?:的|了)?(?:网图|盗图|同行的图)|侵(?:权)?(?:联系?)?(?:立|必|即)?删|影视(?:截图|剧照)(?:做|作|当)|扒(?:来|下)的(?:图|视频)",
        source=COPYRIGHT,
        suggestion="换成自己拍的或已获授权的，并附上授权凭证",
        not_in_sentence=r"已(?:获|经|取得)?[\u4e00-\u9fff]{0,6}(?:授权|许可)|授权编号|正版",
    ),
    Objection(
        rule="unlicensed-font",
        pattern=r"(?:微软雅黑|方正[\u4e00-\u9fff]{0,4}|汉仪[\u4e00-\u9fff]{0,4}|华康[\u4e00-\u9fff]{0,4}|造字工房[\u4e00-\u9fff]{0,4}|蒙纳[\u4e00-\u9fff]{0,4})(?:字体|体(?![验制系]))|(?:网上|免费)下载的字体|破解(?:版)?字体|字体[\u4e00-\u9fff]{0,4}(?:未授权|没有授权|没授权)",
        source=COPYRIGHT,
        suggestion="换成可商用的字体，或附上授权凭证",
        not_in_sentence=r"已(?:获|购|取得)|商用授权|授权编号|授权合同|正版|已授权",
    ),
    Objection(
        rule="unlicensed-music",
        pattern=r"(?:bgm|配乐|背景(?:音)?乐|歌曲|插曲)(?:使用|用的?是|用了?|选用|采用|是|为|来自|:)\s*(?:网[络上]|[\u4e00-\u9fff]{0,6}[《<])|(?:网上|网络)(?:下载|找)的(?:音乐|歌|bgm|配乐)|(?:音乐|bgm|配乐|歌曲)[\u4e00-\u9fff]{0,4}(?:来自网络|未授权|没有授权|没授权)|热门歌曲(?:做|作|当)(?:bgm|背景|配乐)",
        source=COPYRIGHT,
        suggestion="换成有授权的音乐，并附上凭证",
        not_in_sentence=r"已(?:获|购|取得)|商用授权|授权编号|授权合同|正版曲库|平台曲库|原创|已授权",
    ),
    Objection(
        rule="unlicensed-portrait",
        pattern=r"(?:明星|艺人|演员|歌手|偶像|爱豆|网红|运动员|冠军|顾客|消费者|员工|路人|小朋友|孩子)[\u4e00-\u9fff]{0,4}的?(?:剧照|照片|肖像|头像|表情包|正脸|合影|同款照)(?=[\u4e00-\u9fff]{0,6}(?:做|作|当|用|配|宣传|海报|封面|展示))|(?:使用|用了?|配上?|借用|盗用)[\u4e00-\u9fff]{0,6}(?:明星|艺人|演员|歌手|偶像|网红|运动员|顾客|消费者|路人|孩子)[\u4e00-\u9fff]{0,4}的?(?:剧照|照片|肖像|头像|表情包|正脸)|偷拍",
        source=PORTRAIT,
        suggestion="取得本人书面同意并附上，或换掉",
        not_in_sentence=r"(?:已|经)[\u4e00-\u9fff]{0,6}(?:同意|授权|许可)|书面同意|打码|不使用|不会使用|未使用|不得|禁止|严禁|举报|从未",
    ),
    Objection(
        rule="promotion-undated",
        pattern=r"限时(?=[^。!,\n]{0,8}(?:优惠|特惠|折|抢|购|秒杀|活动|福利|立减|特价|免费|半价|赠|直降))|(?:限量|疯狂|火热)抢购|秒杀(?!同行|竞品|全网|对手|一切)|大促|(?:仅剩|只剩|最后)[\d一二三两]{1,3}天(?=[^。\n]{0,10}(?:优惠|抢|折|购|活动|特价|福利))|抢完即止|售完(?:即|为)止|送完(?:即|为)止|先到先得|过期不候|即将恢复原价|即将涨价|(?:今日|本周|节日|周末|开业)特价|满\d{1,9}(?:元)?[减送]\d{1,9}|买一[送赠]一|第二[份杯件碗个]半价|全场(?:[\d.一二三四五六七八九]{1,4}折|半价|特价|五折)|(?<![\d.])[\d一二三四五六七八九](?:\.\d)?折(?!叠|线|页|戟|痕|断)(?:优惠|起|特惠|抢|促销|封顶|来袭)?|立减\d{1,9}|直降\d{1,9}|活动期间|优惠(?:多多|来袭|大放送)|全民免单|免单活动",
        source=PROMISES_CLEAR,
        suggestion="写上真实的起止日期和条件",
        severity="warn",
        not_in_text=_DATE,
        not_in_sentence=r"暂停|停止|取消|下架|已结束|不打折|退款|骨折|原定|终止",
    ),
    Objection(
        rule="claim-unsourced",
        pattern=r"(?:\d{1,9}(?:\.\d{1,9})?%|百分之[\u4e00-\u9fff]{1,4}|[\d.]{1,12}[万亿](?:名|位|个)?|九成|八成|十有八九)(?:以上)?的?(?:顾客|用户|消费者|家庭|妈妈|人|食客|会员)(?:都)?[\u4e00-\u9fff]{0,3}(?:选择|满意|推荐|好评|信赖|信任|认可|复购|喜欢|回购|爱|[选说夸])|(?:好评率|满意度|满意率|复购率|回购率|有效率)(?:高?达|超过?|超|为|:)?\s?[\d.]{1,12}%?|销量(?:突破|超过?|累计|超)[\d.]{1,12}[万亿]",
        source=CITATIONS,
        suggestion="写明数据的出处、时间和范围",
        severity="warn",
        not_in_sentence=r"来源|数据来自|据(?!说|传|悉)[\u4e00-\u9fff]{2,}|调查(?:显示|结果|报告)|统计|截至|样本|抽样|报告显示",
    ),
    Objection(
        rule="patent-unnumbered",
        pattern=r"(?:国家|发明|独家|自有|多项|[\d一二三两]{1,3}项)?专利(?:技术|产品|配方|工艺|设计|认证|锅|面料|成分)|获得?(?:国家)?(?:发明)?专利|申请专利中",
        source=PATENTS,
        suggestion="写明专利号和专利种类",
        severity="warn",
        not_in_text=r"zl\s?\d|专利号",
        not_in_sentence=r"没有|侵犯|尊重|纠纷|诉讼",
    ),
)
