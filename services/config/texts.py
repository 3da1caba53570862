"""The words of configuration problems, Chinese and English."""

from streams.text.errors import Wording

NOTHING = Wording("空值", "nothing")
A_LIST = Wording("列表", "a list")
A_TABLE = Wording("一组“键: 值”", "a table of `key: value`")
SOMETHING = Wording("必填的值", "a value (required)")
FEWER_LEVELS = Wording("更少的嵌套层级", "fewer nested levels")
YES_OR_NO = Wording("true 或 false", "true or false")
AN_ODD_KEY = Wording("不能作键的内容", "what cannot be a key")
A_PLAIN_KEY = Wording(
    "普通的文字键（不支持 `<<` 合并）", "a plain word as key (merging by `<<` is not supported)"
)
EACH_KEY_ONCE = Wording("每个键只出现一次", "each key once")
TOPIC_WEIGHTS = Wording(
    "权重（0 到 9，0 表示去掉这些词）下的词表，例如 4: [退货难]",
    "words under weights from 0 to 9 (0 takes words away), such as 4: [退货难]",
)
EACH_WORD_ONCE = Wording("每个词在一个类别里只有一个权重", "one weight for a word of a topic")
EACH_ID_ONCE = Wording("不重复的 id", "each id once")
TEXT = Wording("一段文字", "some text")
ONE_LINE = Wording("一行文字，200 字以内", "one line of text, at most 200 characters")
IDENT = Wording(
    "字母、数字、-、_、. 组成的 id（以字母或数字开头，64 字以内）",
    "an id of letters, digits, -, _ and . (a letter or digit first, at most 64)",
)
NATIVE_ID = Wording(
    "平台上的账号 id（不含空格，200 字以内）", "the account's id on its platform (no spaces, at most 200)"
)
PLATFORM = Wording(
    "小写平台名，例如 weibo、wechat、douyin", "a platform's name in lower case, such as weibo or wechat"
)
DURATION = Wording("整数加单位：90s、30m、2h 或 1d", "a whole number and a unit: 90s, 30m, 2h or 1d")
LONGER_THAN_ZERO = Wording("大于零的时长，例如 30m", "a length of time above zero, such as 30m")
EVERY = Wording(
    "1d（每天）、1w（每周）、12h（按小时）或其他整数天/周/小时",
    "1d (daily), 1w (weekly), 12h (by hours), or another whole number of them",
)
RATE = Wording("每单位时间条数，例如 5000/s、600/m", "items per time, such as 5000/s or 600/m")
ZONE = Wording("IANA 时区，例如 Asia/Shanghai", "an IANA zone such as Asia/Shanghai")
DAY = Wording("日期，例如 2027-06-30", "a day such as 2027-06-30")
HOUR = Wording("时刻，例如 09:00", "a time of day such as 09:00")
HOURS = Wording("时段，例如 08:00-22:00", "hours such as 08:00-22:00")
HANDOFF = Wording(
    "交接时刻，例如 mon 09:00（每日轮换写 09:00）", "when to hand off, such as mon 09:00 (daily: 09:00)"
)
FRACTION = Wording("0 到 1 之间的小数（不含两端）", "a number between 0 and 1, both excluded")
SECRET = Wording(
    "env:变量名 或 file:/绝对路径（密钥不写在配置里）",
    "env:NAME or file:/absolute/path (no secret stands in a configuration)",
)
ADDRESS = Wording("IP 地址或网段，例如 10.0.0.0/8", "an IP address or network such as 10.0.0.0/8")
PUBLIC_URL = Wording(
    "http(s):// 开头的地址，不带路径参数", "an address that begins with http:// or https://, without a query"
)
CONTACT = Wording(
    "apprise 地址（例如 json://…、mailto://…）或 env:变量名",
    "an apprise address (json://…, mailto://…) or env:NAME",
)
CONTACT_OUT_OF_FILE = Wording(
    "env:变量名（此类地址含令牌，不要写在文件里）",
    "env:NAME (such an address holds a token, keep it out of the file)",
)
NOT_PRIVATE = Wording(
    "公网地址，或在 network.allow_private 里列出它",
    "a public address, or this one listed in network.allow_private",
)
FOLDER_NAME = Wording("配置文件夹内的相对路径", "a relative path inside of the configuration folder")
A_BRAND = Wording("brand: {id, name}，或 brands/ 里的品牌文件", "brand: {id, name}, or files in brands/")
CONFIG_FILE = Wording(
    "fenghuo.yaml（`fenghuo init 目录` 会写一份示例）", "fenghuo.yaml (`fenghuo init DIR` writes a sample)"
)
NO_FILE = Wording("没有这个文件", "no such file")
NO_FOLDER = Wording("没有这个文件夹", "no such folder")
A_FILE = Wording("可读的文件", "a file that can be read")
UTF8 = Wording("UTF-8 文字", "UTF-8 text")
NOT_UTF8 = Wording("不是 UTF-8 的字节", "bytes that are not UTF-8")
TOO_DEEP = Wording("层层嵌套的内容", "a nesting that is far too deep")
EMPTY_FILE = Wording("空文件", "an empty file")
YAML = Wording("可解析的 YAML", "YAML that can be read")
NOT_BUILT = Wording("本版本已有的功能（它尚未实现）", "a feature of this release (it is not built yet)")
FRONT_MATTER = Wording("以 --- 开头和结尾的题头（front matter）", "front matter between two lines of ---")
STATEMENT = Wording("题头之后的正文", "the statement's text below the front matter")
BLANK_DECLARED = Wording("blanks 里声明过的空", "a blank that `blanks` declares")
BLANK_USED = Wording("正文里用到的空", "a blank that the text uses")
LOW_NOT_ABOVE_HIGH = Wording("min 不大于 max", "a min that is not above max")
NOT_EXPIRED = Wording("还没过期的日期", "a day that is still to come")
KNOWN_HOLIDAYS = Wording(
    "已公布的节假日（随新版本更新，或放进 holiday_files）",
    "announced public holidays (they come with a new release, or in holiday_files)",
)
HOLIDAY_FILES = Wording(
    "有 2027.json 这类年份文件的文件夹（holiday-cn 格式）",
    "a folder of year files such as 2027.json (holiday-cn)",
)
NO_HOLIDAY_FILE = Wording("没有年份文件", "no year file there")
NO_CIRCLE = Wording("不绕回自己的先后关系", "an order that does not lead back to itself")
AN_EARLIER_STEP = Wording("同一预案里的步骤 id", "the id of a step of the same playbook")
NO_OVERLAP = Wording("一个文件一个品牌", "one brand a file")
MORE_MEMBERS = Wording("不大于 of 里规则数量的 at_least", "an at_least not above the number of rules in `of`")
CONDITION = Wording(
    "规则 id 与 AND、OR、NOT、括号，例如 p0-wide OR (turn AND NOT promo)",
    "ids of rules with AND, OR, NOT and parentheses, such as p0-wide OR (turn AND NOT promo)",
)
POSSIBLE_CONDITION = Wording(
    "可能成立、且由某条规则触发的条件", "a condition that can hold and that a rule's firing completes"
)
A_RULE_OF_THIS_LEVEL = Wording(
    "能达到这一等级的规则（例如 combine）", "a rule that reaches this level (a combine, for one)"
)
FOLLOWERS_NEEDED = Wording(
    "带粉丝数的来源，否则 reach 规则看不到它的内容",
    "a source with follower numbers; reach rules never see what this one sends",
)
ESCALATION_NEEDED = Wording(
    "escalation 里有这一级的呼叫安排", "steps for this level under escalation, else nobody is called"
)
BASIS = Wording(
    "数据依据：official、licensed、public 或 manual", "on what basis: official, licensed, public or manual"
)
NOT_RESERVED = Wording(
    "别的名字（file 留给导入的文件）", "another name (file is what imported files are called)"
)
SOMEBODY = Wording("至少一个人", "at least one person")
A_STEP_FOR_NOBODY = Wording("没有对象的步骤", "a step for nobody")
NOTIFY_CALL_DIGEST = Wording("notify、call 或 digest", "notify, call or digest")
ROLE_OR_ACTION = Wording("role 或 action", "a role or an action")
REPEAT_BEFORE_END = Wording("中间步骤上的 repeat", "repeat on a step that is not the last")
REPEAT_AT_END = Wording("只在最后一步写 repeat", "repeat on the last step alone")
HALF_A_PREPARATION = Wording("action 与 scenario 只写了一个", "one of action and scenario without the other")
ACTION_WITH_ROLE = Wording("role: 做这件事的角色", "the role that it takes somebody of")
ACTION_WITH_SCENARIO = Wording(
    "action: prepare_content 与 scenario 一起写", "action: prepare_content together with a scenario"
)
QUERY = Wording("一条查询，例如 '(西贝 OR 莜面村) AND 异物'", "a query such as '(西贝 OR 莜面村) AND 异物'")
EACH_VARIANT_ONCE = Wording("每个 set/platform/variant 只写一次", "each set, platform and variant once")
NO_ROTATION = Wording("没有 rotation 也没有 layers 的值班", "a duty with neither rotation nor layers")
A_ROTATION = Wording("rotation（一直有人）或 layers", "a rotation (always somebody) or layers")
REPORT_KIND = Wording("daily、weekly 或 special", "daily, weekly or special")
A_WEEKDAY = Wording("带星期的时刻", "a time with a weekday")
DAILY_AT = Wording("日报只写时刻，例如 08:30", "a time alone for a daily report, such as 08:30")
NO_WEEKDAY = Wording("没有星期的时刻", "a time without a weekday")
WEEKLY_AT = Wording(
    "周报写星期和时刻，例如 mon 09:00", "a weekday and a time for a weekly report, such as mon 09:00"
)
NO_CATEGORY = Wording("没有 category 的专报", "a special report without a category")
A_CATEGORY = Wording("带 category 的日报或周报", "a daily or weekly report with a category")
SPECIAL_HAS = Wording(
    "专报（special）写明 category，别的不写", "a category for a special report, and for no other"
)
SOMEBODY_ALWAYS = Wording(
    "任何时候都有人值班：加一个 rotation 兜底", "somebody at any time: add a rotation underneath"
)
CONNECTOR_OF_OURS = Wording(
    "accounts 里的一个账号，每个账号最多一个连接器",
    "one of the accounts, each with one connector at most",
)
BEAT_URL = Wording(
    "http(s):// 地址，或 env:变量名、file:/绝对路径", "an http(s):// address, or env:NAME, file:/path"
)
PUBLIC_URL_NEEDED = Wording(
    "network.public_url：呼叫消息里的链接要能在手机上打开",
    "network.public_url: links in pages must open on a phone",
)
REACHABLE = Wording(
    "运行中的服务在这个地址回答 /healthz（不查网络用 --offline）",
    "a running daemon that answers /healthz there (--offline asks nobody)",
)
ADDRESS_FOR_PHONES = Wording("手机在外面也能打开的地址", "an address that a phone can open anywhere")
FEWER_NIGHT_CALLS = Wording(
    "每周不超过 2 次夜间叫醒：调高规则的界限，或让黄色不打电话",
    "at most 2 night calls a week: raise the limits of rules",
)
A_COMMAND = Wording("一个操作，例如 incident.close", "a command such as incident.close")
SET_SECRET = Wording("运行前设置好的密钥", "a secret that is set before `fenghuo run`")


def at_most(limit: int) -> Wording:
    return Wording(f"至多 {limit} 项", f"at most {limit}")


def bytes_at_most(limit: int) -> Wording:
    return Wording(f"至多 {limit} 字节", f"at most {limit} bytes")


def entries(count: int) -> Wording:
    return Wording(f"{count} 项", f"{count} entries")


def size(count: int) -> Wording:
    return Wording(f"{count} 字节", f"{count} bytes")


def yes_or_no(written: str) -> Wording:
    return Wording(f"是非值 {written}（文字请加引号）", f"the yes/no value {written} (put words in quotes)")


def key_again(key: str, line: int) -> Wording:
    return Wording(
        f"重复的键 {key}（第 {line} 行已有）", f"the key {key} again (it stands in line {line} already)"
    )


def id_again(name: str, line: int) -> Wording:
    return Wording(
        f"重复的 id {name}（第 {line} 行已有）", f"the id {name} again (it stands in line {line} already)"
    )


def unknown_key(key: str) -> Wording:
    return Wording(f"未知的键 {key}", f"the unknown key {key}")


def no_key(key: str) -> Wording:
    return Wording(f"没有 {key}", f"no {key}")


def between(low: float, high: float, whole: bool) -> Wording:
    zh, en = ("整数", "a whole number") if whole else ("数字", "a number")
    return Wording(f"{low:g} 到 {high:g} 的{zh}", f"{en} from {low:g} to {high:g}")


def read_error(reason: str) -> Wording:
    return Wording(f"读不了的文件（{reason}）", f"a file that cannot be read ({reason})")


def not_yaml(problem: str) -> Wording:
    return Wording(f"YAML 语法错误（{problem}）", f"a YAML error ({problem})")


def nobody_with(role: str) -> Wording:
    return Wording(f"没有人担任的角色 {role}", f"the role {role}, which nobody has")


def no_content(scenario: str) -> Wording:
    return Wording(
        f"没有备用内容的情景 {scenario}", f"the scenario {scenario}, for which there is no content"
    )


def expired(day: str) -> Wording:
    return Wording(f"已过期的 {day}", f"{day}, which is past")


def years_unknown(years: str) -> Wording:
    return Wording(f"{years} 年节假日未知", f"no public holidays of {years}")


def a_gap(duty: str, from_at: str, until: str) -> Wording:
    return Wording(
        f"{duty} 从 {from_at} 到 {until} 没有人值班", f"nobody on {duty} from {from_at} to {until}"
    )


def no_answer(url: str, why: str) -> Wording:
    return Wording(f"打不开的 {url}（{why}）", f"{url}, which does not answer ({why})")


def private_address(url: str) -> Wording:
    return Wording(f"只在内网能打开的 {url}", f"{url}, which opens only inside of the house")


def night_calls(a_week: float) -> Wording:
    return Wording(f"按记录每周夜间叫醒 {a_week:g} 次", f"{a_week:g} night calls a week on these records")


def connector_of(account: str) -> Wording:
    return Wording(f"账号 {account} 的连接器", f"a connector for the account {account}")


def no_secret(reference: str) -> Wording:
    return Wording(f"取不到的密钥 {reference}", f"no secret at {reference}")


def nobody_called(level: str) -> Wording:
    return Wording(f"等级 {level} 没有人会被呼叫", f"the level {level}, for which nobody is called")


def at_least_seconds(limit_s: int) -> Wording:
    return Wording(f"至少 {limit_s} 秒的时长", f"at least {limit_s} s")


def between_durations(low: str, high: str) -> Wording:
    return Wording(f"{low} 到 {high} 之间的时长", f"a length of time from {low} to {high}")


def unreachable(level: str, wanted_by: str) -> Wording:
    return Wording(
        f"{wanted_by} 等待 {level}，但没有规则能达到", f"{wanted_by} waits for {level}, which no rule reaches"
    )


def no_followers(source: str, kind: str) -> Wording:
    return Wording(
        f"来源 {source}（{kind}）不带粉丝数", f"the source {source} ({kind}) brings no follower numbers"
    )


def in_condition(token: str) -> Wording:
    return Wording(f"“{token}”" if token else "结尾", f'"{token}"' if token else "the end")


def a_circle(name: str) -> Wording:
    return Wording(f"绕回 {name} 的圈", f"a circle that leads back to {name}")


def in_query(line: int, column: int, found: Wording) -> Wording:
    return Wording(
        f"{found.zh}（查询第 {line} 行第 {column} 列）",
        f"{found.en} (line {line}, column {column} of the query)",
    )


def blank(name: str) -> Wording:
    return Wording(f"空 {{{name}}}", f"the blank {{{name}}}")


def variant_again(name: str) -> Wording:
    return Wording(f"重复的备用内容 {name}", f"the content item {name} again")


def low_above_high(low: float, high: float) -> Wording:
    return Wording(f"min {low:g} 大于 max {high:g}", f"min {low:g} above max {high:g}")


def no_contact(person: str) -> Wording:
    return Wording(f"{person} 没有联系方式", f"no way to reach {person}")


def brand_again(name: str, file: str) -> Wording:
    return Wording(
        f"重复的品牌 {name}（{file} 已有）", f"the brand {name} again (it stands in {file} already)"
    )


def nobody_for(action: str) -> Wording:
    return Wording(f"action: {action} 没有 role", f"the action {action} without a role")


def characters(count: int) -> Wording:
    return Wording(f"{count} 字", f"{count} characters")


def characters_at_most(most: int) -> Wording:
    return Wording(f"最多 {most} 字", f"at most {most} characters")


def no_playbook(name: str, file: str) -> Wording:
    return Wording(f"没有预案 {name}（也没有 {file}）", f"no playbook {name}, nor a file {file}")
