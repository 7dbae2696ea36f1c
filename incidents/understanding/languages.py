"""Recognize the language of a text by its script and its commonest words."""

import re
import unicodedata
from collections import Counter

from gis_data.words import plain

MAX_CHARS = 2000
LEAST_LETTERS = 2
# First and last code point of a script's letters, and the language that writes them.
SCRIPTS = (
    (0x3040, 0x30FF, "ja"), (0x4E00, 0x9FFF, "zh"), (0x3400, 0x4DBF, "zh"), (0xAC00, 0xD7AF, "ko"),
    (0x1100, 0x11FF, "ko"), (0x0E00, 0x0E7F, "th"), (0x1780, 0x17FF, "km"), (0x0E80, 0x0EFF, "lo"),
    (0x0400, 0x04FF, "ru"), (0x0600, 0x06FF, "ar"), (0x0900, 0x097F, "hi"),
)  # fmt: skip
VIETNAMESE_LETTERS = frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ")
# Words that a text of the language is hardly without, in lower case; Vietnamese and English without diacritics.
COMMON_WORDS = {
    "vi": (
        "khong ko k hok la cua va bi toi em minh anh chi roi r co cho duong nha o ngay nay may nuoc den rac xe hem "
        "phuong quan qua nhieu duoc dc giup gium oi a nhe voi ai gi sao vay z the nao khi bao gio lam di hoai hu "
        "mat dang da chua truoc sau gan tren duoi trong ngoai mot hai ba nguoi ng con cac nhung nua thi ma cam on "
        "alo chao admin ad"
    ),
    "en": (
        "the is are there has have please street of in on how can does do what when where my it this for from with "
        "not no near at an was were be been who hello hi thanks thank you i we they your our to and or but so very "
        "every all out need want help broken road light lights water trash garbage noise loud again still next "
        "since until"
    ),
    "fr": (
        "le la les un une des du de est et il y dans devant rue bonjour merci je nous vous pas ne au aux mon ma "
        "mes notre depuis trou eau c qui que pour avec sur s plait ou comment combien bruit poubelle tres"
    ),
    "de": (
        "der die das ein eine ist und nicht ich wir sie es auf dem den strasse straße bitte danke hallo guten tag "
        "seit kein keine vor mit fur für hier wo wie sehr mein meine unser laut kaputt gibt zu im am"
    ),
    "es": (
        "el la los las un una es y no hay en de del que por favor calle hola gracias desde mi nuestro nuestra esta "
        "está muy con para donde como agua ruido basura ayer frente al hotel buenos dias necesito"
    ),
    "id": (
        "yang di dan ini itu tidak ada saya kami jalan lampu sampah air mati dari dengan untuk apa bagaimana "
        "dimana tolong terima kasih sudah belum rumah depan sekali sangat hari rusak banjir bising selamat pagi"
    ),
}  # fmt: skip
WORDS = {code: frozenset(plain(word) for word in words.split()) for code, words in COMMON_WORDS.items()}
SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnptuoiy])?", re.ASCII
)
FOREIGN_LEAST, FOREIGN_LEAD = 3, 1.3  # words of a language from which on it is that, and times as many as of ours


def find_language(text: str) -> str:
    """Return "vi", "en", the code of another language that is recognized, or ""; reads at most 2,000 characters."""
    text = unicodedata.normalize("NFC", text[:MAX_CHARS].lower())
    if code := language_of_script(text):
        return code
    if any(letter in VIETNAMESE_LETTERS for letter in text):
        return "vi"
    counts = count_common_words(text)
    foreign = max((code for code in counts if code not in ("vi", "en")), key=lambda code: counts[code])
    ours = max(counts["vi"], counts["en"])
    if counts[foreign] >= FOREIGN_LEAST and counts[foreign] >= FOREIGN_LEAD * ours:
        return foreign
    if counts["en"] + sum(is_no_syllable(word) for word in plain(text).split()) > counts["vi"]:
        return "en"
    return "vi" if counts["vi"] or any(letter.isalpha() for letter in text) else ""


def is_no_syllable(word: str) -> bool:
    """Whether a plain word cannot be Vietnamese: no syllable of it, and not a mere short form of consonants."""
    return (
        word.isalpha() and len(word) > 2 and not SYLLABLE.fullmatch(word) and any(letter in "aeiouy" for letter in word)
    )


def language_of_script(text: str) -> str:
    letters = [letter for letter in text if letter.isalpha() or unicodedata.combining(letter)]
    counts: Counter[str] = Counter()
    for letter in letters:
        if not letter.isascii():
            code_point = ord(letter)
            counts.update(code for first, last, code in SCRIPTS if first <= code_point <= last)
    if not counts:
        return ""
    if counts["ja"] and counts["zh"]:  # Japanese writes both
        counts["ja"] += counts.pop("zh")
    code, count = counts.most_common(1)[0]
    return code if count >= LEAST_LETTERS and 3 * count >= len(letters) else ""


def count_common_words(text: str) -> dict[str, int]:
    bare = Counter(plain(text).split())
    return {code: sum(count for word, count in bare.items() if word in common) for code, common in WORDS.items()}
