"""Recognize agreement, refusal, a change of mind, a correction and courtesies in a chat message. No database.

Words whose diacritics decide (thôi and thối, đúng and đừng) are compared as written; all else as `plain` folds it.
"""

import re

from gis_data.words import plain

MAX_CHARS = 600  # of a message that corrects or takes back; longer ones describe something
AGREEING_WORDS = (
    "gui ok oke okay okie okla oki dung chuan phai co vang da u uh um yes yep yeah yup sure send submit correct "
    "right exactly confirm duyet ua uhm umm ukm uk uki okela xac yess okk chot"
)
AGREEING = frozenset(AGREEING_WORDS.split())
AROUND_AGREEING_WORDS = (
    "di luon nhe nha nhen nghen a roi dum gium giup do day that dong y xac nhan chinh the em anh chi toi minh cho "
    "it please now that s is this the report go ahead good looks all ban oi thoi ne hen phan anh bao cao vay minh "
    "them ngay lien gap hoan toan hop ly het do ad admin shop tui con chau bac chu nhanh le len voi r rui oy lun nghe "
    "nho cam on thanks pls plz one thats for me us asap la nay kia vo phat duoc thiet"
)
AROUND_AGREEING = frozenset(AROUND_AGREEING_WORDS.split())
REFUSING_WORDS = "khong ko k hong hok hem kg no nope"
REFUSING = frozenset(REFUSING_WORDS.split())
AROUND_REFUSING_WORDS = "a dau da gui phai dung the nhe nha em anh chi thanks not that it is"
AROUND_REFUSING = frozenset(AROUND_REFUSING_WORDS.split())
COURTESIES_WORDS = (
    "cam on camon thanks thank you thankyou tks thx tnx ban anh chi em nhieu nha nhe nhen a da ok oke okay ad admin "
    "rat lam vang roi so much very bye chao tam biet goodbye good night cac da minh toi vay the cheers great merci "
    "mai tot lanh ngay vui ve hen hihi hehe haha"
)
COURTESIES = frozenset(COURTESIES_WORDS.split())
COURTEOUS = ("cam on", "camon", "thank", "thanks", "tks", "thx", "tnx", "bye", "tam biet", "goodbye", "cheers")
DONT = re.compile(r"\b(?:đừng|thôi|khỏi)\b")
GIVING_UP = re.compile(
    r"(?:^|[\s,.!])(?:"
    r"(?:(?:à |ờ |ơ |mà |ý |thế |ok |vậy |dạ )*(?:thôi|thoi)[\s,.]+)?"
    r"(?:(?:không|khong|ko|k|hông|hok|khỏi|khoi|đừng|chưa)\s+(?:cần\s+|can\s+|muốn\s+|muon\s+)?(?:gửi|gui"
    r"|phản ánh|phan anh|nữa|nua|cần|can)(?:\s+(?:nữa|nua|đâu|dau|gì|gi|đi|luôn))*"
    r"|(?:bỏ|huỷ|hủy|huy|xoá|xóa)\s+(?:đi|di|hết|het|phản ánh(?: này)?|phan anh(?: nay)?|báo cáo|nó|tin này|nha|giùm"
    r"|giúp|luôn)(?:\s+(?:nha|nhé|nhe|giùm|giúp|đi|luôn|em|anh|ạ))*)"
    r"|(?:à |ờ |mà |ý )?thôi\s+(?:khỏi|bỏ|để|không|nhé|nha|mà|kệ|vậy|được rồi)"
    r"(?:\s+(?:đi|qua|hết|khi khác|sau|cần|nó))*"
    r"|(?:i\s+)?changed? my mind|do\s?n.?t send(?: it| this| anything)?|never ?mind(?: that| it)?"
    r"|forget (?:it|about it)"
    r"|cancel (?:it|that|this|the report|my report)|drop it|scrap that|stop,? (?:please )?do\s?n.?t send(?: it)?"
    r")(?=$|[\s,.;!?])",
    re.IGNORECASE,
)
UNDOING = (
    "lay lai", "lay lai phan anh", "khoi phuc", "khoi phuc lai", "hoan tac", "cho lay lai", "lay lai di",
    "lay lai giup", "lay lai cai vua bo", "lay lai cai cu", "gui lai cai vua bo", "undo", "undo that", "take it back",
    "bring it back", "restore", "restore it", "get it back",
)  # fmt: skip
WRONG_PLACE = (
    "sai cho", "sai dia chi", "sai vi tri", "sai noi", "khong phai cho do", "khong phai o do", "khong dung cho",
    "nham cho", "nham dia chi", "lon cho", "sua cho", "sua dia chi", "doi cho", "doi dia chi", "sua vi tri",
    "doi vi tri", "wrong place", "wrong address", "wrong location", "not there", "change the place",
    "change the address", "change place",
)  # fmt: skip
WRONG_KIND = (
    "sai viec", "sai loai", "khong phai viec do", "nham viec", "lon viec", "sua viec", "doi viec", "doi loai",
    "sua loai", "wrong problem", "wrong kind", "wrong category", "change the kind", "change kind",
)  # fmt: skip
NOT_BUT = re.compile(
    r"(?:không|khong|ko|hông|hong|hok|chẳng|đâu)\s+(?:phải|phai|có phải)\s+(?:là\s+|la\s+|ở\s+|o\s+)?"
    r"[^,;.\n]{1,80}?(?:[,;.]\s*|\s)(?:mà\s+|ma\s+)?(?:là|la|mà|ở|tại)\s+(?P<right>[^\n]{2,200})"
    r"|\bnot\s+[^,;.\n]{1,80}?(?:[,;.]\s*|\s)(?:but|rather|it'?s|it is|its|actually)\s+(?P<right_en>[^\n]{2,200})",
    re.IGNORECASE,
)
NOT_BEHIND = re.compile(
    r"^(?P<right>[^\n]{2,200}?)[\s,]+(?:chứ|chớ|chu)\s+(?:không|khong|ko|hông|đâu|k)(?:\s|$)"
    r"|^(?P<right_en>[^\n]{2,200}?)[\s,]+(?:and\s+)?not\s+[^\n]{1,80}$",
    re.IGNORECASE,
)
SLIP = re.compile(
    r"(?:^|[\s,.])(?:nhầm|nham|lộn|lon|đính chính|sửa lại|sua lai|đổi lại|doi lai|nói lại|xin lỗi|sorry|actually|i mean"
    r"|i meant|correction|my mistake|oops|mà khoan|khoan đã|khoan|no wait|wait|sai rồi|sai roi|mistake)"
    r"(?:\s+(?:rồi|roi|mất|mat|tí|xíu|là|thành|la|chút|đã|địa chỉ|chỗ|thanh))*[\s,:.;!…-]+(?P<right>[^\n]{2,300})$",
    re.IGNORECASE,
)
RIGHT_ONE = re.compile(
    r"^(?P<right>[^\n]{2,300}?)\s+(?:mới đúng|moi dung|mới phải|moi phai|mới chuẩn"
    r"|is (?:the )?(?:right|correct)(?: one)?)",
    re.IGNORECASE,
)
# "cho em gặp tổng đài viên" inside a sentence, as `plain` writes it.
WANTS_PERSON = re.compile(
    r"\b(?:(?:(?:cho(?: \w+)?|muon|xin|can)(?: duoc)? gap|noi chuyen voi)(?: mot| 1)?"
    r" (?:nguoi that|nhan vien|tong dai vien|dien thoai vien|tu van vien)"
    r"|(?:cho|muon|can|xin|de|thich|yeu cau|lam on)(?: \w+){0,4} (?:gap|noi chuyen|noi may|ket noi|chuyen may|chat)"
    r"(?: \w+){0,4} (?:nguoi that|nguoi thiet|con nguoi|nguoi truc|nhan vien|tong dai vien|tong dai|can bo truc)"
    r"|(?:cho|muon|can|xin|de|thich|yeu cau)(?: \w+){0,3} (?:gap|noi chuyen|chat|noi|ket noi)(?: voi)?"
    r" (?:(?:mot |1 )?nguoi(?:$| (?:di|nha|nhe|a|duoc|dum|gium|giup|khac|chu)\b)"
    r"|(?:anh chi|anh|chi|ban|co|chu) (?:nao|truc|dang truc|tu van|ho tro)\b)"
    r"|(?:talk|speak|chat) (?:to|with) (?:an? )?(?:real )?(?:person|human|agent|operator))\b"
)
# After the numbers to call, as `plain` writes it.
CALLED = re.compile(
    r"^(?:da |roi |vang |em |toi |tui |minh |con |chau |anh |chi |nha |hang xom |nguoi ta |vua |moi |co nguoi )*goi"
    r"(?: \w+){0,4} (?:xong|roi|r)\b|^(?:da|vua|moi) goi(?: \w+){0,4}$"
    r"|^(?:yes |ok |we |i |ve |they |someone |somebody |have |has |already |just |neighbour |my |a )*called"
    r"(?: \w+){0,4}$"
)
CALM = re.compile(
    r"\b(?:khong|ko|k|hong|hok|chua|dau)(?: \w+){0,2} (?:khan cap|cap cuu|nguy hiem|gap|gap gap)\b"
    r"|\b(?:not|isn t|no|nothing)(?: \w+){0,2} (?:an )?(?:emergency|urgent|danger|dangerous|in danger)\b"
)
SHORT_REPLY = 10  # words
LEADING = re.compile(r"^(?:(?:là|phải là|phải|la|ở|it'?s|it is|the|cái|at|rồi|roi)\s+)+", re.IGNORECASE)
TRAILING = re.compile(r"\s+(?:mới đúng|moi dung|mới phải|cơ|nha|nhé|nhe|ạ|á|instead|please)[\s.!]*$", re.IGNORECASE)


def is_agreement(text: str) -> bool:
    """Whether the text agrees and says nothing more; đừng gửi does not."""
    words = plain(text).split()
    if DONT.search(text.lower()) and "thôi" not in text.lower().split()[-1:]:
        return False
    if words[:2] == ["dung", "gui"] and text.isascii():  # đúng or đừng: not to be known
        return False
    return bool(AGREEING & set(words)) and not set(words) - AGREEING - AROUND_AGREEING


def has_called(text: str) -> bool:
    words = plain(text)
    return len(words.split()) <= SHORT_REPLY and bool(CALLED.search(words))


def is_no_emergency(text: str) -> bool:
    words = plain(text)
    return len(words.split()) <= SHORT_REPLY and bool(CALM.search(words))


def is_refusal(text: str) -> bool:
    words = plain(text).split()
    return bool(REFUSING & set(words)) and not set(words) - REFUSING - AROUND_REFUSING


def split_giving_up(text: str) -> str | None:
    """Return what is said besides giving up, "" for nothing more; None where nothing is given up."""
    match = GIVING_UP.search(text[:MAX_CHARS])
    if match is None or len(text) > MAX_CHARS:
        return None
    before, after = text[: match.start()].strip(" ,.;!?"), text[match.end() :].strip(" ,.;!?")
    if len(before.split()) > SHORT_LEAD:
        return None  # somebody else gave it up: "họ báo là không cần gửi"
    return after if len(after.split()) > SHORT_REST and not REASON.search(plain(after)) else ""


# What stands behind giving up and says why: it is done, somebody does it, it was a mistake.
REASON = re.compile(
    r"^(?:ad |admin |em |e |anh |chi |shop |nha |nhe |a |roi |vi |tai |do )*(?:nguoi ta|ho|phuong|toi|tui|em|e|minh|con"
    r"|chung toi|nha|thang|may ong|may anh)?(?: \w+){0,2}(?: da| tu| vua| moi| duoc| het| xong)?(?: \w+){0,4}"
    r" (?:roi|r|xong|lai duoc|nguoi don|sua lay|lam lay)\b"
    r"|^(?:ad |admin |shop |nha |nhe |a )*(?:toi|tui|em|e|minh|con|nha|nguoi ta|ho) (?:se )?tu \w+"
    r"|^(?:it|it s|its|they|they ve|someone|somebody|we|i) (?:\w+ ){0,4}"
    r"(?:gone|fixed|done|over|cleaned|resolved|working|mistake|myself)\b"
)
SHORT_LEAD, SHORT_REST = 4, 3  # words


def is_courtesy(text: str) -> bool:
    """Whether the text thanks or takes leave and says nothing more."""
    words = plain(text).split()
    spaced = f" {' '.join(words)} "
    return any(f" {phrase} " in spaced for phrase in COURTEOUS) and not set(words) - COURTESIES


def names_wrong_place(text: str) -> bool:
    return starts_with_any(text, WRONG_PLACE)


def names_wrong_kind(text: str) -> bool:
    return starts_with_any(text, WRONG_KIND)


def starts_with_any(text: str, phrases: tuple[str, ...]) -> bool:
    words = f"{plain(text)} "
    return len(words.split()) <= SHORT_ORDER and any(f" {phrase} " in f" {words}" for phrase in phrases)


SHORT_ORDER = 6  # words


def corrected_words(text: str) -> str | None:
    """Return what holds instead, as `30 Nguyễn Huệ` of “à nhầm, 30 Nguyễn Huệ mới đúng”; None for no correction."""
    if len(text) > MAX_CHARS:
        return None
    for pattern in (NOT_BUT, NOT_BEHIND, RIGHT_ONE, SLIP):
        if match := pattern.search(text):
            groups = match.groupdict()
            return tidy_words(groups["right"] or groups.get("right_en") or "")
    return None


def tidy_words(words: str) -> str:
    if slip := SLIP.search(words):
        words = slip["right"]
    return TRAILING.sub("", LEADING.sub("", words.strip(" ,.;:!?-…"))).strip(" ,.;:!?-…")
