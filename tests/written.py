"""Spell names of Vietnamese units as people do: reordered, shortened, without diacritics, in any case."""

from collections.abc import Iterator, Sequence
from random import Random
from unicodedata import combining, normalize

KINDS = {
    "Phường": ("phường ", "P.", "P. ", "F.", "p "), "Xã": ("xã ", "X.", "X. "), "Thị trấn": ("thị trấn ", "TT.", "TT "),
    "Thành phố": ("thành phố ", "TP.", "TP ", "Tp. ", "T.P "), "Thị xã": ("thị xã ", "TX.", "TX "),
    "Huyện": ("huyện ", "H.", "H. "), "Quận": ("quận ", "Q.", "Q. "), "Tỉnh": ("tỉnh ", "Tỉnh "),
    "Đặc khu": ("đặc khu ",),
}  # fmt: skip
SHORT = {"Tỉnh Bình Dương": "BD", "Tỉnh Bà Rịa - Vũng Tàu": "BRVT"}
SEPARATORS = (", ", ",", " - ", " ")


def split_kind(full_name: str) -> tuple[str, str]:
    """Return (kind, name) of a unit: ("Phường", "Lái Thiêu")."""
    kind = next((kind for kind in KINDS if full_name.startswith(f"{kind} ")), "")
    return kind, full_name.removeprefix(f"{kind} ") if kind else full_name


def without_diacritics(text: str) -> str:
    letters = normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in letters if not combining(letter))


def write_unit(full_name: str, random: Random, *, bare: bool) -> str:
    """Return the unit with a spelling of its kind; without kind if `bare` and the name is no number."""
    kind, name = split_kind(full_name)
    if full_name in SHORT and random.random() < 0.3:
        return SHORT[full_name]
    if bare and not name[0].isdigit():
        return name
    return f"{random.choice(KINDS[kind])}{name}"


def write_units(names: Sequence[str], random: Random, *, separator: str = "") -> str:
    """Join the units in this order, all with or all without kind, by one of the separators.

    Without kinds a comma parts them from one another, or what belongs together cannot be known.
    """
    bare = random.random() < 0.3
    separator = separator or random.choice(SEPARATORS[:2] if bare else SEPARATORS)
    return write_letters(separator.join(write_unit(name, random, bare=bare) for name in names), random)


def write_letters(text: str, random: Random) -> str:
    """Return the text unchanged, without diacritics, in lower or upper case."""
    text = without_diacritics(text) if random.random() < 0.4 else text
    return random.choice([text, text, text.lower(), text.upper()])


def orders(ward: str, district: str, province: str) -> Iterator[tuple[str, ...]]:
    """Yield orders of a ward with district and province, or with district only."""
    if province:
        yield from ((ward, district, province), (province, district, ward), (ward, province, district))
        yield from ((district, ward, province), (district, province, ward), (province, ward, district))
    yield from ((ward, district), (district, ward))
