"""Characters that look alike and pictures that stand for words; made by hand."""

# Each group: any of its characters may be written for any other.
LOOK_ALIKES = (
    "未末 己已巳 土士 日曰 贝见 西酉 人入 千干于 天夭 大太犬 王玉 目自 田由甲申 鸟乌 今令 侯候 折拆析 戌戍戊 拔拨 辨辩辫 茶荼 崇祟 刺剌 "
    "睛晴 胄胃 撒撤 免兔 享亨 问间 哀衷衰 粟栗 杆秆 钓钩 密蜜 买卖 名各 历厉 斤斥 午牛 矢失 勿匆 乒乓 抡抢 沦沧 纹蚊 徒徙 孟盂 育盲 "
    "治冶 洽恰 泊汩 冷泠 准淮 决诀 况祝 减咸 凌陵 幻幼 力刀刃 九丸 白自 且旦 本木 米来 住往佳 体休 仿彷 伍任 佰百 "
    "厕侧测 原源 友反 司可 吃乞 含贪 冻陈 食良 品晶 唱喝 国囯 圆园 场汤扬 坏环怀 坡披 垃拉 埋理 堡煲 墙蔷 毒每 莓霉 肉内 药约 "
    "莜筱 徽微 骗编 偏遍 假暇 债侦 诈炸 跑炮泡 路露 赔陪 贵责 退腿 避壁 酒洒 醉碎 钱线 银很 限恨 难准 预顶 颜频 风凤 饭板 饿俄 饮炊 "
    "美羙 京亰 o0 l1i s5 b8 g9 z2 e3"
)

# The same glyph in Cyrillic, Greek and Latin; only terms that ask for variants look for these.
FOREIGN_LETTERS = dict(zip("aeopcxyikbhmtsv", "аеорсхуікьһмтѕѵ", strict=True))

# Pictures and the words they stand for; the short ones also stand for what sounds the same (🐔 for 鸡, 机, 吉).
EMOJI = (
    "🐔鸡 🐶狗 🐕狗 🐷猪 🐖猪 🐂牛 🐮牛 🐄牛 🐴马 🐎马 🐭鼠 🐀鼠 🐍蛇 🐉龙 🐲龙 🐯虎 🐰兔 🐏羊 🐑羊 🐒猴 🐵猴 🐟鱼 🐠鱼 🦐虾 🦀蟹 🐛虫 🐝蜂 "
    "🐢龟 🐸蛙 🦆鸭 🐱猫 🐈猫 🍉瓜 🍚饭 🍜面 🥩肉 🍖肉 🥬菜 🌽玉米 🍵茶 🍺啤酒 🍷酒 🍲火锅 🥦西兰花 🍋柠檬 🥛奶 🍬糖 🧂盐 🥚蛋 🍳蛋 "
    "💩屎 🤮吐 🤢恶心 💊药 💉针 🏥医院 🚑急救 👮警察 🔥火 💰钱 💵钱 📱手机 🚗车 🏠房 🏡家 👶宝宝 🧊冰 ❄雪 🚽厕所 🪳蟑螂 🪰苍蝇 🦟蚊子 "
    "👎差 ☠毒 💣炸 🔪刀 👊打 👄嘴 👁眼 ✋手 🦶脚 👣脚 🩸血 💀死 ⚰棺材 🗑垃圾 🚮垃圾 🧻纸 🌧雨 ☔雨 🌞日 🌙月 ⭐星 🌊水 💧水 🌲树 🌸花 🌹花 "
    "⚡雷 🐻熊 🐼熊猫 🐳鲸 🦁狮 🐘象 🐺狼 🦊狐 🐐羊 🦌鹿 🐜蚁 🐦鸟 🕷蜘蛛 🦑鱿鱼 🦞龙虾 🍎苹果 🍊橙 🍑桃 🍓草莓 🍇葡萄 🍌香蕉 🍐梨 🍒樱桃 🍍菠萝 🥥椰 🥭芒果 "
    "🌶辣 🍗鸡腿 ☕咖啡 🧋奶茶 🎂蛋糕 🍞面包 🍯蜜 🍄蘑菇 🥔土豆 🍅番茄 🥜花生 🍼奶瓶 🚬烟 ✈飞机 🚄高铁 🚌公交 🚲车 🚢船 💻电脑 📺电视 📷相机 💡灯 "
    "🔋电池 💄口红 👜包 👗裙 👟鞋 👕衣 🧦袜 💍戒指 💎钻石 🔑钥匙 🔒锁 👻鬼 🏫学校 🏦银行 🏃跑 🦴骨 🧠脑 👃鼻 👂耳 🦷牙 ❤心"
)
