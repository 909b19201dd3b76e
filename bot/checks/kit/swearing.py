"""Words that offend, in English and Chinese: chosen one by one, few and sure. They stand here to stand nowhere else.

Latin words are matched whole, so that Scunthorpe, cocktails and a secure class pass. Chinese has no spaces: the words
in which the same characters mean nothing bad are taken out first.
"""

# One pattern a line, however long.
# ruff: noqa: E501

from __future__ import annotations

import re

_EN, _NE = r"(?<![a-z])", r"(?![a-z])"
#: Slurs against origin, faith, sex, love, body and mind.
SLURS = re.compile(
    rf"{_EN}(?:nigg(?:er|a|ah)|kike|chink(?!s? (?:in|of|through|between))|gook|spic(?![ -]and)|wetback|(?<!maine )coon|paki|raghead|towelhead|faggot(?!s? (?:and|with|&))|fag(?!s?[ -]end)|tranny|trannie|shemale"
    rf"|retard(?:ed)?|spastic|spaz|mongoloid|gyppo|pikey|golliwog|zipperhead|slant-?eyed?|beaner|kaffir|subhuman|wop|dago|chinaman|raghead){_NE}?s?{_NE}"
    r"|黑鬼|(?<![一这那两几每哪])支那(?![么样种年天个时边里些款位])|小日本鬼子|棒子国|高丽棒子|死基佬|死同性恋|死人妖|死变态|死残废|死瘸子|脑残|弱智|智障|低能儿|婊子|臭婊|贱[人货婊种]|狗娘养|狗杂种|杂种|野种|绿茶婊|死太监|娘炮|死肥猪|土鳖|乡巴佬"
)
#: Strong swearing, which holds a text back too: what British viewers rate as medium and stronger (Ofcom, Attitudes to
#: potentially offensive language, September 2016), and what stands beside it in Chinese.
STRONG = re.compile(
    rf"{_EN}(?:(?:mother)?(?:f+u+c+k+|ph?uck|fck|fuk|fvck|f[*#@.-]{{1,3}}c?k|f[*#@]{{2,3}})(?:ed|er|ers|ing|in|s|face|wit|up|off)?|mofo|c[u*]nt|whore|slut|cocksucker|blowjob"
    rf"|(?:bull|horse|holy ?|dip)?sh[i1!*]+t(?:s|ty|ting|show|storm|e|hole|head)?|wank(?:er|ers|ing)?|twat|dickhead|knobhead|bellend|a[r$s*]{{2}}e?hole|bastards?|b[i1!*]tch(?:es|y|ing)?|piss(?:ed)?[ -]off|douchebag){_NE}?s?{_NE}"
    r"|操你(?:妈|大爷|娘|全家|祖宗)|[艹肏日干]你(?:妈|娘|大爷|全家)|草(?:泥|你)(?:马|妈)|(?<![a-z])(?:cnm|nmsl|wcnm|mlgb|tmd)(?![a-z])|傻[逼屄叉]|煞笔|沙[逼比]|撒币|鸡巴|逼崽子|你妈逼|妈了个巴子|去你妈|死全家|狗东西"
    r"|他妈的|你妈的|去他妈|(?:真|太|可|就|都|多|挺|这|够|还|又|也|更|净|谁|别|啥|么)他妈(?!妈)|他妈(?=[坏烂破蠢傻臭扯瞎胡])|(?:^|[，。！？,.!?\s])妈的|王八蛋|王八羔子|牛[逼屄]|装逼|苦逼|二逼|我[艹肏]"
)
#: Mild swearing, which is shown to whoever signs.
SWEARING = re.compile(
    rf"{_EN}(?:bollocks|tosspot|dumbass|jackass|smartass|arse|pissed|pissing|bugger(?:ed)?(?: off)?|crap(?:py)?|god ?damn(?:it|ed)?|damn(?:it| it)|damned|damn|wtf|stfu|ffs|milf|bloody hell|screw (?:you|them)|sod off"
    rf"|pussy(?![ -]?(?:willow|cat|foot))|cripples?){_NE}"
    r"|操蛋|(?:^|[，。！？,.!?\s])[尼泥][玛马](?![县镇乡·]|次仁|扎西|多吉|卓玛|顿珠|拉姆)|麻蛋|特喵的|我操(?![作控心场练劳持办刀盘之])|卧槽|去死吧|滚犊子|滚粗|(?<!鸡)滚蛋|你妹(?!妹|夫)|放屁|狗屁|屁话|混蛋|浑蛋|逼格|吊炸天|屌(?!丝)|(?<![独奇])特么(?!好|的确)|瘪犊子|蛋疼|坑爹|人渣|畜生|废物|贱骨头|老不死"
)
#: Here the characters of a word above mean nothing bad.
INNOCENT = re.compile(
    r"操作|操场|体操|早操|情操|曹操|操心|智障(?:碍)?(?:人士|儿童|青年)|弱智儿童|杂种(?:水稻|优势|狗|犬|猫|马)|印度支那|废物(?:利用|回收|处理|箱|再)|妈妈的|独特|奇特|特别|姑妈的|姨妈的|他妈妈|你妈妈"
    r"|scunthorpe|penistone|clitheroe|pissarro|shitake|shiitake"
)
