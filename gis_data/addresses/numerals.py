"""Convert Vietnamese and English number words to digits: `ba mươi hai` 32, `một hai ba` 123, `two hundred and five`
205.
"""

from collections.abc import Sequence
from unicodedata import normalize

DIGITS = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6,
          "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9}  # fmt: skip
TEN, HUNDRED, THOUSAND, ZERO = "mười", "trăm", "nghìn", "linh"
SPELT = {"mươi": TEN, "ngàn": THOUSAND, "lẻ": ZERO, "lẽ": ZERO} | {
    name: name for name in (TEN, HUNDRED, THOUSAND, ZERO)
}
MOST_SPELT = 4  # digits that are said one after the other


ENGLISH_NAMES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
ENGLISH = {name: value for value, name in enumerate(ENGLISH_NAMES.split(), 1)}
ENGLISH_TENS = {name: 10 * tens for tens, name in enumerate(
    ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)} | {"fourty": 40}  # fmt: skip
ENGLISH_DIGITS = {name: value for name, value in ENGLISH.items() if value < 10}
ENGLISH_ZEROS = frozenset({"zero", "oh"})  # of digits that are said one after the other


def english_value(words: Sequence[str]) -> tuple[str, int]:
    """Return (leading number below 1,000 as digits, number of words), ("", 0) for none.

    A hyphen is a word, too: `twenty-five` is of three. Also as people say it: `one twenty-three`, `one oh five`.
    """
    words = list(words)
    value, used = english_hundreds(words)
    if used:
        return str(value), used
    spelt = english_digits(words)
    value, used = english_below_hundred(words)
    if len(spelt) > 1:
        return spelt, len(spelt)
    tens, more = english_below_hundred(words[1:])
    if words[:1] and words[0] in ENGLISH_DIGITS and tens >= 10:
        return str(100 * ENGLISH_DIGITS[words[0]] + tens), 1 + more
    return (str(value), used) if used else ("", 0)


def english_hundreds(words: list[str]) -> tuple[int, int]:
    hundreds = 1 if words[:1] == ["a"] else ENGLISH_DIGITS.get(words[0], 0) if words else 0
    if not hundreds or words[1:2] != ["hundred"]:
        return 0, 0
    joined = 3 if words[2:3] == ["and"] else 2
    below, used = english_below_hundred(words[joined:])
    return (100 * hundreds + below, joined + used) if used else (100 * hundreds, 2)


def english_below_hundred(words: list[str]) -> tuple[int, int]:
    if not words:
        return 0, 0
    if words[0] not in ENGLISH_TENS:
        return (ENGLISH[words[0]], 1) if words[0] in ENGLISH else (0, 0)
    tens, after = ENGLISH_TENS[words[0]], 2 if words[1:2] == ["-"] else 1
    if words[after : after + 1] and words[after] in ENGLISH_DIGITS:
        return tens + ENGLISH_DIGITS[words[after]], after + 1
    return tens, 1


def english_digits(words: list[str]) -> str:
    """Parse digits said one by one: `one oh five` is 105."""
    digits = ""
    for word in words[:MOST_SPELT]:
        digit = "0" if digits and word in ENGLISH_ZEROS else str(ENGLISH_DIGITS.get(word, ""))
        if not digit:
            break
        digits += digit
    return digits


def strip_marks(word: str) -> str:
    plain = normalize("NFD", word.replace("đ", "d"))
    return "".join(letter for letter in plain if ord(letter) < 0x300)  # combining marks begin there


NAMES = {**{word: word for word in DIGITS}, **SPELT}
PLAIN: dict[str, str] = {}
for _word, _name in NAMES.items():
    PLAIN.setdefault(strip_marks(_word), _name)


def numeral_name(word: str, *, plain: bool = True) -> str:
    """Return the numeral a word stands for, or ""; with `plain` also without its diacritics."""
    word = normalize("NFC", word.lower())
    return NAMES.get(word, "") or (PLAIN.get(word, "") if plain and word.isascii() else "")


def value_of(names: Sequence[str]) -> str:
    """Return the number that Vietnamese numerals say, in digits, or ""."""
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
    if TEN not in names:
        return digit_of(names)
    at = names.index(TEN)
    tens, ones = digit_of(names[:at]) if at else 1, digit_of(names[at + 1 :]) if names[at + 1 :] else 0
    return None if tens is None or ones is None else tens * 10 + ones


def digit_of(names):
    return DIGITS.get(names[0]) if len(names) == 1 else None
