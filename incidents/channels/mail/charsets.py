"""Decode the text of e-mails, with wrong charsets and old Vietnamese fonts repaired.

TCVN3 (.VnTime) and VNI are fonts, not encodings: text typed in them is declared as Western European and reads “§­êng
ngËp” or “Ñöôøng ngaäp”. They are recognized by syllables: in text read correctly nearly all words with marks are
Vietnamese syllables, in text read wrongly nearly none.
"""

import codecs
import unicodedata
from collections.abc import Callable

import charset_normalizer

GUESSED_BYTES = 4000  # of which an encoding is guessed
JUDGED = 1200  # characters of a text by which it is told how it was written
MIN_WORDS = 2  # words with marks, at least, by which a reading is judged
SURE, WRONG = 0.75, 0.45  # parts of these words that are Vietnamese: of a right reading, and of a wrong one
# Declared encodings that are trusted; without Python codecs that are no text encodings.
KNOWN = frozenset(
    ("ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb2312", "gbk", "gb18030", "big5", "euc_jp",
     "shift_jis", "cp932", "iso2022_jp", "euc_kr", "cp949", "iso2022_kr", "koi8-r", "koi8-u", "mac-roman", "cp874",
     *(f"iso8859-{number}" for number in (*range(1, 12), *range(13, 17))), *(f"cp125{number}" for number in range(9)))
)  # fmt: skip
SEVEN_BITS = frozenset({"iso2022_jp", "iso2022_kr"})  # in which ASCII bytes mean other letters
GUESSED = ["utf_8", "cp1258", "cp1252", "utf_16", "gb18030", "shift_jis", "euc_kr", "cp1251"]

# The upper half of each table. Of TCVN 5712 the small letters are those of the fonts.
TCVN = (
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ"
)
VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
TABLES = {
    **dict.fromkeys(("tcvn", "tcvn-5712", "tcvn5712", "tcvn5712-1", "x-viet-tcvn5712", "x-viet-tcvn"), TCVN),
    **dict.fromkeys(("viscii", "viscii1.1-1", "x-viet-viscii", "csviscii"), VISCII),
}

# VNI: a letter and a sign after it are one letter; some are one sign alone.
VNI_SIGNS = {
    **dict.fromkeys("aA", ("øùûõïâáàåãäêéèúüë", "àáảãạâấầẩẫậăắằẳẵặ")),
    **dict.fromkeys("eE", ("øùûõïâáàåãä", "èéẻẽẹêếềểễệ")),
    **dict.fromkeys("oO", ("øùûõïâáàåãä", "òóỏõọôốồổỗộ")),
    **dict.fromkeys("ôÔ", ("øùûõï", "ờớởỡợ")),
    **dict.fromkeys("uU", ("øùûõï", "ùúủũụ")),
    **dict.fromkeys("öÖ", ("øùûõï", "ừứửữự")),
    **dict.fromkeys("yY", ("øùûõ", "ỳýỷỹ")),
}
VNI_PAIRS = {
    letter + (sign.upper() if upper else sign): read.upper() if letter.isupper() else read
    for letter, (signs, reads) in VNI_SIGNS.items()
    for sign, read in zip(signs, reads, strict=True)
    for upper in (False, True)
}
VNI_ALONE = dict(zip("ñÑæÆóÓòÒöÖôÔîÎ", "đĐỉỈĩĨịỊưƯơƠỵỴ", strict=True))

TONES = "\u0300\u0301\u0303\u0309\u0323"
ONSETS = ("ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", *"bcdđghklmnpqrstvx", "")
RIMES_WRITTEN = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep "
    "et ê êch êm ên êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu o oa oac oach oai "
    "oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oem oen oeo oet oi om on ong ooc oong op ot ô "
    "ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uê uêch uênh uêu ui um un ung up ut uc uôc uôi "
    "uôm uôn uông uôp uôt uơ uơn uy uya uych uyên uyêt uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi "
    "ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu yn ynh yt "
)
RIMES = frozenset(RIMES_WRITTEN.split())


def decode_text(data: bytes, declared: str = "") -> str:
    """Text of the bytes in NFC, with old fonts converted. Never fails."""
    return restore_vietnamese(decode_bytes(data, declared))


def decode_bytes(data: bytes, declared: str = "") -> str:
    named = declared.strip().strip("\"'").lower()[:40]
    if table := TABLES.get(named):
        return "".join(chr(byte) if byte < 0x80 else table[byte - 0x80] for byte in data)
    known = known_encoding(named)
    # Bytes are hardly ever valid UTF-8 by chance, but UTF-8 mails often declare something else.
    for encoding in (known, "utf-8") if known in SEVEN_BITS or known.startswith("utf-") else ("utf-8", known):
        if encoding:
            try:
                return data.decode(encoding)
            except (UnicodeDecodeError, ValueError):
                continue
    return data.decode(guess_encoding(data[:GUESSED_BYTES]), "replace")


def known_encoding(named):
    try:
        encoding = codecs.lookup(named).name if named and named.isascii() and "\0" not in named else ""
    except LookupError:
        return ""
    return encoding if encoding in KNOWN else ""


def guess_encoding(data: bytes) -> str:
    best = charset_normalizer.from_bytes(data, cp_isolation=GUESSED, enable_fallback=False).best()
    return best.encoding if best else "cp1252"


# ---- Vietnamese that was read wrongly ----


def restore_vietnamese(text: str) -> str:
    """The text in NFC, converted from another table or font where only that makes it Vietnamese."""
    text = unicodedata.normalize("NFC", text)
    if text.isascii():
        return text
    if is_western(text):
        return best_reading(text)
    # The text and its quotation may have different fonts.
    return "\n".join(best_reading(line) if is_western(line) else line for line in text.split("\n"))


def best_reading(text):
    share = vietnamese_share(text)
    if share is None or share > WRONG:
        return text
    # A part of the text says how all of it was written; what was read as UTF-8 must not be cut in a letter.
    shares = [(vietnamese_share(read(text if read is read_as_utf8 else text[:JUDGED]) or "") or 0) for read in READINGS]
    best = max(shares)
    return unicodedata.normalize("NFC", READINGS[shares.index(best)](text) or text) if best >= SURE else text


def is_western(text: str) -> bool:
    return not text.isascii() and all(ord(letter) < 0x100 or letter in CP1252_ONLY for letter in text)


def vietnamese_share(text: str) -> float | None:
    words = [word for word in text[:JUDGED].lower().split() if not word.isascii()]
    words = [word.strip("\"'.,:;!?()[]{}<>-/*0123456789…“”‘’") for word in words]
    words = [word for word in words if word]
    if len(words) < MIN_WORDS:
        return None
    return sum(map(is_syllable, words)) / len(words)


def is_syllable(word: str) -> bool:
    if len(word) > 8:
        return False
    apart = unicodedata.normalize("NFD", word)
    if sum(letter in TONES for letter in apart) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(letter for letter in apart if letter not in TONES))
    return any(bare.startswith(onset) and bare[len(onset) :] in RIMES for onset in ONSETS)


def western_bytes(text):
    return b"".join(
        bytes([ord(character)]) if ord(character) < 0x100 else character.encode("cp1252") for character in text
    )


def read_as_utf8(text):
    try:
        return western_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return None


def read_as_cp1258(text):
    try:
        return unicodedata.normalize("NFC", western_bytes(text).decode("cp1258"))
    except UnicodeDecodeError:
        return None


def by_table(table: str) -> Callable[[str], str]:
    read = {chr(0x80 + place): letter for place, letter in enumerate(table)}
    read |= {letter: read[chr(letter.encode("cp1252")[0])] for letter in CP1252_ONLY}
    letters = str.maketrans(read)
    return lambda text: text.translate(letters)


def read_as_vni(text: str) -> str:
    read, place = [], 0
    while place < len(text):
        pair = text[place : place + 2]
        if pair in VNI_PAIRS:
            read.append(VNI_PAIRS[pair])
            place += 2
        else:
            read.append(VNI_ALONE.get(pair[0], pair[0]))
            place += 1
    return "".join(read)


CP1252_ONLY = frozenset(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)) - {""}
READINGS: tuple[Callable[[str], str | None], ...] = (
    read_as_utf8,
    by_table(TCVN),
    read_as_vni,
    read_as_cp1258,
    by_table(VISCII),
)
