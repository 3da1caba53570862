"""Sensitive words: vice and superstition, discrimination, sovereignty, personal data, and blaming others in a crisis."""

from alerting.objections.objection import (
    CUSTOMS,
    DIGNITY,
    DISCRIMINATION,
    PERSONAL_DATA,
    REPUTATION,
    VICE,
    Objection,
)

_AGAINST = r"禁止|严禁|抵制|打击|举报|拒绝|远离|杜绝|谨防|警惕|反对|查处|扫黄|不得|不涉及|与[^。]{0,8}无关"

RULES: tuple[Objection, ...] = (
    Objection(
        rule="sensitive-vice",
        pattern=r"赌[博场球]|博彩|六合彩|百家乐|老虎机|足球投注|投注站?(?:推荐|技巧)|彩票内幕|色情|约炮|一夜情|裸聊|招嫖|嫖娼|包夜|援交|性伴侣|情色|毒品|冰毒|大麻|代孕|借腹生子|代开发票|套牌车|办假证|刻章办证",
        source=VICE,
        suggestion="删去",
        not_in_sentence=_AGAINST,
    ),
    Objection(
        rule="sensitive-superstition",
        pattern=r"算命|占卜|开光(?:加持|的?(?:手串|吊坠|饰品|护身符))?|转运(?!中心|车|站|单|仓|到|至|途|货)|招财(?:进宝)?|旺(?:夫|财|宅|子|运)|辟邪|避凶|消灾|挡灾|逢凶化吉|改运|镇宅|化解小人|防小人|带来好运|增加?事业运|提升(?:运气|财运)|财运亨通|万事亨通|时来运转|风水(?:宝地|摆件|大师|布局)|第六感",
        source=VICE,
        suggestion="删去",
        not_in_sentence=_AGAINST + r"|招财猫(?:形象|摆台)",
    ),
    Objection(
        rule="sensitive-discrimination",
        pattern=r"(?:河南|东北|农村|外地|乡下|山区|上海|广东|安徽)(?:人|佬|女人|男人)[\u4e00-\u9fff]{0,4}(?:都是|就是|素质|不配|滚|骗子|小偷|没文化)"
        r"|(?:女人|男人|女性|女司机|大妈|老人)[\u4e00-\u9fff]{0,3}(?:就该|就应该|天生|不配|只会|没用|不如)|(?:只招|限|不招)(?:男性?|女性?)(?=[,。!]|$)|不招(?:女|男|河南|外地)"
        r"|死肥[宅婆]|残废|弱智|脑残|智障|娘炮|黑鬼|阿三|小日本|鬼子|剩女|穷(?:人|鬼)[\u4e00-\u9fff]{0,3}(?:不配|别|滚|吃不起)|没钱就别|屌丝|土包子",
        source=DISCRIMINATION,
        suggestion="删去，不以地域、性别、民族、贫富论人",
        not_in_sentence=_AGAINST,
    ),
    Objection(
        rule="sensitive-sovereignty",
        pattern=r"(?:台湾|香港|澳门|西藏|新疆)(?:、[\u4e00-\u9fff]{2,4}|和[\u4e00-\u9fff]{2,4}){0,3}等?(?:国家(?!税务|公园|安全|电网)|国籍|国(?=[,。、]|$))"
        r"|(?:日本|韩国|美国|新加坡|泰国|英国)(?:、|和|及)(?:台湾|香港|澳门)(?:、[\u4e00-\u9fff]{2,4}){0,2}等?(?:国|国家|各国)"
        r"|中国(?:和|与|、|及)(?:台湾|香港|澳门)(?!地区|同胞|特别行政区|省)|中华民国|(?:台|港|藏|疆)独",
        source=DIGNITY,
        suggestion="写“中国台湾”“中国香港”“国家和地区”",
        not_in_sentence=r"反对|抵制|坚决",
    ),
    Objection(
        rule="personal-data",
        pattern=r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<![\dx])\d{17}[\dx](?![\dx])|(?:顾客|客户|消费者|当事人|投诉人)[\u4e00-\u9fff]{0,4}(?:身份证号?|手机号码?|家庭住址|住址)(?:为|是|:)",
        source=PERSONAL_DATA,
        suggestion="隐去姓名、电话、证件号和住址",
    ),
    Objection(
        rule="disaster-marketing",
        pattern=r"(?:地震|洪灾|水灾|遇难|空难|坠机|疫情|火灾|灾区|事故)[^。!\n]{0,20}(?:优惠|特价|促销|大促|[\d一二三四五六七八九]折|下单|抢购|买一送一|狂欢)",
        source=CUSTOMS,
        suggestion="不借灾难与事故促销",
        not_in_sentence=r"暂停|停止|取消|下架|捐|免费|不会|绝不",
    ),
    Objection(
        rule="blaming-customers",
        pattern=r"刁民|讹诈|讹人|碰瓷|敲诈(?:勒索)?|无理取闹|无赖|恶意(?:抹黑|造谣|诋毁|中伤|攻击|投诉)|别有用心|黑公关|(?:网络)?水军|黑子|喷子|竞争对手(?:的)?(?:抹黑|陷害|操纵|指使|恶意)|蓄意陷害|博眼球|蹭热度|小题大做|玻璃心|爱信不信|爱吃不吃|不吃(?:就)?滚",
        source=REPUTATION,
        suggestion="不指责顾客与网友；确有证据的只说已报案",
        severity="warn",
        not_in_sentence=r"(?:没有|从未|从不|绝不|不会|不|拒绝|抵制)[^。,]{0,6}(?:水军|黑公关|认为|是)|没有(?:任何)?证据|不要(?:攻击|指责)|请勿|抵制|打击|警方(?:通报|认定)|法院(?:判决|认定)",
    ),
)
