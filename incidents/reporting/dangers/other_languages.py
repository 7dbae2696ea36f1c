"""Lexicon of dangers in languages that are neither Vietnamese nor English. No database.

A phrase of a script without blanks (Chinese, Japanese, Thai, Khmer, Lao) or with endings (Korean, Russian) counts
anywhere in the text; a phrase in Latin letters counts as whole words, with or without diacritics. Calm uses (a fire
extinguisher, a fire that is out) are taken out first.
"""

import unicodedata

from gis_data.words import plain
from incidents.reporting.dangers.lexicon import Danger

D = Danger

# Of scripts of their own; in the order zh, ja, ko, th, km, lo, ru.
SCRIPT_PHRASES: dict[Danger, tuple[str, ...]] = {
    D.FIRE: (
        "着火", "起火", "火灾", "失火", "爆炸", "著火", "火災", "火事", "燃えて", "燃え上が", "爆発", "불이 났",
        "불났",
        "불이야", "화재", "폭발", "ไฟไหม้", "เพลิงไหม้", "ระเบิด", "ឆេះ", "ភ្លើងឆេះ", "ផ្ទុះ", "ໄຟໄໝ້", "ໄຟໄຫມ້",
        "ລະເບີດ",
        "пожар", "горит дом", "горит кварт", "горит здание", "горим", "взрыв",
    ),
    D.WATER: (
        "溺水", "掉进河", "掉到河里", "掉进水", "落水", "淹死", "溺れ", "川に落ち", "運河に落ち", "물에 빠", "익사",
        "강에 빠",
        "จมน้ำ", "ตกน้ำ", "លង់ទឹក", "ធ្លាក់ទឹក", "ຈົມນ້ຳ", "ຈົມນໍ້າ", "ຕົກນ້ຳ", "тонет", "тонут", "тонем", "утонул",
        "упал в реку",
        "упала в реку", "упал в канал",
    ),
    D.CRIME: (
        "抢劫", "抢了", "被抢", "持刀", "持枪", "打架", "杀人", "搶劫", "绑架", "強盗", "ひったくり", "刃物を持",
        "襲われ",
        "殺され", "誘拐", "강도", "날치기", "칼을 들", "폭행", "납치", "살인", "ปล้น", "ถูกทำร้าย", "มีดแทง",
        "ลักพาตัว", "ប្លន់",
        "ឆក់", "កាំបិតចាក់", "ปืนยิง", "ປຸ້ນ", "ຖືກທຳຮ້າຍ", "ограб", "грабят", "напал на", "напали на", "с ножом",
        "с оружием",
        "похитил", "избивают",
    ),
    D.COLLAPSE: (
        "房子塌", "楼塌", "倒塌", "被埋", "墙塌", "倒壊", "崩落", "下敷き", "무너졌", "무너지", "붕괴", "매몰",
        "ตึกถล่ม", "อาคารถล่ม",
        "บ้านถล่ม", "អគាររលំ", "ផ្ទះរលំ", "ຕຶກຖະຫຼົ່ມ", "обрушил", "рухнул", "под завалами",
    ),
    D.SHOCK: (
        "触电", "被电", "电死", "觸電", "感電", "감전", "ไฟดูด", "ไฟช็อต", "ឆក់ខ្សែភ្លើង", "ឆក់ភ្លើង", "ໄຟຊ໋ອດ",
        "ударило током",
        "бьёт током", "бьет током", "оборван провод",
    ),
    D.GAS: (
        "煤气泄漏", "燃气泄漏", "瓦斯", "ガス漏れ", "ガスの臭い", "ガス臭い", "가스 누출", "가스가 새", "가스 냄새",
        "แก๊สรั่ว", "ก๊าซรั่ว",
        "លេចធ្លាយហ្គាស", "ແກັສຮົ່ວ", "утечка газа", "пахнет газом", "запах газа",
    ),
    D.SUICIDE: (
        "自杀", "自殺", "跳楼", "跳桥", "想死", "飛び降り", "死にたい", "자살", "뛰어내리려", "죽고 싶",
        "ฆ่าตัวตาย", "กระโดดตึก",
        "กระโดดสะพาน", "ធ្វើអត្តឃាត", "ຂ້າຕົວຕາຍ", "самоуби", "хочет прыгнуть", "хочу умереть",
    ),
    D.INJURY: (
        "救命", "救护车", "受伤", "流血", "昏迷", "晕倒", "心脏病发", "没有呼吸", "车祸", "救護車", "受傷",
        "助けて", "救急車",
        "血が出", "出血", "意識がない", "意識不明", "倒れて", "大けが", "살려", "구급차", "피를 흘", "피가 나",
        "의식이 없",
        "쓰러졌", "다쳤", "교통사고", "심장마비", "ช่วยด้วย", "รถพยาบาล", "เลือดออก", "หมดสติ", "บาดเจ็บ",
        "อุบัติเหตุ", "ជួយផង",
        "ជួយសង្គ្រោះ", "រថយន្តសង្គ្រោះ", "ហូរឈាម", "សន្លប់", "របួស", "គ្រោះថ្នាក់ចរាចរណ៍", "ຊ່ວຍດ້ວຍ", "ລົດໂຮງໝໍ",
        "ເລືອດອອກ", "ສະລົບ",
        "ບາດເຈັບ", "ອຸບັດຕິເຫດ", "помогите", "спасите", "скорую", "истекает кров", "кровь идёт", "кровь идет",
        "без сознания",
        "ранен", "авария с постра", "сердечный приступ", "не дышит", "車禍", "hilfe!", "à l'aide!", "à l’aide!",
    ),
    D.CHILD: (
        "虐待儿童", "打孩子", "虐待兒童", "児童虐待", "子どもを殴", "아동 학대", "아동학대", "아이를 때",
        "ทำร้ายเด็ก", "ทารุณเด็ก",
        "វាយក្មេង", "бьют ребён", "бьют ребен", "избивает ребён", "избивает ребен",
    ),
}  # fmt: skip
# In Latin letters; in the order fr, de, es, id.
WORD_PHRASES: dict[Danger, tuple[str, ...]] = {
    D.FIRE: (
        "incendie", "au feu", "il y a le feu", "prend feu", "pris feu", "en feu", "maison brule", "immeuble brule",
        "voiture brule", "ca brule", "une explosion", "es brennt",
        "brennt", "brand ausgebrochen", "feuer", "steht in flammen", "explodiert", "hay fuego", "incendio",
        "se quema", "esta ardiendo", "se incendia", "en llamas", "una explosion", "kebakaran", "terbakar", "ledakan",
        "meledak",
    ),
    D.WATER: (
        "se noie", "en train de se noyer", "noyade", "tombe dans la riviere", "tombe dans le canal", "tombe a l eau",
        "ertrinkt", "ertrunken", "ins wasser gefallen", "in den fluss gefallen", "in den kanal gefallen",
        "se ahoga", "se esta ahogando", "ahogandose", "ahogado", "cayo al rio", "cayo al canal", "cayo al agua",
        "tenggelam", "jatuh ke sungai", "hanyut", "jatuh ke kanal",
    ),
    D.CRIME: (
        "agression", "on m a agresse", "braquage", "a main armee", "avec un couteau", "vol a l arrache", "enlevement",
        "uberfall", "uberfallen", "ausgeraubt", "mit einem messer", "messerangriff", "entfuhrt", "prugelei",
        "asalto", "me asaltaron", "atraco", "con un cuchillo", "con una pistola", "me robaron", "secuestro", "pelea",
        "perampokan", "dirampok", "dijambret", "membawa pisau", "penculikan", "penusukan", "perkelahian",
    ),
    D.COLLAPSE: (
        "s est effondre", "s effondre", "effondrement", "sous les decombres", "eingesturzt", "sturzt ein",
        "verschuttet", "se derrumbo", "se derrumba", "derrumbe", "bajo los escombros", "runtuh", "ambruk",
        "tertimbun",
    ),
    D.SHOCK: (
        "electrocute", "electrocution", "fil electrique tombe", "stromschlag", "stromleitung liegt", "electrocutado",
        "electrocuto", "descarga electrica", "kesetrum", "tersengat listrik",
    ),
    D.GAS: ("fuite de gaz", "odeur de gaz", "gasgeruch", "gasleck", "riecht nach gas", "fuga de gas", "olor a gas",
            "huele a gas", "kebocoran gas", "bau gas", "gas bocor"),
    D.SUICIDE: (
        "se suicide", "se suicider", "veut sauter", "selbstmord", "will springen", "umbringen", "suicidio",
        "suicidarse",
        "quiere saltar", "bunuh diri", "mau melompat",
    ),
    D.INJURY: (
        "au secours", "une ambulance", "l ambulance", "blesse", "blessee", "blesses", "saigne", "inconscient",
        "inconsciente", "crise cardiaque", "ne respire plus", "zu hilfe", "sofort hilfe", "dringend hilfe",
        "schnell hilfe", "krankenwagen", "verletzt", "verletzte",
        "blutet", "bewusstlos", "herzinfarkt", "atmet nicht", "unfall", "auxilio", "socorro", "ambulancia", "herido",
        "herida", "heridos", "sangrando", "infarto", "no respira", "ambulans", "terluka", "berdarah", "pingsan",
        "kecelakaan", "serangan jantung", "tidak bernapas",
    ),
    D.CHILD: (
        "enfant battu", "frappe un enfant", "maltraitance d enfant", "schlagt ein kind", "kindesmisshandlung",
        "golpea a un nino", "maltrato infantil", "memukul anak", "kekerasan anak",
    ),
}  # fmt: skip
SCRIPT_CALM = (
    "灭火器", "消防栓", "防火", "火灾报警器", "已经灭", "滅火器", "消火器", "消火栓", "火災報知", "鎮火", "소화기",
    "소화전",
    "화재경보기", "불이 꺼졌", "ถังดับเพลิง", "หัวดับเพลิง", "ไฟดับ", "пожарный гидрант", "огнетушитель",
    "пожар потуш",
    "没有人受伤", "沒有人受傷", "没人受伤", "怪我人はい", "다친 사람은 없", "ไม่มีผู้บาดเจ็บ", "пострадавших нет",
    "никто не ранен",
)  # fmt: skip
WORD_CALM = (
    "borne d incendie", "bouche d incendie", "exercice d incendie", "pas d incendie", "feu de circulation",
    "feu rouge", "personne n est blesse", "aucun blesse", "pas de blesse", "ampoule brule", "feuerloscher",
    "feuerwerk", "niemand verletzt", "niemand ist verletzt", "keine verletzten", "boca de incendio",
    "simulacro de incendio", "sin heridos", "no hay heridos", "nadie herido", "alat pemadam kebakaran",
    "tidak ada korban", "tidak ada yang terluka", "lampu terbakar", "ihre hilfe", "danke fur die hilfe",
    "danke fur ihre hilfe", "bitte um hilfe bei", "matahari tenggelam",
)  # fmt: skip


def fold(text: str) -> str:
    """Return text in lower case and one form of each letter: wide signs, and vowels of Thai and Lao, have two."""
    return unicodedata.normalize("NFKC", text).casefold().replace(" !", "!")


FOLDED_PHRASES = {danger: tuple(map(fold, phrases)) for danger, phrases in SCRIPT_PHRASES.items()}


def name_foreign_dangers(text: str) -> frozenset[Danger]:
    """Dangers that a text in another language names; reads all of it, in linear time."""
    folded, words = fold(text), f" {plain(text)} "
    for calm in map(fold, SCRIPT_CALM):
        folded = folded.replace(calm, " ")
    for calm in WORD_CALM:
        words = words.replace(f" {calm} ", " , ")
    return frozenset(
        danger
        for danger in Danger
        if any(phrase in folded for phrase in FOLDED_PHRASES[danger])
        or any(f" {phrase} " in words for phrase in WORD_PHRASES[danger])
    )
