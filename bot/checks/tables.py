"""Tables: letters that pose as Latin ones, and the ends of host names that exist."""

from __future__ import annotations

#: For each Latin letter, the single letters of other alphabets (and small capitals) that look like it, as far as
#: compatibility normalisation leaves them. From Unicode's confusables.txt (https://www.unicode.org/Public/security/),
#: without scripts that are read in their own right beside Latin.
LOOKALIKES = {
    "A": "ΑАᎪꓮ𐊠",
    "a": "ɑαаᴀ",
    "B": "ꞴΒВᏴꓐ𐊂𐊡𐌁в",
    "b": "ƄЬᏏʙ",
    "C": "ϹⲤСᏟꓚ𐊢𐌂𐐕",
    "c": "ᴄϲⲥсꮯ𐐽",
    "D": "Ꭰꓓ",
    "d": "ԁᏧꓒᴅ",
    "E": "ΕЕᎬꓰ𐊆",
    "e": "ꬲеҽᴇ",
    "F": "ꞘϜꓝ𐊇𐊥",
    "f": "ꬵꞙẝքꜰ",
    "G": "ԌᏀᏳꓖ",
    "g": "ɡᶃƍցɢ",
    "H": "ΗⲎНᎻꓧ𐋏н",
    "h": "һհᏂʜ",
    "I": "ΙІ",
    "i": "ıɪɩιιͺіꙇӏꭵᎥ",
    "J": "ꞲͿЈᎫꓙ",
    "j": "ϳјᴊ",
    "K": "ΚⲔКᏦꓗк",
    "k": "ᴋ",
    "L": "ⳐᏞꓡ𐐛",
    "l": "ƖǀⲒӀꓲ𐊊𐌉ʟ",
    "M": "ΜϺⲘМᎷꓟ𐊰𐌑м",
    "m": "ᴍ",
    "N": "ΝⲚꓠ",
    "n": "ոռɴ",
    "O": "ΟⲞОՕꓳ𐊒𐊫𐐄",
    "o": "ᴏᴑꬽοσⲟоօ𐐬",
    "P": "ΡⲢРᏢꓑ𐊕",
    "p": "ρϱⲣрᴘ",
    "q": "ԛգզ",
    "R": "ƦᎡᏒꓣ",
    "r": "ꭇꭈᴦⲅгꮁʀ",
    "S": "ЅՏᏕᏚꓢ𐊖𐐠",
    "s": "ꜱƽѕꮪ𐑈",
    "T": "ΤⲦТᎢꓔ𐊗𐊱𐌕т",
    "t": "ᴛ",
    "U": "Սꓴ",
    "u": "ꞟᴜꭎꭒʋυս",
    "V": "ѴᏙꓦ",
    "v": "ᴠνѵꮩ",
    "W": "ԜᎳᏔꓪ",
    "w": "ɯᴡѡԝաꮃ",
    "X": "ꞳΧⲬХꓫ𐊐𐊴𐌗",
    "x": "х",
    "Y": "ΥϒⲨУҮᎩᎽꓬ𐊲",
    "y": "ɣᶌʏỿꭚγуү",
    "Z": "ΖᏃꓜ",
    "z": "ᴢꮓ",
}

#: Ends of host names, from https://data.iana.org/TLD/tlds-alpha-by-domain.txt (2026-05-16): those that people use and
#: abuse, and the countries; a host with one of these is a link wherever it is read.
COMMON = frozenset(
    """
    com net org info biz edu gov mil int name mobi asia tel xyz top online site store shop app dev live link click
    club pro vip icu tech space fun website page blog news cloud email host press wiki ink win bid loan men cyou sbs
    cfd monster quest rest lol bar buzz gay zip mov work agency media studio digital network systems solutions
    services support center company group global international marketing events community social chat video photos
    gallery design tools rocks ninja guru one world ltd gmbh inc llc
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca
    cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr
    ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm
    jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq
    mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa
    re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn
    to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """.split()
)
#: Every other one: some platforms link these, some do not know them.
RARE = frozenset(
    """
    aaa aarp abb abbott abbvie abc able abogado abudhabi academy accenture accountant accountants aco actor ads
    adult aeg aero aetna afl africa agakhan aig airbus airforce airtel akdn alibaba alipay allfinanz allstate ally
    alsace alstom amazon americanexpress americanfamily amex amfam amica amsterdam analytics android anquan anz aol
    apartments apple aquarelle arab aramco archi army arpa art arte asda associates athleta attorney auction audi
    audible audio auspost author auto autos aws axa azure baby baidu banamex band bank barcelona barclaycard
    barclays barefoot bargains baseball basketball bauhaus bayern bbc bbt bbva bcg bcn beats beauty beer berlin best
    bestbuy bet bharti bible bike bing bingo bio black blackfriday blockbuster bloomberg blue bms bmw bnpparibas
    boats boehringer bofa bom bond boo book booking bosch bostik boston bot boutique box bradesco bridgestone
    broadway broker brother brussels build builders business buy bzh cab cafe cal call calvinklein cam camera camp
    canon capetown capital capitalone car caravan cards care career careers cars casa case cash casino cat catering
    catholic cba cbn cbre ceo cern cfa chanel channel charity chase cheap chintai christmas chrome church cipriani
    circle cisco citadel citi citic city claims cleaning clinic clinique clothing clubmed coach codes coffee college
    cologne commbank compare computer comsec condos construction consulting contact contractors cooking cool coop
    corsica country coupon coupons courses cpa credit creditcard creditunion cricket crown crs cruise cruises
    cuisinella cymru dad dance data date dating datsun day dclk dds deal dealer deals degree delivery dell deloitte
    delta democrat dental dentist desi dhl diamonds diet direct directory discount discover dish diy dnp docs doctor
    dog domains dot download drive dtv dubai dupont durban dvag dvr earth eat eco edeka education emerck energy
    engineer engineering enterprises epson equipment ericsson erni esq estate eurovision eus exchange expert exposed
    express extraspace fage fail fairwinds faith family fan fans farm farmers fashion fast fedex feedback ferrari
    ferrero fidelity fido film final finance financial fire firestone firmdale fish fishing fit fitness flickr
    flights flir florist flowers fly foo food football ford forex forsale forum foundation fox free fresenius frl
    frogans frontier ftr fujitsu fund furniture futbol fyi gal gallo gallup game games gap garden gbiz gdn gea gent
    genting george ggee gift gifts gives giving glass gle globo gmail gmo gmx godaddy gold goldpoint golf goodyear
    goog google gop got grainger graphics gratis green gripe grocery gucci guge guide guitars hair hamburg hangout
    haus hbo hdfc hdfcbank health healthcare help helsinki here hermes hiphop hisamitsu hitachi hiv hkt hockey
    holdings holiday homedepot homegoods homes homesense honda horse hospital hosting hot hotels hotmail house how
    hsbc hughes hyatt hyundai ibm icbc ice ieee ifm ikano imamat imdb immo immobilien industries infiniti ing
    institute insurance insure intuit investments ipiranga irish ismaili ist istanbul itau itv jaguar java jcb jeep
    jetzt jewelry jio jll jmp jnj jobs joburg jot joy jpmorgan jprs juegos juniper kaufen kddi kerryhotels
    kerryproperties kfh kia kids kim kindle kitchen kiwi koeln komatsu kosher kpmg kpn krd kred kuokgroup kyoto
    lacaixa lamborghini lamer land landrover lanxess lasalle lat latino latrobe law lawyer lds lease leclerc lefrak
    legal lego lexus lgbt lidl life lifeinsurance lifestyle lighting like lilly limited limo lincoln living llp
    loans locker locus london lotte lotto love lpl lplfinancial ltda lundbeck luxe luxury madrid maif maison makeup
    man management mango map market markets marriott marshalls mattel mba mckinsey med meet melbourne meme memorial
    menu merck merckmsd miami microsoft mini mint mit mitsubishi mlb mls mma mobile moda moe moi mom monash money
    mormon mortgage moscow moto motorcycles movie msd mtn mtr museum music nab nagoya navy nba nec netbank netflix
    neustar new next nextdirect nexus nfl ngo nhk nico nike nikon nissan nissay nokia norton now nowruz nowtv nra
    nrw ntt nyc obi observer office okinawa olayan olayangroup ollo omega ong onl ooo open oracle orange organic
    origins osaka otsuka ott ovh panasonic paris pars partners parts party pay pccw pet pfizer pharmacy phd philips
    phone photo photography physio pics pictet pictures pid pin ping pink pioneer pizza place play playstation
    plumbing plus pnc pohl poker politie porn post praxi prime prod productions prof progressive promo properties
    property protection pru prudential pub pwc qpon quebec racing radio read realestate realtor realty recipes red
    redumbrella rehab reise reisen reit reliance ren rent rentals repair report republican restaurant review reviews
    rexroth rich richardli ricoh ril rio rip rodeo rogers room rsvp rugby ruhr run rwe ryukyu saarland safe safety
    sakura sale salon samsclub samsung sandvik sandvikcoromant sanofi sap sarl sas save saxo sbi scb schaeffler
    schmidt scholarships school schule schwarz science scot search seat secure security seek select sener seven sew
    sex sexy sfr shangrila sharp shell shia shiksha shoes shopping shouji show silk sina singles ski skin sky skype
    sling smart smile sncf soccer softbank software sohu solar song sony soy spa sport spot srl stada staples star
    statebank statefarm stc stcgroup stockholm storage stream study style sucks supplies supply surf surgery suzuki
    swatch swiss sydney tab taipei talk taobao target tatamotors tatar tattoo tax taxi tci tdk team technology
    temasek tennis teva thd theater theatre tiaa tickets tienda tips tires tirol tjmaxx tjx tkmaxx tmall today tokyo
    toray toshiba total tours town toyota toys trade trading training travel travelers travelersinsurance trust trv
    tube tui tunes tushu tvs ubank ubs unicom university uno uol ups vacations vana vanguard vegas ventures verisign
    versicherung vet viajes vig viking villas vin virgin visa vision viva vivo vlaanderen vodka volvo vote voting
    voto voyage wales walmart walter wang wanggou watch watches weather weatherchannel webcam weber wed wedding
    weibo weir whoswho wien williamhill windows wine winners wme woodside works wow wtc wtf xbox xerox xihuan xin
    xxx yachts yahoo yamaxun yandex yodobashi yoga yokohama you youtube yun zappos zara zero zone zuerich
    """.split()
)
#: In other scripts.
FOREIGN = frozenset(
    """
    vermögensberater vermögensberatung ελ ευ бг бел дети ею католик ком мкд мон москва онлайн орг рус рф сайт
    срб укр қаз հայ ישראל קום ابوظبي ارامكو الاردن البحرين الجزائر السعودية العليان المغرب امارات ایران بارت
    بازار بيتك بھارت تونس سودان سورية شبكة عراق عرب عمان فلسطين قطر كاثوليك كوم مصر مليسيا موريتانيا موقع
    همراه پاکستان ڀارت कॉम नेट भारत भारतम् भारोत संगठन বাংলা ভারত ভাৰত ਭਾਰਤ ભારત ଭାରତ இந்தியா இலங்கை
    சிங்கப்பூர் భారత్ ಭಾರತ ഭാരതം ලංකා คอม ไทย ລາວ გე みんな アマゾン クラウド グーグル コム ストア セール
    ファッション ポイント 世界 中信 中国 中國 中文网 亚马逊 企业 佛山 信息 健康 八卦 公司 公益 台湾 台灣 商城
    商店 商标 嘉里 嘉里大酒店 在线 大拿 天主教 娱乐 家電 广东 微博 慈善 我爱你 手机 招聘 政务 政府 新加坡 新闻
    时尚 書籍 机构 淡马锡 游戏 澳門 点看 移动 组织机构 网址 网店 网站 网络 联通 谷歌 购物 通販 集团 電訊盈科
    飞利浦 食品 餐厅 香格里拉 香港 닷넷 닷컴 삼성 한국
    """.split()
)
