"""Numbers in words → digits: `ba mươi hai` is 32, `một trăm linh năm` 105, `một hai ba` spelt out 123, `five` 5."""

from collections.abc import Sequence
from unicodedata import normalize

DIGITS = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6,
          "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9}  # fmt: skip
TEN, HUNDRED, THOUSAND, ZERO = "mười", "trăm", "nghìn", "linh"
SPELT = {"mươi": TEN, "ngàn": THOUSAND, "lẻ": ZERO, "lẽ": ZERO} | {
    name: name for name in (TEN, HUNDRED, THOUSAND, ZERO)
}
MOST_SPELT = 4  # digits that are said one after the other


# As many as wards and districts have.
ENGLISH_NAMES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
ENGLISH = {name: value for value, name in enumerate(ENGLISH_NAMES.split(), 1)}
ENGLISH_TENS = {"twenty": 20, "thirty": 30}


def english_value(words: Sequence[str]) -> tuple[str, int]:
    """(the number with which these words begin, in digits; of how many words it is), ("", 0) for none."""
    first, second = [*words[:2], "", ""][:2]
    if first in ENGLISH_TENS and 0 < ENGLISH.get(second, 0) < 10:
        return str(ENGLISH_TENS[first] + ENGLISH[second]), 2
    value = ENGLISH.get(first) or ENGLISH_TENS.get(first)
    return (str(value), 1) if value else ("", 0)


def strip_marks(word: str) -> str:
    """The word without diacritics."""
    plain = normalize("NFD", word.replace("đ", "d"))
    return "".join(letter for letter in plain if ord(letter) < 0x300)  # combining marks begin there


NAMES = {**{word: word for word in DIGITS}, **SPELT}
PLAIN: dict[str, str] = {}
for _word, _name in NAMES.items():
    PLAIN.setdefault(strip_marks(_word), _name)


def numeral_name(word: str, *, plain: bool = True) -> str:
    """Which numeral a word is, "" for none: one with its diacritics, or if `plain` without those that it has."""
    word = normalize("NFC", word.lower())
    return NAMES.get(word, "") or (PLAIN.get(word, "") if plain and word.isascii() else "")


def value_of(names: Sequence[str]) -> str:
    """The number that these numerals say, in digits; "" where they say none."""
    if all(name in DIGITS for name in names):
        return "".join(str(DIGITS[name]) for name in names) if 0 < len(names) <= MOST_SPELT else ""
    value = below_million(list(names))
    return "" if value is None else str(value)


def below_million(names):
    if THOUSAND in names:
        at = names.index(THOUSAND)
        thousands, rest = below_thousand(names[:at]), below_thousand(names[at + 1 :]) if names[at + 1 :] else 0
        return None if thousands is None or rest is None else thousands * 1000 + rest
    return below_thousand(names)


def below_thousand(names):
    if HUNDRED not in names:
        return below_hundred(names)
    at = names.index(HUNDRED)
    hundreds, rest = digit_of(names[:at]), names[at + 1 :]
    if hundreds is None:
        return None
    if rest[:1] == [ZERO]:
        ones = digit_of(rest[1:])
        return None if ones is None else hundreds * 100 + ones
    if len(rest) == 1 and rest[0] in DIGITS:
        return hundreds * 100 + DIGITS[rest[0]] * 10  # `hai trăm ba` is 230
    below = below_hundred(rest) if rest else 0
    return None if below is None else hundreds * 100 + below


def below_hundred(names):
    """`mười`, `mười lăm`, `ba mươi`, `ba mươi hai`, or a digit."""
    if TEN not in names:
        return digit_of(names)
    at = names.index(TEN)
    tens, ones = digit_of(names[:at]) if at else 1, digit_of(names[at + 1 :]) if names[at + 1 :] else 0
    return None if tens is None or ones is None else tens * 10 + ones


def digit_of(names):
    return DIGITS.get(names[0]) if len(names) == 1 else None
