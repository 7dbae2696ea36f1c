"""Tell what a person wants by classes of phrases: who is wanted, what is asked, was sent before, is proposed.

Phrases are written as `gis_data.words.plain` normalizes them.
"""

from enum import StrEnum
from typing import NamedTuple

from incidents.enquiries.words import (
    BUT,
    CONDUCT,
    OFFICIALS,
    OTHER_STAFF,
    STREET_FAULTS,
    STREET_MATTERS,
    THANKS,
    is_complaint,
    is_question,
    is_thanks,
)
from incidents.understanding.spelling import follows, mentions, pad_words, without


class Intent(StrEnum):
    """What a person wants."""

    REPORT = "report"
    QUESTION = "question"
    STATUS = "status"
    THANKS = "thanks"
    IDEA = "idea"
    COMPLAINT = "complaint"
    PERSON = "person"
    DANGER = "danger"
    PLACE = "place"
    UNKNOWN = "unknown"


class Verdict(NamedTuple):
    """An intent and how certain it is, 0…1."""

    intent: Intent
    certainty: float


class Signs(NamedTuple):
    """What was found in a text before its intent: whether there are dangers, a number, a place, kinds."""

    danger: bool
    reference: bool
    place: bool
    only_place: bool
    kinds: bool  # the learnt model or the lexicon suggests some
    plain_kind: bool  # the lexicon names one
    language: str


SURE, LIKELY, GUESS, NONE = 0.95, 0.8, 0.55, 0.3

# ── A person is wanted ──
CONTACT = (
    "gap", "noi chuyen", "noi chuyen voi", "noi voi", "tro chuyen voi", "chat voi", "trao doi voi", "chuyen may",
    "noi may", "ket noi", "ket noi voi", "lien he voi", "chuyen cho", "chuyen qua", "chuyen sang", "kiem", "talk to",
    "talk with", "speak to", "speak with", "chat with", "connect me", "transfer me", "put me through", "reach",
    "get me", "need", "want", "prefer", "get hold of", "forward me to",
)  # fmt: skip
PERSONS = (
    "can bo", "can bo tiep dan", "lanh dao", "nguoi co tham quyen", "ai do co tham quyen",
    "nguoi that", "nguoi thiet", "con nguoi", "nhan vien", "tong dai vien", "tong dai", "dien thoai vien",
    "tu van vien", "can bo truc", "nguoi truc", "truc ban", "nguoi ho tro", "nguoi phu trach", "nguoi tu van",
    "nguoi nao do", "ai do", "mot nguoi", "nguoi ta that", "can bo tiep nhan", "human", "a human", "real human",
    "real person", "an actual person", "operator", "an agent", "agent", "live agent", "representative",
    "somebody real", "someone real", "a person", "human being", "customer service", "staff member", "a supervisor",
    "actual human", "living person", "real people",
)  # fmt: skip
WISHES = (
    "cho", "xin", "muon", "can", "nho", "hay", "lam on", "vui long", "giup", "duoc", "yeu cau", "please", "can i",
    "could i", "may i", "let me", "i want", "i need", "i d like", "i would like", "want to", "would like to",
    "can you", "could you", "need to", "i prefer",
)  # fmt: skip
CALL_BACK = (
    "goi lai cho", "goi lai toi", "goi lai giup", "goi lai gium", "goi lai so", "goi cho toi", "goi cho em",
    "goi cho minh", "goi dien cho toi", "goi dien lai", "call me back", "call me", "give me a call", "ring me",
    "phone me back",
)  # fmt: skip
ANYBODY = (
    "co ai truc khong", "co ai o do khong", "co ai khong", "co ai tra loi khong", "co ai dang truc", "ai truc khong",
    "ai truc vay", "co nguoi truc", "co nguoi khong", "co nhan vien khong", "co nhan vien nao", "is anybody there",
    "is anyone there", "anybody there", "anyone there", "is there anyone", "is there anybody", "is there a human",
    "is there a person", "is there a real person",
)  # fmt: skip
MACHINES = (
    "noi chuyen voi may", "chat voi may", "noi voi may", "tra loi tu dong", "tra loi may moc", "khong muon may",
    "khong phai may", "khong noi voi may", "may tra loi", "robot", "chatbot", "bot", "not a bot", "not a machine",
    "no bot", "no robots", "a machine", "automated", "con bot", "voi bot", "voi ai", "chan may",
)  # fmt: skip
SHORTEST_QUESTION = 3  # words
BY_ITSELF = 6  # words, at most, of a text that names a person and nothing more

# ── The status of something sent before ──
SENT = (
    "phan anh", "phan anh cua", "bao", "da bao", "gui", "da gui", "kien nghi", "khieu nai", "to cao", "yeu cau", "don",
    "ho so phan anh", "tin bao", "vu viec", "vu", "su viec", "su co", "ca", "tin", "tin nhan", "cau hoi", "de nghi",
    "noi dung", "goi", "goi bao", "report", "reported", "reports", "complaint", "complained", "request", "ticket",
    "case", "submitted", "sent", "filed", "asked", "told", "wrote", "issue", "question", "message", "called",
    "hom bua toi bao",
)  # fmt: skip
# Words that make it the writer's own, or say when it was.
OWN = (
    "cua toi", "cua em", "cua minh", "cua chau", "cua tui", "cua con", "cua anh", "cua chi", "cua nha toi", "toi da",
    "em da", "minh da", "da gui", "da bao", "da phan anh", "da nop", "gui roi", "bao roi", "toi gui", "em gui",
    "minh gui", "toi bao", "em bao", "minh bao", "toi phan anh", "em phan anh", "minh phan anh", "toi goi", "toi nop",
    "em nop", "hom qua", "hom truoc", "hom bua", "bua truoc", "bua hom", "bua kia", "tuan truoc", "tuan roi",
    "tuan qua", "thang truoc", "thang roi", "hoi sang", "sang nay", "hoi chieu", "toi qua", "hom kia", "hom no",
    "ngay truoc", "lan truoc", "cach day", "my", "our", "i reported", "i sent", "i submitted", "i filed",
    "i complained", "we reported", "i made", "i asked", "i wrote", "i told you", "i gave", "last week", "yesterday",
    "days ago", "weeks ago", "week ago", "day ago", "last month", "the other day", "earlier", "before", "toi co gui",
    "em co gui", "toi co bao", "em co bao", "minh co bao", "minh co gui", "toi co phan anh", "em co phan anh", "ma so",
    "so ho so", "bao ca", "gui ca", "nhan duoc",
)  # fmt: skip
PROGRESS = (
    "bao lau nua", "bao lau thi", "did anyone", "did anybody", "has anyone", "has anybody", "has it been",
    "did you fix", "did they", "toi dau", "den dau", "sao roi", "the nao roi", "ra sao", "sao ma", "den dau roi",
    "toi dau roi", "nhu the nao roi", "xong chua", "xong khong", "xu ly chua", "giai quyet chua", "sua chua",
    "lam chua", "nhan chua", "duyet chua", "co chua", "gi chua", "roi chua", "ket qua", "tinh trang", "tien do",
    "trang thai", "co ket qua", "chua thay tra loi", "chua thay phan hoi", "khong thay tra loi", "khong thay phan hoi",
    "chua tra loi", "chua phan hoi", "chua duoc tra loi", "chua duoc phan hoi", "khong ai tra loi",
    "khong ai phan hoi", "chua ai tra loi", "chua ai phan hoi", "khong thay ai tra loi", "chua thay ai tra loi",
    "khong thay ai phan hoi", "chua thay ai phan hoi", "chua thay gi", "khong thay gi", "chua nghe gi", "im re",
    "im luon", "bat vo am tin", "khi nao xong", "bao gio xong", "chung nao xong", "khi nao xu ly", "bao gio xu ly",
    "ai nhan", "ai xu ly", "ai lo", "dang o dau", "o khau nao", "hoi am", "phan hoi chua", "tra loi chua", "the nao",
    "status", "update", "updates", "progress", "any news", "looked at", "what happened", "what s happening",
    "whats happening", "what happened to", "heard nothing", "heard back", "no answer", "no reply", "no response",
    "any response", "any answer", "is it done", "been done", "been fixed", "fixed yet", "done yet", "been resolved",
    "resolved", "how far", "when will it", "being handled", "been handled", "taken care of", "follow up",
    "following up", "nobody answered", "nobody replied", "still waiting for", "still waiting", "where is my",
    "where s my",
)  # fmt: skip
LOOK_UP = (
    "tinh trang phan anh", "tien do phan anh", "ket qua phan anh", "trang thai phan anh", "tinh trang don",
    "tien do don", "tra cuu", "xem tien do", "xem tinh trang", "kiem tra tien do", "kiem tra tinh trang",
    "kiem tra phan anh", "xem phan anh", "xem ket qua", "kiem tra ket qua", "tra ma", "kiem tra ma", "tra so",
    "theo doi phan anh", "status of", "check my report", "check the status", "track my", "track report", "look up my",
    "check on my", "check my",
)  # fmt: skip
# A report that says it was said before, often, is one all the same.
OFTEN = ("nhieu lan", "may lan", "bao nhieu lan", "lan thu", "hoai", "many times", "several times", "again and again")

# ── An idea ──
PROPOSING = (
    "thi tot biet may", "thi tot qua", "thi hay biet may", "thi tuyet", "please add", "add more", "nghien cuu lam",
    "nghien cuu mo", "nghien cuu xay", "nghien cuu them", "de xuat", "hien ke", "gop y", "co y kien", "y kien cua toi",
    "y kien la", "y kien rieng", "sang kien", "y tuong", "toi nghi la nen", "theo toi nen", "theo em nen",
    "theo minh nen", "toi nghi nen", "em nghi nen", "minh nghi nen", "nghi thanh pho nen", "kien nghi thanh pho",
    "kien nghi mo", "kien nghi them", "kien nghi lap", "kien nghi xay", "kien nghi cho", "kien nghi trong",
    "kien nghi tang", "kien nghi bo", "uoc gi", "gia ma", "gia nhu", "hay la thanh pho", "i suggest", "suggestion",
    "suggestions", "i propose", "proposal", "my idea", "an idea", "i have an idea", "idea for", "would be nice",
    "would be great", "would be good", "would be better", "would be helpful", "would be lovely", "would love to see",
    "it would help", "why don t you", "why not", "how about", "the city should", "you should", "city could",
    "you could", "we should", "i think there should", "there should be", "i wish there", "consider adding",
    "please consider", "i recommend", "may i suggest", "wish the city",
)  # fmt: skip
SHOULD = (
    "nen", "can phai", "phai chi", "sao khong", "sao ko", "tai sao khong", "mong thanh pho", "mong tp",
    "mong chinh quyen", "mong phuong", "should", "could", "mong duoc", "de nghi", "kien nghi", "can", "xin", "mong",
)  # fmt: skip
STRONG_SHOULD = ("nen", "phai chi", "sao khong", "tai sao khong", "should")
CHANGES = (
    "lap", "lap them", "mo", "mo them", "lam them", "them", "trong", "trong them", "xay", "xay them", "cho phep",
    "doi", "doi gio", "doi moi", "cam", "han che", "giam", "tang", "tang cuong", "mien", "mien phi", "to chuc",
    "khuyen khich", "bo tri", "bo tri them", "chuyen", "chuyen sang", "thay bang", "quy hoach", "dau tu", "phat trien",
    "keo dai", "mo rong", "dat", "dat them", "ung dung", "ap dung", "lam", "lam luon", "co", "co them", "phan luong",
    "nghien cuu", "xem xet", "thi diem", "tao", "tao them", "gan", "gan them", "bo", "phan loai", "so hoa", "add",
    "build", "install", "plant", "open", "more", "create", "introduce", "offer", "allow", "ban", "make", "have",
    "be more", "extend", "put",
)  # fmt: skip
STRONG_CHANGES = (
    *(change for change in CHANGES if "them" in change.split()),
    "trong cay",
    "mo rong",
    "xay dung",
    "thi diem",
)
# What is wrong now, and makes a wish a report.
WRONG_NOW = (
    *STREET_FAULTS, "xu ly", "khac phuc", "sua", "sua chua", "don dep", "thu gom", "kiem tra", "xu phat",
    "som giai quyet", "nhac nho", "can thiep", "giai quyet", "dang bi", "om som", "boc mui", "o ga", "nguy hiem qua",
    "fix", "repair", "clean up", "remove",
)  # fmt: skip

# ── Where is … ? ──
WHERE_IS = (
    "o dau", "o dau vay", "o cho nao", "cho nao", "nam o dau", "nam cho nao", "tim duong", "chi duong", "duong di",
    "tim", "tim kiem", "vi tri", "dia chi", "ban do", "xem ban do", "den", "di toi", "toi", "where is", "where s",
    "how to get to", "directions to", "find", "show me", "map of", "location of", "look for", "search", "search for",
    "take me to", "go to",
)  # fmt: skip

# ── Nothing that a city can work with ──
SINGLE_MATTERS = ("nuoc", "dien", "khoi", "mui", "on", "water", "noise", "power", "smell", "lights", "light")
GREETINGS = (
    "xin chao", "chao", "chao ban", "chao admin", "chao em", "hello", "hi", "hey", "alo", "good morning",
    "good evening", "test", "testing", "lol", "haha", "hihi", "hehe",
)  # fmt: skip
SMALL_TALK = (
    "vay tien", "vay tien nhanh", "lai suat thap", "lai suat", "mua ban nha dat", "ban nha", "cho thue nha",
    "tuyen dung", "viec nhe luong cao", "bitcoin", "nguoi yeu", "ket ban", "meaning of life", "nam moi vui ve",
    "ban la ai", "an com chua", "troi dep", "khoe khong", "thu xem", "ban ten gi", "who are you", "are you a bot",
    "how are you", "what s up", "doc tho", "ke chuyen", "hat di", "ngu ngon", "yeu em", "i love you", "thoi tiet",
    "xo so", "bong da", "da banh", "tell me a joke",
)  # fmt: skip
ABUSE = (
    "ngu qua", "do vo dung", "vo dung", "nhu hach", "tui bay", "tui may", "bon may", "chung may", "sucks",
    "you guys suck", "lu an hai", "lu vo dung", "dm", "dmm", "dcm", "vcl", "vkl", "clgt", "cc", "dit me",
    "dit cu", "deo me", "loz", "do ngu", "ngu vl", "ngu nhu bo",
    "ngu nhu cho", "lu ngu", "oc cho", "an cut", "vo hoc",
    "khon nan", "cut di", "do khung", "fuck", "fucking", "fuck you", "shit", "bullshit", "asshole", "bitch",
    "stupid", "idiot", "idiots", "morons", "useless", "go to hell", "screw you",
)  # fmt: skip
ASKING_ENDS = (
    "khong", "vay", "chua", "ha", "a", "nhi", "hen", "the", "sao", "gi", "nao", "dau", "duoc khong", "khong a",
    "khong vay", "khong ad", "khong admin", "ta", "may gio",
)  # fmt: skip
MORE_ASKING = (
    "bao gio", "khi nao", "may gio", "bao nhieu", "o dau", "nhu the nao", "the nao", "ra sao", "lam sao", "can gi",
    "giay to gi", "thuoc phuong nao", "thuoc xa nao", "phuong nao", "ai quan ly", "duoc khong", "co can", "co phai",
    "co duoc", "lieu", "cho hoi", "muon hoi", "xin hoi", "how", "what", "when", "where", "which", "who", "can i",
    "do i", "is it", "is there", "are there", "does", "do you", "could i", "may i", "should i", "am i", "hay khong",
    "gi vay", "nao vay", "dau vay",
)  # fmt: skip


def find_intent(text: str, signs: Signs) -> Verdict:
    """Return the intent of a tidy text whose place was cut out. Danger comes before all else."""
    words = pad_words(text)
    if signs.danger:
        return Verdict(Intent.DANGER, SURE)
    if signs.language not in ("vi", "en", ""):
        return Verdict(Intent.UNKNOWN, SURE)
    has_words = any(word.isalpha() and len(word) > 1 for word in words.split())
    if not (has_words or signs.place or signs.only_place):
        return Verdict(Intent.STATUS, SURE) if signs.reference else Verdict(Intent.UNKNOWN, LIKELY)
    for intent, test in TESTS:
        if certainty := test(words, text, signs):
            return Verdict(intent, certainty)
    return remaining_intent(words, signs)


def person_certainty(words: str, _text: str, _signs: Signs) -> float:
    if mentions(words, ABOUT_STAFF):
        return 0
    short = len(words.split()) <= BY_ITSELF
    if mentions(words, ANYBODY) or (short and mentions(words, PERSONS) and not mentions(words, ("hotline", "so"))):
        return LIKELY
    if mentions(words, CALL_BACK) and not mentions(words, STREET_FAULTS):
        return LIKELY
    if mentions(words, MACHINES) and (mentions(words, WISHES) or mentions(words, CONTACT) or mentions(words, PERSONS)):
        return LIKELY
    if not follows(words, CONTACT, PERSONS, within=3):
        return 0
    return SURE if begins_with_any(words, CONTACT) or follows(words, WISHES, CONTACT, within=3) else 0


def status_certainty(words: str, text: str, signs: Signs) -> float:
    asks = is_asking(words, text)
    if signs.reference:
        return SURE if signs.reference and (asks or len(words.split()) <= 12 or mentions(words, PROGRESS)) else 0
    if mentions(words, LOOK_UP) and mentions(words, SENT):
        return SURE
    if not (mentions(words, SENT) and mentions(words, PROGRESS) and mentions(words, OWN)):
        return 0
    if mentions(words, OFTEN) and not asks:
        return 0
    # An own report and how it goes, not a fault that was told before and is still there.
    return LIKELY if asks or not mentions(words, STREET_FAULTS) or mentions(words, UNANSWERED) else 0


def complaint_certainty(words: str, _text: str, _signs: Signs) -> float:
    if is_complaint(words):
        return SURE
    if mentions(words, OTHER_STAFF):
        return 0
    of_office = mentions(words, OFFICIALS) or mentions(words, MORE_OFFICIALS)
    return LIKELY if of_office and (mentions(words, MORE_CONDUCT) or mentions(words, CLEAR_CONDUCT)) else 0


def thanks_certainty(words: str, text: str, _signs: Signs) -> float:
    if "?" in text:
        return 0
    if is_thanks(words):
        return SURE
    rest = without(words, CONTENT)
    if follows(words, THANKS, WHO_IS_THANKED, within=3) and not is_faulty(words) and not is_asking(words, text):
        return LIKELY
    if not mentions(words, THANKS) or mentions(rest, BUT) or mentions(rest, WRONG_NOW):
        return 0
    return LIKELY if rest != words else 0


def is_faulty(words: str) -> bool:
    return mentions(words, BUT) or mentions(words, WRONG_NOW)


def idea_certainty(words: str, text: str, _signs: Signs) -> float:
    wrong = mentions(words, WRONG_NOW)
    if mentions(words, PROPOSING):
        return SURE if not wrong else LIKELY
    if begins_with_any(words, ("nen",)) and not follows(words, ("nen",), TIDYING, within=1):
        return LIKELY
    if mentions(words, ASKING_PERMISSION):
        return 0
    if follows(words, STRONG_SHOULD, CHANGES, within=2) and not wrong:
        return LIKELY
    if not wrong and follows(words, ("sao",), ("khong",), within=5) and follows(words, ("khong",), CHANGES, within=0):
        return LIKELY
    if wrong or mentions(words, OF_AN_OFFICE):
        return 0
    return LIKELY if follows(words, SHOULD, STRONG_CHANGES, within=4) else 0


def place_certainty(_words: str, _text: str, signs: Signs) -> float:
    return SURE if signs.only_place else 0


def question_certainty(words: str, text: str, signs: Signs) -> float:
    asks = "?" in text
    if is_question(words, asks=asks):
        return SURE
    explicit = mentions(without(words, NO_TIMETABLE), EXPLICIT)
    if mentions(words, STREET_FAULTS) or not (explicit or is_asking(words, text)):
        return 0
    if len(words.split()) < SHORTEST_QUESTION or is_idle(words):
        return 0
    return LIKELY if explicit or not signs.plain_kind else 0


def remaining_intent(words: str, signs: Signs) -> Verdict:
    length = len(words.split())
    if is_idle(words) and not signs.place:
        return Verdict(Intent.UNKNOWN, LIKELY)
    if mentions(words, STREET_FAULTS) or signs.plain_kind:
        return Verdict(Intent.REPORT, SURE if signs.place else LIKELY)
    if length <= 2 and (mentions(words, STREET_MATTERS) or mentions(words, SINGLE_MATTERS)):
        return Verdict(Intent.REPORT, GUESS)
    if mentions(words, ABUSE) or mentions(words, GREETINGS):
        return Verdict(Intent.UNKNOWN, LIKELY)
    if signs.kinds and (signs.place or length >= 4):
        return Verdict(Intent.REPORT, LIKELY if signs.place else GUESS)
    if signs.place and length >= 5:
        return Verdict(Intent.REPORT, GUESS)
    return Verdict(Intent.UNKNOWN, GUESS if length < 4 else NONE)


def is_idle(words: str) -> bool:
    """Whether it is small talk, an advertisement or mere abuse."""
    return (mentions(words, SMALL_TALK) or mentions(words, ABUSE)) and not mentions(words, STREET_FAULTS)


def is_asking(words: str, text: str) -> bool:
    return "?" in text or mentions(words, MORE_ASKING) or any(words.endswith(f" {end} ") for end in ASKING_ENDS)


def begins_with_any(words: str, phrases: tuple[str, ...]) -> bool:
    return any(words.startswith(f" {phrase} ") for phrase in phrases)


ABOUT_STAFF = tuple(
    phrase for phrase in CONDUCT if phrase not in ("mang", "chui", "quat", "nat", "complain", "complaint")
)
MORE_OFFICIALS = (
    "bo phan mot cua", "quay mot cua", "tiep dan", "co tiep dan", "can bo thue", "tu phap", "thue vu", "nhan vien",
    "khu pho truong", "ong khu pho", "at counter", "at the counter", "ward police", "people s committee",
    "ward office", "cong an", "csgt", "canh sat giao thong",
)  # fmt: skip
MORE_CONDUCT = (
    "trich thuong", "cau gat", "cau co", "gat gong", "bat di lai", "bat toi di lai", "bat dan di lai",
    "di lai nhieu lan", "la toi", "la dan", "la em", "toi tre", "cho ca buoi", "ngoi cho ca", "khong bien lai",
    "khong co bien lai", "gom tien", "thai do", "hanh len hanh xuong", "unfriendly", "coffee money", "threw my",
    "ignoring", "ignores", "made me wait", "treated me", "talked down", "an hoi lo", "tham o", "khong tiep dan",
    "dua day", "day qua day lai", "hach hoi", "kho khan", "cai tay doi", "noi tuc", "len giong", "khong lam viec",
    "bo vi tri", "choi game", "luot dien thoai", "luot facebook", "ngu gat", "an nhau", "say xin", "nhan phong bi",
    "phong bi", "doi quan he", "ep dan", "lam tien", "an tien", "moi tien", "xin tien", "doi hoi", "doi them tien",
    "khong huong dan", "khong chiu huong dan", "khong chiu nhan", "khong nhan ho so", "bat di toi di lui", "hanh",
    "lam ngo", "lam lo", "ngam ho so", "thieu nhiet tinh", "xem thuong", "cuoi khay", "cup ngang", "cup may ngang",
    "slow and rude", "on his phone", "on her phone", "playing games", "lazy", "shouting", "shouts", "yelling", "cash",
    "hung up", "sent me away", "turned me away", "made fun", "looked down",
    "hat hui", "xua duoi", "tat nuoc", "vo mat dan", "noi xang", "noi gay", "mat nang may nhe", "threw her",
    "threw his", "yelled at",
)  # fmt: skip
CONTENT = (
    "le ghe", "tot qua", "nhanh qua", "nhanh ghe", "le qua", "sach qua", "dep qua", "sang qua", "gioi qua", "tuyet",
    "tuyet qua", "hay qua", "mung qua", "mung lam", "on roi", "het roi", "great", "wonderful", "excellent",
    "works again", "working again", "clean now", "fixed", "awesome", "amazing", "perfect", "very fast", "so fast",
    "quick",
)  # fmt: skip
# Behind thanks: those who did something.
WHO_IS_THANKED = (
    "may anh", "may chi", "may chu", "may co", "cac anh", "cac chi", "cac chu", "cac ban", "anh em", "doi", "team",
    "cong ty", "cong an", "phuong", "thanh pho", "chinh quyen", "dien luc", "moi truong", "cong nhan", "can bo",
    "nhan vien", "the crew", "the team", "the workers", "the city", "the staff", "the ward", "your team", "the guys",
)  # fmt: skip
# Conduct that is no noise of a neighbour and no bus that is late.
TIDYING = ("dep", "xu ly", "sua", "phat", "xu phat", "don", "kiem tra", "thay", "va")
CLEAR_CONDUCT = (
    "hach dich", "nhung nhieu", "voi vinh", "voi tien", "hoi lo", "bribe", "bribes", "rude", "boi duong", "lot tay",
    "coc can", "vo le",
)  # fmt: skip
UNANSWERED = tuple(
    phrase
    for phrase in PROGRESS
    if "tra loi" in phrase or "phan hoi" in phrase or "repl" in phrase or "answer" in phrase
)
OF_AN_OFFICE = ("xin hoi", "xin phep", "thu tuc", "giay phep")  # who asks for them proposes nothing
ASKING_PERMISSION = (
    "co nen",
    "nen lam gi",
    "nen lam sao",
    "nen goi",
    "nen gap",
    "nen bao",
    "nen den",
    "should i",
    "what should",
    "who should",
    "where should",
    "could i",
    "could you",
)
NO_TIMETABLE = ("du lich", "lich su", "thanh lich", "don lich", "lich thiep")
EXPLICIT = (
    "quy dinh", "la so may", "so may", "hotline", "ai chiu trach nhiem", "duong nao", "tiep dan", "lich tiep dan",
    "gio tiep dan", "khung gio", "co bao nhieu", "ai quan ly", "thuoc quyen", "do ai", "duoc phep khong",
    "co phai dang ky", "co can", "can foreigners", "can tourists", "can we", "where can", "cho hoi", "muon hoi",
    "xin hoi", "xin so", "so dien thoai", "lich", "thuoc phuong nao", "thuoc xa nao", "phuong nao", "may gio",
    "bao nhieu", "thu tuc",
)  # fmt: skip
TESTS = (
    (Intent.PERSON, person_certainty),
    (Intent.COMPLAINT, complaint_certainty),
    (Intent.STATUS, status_certainty),
    (Intent.THANKS, thanks_certainty),
    (Intent.PLACE, place_certainty),
    (Intent.IDEA, idea_certainty),
    (Intent.QUESTION, question_certainty),
)
