"""Remove from a text what only the responsible unit may read: phone numbers, addresses, numbers of identity cards, bank
accounts and vehicles in any spelling, and links that lead to a person or contain such a number.

The text is untrusted and is searched as `spellings.fold` returns it. All work grows linearly: no pattern repeats
without a limit, the first 5,000 characters are searched closely, and the slow phone number library judges 1,500 of
them.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import phonenumbers
from django.urls import URLResolver, get_resolver

from incidents.spellings import fold

MARK = "‹…›"
SECRET_PARTS = ("token", "slug")  # parts of our addresses: who has one of them has a private link
CLOSE_CHARS = 5000  # characters that are looked at closely: more than a report may have
JUDGED_CHARS = 1500  # characters that the library judges; numbers after them are taken out unjudged
MAX_LOCAL = 8  # digits of a phone number without its area's code
CONTEXT_CHARS = 4  # characters after a number that tell a time of day from it
MIN_DIGITS = 7  # digits of a phone number that is worth hiding
BLANKED = "\0"  # stands in the working copy for what is harmless

# ---- e-mail addresses ----

WORD = re.compile(r"\S+")
PROVIDERS = (
    r"(?:g\s?-?mail|yahoo|hotmail|outlook|icloud|ymail|proton(?:mail)?|live|msn|zoho|yandex|gmx|aol|mail|fpt|vnn|viettel"
    r"|zing)"
)
AT = (
    r"\s{0,2}(?:[@＠﹫]|[(\[{<]\s?(?:at|a\s?-?\s?c[òo]ng|a m[óo]c|@)\s?[)\]}>]"
    r"|\b(?:a\s?-?\s?còng|a\s?-?\s?cong|a móc))\s{0,2}"
)
DOT = r"\s{0,2}(?:[.．。]|[(\[{<]\s?(?:dot|chấm|cham|\.)\s?[)\]}>]|\b(?:dot|chấm|cham)\b)\s{0,2}"
SPELLED_DOT = r"\s{0,2}[(\[]?(?:dot|chấm|cham)[)\]]?\s{0,2}"
NAME = r"(?<![\w.+-])[\w.+-]{1,64}"
LABEL = r"[^\W_][\w-]{0,40}"
EMAILS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{NAME}{AT}{LABEL}(?:{DOT}[^\W\d_]{{2,12}}\b){{1,3}}",
        rf"{NAME}{AT}{PROVIDERS}\b",
        # “at” is a word of its own: a name of a provider must follow, or a spelled full stop.
        rf"{NAME}\s{{1,2}}at\s{{1,2}}{PROVIDERS}{DOT}[a-z]{{2,12}}\b",
        rf"{NAME}\s{{1,2}}at\s{{1,2}}{LABEL}(?:{SPELLED_DOT}[a-z]{{2,12}}\b){{1,3}}",
    )
]
EMAIL_SIGNS = re.compile(r"[@＠﹫]|\bat\b|c[òo]ng\b|móc\b", re.IGNORECASE)

# ---- what is harmless ----

GROUPED = r"[1-9]\d{0,2}(?:[.,\s]\d{3}){1,3}"
UNITS = (
    r"(?:(?:đ|d|đồng|dong|vnđ|vnd|k|tr|triệu|trieu|tỷ|ty|usd|m2|m²|m3|m³|m|km|kg|tấn|lít|lit|người|hộ|suất|lượt|xe|căn"
    r"|cây|dollars?|people|metres?|meters?)\b|[%$])"
)
DAY, MONTH, YEAR = r"(?:[12]\d|3[01]|0?[1-9])", r"(?:1[0-2]|0?[1-9])", r"(?:19|20)\d\d"
# It is blanked before numbers are looked for, so that none runs through it.
HARMLESS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.,/-]){YEAR}[-./]{MONTH}[-./]{DAY}(?!\d)",
        rf"(?<![\d.,/-]){DAY}\s?[-./]\s?{MONTH}\s?[-./]\s?(?:{YEAR}|\d\d)(?![-.]?\d)",
        r"(?<!\d)(?:[01]?\d|2[0-4])\s?[:hg]\s?[0-5]\d(?:[:m][0-5]\d)?(?!\d)",  # times of day
        r"(?<![\d.])(?:[89]|1\d|2[0-3])\.\d{3,8}\s?°?\s?[NB]?\s?[,;/ ]\s?1(?:0\d|1[0-7])\.\d{3,8}",  # coordinates
        rf"(?<![\d.,]){GROUPED}\s?{UNITS}",
        r"(?<![\d.,])[1-9]\d{0,2}(?:[.,]\d{3}){1,2}(?<=[05]00)(?![.,]?\d)",  # round sums without a unit
        r"(?<!\d)\d{4,12}\s?(?:đồng|vnđ|vnd)\b",
        r"(?<![\d-])\d{4}-\d{5,6}(?![\d-])",  # references of incidents
        rf"(?<![\d./-]){YEAR}\s?[-–/]\s?{YEAR}(?![\d./-])",
        r"(?<![\d/.,])[1-9]\d{0,3}(?:/\d{1,4}){1,5}[A-Z]?(?![\d/])",  # houses and laws
        r"(?<!\d)11[1-5](?:\s?[,/]\s?11[1-5]){1,3}(?!\d)",
        r"\bkm\s?\d{1,4}\s?\+\s?\d{1,3}",
    )
]

# ---- numbers ----

# Between the digits of one number: nothing, or up to three signs that people write there.
SIGNS = r"[\s.\-_*·•|,/()\[\]~–—‐‑‒−…'’+:;\u00ad\u200b-\u200f\u2060\ufe0f\u20e3]"
GAP = rf"{SIGNS}{{0,3}}"
DIGIT, NATIONAL = r"[0-9oOlI]", r"[2-9oOlI]"  # with the letters that are written for digits
BEFORE, AFTER = r"(?<![0-9a-zA-ZÀ-ỹĐđ])", r"(?![0-9])"
LETTERS_AFTER = rf"{AFTER}(?!(?<=[oOlI])[^\W\d_])"  # nor does a word begin with what was taken for the last digit
COUNTRY_CODE = rf"[(\[]?[+＋]?{GAP}(?:[0oO]{GAP}[0oO]{GAP})?8{GAP}4{GAP}(?:\(0\){GAP})?"
PATTERNS = [
    re.compile(pattern)
    for pattern in (
        # Phone numbers of the country: ten or eleven digits from 0, nine or ten after 84.
        rf"{BEFORE}[(\[]?[0oO]{GAP}{NATIONAL}(?:{GAP}{DIGIT}){{8,9}}{LETTERS_AFTER}",
        rf"{BEFORE}{COUNTRY_CODE}{NATIONAL}(?:{GAP}{DIGIT}){{8,9}}{LETTERS_AFTER}",
        # Identity: 12 digits from 0, or 9; passports; social insurance with its two letters.
        rf"{BEFORE}0(?:{GAP}\d){{11}}{AFTER}",
        rf"{BEFORE}\d{{9}}(?:\d{{3}})?{AFTER}",
        rf"{BEFORE}\d{{3}}[\s.\-_]\d{{3}}[\s.\-_]\d{{3}}(?:[\s.\-_]\d{{3}})?(?!{SIGNS}?\d)",
        rf"{BEFORE}[BCKNP]\s?-?\d{{7,8}}{AFTER}",
        rf"{BEFORE}[A-Z]{{2}}[\s-]?\d[\s-]?\d{{2}}(?:[\s-]?\d){{10,12}}{AFTER}",
        # Cards and accounts: 13 to 19 digits.
        rf"{BEFORE}\d(?:[\s.\-_]?\d){{12,18}}{AFTER}",
    )
]
# After a word that says what the number is, shorter ones are hidden, too.
NAMES_OF_NUMBERS = (
    r"stk|s[ốo] ?t[àa]i ?kho[ảa]n|t[àa]i ?kho[ảa]n|tk|account|acct|a/c|momo|zalo ?pay|viettel ?pay|vnpay",
    r"ng[âa]n h[àa]ng|bank|vietcombank|vcb|techcombank|tcb|mb ?bank|mb|acb|bidv|agribank|vietinbank|vpbank|tpbank",
    r"sacombank|shb|vib|hdbank",
    r"cccd|cmnd|cmt|c[ăa]n c[ướu]+c(?: c[ôo]ng d[âa]n)?|ch[ứu]ng minh(?: nh[âa]n d[âa]n| th[ưu])?|h[ộo] chi[ếe]u",
    r"passport|id card|bhxh|bhyt|mst|m[ãa] s[ốo] thu[ếe]|gplx|b[ằa]ng l[áa]i(?: xe)?|gi[ấa]y ph[ée]p l[áa]i xe",
    r"sđt|sdt|đt|dt|đi[ệe]n tho[ạa]i|dien thoai|s[ốo] ?m[áa]y|phone|mobile|tel|hotline|zalo|viber|whatsapp|call|gọi",
    r"alo|liên hệ|lh",
)
NAMED = re.compile(
    rf"\b(?:{'|'.join(NAMES_OF_NUMBERS)})(?![^\W\d_])[^\d\n]{{0,30}}?([A-Z]{{0,2}}\d(?:{GAP}\d){{5,18}}){AFTER}",
    re.IGNORECASE,
)
# Spelled digits, between which there may be nothing, and digits among them.
DIGIT_WORD = (
    r"(?:không|khong|hông|một|mốt|mot|hai|ba|bốn|bon|tư|năm|nam|lăm|lam|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin|linh|lẻ|oh"
    r"|zero|one|two|three|four|five|six|seven|eight|nine)"
)
SPELLED = re.compile(
    rf"(?<![^\W\d_])(?:{DIGIT_WORD}|\d){SIGNS}{{0,3}}(?:(?:{DIGIT_WORD}|\d){SIGNS}{{0,3}}){{7,17}}(?:{DIGIT_WORD}|\d)(?![^\W\d_])",
    re.IGNORECASE,
)
SPELLED_WORDS, MIN_WORDS = re.compile(DIGIT_WORD, re.IGNORECASE), 5
# Number plates: province, series, four or five digits. With four a dash or a word must say that it is one.
SERIES = r"(?:[A-ZĐ]{1,2}\d?|[A-Z]\d)"
PLATE_WORDS = r"\b(?:bi[ểe]n(?: s[ốo]| ki[ểe]m so[áa]t)?|bks|bsx|bs|plate|xe)\b"
PLATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{BEFORE}[1-9]\d[\s.\-]?{SERIES}[\s.\-]{{0,3}}\d{{3}}[\s.\-]?\d{{2}}(?!\w)",
        rf"{BEFORE}[1-9]\d[\s.]?{SERIES}\s?-\s?(?!{YEAR}\b)\d{{4}}(?!\w)",
        rf"{BEFORE}[1-9]\d\s?-\s?{SERIES}\s?-?\s?\d{{3}}[\s.\-]?\d{{1,2}}(?!\w)",
        rf"{BEFORE}\d{{2}}[\s-]?(?:NG|NN|QT)[\s-]?\d{{3}}[\s-]?\d{{2}}(?!\w)",
        rf"{PLATE_WORDS}\W{{0,3}}([1-9A-Z][\dA-Z]?[\s.\-]?[A-Z0-9]{{0,3}}[\s.\-]{{0,3}}\d{{2,3}}[\s.\-]?\d{{2}})(?!\w)",
        rf"{BEFORE}[A-Z]{{2}}-\d{{2}}-\d{{2}}(?![\w-])",  # the army's
    )
]
# A number that stands in a word: one with all of its digits is told from other numbers by how it begins.
MOBILE = rf"(?:0|(?:[+＋]{GAP})?(?:0{GAP}0{GAP})?8{GAP}4{GAP}(?:\(0\){GAP})?){GAP}"
GLUED = [
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){MOBILE}[35789](?:{GAP}\d){{8}}{AFTER}",
        rf"(?<!\d){MOBILE}2(?:{GAP}\d){{9}}{AFTER}",
        rf"(?<!\d)[0oO](?:[\s.\-]?{DIGIT}){{9}}(?!{DIGIT})",
        rf"(?<!\d)0\d{{11}}{AFTER}",
        rf"(?<=[a-zà-ỹđ])\d{{9}}(?:\d{{3}})?{AFTER}",
        rf"(?<!\d)[1-9]\d[\s.\-]?{SERIES}[\s.\-]{{0,2}}\d{{3}}[\s.\-]?\d{{2}}{AFTER}",
        rf"(?<!\d)[1-9]\d[\s.\-]?(?:[a-zđ]{{1,2}}\d?)[\s.\-]{{0,2}}\d{{3}}[\s.\-]?\d{{2}}{AFTER}",
    )
]
MIN_REAL_DIGITS = 6  # of a number of which letters are written for digits

# ---- links ----

# Of programs that call or write to a person: what follows is an address of theirs.
CONTACT_SCHEMES = (
    r"(?:tel|sms|smsto|mms|mailto|callto|viber|zalo|whatsapp|tg|skype|sip|sips|facetime|facetime-audio|fb-messenger|line"
    r"|signal|sgnl|wechat|weixin|imessage|xmpp|momo)"
)
# Hosts, some with the beginning of a path, whose links lead to one person or number.
CONTACT_HOSTS = (
    r"(?:[\w-]{1,40}\.)?(?:zalo\.me|wa\.me|whatsapp\.com|m\.me|messenger\.com|t\.me|telegram\.me|telegram\.dog|telegram\.org"
    r"|viber\.com|viber\.me|vb\.me|signal\.me|line\.me|msng\.link|ig\.me|wechat\.com|weixin\.qq\.com|skype\.com"
    r"|(?:facebook|fb)\.com/(?:messages|profile\.php|msg)|momo\.vn)"
)
DOMAIN = r"(?:[a-z0-9_-]{1,40}\.){1,5}[a-z]{2,12}"
CONTACT_LINKS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![a-z0-9]){CONTACT_SCHEMES}:(?:/{{0,2}})[\w+%({{@?][^\s<>\"“”«»]{{2,400}}",
        rf"(?:https?:/{{1,2}})?(?<![\w.@-]){CONTACT_HOSTS}[/?#](?!\s)[^\s<>\"“”«»]{{1,400}}",
    )
]
LINK = re.compile(
    rf"(?:\b[a-z][a-z0-9+.-]{{1,15}}:/{{1,3}}|(?<![\w.@-])(?={DOMAIN}(?::\d{{1,5}})?[/?#]))[^\s<>\"“”«»]{{1,1000}}",
    re.IGNORECASE,
)
IN_LINKS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?:0|[+ ]?(?:00)?84(?:\(?0\)?)?)[ .\-_()]{0,2}[35789](?:[ .\-_()]{0,2}\d){8}(?!\d)",
        r"(?<!\d)(?:0|[+ ]?(?:00)?84(?:\(?0\)?)?)[ .\-_()]{0,2}2(?:[ .\-_()]{0,2}\d){9}(?!\d)",
        r"(?<!\d)01[2689](?:[ .\-_]?\d){8}(?!\d)",
        r"(?<![\d.])0\d{11}(?!\d)",
        r"\b(?:phone|tel|sdt|sđt|dt|mobile|call|zalo|viber|whatsapp|cccd|cmnd|cmt|stk|account|acc|passport|mst|bhxh|so|number)"
        r"[=/:_\-]{1,2}[+ ]?\d(?:[ .\-_]?\d){6,18}(?!\d)",
        r"(?<![0-9a-z])[1-9]\d[ .\-_+]?(?:[a-zđ]{1,2}\d?|[a-z]\d)[ .\-_+]{0,2}\d{3}[ .\-_]?\d{2}(?![0-9a-z])",
        r"(?<![0-9a-z])[1-9]\d[ ._+]?(?:[a-zđ]{1,2}\d?|[a-z]\d)-(?!(?:19|20)\d\d\b)\d{4}(?![0-9a-z])",
        r"[\w.+-]{1,64}@[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){1,3}",
    )
]
# What may stand in a link and looks like a number: coordinates, days.
HARMLESS_IN_LINKS = re.compile(r"(?<![\d.])\d{1,3}\.\d{4,15}(?![\d.])|(?:19|20)\d\d[-/]\d\d[-/]\d\d")
LINK_TAIL = ".,;:!?)]}'’…"

# A local number of seven or eight digits, in one or two groups; the library takes much for one.
LOCAL = re.compile(r"(?<![\w-])[2-9]\d{2,3}[\s.\-]?\d{4}(?![\w-])")
# Digits as people write them in a phone number, with what stands between them: for what the library knows beside.
NUMBERS = re.compile(r"[+＋(（\[［]{0,2}\d[\dxX+＋\-‐-―−ー－.／/ \u00a0\u00ad\u200b\u2060\u3000()（）［］\[\]~⁓∼～]*")


def without_contacts(text: str, region: str = "VN") -> str:
    """Replace contacts, identity numbers, accounts and plates by ‹…›.

    `region`: the country of numbers without a code.
    """
    if "@" in text:
        text = WORD.sub(lambda match: MARK if is_email_address(match[0]) else match[0], text)
    near, far = text[:CLOSE_CHARS], text[CLOSE_CHARS:]
    near = replace_spans(near, contact_spans(near))
    return without_phones(near, region, JUDGED_CHARS) + without_phones(far, region, 0)


def is_email_address(word: str) -> bool:
    if "://" in word:  # one in it is found by its letters
        return False
    at, stop = word.find("@", 1), word.rfind(".", 0, -1)
    return at > 0 and stop >= at + 2


def contact_spans(text: str) -> list[tuple[int, int]]:
    folded = fold(text)
    return [folded.original(first, last) for first, last in spans_in(folded.text)]


def spans_in(text: str) -> Iterator[tuple[int, int]]:
    if ":" in text or "/" in text:
        yield from link_spans(text)
    if EMAIL_SIGNS.search(text):
        for pattern in EMAILS:
            yield from (match.span() for match in pattern.finditer(text))
    yield from spelled_spans(text)
    if not any(map(str.isdigit, text)):
        return
    working = blank_harmless(text)
    for pattern in (*PATTERNS, NAMED, *PLATES):
        for match in pattern.finditer(working):
            yield match.span(pattern.groups)
    for pattern in GLUED:
        for match in pattern.finditer(working):
            if sum(map(str.isdigit, match[0])) >= MIN_REAL_DIGITS:
                yield match.span()


def link_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each link that leads to a person, or contains a number of one."""
    for pattern in CONTACT_LINKS:
        for match in pattern.finditer(text):
            yield match.start(), match.start() + len(match[0].rstrip(LINK_TAIL))
    for match in LINK.finditer(text):
        link = match[0].rstrip(LINK_TAIL)
        looked_through = HARMLESS_IN_LINKS.sub(lambda part: BLANKED * len(part[0]), link)
        if any(pattern.search(looked_through) for pattern in IN_LINKS):
            yield match.start(), match.start() + len(link)


def spelled_spans(text: str) -> Iterator[tuple[int, int]]:
    if len(SPELLED_WORDS.findall(text)) < MIN_WORDS:
        return
    for match in SPELLED.finditer(text):
        if len(SPELLED_WORDS.findall(match[0])) >= MIN_WORDS:
            yield match.span()


def blank_harmless(text: str) -> str:
    """Blank dates, times, sums, places, references and the rest of links; the length stays."""
    for pattern in (LINK, *HARMLESS):
        text = pattern.sub(lambda match: BLANKED * len(match[0]), text)
    return text


def replace_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Replace each span by a mark; those that overlap, or have only blanks between them, share one."""
    pieces, end = [], 0
    for first, last in sorted(spans):
        if not pieces or text[end:first].strip(" "):
            pieces += [text[end:first], MARK]
        end = max(end, last)
    return "".join([*pieces, text[end:]])


def without_phones(text: str, region: str, judged_chars: int) -> str:
    """Replace the phone numbers that the library finds; beyond a limit numbers are not judged."""
    spans, left = [], judged_chars
    working = blank_harmless(text) if judged_chars else text
    for match in NUMBERS.finditer(working):
        run = match[0]
        if sum(map(str.isdecimal, run)) < MIN_DIGITS:
            continue
        left -= len(run)
        if left < 0:
            spans.append((match.start(), match.start() + len(run.rstrip())))
            continue
        around = working[match.start() : match.end() + CONTEXT_CHARS]
        for first, last in phones_in(around, region):
            first, last = match.start() + first, match.start() + last
            if sum(map(str.isdecimal, working[first:last])) > MAX_LOCAL or LOCAL.fullmatch(working, first, last):
                spans.append((first, last))
    return replace_spans(text, spans)


def phones_in(text: str, region: str) -> list[tuple[int, int]]:
    matcher = phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE)
    return [(match.start, match.end) for match in matcher]


# ---- private links ----


def hide_private_links(text: str, mark: str = MARK) -> str:
    return private_link().sub(mark, text)


@cache
def private_link() -> re.Pattern[str]:
    """Return the pattern of our links with a secret part, with or without host, from the URL configuration."""
    begins = sorted({re.escape(begin) for begin in secret_begins(get_resolver())}, key=len, reverse=True)
    host = r"(?:https?://[^\s/]+|(?<![\w/.-])[\w-]+(?:\.[\w-]+)+(?::\d+)?|(?<![\w/.-]))"
    return re.compile(rf"{host}/(?:{'|'.join(begins)})[^\s/]\S*")


def secret_begins(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        regex = pattern.pattern.regex
        begin = before + regex.pattern.removeprefix("^").partition("(")[0].rstrip("$").replace("\\", "")
        if isinstance(pattern, URLResolver):
            yield from secret_begins(pattern, begin)
        elif regex.groupindex.keys() & set(SECRET_PARTS) and begin.strip("/"):
            yield begin
