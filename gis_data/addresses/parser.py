"""Parse a Vietnamese address into its parts.

Pure functions. The city's names come in as `Words`; readings go out as `Address`es, the likeliest first: a text often
has several readings, and only the look-up of names can decide. It is read from right to left, from the city to the
door:

    opposite 12/34/5 hẻm 12 Nguyễn Trãi, khu phố 3, P.13, Q. Tân Bình, TP…
    relation house   alley  street       quarter    ward  district     city
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from unicodedata import combining, normalize

from gis_data.addresses.numerals import english_value, numeral_name, value_of
from gis_data.addresses.unit_chains import DISTRICT, PROVINCE, WARD, UnitChain, UnitTree, find_chains
from gis_data.words import plain, tidy

LONGEST = 200  # characters that are read
READINGS = 8  # ways to understand one text
WORDS_IN_A_NAME = 8


@dataclass(frozen=True)
class DistrictElsewhere:
    """A district outside this city: name, comparison key, keys of its provinces."""

    name: str
    key: str
    provinces: frozenset[str]


@dataclass(frozen=True)
class Words:
    """The city's names by comparison key, by which words without marks and commas are split."""

    abbreviations: Mapping[str, str] = field(default_factory=dict)  # without diacritics: cmt8 → Cách Mạng Tháng Tám
    cities: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()
    wards: frozenset[str] = frozenset()
    streets: frozenset[str] = frozenset()
    landmarks: frozenset[str] = frozenset()
    elsewhere: Mapping[str, str] = field(
        default_factory=dict
    )  # provinces and cities that are not this one: hai phong → …
    namesakes: frozenset[str] = frozenset()  # those whose name something in this city bears, too
    # Of a place elsewhere whose name a street here has, too: the districts in which there is one.
    namesake_districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Districts elsewhere: name → (with what it is, the provinces it lay in and lies in).
    districts_elsewhere: Mapping[str, tuple["DistrictElsewhere", ...]] = field(default_factory=dict)
    tree: UnitTree = field(default_factory=UnitTree)  # which wards and districts, of today and before, lie in which

    # Sets of several kinds, made once for all texts: a city has tens of thousands of streets.

    @cached_property
    def units(self) -> frozenset[str]:
        return self.wards | self.districts

    @cached_property
    def units_of_several_words(self) -> frozenset[str]:
        return frozenset(name for name in self.units if " " in name)

    @cached_property
    def streets_and_landmarks(self) -> frozenset[str]:
        return self.streets | self.landmarks

    @cached_property
    def all_places(self) -> frozenset[str]:
        return self.streets_and_landmarks | self.units


@dataclass(frozen=True)
class Part:
    """A part of an address: `text` as written, `words` as comparison key with abbreviations expanded."""

    text: str
    words: str

    def __str__(self):
        return self.text


@dataclass(frozen=True)
class Address:
    """A reading of a text as an address. `weight` 0 … 1: its likelihood.

    `elsewhere` is a province or city that is not this one: what is said to lie there is not read any further.
    """

    house: Part | None = None
    alleys: tuple[Part, ...] = ()
    street: Part | None = None
    quarter: Part | None = None
    ward: Part | None = None
    district: Part | None = None
    city: Part | None = None
    landmark: Part | None = None
    crossing: tuple[Part, ...] = ()
    relation: str = ""
    rest: tuple[Part, ...] = ()
    elsewhere: Part | None = None
    weight: float = 1.0

    @property
    def understood(self) -> list[tuple[str, str]]:
        """Return (part name, text as written) of all parts, from house to city."""
        parts = [("house", self.house), *(("alley", alley) for alley in self.alleys), ("street", self.street)]
        parts += [("crossing", street) for street in self.crossing]
        parts += [
            (name, getattr(self, name)) for name in ("landmark", "quarter", "ward", "district", "city", "elsewhere")
        ]
        return [(name, part.text) for name, part in parts if part]


# ── Comparing names ──

NUMERALS = {"mot": 1, "hai": 2, "ba": 3, "tu": 4, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
            "muoi": 10}  # fmt: skip
STREET_WORDS = frozenset({"duong", "pho"})
UNIT_WORDS = (("thanh", "pho"), ("thi", "xa"), ("thi", "tran"), ("dac", "khu"), ("phuong",), ("xa",), ("quan",),
              ("huyen",), ("tinh",))  # fmt: skip
NUMBERED_IN_ENGLISH = frozenset({"ward", "district", "commune", "zone", "sector"})  # `Ward 5`
ENGLISH_HOUSES = frozenset({"number", "no", "house", "alley", "lane"})  # behind which a number stands in words
ENGLISH_UNITS = frozenset({"ward", "district", "dist"})  # whose number may stand in words, and behind `No.`
ENGLISH_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
ETH = str.maketrans("Ðð", "Đđ")  # another letter that looks the same, typed by mistake
RANGE = re.compile(r"(\d{1,2})/(\d{1,2})")


@lru_cache(4096)
def comparison_key(text: str) -> str:
    """Return the comparison key of a name: as `plain`, without "đường", days in street names as digits.

    `Đường Ba Tháng Hai`, `3/2` and `3 thang 2` become equal.
    """
    words = plain(text.translate(ETH)).split()
    # In front, and behind an alley's number. What is dropped with it, as of Dương Bá Trạc, is dropped everywhere.
    first = next((n for n, word in enumerate(words) if word not in STREET_WORDS), 0)
    words = [
        word for n, word in enumerate(words) if n >= first and not (word == "duong" and n and words[n - 1][0].isdigit())
    ]
    if len(words) == 1 and (day := RANGE.fullmatch(words[0])) and 0 < int(day[1]) <= 31 and 0 < int(day[2]) <= 12:
        words = [day[1], "thang", day[2]]
    if "thang" in words:
        at = words.index("thang")
        words = [
            *numerals_to_digits(words[:at]),
            "thang",
            *numerals_to_digits(words[at + 1 : at + 2]),
            *words[at + 2 :],
        ]
    return " ".join(words)


def numerals_to_digits(words):
    """Replace numeral words by digits: ["ba", "muoi"] → ["30"]; other words stay."""
    if not words or not all(word in NUMERALS for word in words):
        return words
    value = 0
    for word in words:
        number = NUMERALS[word]
        value = (value or 1) * 10 if number == 10 else value + number
    return [str(value)]


@lru_cache(4096)
def accented_words(text: str) -> tuple[str, ...]:
    """Return the words with diacritics in normal form: `hoà` equals `hòa`."""
    return tuple(tone_last(word) for word in re.findall(r"[^\W_]+", normalize("NFC", text.translate(ETH)).lower()))


def tone_last(word):
    letters = normalize("NFD", word)
    tone = "".join(letter for letter in letters if letter in TONES)
    return "".join(letter for letter in letters if letter not in TONES) + tone


def is_without_accents(word: str) -> bool:
    return "đ" not in word and not any(combining(letter) for letter in word)


def without_kind(words: str) -> str:
    """Strip the unit's kind: `phuong ben thanh` → `ben thanh`; a numbered unit keeps its number."""
    split = words.split()
    for kind in UNIT_WORDS:
        if tuple(split[: len(kind)]) == kind and len(split) > len(kind):
            return " ".join(split[len(kind) :])
    if len(split) == 2 and split[0] in NUMBERED_IN_ENGLISH and split[1][0].isdigit():
        return split[1]
    return words


# ── The marks by which a part is known ──

UNITS = {
    "city": ("thành phố", "tp", "tỉnh", "city", "province"),
    "district": ("quận", "q", "huyện", "h", "thị xã", "tx", "district", "dist"),
    "ward": (
        "phường",
        "p",
        "ph",
        "f",
        "xã",
        "x",
        "thị trấn",
        "tt",
        "đặc khu",
        "w",
        "ward",
        "commune",
        "township",
        "town",
    ),
    "quarter": ("khu phố", "kp", "tổ dân phố", "tdp", "tổ", "ấp", "thôn", "khóm", "quarter", "hamlet"),
}
WARD_MARKS = frozenset({"phuong", "p", "ph", "f", "w", "ward"})
NUMBERED = frozenset({"ph", "f", "w", "tổ", "kp", "tdp", "quarter", "hamlet"})  # a mark only before a number
DOTTED = frozenset({"p", "q", "h", "x", "tt", "tx"})  # before a name only with a dot, or before a known name
WRITTEN_OUT = {"p": "phuong", "ph": "phuong", "f": "phuong", "w": "phuong", "q": "quan", "h": "huyen", "x": "xa",
               "tt": "thi tran", "tx": "thi xa", "tp": "thanh pho", "kp": "khu pho", "tdp": "to dan pho",
               "quarter": "khu pho", "hamlet": "ap", "province": "tinh"}  # fmt: skip
# In English a unit is named by its name alone: a district may be a quận, a huyện or a city.
NAMELESS = frozenset({"city", "district", "dist", "ward", "commune", "township", "town"})
PROVINCES = ("tỉnh", "thành phố", "tp", "thị xã", "tx", "province", "city")  # what stands before a province or a city
COUNTRY = ("việt nam", "vietnam", "vn")
ALLEYS = ("hẻm", "hxh", "h", "ngõ", "ngách", "kiệt", "alley", "lane", "cul - de - sac")
# What kind of alley it is, between the mark and its number or street: `hẻm cụt 15`; and in front of the mark.
ALLEY_KINDS = ("cụt", "nhỏ", "lớn", "sâu", "rộng", "hẹp", "chính", "phụ", "thông", "cụt nhỏ", "xe hơi", "xe tải",
               "xe máy", "ô tô", "ba gác", "bê tông", "nhựa")  # fmt: skip
BEFORE_ALLEYS = ("con", "đường", "đg", "dead - end", "dead end", "blind", "small", "narrow")
BEFORE_ALLEY_NUMBERS = ("số", "no", "number")
# Where in a building it is, before a number or a letter.
IN_BUILDINGS = ("căn hộ", "căn hộ số", "căn", "căn số", "phòng", "phòng số", "tầng", "lầu", "lô", "block", "apartment",
                "apartment no", "apt", "unit", "room", "room no", "floor", "flat")  # fmt: skip
FLOORS = frozenset({"tret", "ham", "lung"})
DISTRICT_NAME_BEFORE_NUMERAL = 3  # tokens: `thị xã X`, `huyện Quản`
MOST_NUMBERED_WARD = 99  # `P. 502` is a room
STREETS = ("đường", "đ", "đg", "dg", "đại lộ", "đl", "dl", "phố", "street", "st", "str", "road", "rd",
           "avenue", "ave", "boulevard", "blvd")  # fmt: skip
HOUSES = ("số nhà", "nhà số", "số", "sn", "s/n", "nhà", "house number", "house no", "number", "no", "house")
SLASHES = ("xẹt", "xuyệt", "sẹt", "xuyẹt")
RELATIONS = {
    "opposite": ("đối diện", "đối diện với", "đ diện", "đd", "k/đ", "đ/d", "opposite", "opposite to", "across from",
                 "facing"),
    "near": ("gần", "gần bên", "kế", "kế bên", "cạnh", "bên cạnh", "sát", "sát bên", "ngay", "quanh", "bên hông",
             "dưới", "dưới chân", "chân", "đầu", "cuối", "trong", "khu vực", "khúc", "đoạn", "phía",
             "cổng sau", "cổng trước", "cổng chính", "tại", "ở", "near", "near to", "next to", "beside", "close to",
             "around", "under", "at", "on"),
    "front": ("trước", "trước cửa", "trước mặt", "phía trước", "trước nhà", "ngay trước", "in front of"),
    "behind": ("sau", "sau lưng", "phía sau", "behind", "at the back of"),
}  # fmt: skip
# In the middle of a text, and without diacritics, only these say a relation: "sau" may be Sáu, "canh" Cảnh.
PLAIN_RELATIONS = frozenset(
    {"doi dien", "doi dien voi", "gan", "ke ben", "ben canh", "sat ben", "truoc cua", "phia truoc", "phia sau",
     "sau lung", "ngay", "khu vuc", "doan", "opposite", "opposite to", "across from", "facing", "near", "near to",
     "next to", "beside", "close to", "in front of", "behind"}
)  # fmt: skip
JUNCTIONS = (
    "góc", "góc đường", "ngã ba", "ngã tư", "ngã năm", "ngã sáu", "ngã bảy", "ngã 3", "ngã 4", "ngã 5", "ngã 6",
    "n3", "n4", "vòng xoay", "vx", "bùng binh", "giao lộ", "nút giao", "giao điểm",
    "corner", "corner of", "the corner of", "at the corner of", "cnr", "intersection", "intersection of",
    "the intersection of", "at the intersection of", "junction", "junction of", "crossing of", "crossroads",
    "crossroads of", "roundabout",
)  # fmt: skip
CONNECTORS = (
    "x", "×", "&", "và", "giao", "giao với", "với", "cắt", "gặp", "góc", "đoạn qua", "đoạn giao", "-", "–", "—", "/",
    "and", "with", "at", "corner", "crossing",
)  # fmt: skip
# What a place is, in Vietnamese and English. `means`: as the names of the city's places say it; `behind`: English has
# it behind the name (`X Market`).
with (Path(__file__).parent / "landmark_words.csv").open(encoding="utf-8", newline="") as file:
    LANDMARK_ROWS = list(csv.DictReader(file))
LANDMARKS = tuple(row["word"] for row in LANDMARK_ROWS)
BUILDINGS = frozenset({"chung cư", "cc", "c/c", "cao ốc", "căn hộ", "tòa nhà", "khách sạn", "building", "tower",
                       "khu dân cư", "kdc", "khu đô thị", "kđt"})  # fmt: skip
LANDMARK_WORDS = {plain(row["word"]): plain(row["means"]) for row in LANDMARK_ROWS if row["means"]} | {
    "vx": "vong xoay",
    "n3": "nga 3",
    "n4": "nga 4",
    "roundabout": "vong xoay",
}

POSTCODE = re.compile(r"\d{5,6}")
# English marks that stand behind a name, and the names (of `Words`) by which one knows where it begins.
MARKS_BEHIND_NAMES = {
    **dict.fromkeys(("ward", "commune", "township", "town"), ("wards",)),
    **dict.fromkeys(("district", "dist"), ("districts",)),
    **dict.fromkeys(("city", "province"), ("cities", "districts", "elsewhere")),
    **dict.fromkeys(("street", "st", "str", "road", "rd", "avenue", "ave", "boulevard", "blvd"), ("streets",)),
    **dict.fromkeys((row["word"] for row in LANDMARK_ROWS if row["behind"]), ("landmarks",)),
    **dict.fromkeys(("intersection", "junction", "roundabout", "crossroads"), ()),
}  # fmt: skip
NOT_IN_A_NAME = frozenset(
    {"near", "next", "to", "from", "of", "the", "at", "and", "with", "on", "in", "under", "around", "opposite",
     "across", "facing", "beside", "behind", "corner", "cnr"}
)  # fmt: skip
ONLY_KNOWN = frozenset({"city", "town"})  # parts of other names, too: `X City` is many a housing estate
ROADS = {"ql": "quoc lo", "tl": "tinh lo", "hl": "huong lo"}  # before a number that is the road's name, and no house's
ROAD_NUMBER = re.compile(r"(ql|tl|hl)(\d{1,4}[a-z]?)")
NUMBER = re.compile(r"(?!(?:ql|tl|hl)\d)[a-z]{0,2}\d+[a-z]{0,2}(bis|ter)?(/[a-z]{0,2}\d+[a-z]{0,2}|/[a-z])*")
GLUED = re.compile(r"(p|ph|f|w|q|kp|tdp|phuong|quan|hem|so|ds)(\d+[a-z]?)")
TOKEN = re.compile(r"[^\W_]+(?:/[^\W_]+)*|[,;\n()|\-–—×&/.+:]")
BREAKS = frozenset(",;\n()|:+")
SIGNS = frozenset("-–—×&/")


@dataclass(frozen=True)
class Token:
    """A word or sign of the text, its position, and whether a dot follows."""

    start: int
    end: int
    plain: str
    accents: tuple[str, ...]
    dotted: bool = False

    @property
    def is_break(self):
        return self.plain in BREAKS

    @property
    def is_word(self):
        return self.plain not in BREAKS and self.plain not in SIGNS

    @property
    def is_number(self):
        return bool(NUMBER.fullmatch(self.plain))


def tokens_of(text: str) -> list[Token]:
    """Split a tidied text into tokens. `P13` and `lê lợi/pasteur` are split, `12/34B` and `s/n` are not."""
    tokens = []
    for match in TOKEN.finditer(text):
        word = match[0]
        if word == ".":
            if tokens and tokens[-1].end == match.start():
                tokens[-1] = replace(tokens[-1], dotted=True)
            continue
        if word in BREAKS or word in SIGNS:
            tokens.append(Token(match.start(), match.end(), word, ()))
            continue
        if word.lower() in "pxt" and len(word) == 1 and tokens and is_first_letter(tokens[-1], match.start()):
            # `T.P.`, `T.X.`, `T.T.` are one mark.
            tokens[-1] = Token(tokens[-1].start, match.end(), f"t{word.lower()}", (f"t{word.lower()}",))
            continue
        for start, end in split_points(word):
            piece = word[start:end]
            letters = piece if piece == "/" else plain(piece.translate(ETH))
            if letters:
                at = match.start()
                tokens.append(Token(at + start, at + end, letters, accented_words(piece)))
    return tokens


def is_first_letter(token, end):
    """Whether a token is the `T.` right before the letter that begins at `end`."""
    return token.plain == "t" and token.dotted and token.end + 1 == end


def without_country(tokens):
    end = len(tokens)
    while end > 1:
        before = end - 1
        if POSTCODE.fullmatch(tokens[before].plain) and tokens[before - 1].plain != "so":
            end = before
        elif mark := next((mark for mark in COUNTRY if stands_at(tokens[:end], end - len(mark.split()), mark)), None):
            end -= len(mark.split())
        else:
            break
        while end and not tokens[end - 1].is_word:
            end -= 1
    return tokens[:end] or tokens


WHOLE = frozenset({"s/n", "k/d", "d/d", "c/c"})


def split_points(word):
    letters = plain(word.translate(ETH))
    if "/" in word and letters not in WHOLE and not NUMBER.fullmatch(letters):
        for match in re.finditer(r"[^/]+|/", word):
            inner = split_points(match[0]) if match[0] != "/" else [(0, 1)]
            yield from ((match.start() + start, match.start() + end) for start, end in inner)
    elif (glued := GLUED.fullmatch(letters)) and len(letters) == len(word):
        yield from ((0, len(glued[1])), (len(glued[1]), len(word)))
    else:
        yield 0, len(word)


@lru_cache(1024)
def phrase(words):
    """Return (without diacritics, with them) of each word of a mark."""
    return tuple((plain(word) or word, tone_last(word) if word.isalnum() else word) for word in words.split())


def stands_at(tokens, at, words):
    """Whether these words stand at `at`: with the same diacritics, or without any."""
    wanted = phrase(words)
    if at < 0 or at + len(wanted) > len(tokens):
        return False
    for token, (without, with_them) in zip(tokens[at : at + len(wanted)], wanted, strict=True):
        if token.plain != without and token.plain != with_them:
            return False
        if token.accents and token.accents != (with_them,) and not all(map(is_without_accents, token.accents)):
            return False
    return True


def longest_mark(tokens, at, marks):
    """Return (mark, number of words) of the longest mark at `at`, or None."""
    if at >= len(tokens):
        return None
    first = tokens[at].plain
    marks_here = [mark for mark in by_first_word(marks).get(first, ()) if stands_at(tokens, at, mark)]
    return max(((mark, len(mark.split())) for mark in marks_here), key=lambda m: m[1], default=None)


def road_of(short):
    """Expand a numbered road: `ql13` → `quoc lo 13`; "" for other words."""
    road = ROAD_NUMBER.fullmatch(short)
    return f"{ROADS[road[1]]} {road[2]}" if road else ""


def holds_mark(positions, at, length):
    return at in positions and at + length - 1 in positions


@lru_cache(64)
def by_first_word(marks):
    index = {}
    for mark in marks:
        index.setdefault(phrase(mark)[0][0], []).append(mark)
    return index


ORDINALS = {"nhất": "1", "nhứt": "1", "nhì": "2"}
OFTEN_NUMBERED = ("phường", "p", "ph", "f", "quận", "q", *UNITS["quarter"])  # units
BEFORE_NUMBERS = ("số", "sn", "số nhà", "nhà số", "hẻm", "ngõ", "ngách", "kiệt", *SLASHES)  # a number, perhaps in words
GATE = accented_words("cổng")  # without diacritics it would be the first word of `công viên`
ALL_UNITS = tuple(mark for marks in UNITS.values() for mark in marks)
KIND_OF = {mark: kind for kind, marks in UNITS.items() for mark in marks}
ALL_RELATIONS = tuple(mark for marks in RELATIONS.values() for mark in marks)
RELATION_OF = {mark: relation for relation, marks in RELATIONS.items() for mark in marks}


OURS_OR_NOT = ("districts", "cities", "elsewhere")
PART_OF = {WARD: "ward", DISTRICT: "district", PROVINCE: "city"}  # level of a chain → part of an Address
AS_STREET = 0.95  # a ward without its mark whose name a street has, too, behind which its district is marked
BESIDE_WARD = 0.9  # what is left of the other readings then
DOOR_BEHIND_KIND, DOOR_BEHIND_NAME = 0.98, 0.95  # a name, of which it is said what it is or not, and a known street
BESIDE_STREET = 0.95  # what is left of `D10` alone as a district, where a street is called so, too
BESIDE_CHAIN = 0.7  # what is left of other readings where units that lie in one another were found


# ── The reading ──


@dataclass(frozen=True)
class Segment:
    """A run of tokens between commas and marks; `kind` by its mark, "" without one."""

    kind: str
    mark: str
    start: int
    content: int
    end: int


class Reader:
    """Parser state of one text."""

    def __init__(self, text, words, weight=1.0, tokens=None, *, letters_are_districts=False):
        self.text = text
        self.letters_are_districts = letters_are_districts  # also of `D10` alone
        self.words = words
        self.weight = weight
        self.kept_by_streets = frozenset()  # known once the tokens are
        if tokens is None:
            self.take_tokens(without_country(tokens_of(text)))
            self.take_tokens(self.without_places_in_buildings())
            self.take_tokens(self.without_alley_kinds())
            self.take_tokens(self.numbered_streets_written_out())
            self.take_tokens(self.numbers_in_digits())
            tokens = self.marks_first()
        self.take_tokens(tokens)
        self.marks_diacritics = any(not is_without_accents(word) for token in self.tokens for word in token.accents)
        self.kept_by_streets = self.names_that_hold_marks(words.streets)
        self.name_positions = self.kept_by_streets | self.names_that_hold_marks(words.units_of_several_words)

    def take_tokens(self, tokens):
        self.tokens = tokens
        self.keys = {}  # (start, end) → comparison key

    def part(self, start: int, end: int, content: int | None = None, before: str = "") -> Part:
        """Return the tokens start … end as a Part; its words begin at `content`, after `before`."""
        words = self.key(start if content is None else content, end)
        return Part(self.text_of(start, end), " ".join(filter(None, [before, words])))

    def text_of(self, start, end):
        """Return the tokens as written; one that was moved to their front is put back behind them."""
        run = self.tokens[start:end]
        return self.text[min(token.start for token in run) : max(token.end for token in run)]

    def key(self, start, end):
        if (key := self.keys.get((start, end))) is None:
            written = [token.plain for token in self.tokens[start:end] if token.is_word]
            key = self.keys[start, end] = comparison_key(" ".join(self.written_out(written)))
        return key

    def written_out(self, written):
        out, at = [], 0
        while at < len(written):
            for length in (3, 2, 1):
                short = written[at : at + length]
                long = self.words.abbreviations.get(" ".join(short)) or self.words.abbreviations.get("".join(short))
                if long := long or road_of("".join(short)):
                    out.append(plain(long))
                    at += length
                    break
            else:
                out.append(written[at])
                at += 1
        return out

    def without_places_in_buildings(self):
        """Drop flats, rooms, floors and blocks between commas or before a building's name.

        Where there is nothing else they stay.
        """
        left, at = [], 0
        while at < len(self.tokens):
            end = self.place_in_building_ends(at) if not left or left[-1].is_break else at
            if end > at:
                at = end + (end < len(self.tokens) and self.tokens[end].is_break)
            else:
                left.append(self.tokens[at])
                at += 1
        return left if any(token.is_word for token in left) else self.tokens

    def place_in_building_ends(self, at):
        """Return the end of `căn hộ A12-05`, `tầng trệt`, `5th floor`, `P. 502` at `at`; `at` for none."""
        mark = longest_mark(self.tokens, at, IN_BUILDINGS)
        end = at + mark[1] if mark else at
        floor = ENGLISH_ORDINAL.fullmatch(self.tokens[at].plain) and self.followed_by(at, "floor")
        room = self.tokens[at].plain == "p" and at + 1 < len(self.tokens) and self.is_room(at + 1)
        if floor or room:
            end = at + 2
        elif not mark or end >= len(self.tokens) or not self.is_code(end):
            return at
        else:
            end += 1
        while end < len(self.tokens) and self.tokens[end].is_number and self.tokens[end - 1].dotted:
            end += 1
        while end + 1 < len(self.tokens) and self.tokens[end].plain in "-/" and self.tokens[end + 1].is_number:
            end += 2
        follows = LANDMARKS + IN_BUILDINGS + HOUSES
        if end == len(self.tokens) or self.tokens[end].is_break or longest_mark(self.tokens, end, follows):
            return end
        return at

    def is_room(self, at):
        number = self.tokens[at].plain
        return number.isdigit() and int(number) > MOST_NUMBERED_WARD

    def is_code(self, at):
        token = self.tokens[at]
        return token.is_number or token.plain in FLOORS or (len(token.plain) == 1 and token.plain.isalpha())

    def without_alley_kinds(self):
        """Drop the kind of an alley: `hẻm cụt số 15` → `hẻm số 15`, `đường hẻm 15` → `hẻm 15`."""
        left, at = [], 0
        while at < len(self.tokens):
            before = longest_mark(self.tokens, at, BEFORE_ALLEYS)
            if before and self.alley_number_at(at + before[1]):
                at += before[1]
                continue
            alley = self.alley_number_at(at)
            if alley:
                mark, number = alley
                left += self.tokens[at : at + mark]
                at = number
                continue
            left.append(self.tokens[at])
            at += 1
        return left

    def alley_number_at(self, at):
        """Return (length of the alley's mark, start of its number or street), or None."""
        mark = longest_mark(self.tokens, at, ALLEYS)
        if not mark or (mark[0] == "h" and not self.tokens[at].dotted):
            return None
        behind = at + mark[1]
        while kind := longest_mark(self.tokens, behind, ALLEY_KINDS):
            behind += kind[1]
        number = behind
        if mark_before := longest_mark(self.tokens, behind, BEFORE_ALLEY_NUMBERS):
            number += mark_before[1]
        numbered = number < len(self.tokens) and self.tokens[number].is_number
        in_words = behind > at + mark[1] and self.number_in_words(number, must_end=False)
        street = behind > at + mark[1] and self.key(at, behind) not in self.words.streets
        if numbered or in_words or (street and self.street_begins(behind)):
            return mark[1], behind
        return None

    def street_begins(self, at):
        mark = longest_mark(self.tokens, at, STREETS)
        return self.longest_name(at + mark[1] if mark else at, self.words.streets) is not None

    def numbered_streets_written_out(self):
        """Expand `Đ.S. 12`, `ĐS 12` to `đường số 12`."""
        tokens, at = [], 0
        street, number = accented_words("đường"), accented_words("số")
        while at < len(self.tokens):
            token, behind = self.tokens[at], self.tokens[at + 1 : at + 3]
            if token.plain == "ds" and behind and behind[0].is_number:
                tokens.append(replace(token, plain="duong", accents=street))
                tokens.append(replace(token, plain="so", accents=number))
                at += 1
            elif (
                [token.plain, *(following.plain for following in behind[:1])] == ["d", "s"]
                and token.dotted and len(behind) == 2 and behind[1].is_number
            ):  # fmt: skip
                tokens.append(replace(token, plain="duong", accents=street))
                tokens.append(replace(behind[0], start=token.start, plain="so", accents=number))
                at += 2
            else:
                tokens.append(token)
                at += 1
        return tokens

    def numbers_in_digits(self):
        """Replace number words by one digit token after a word that a number follows: `phường mười lăm`."""
        tokens, at = [], 0
        if match := self.first_number_in_words() or self.first_number_in_english():
            value, at = match
            tokens.append(Token(self.tokens[0].start, self.tokens[at - 1].end, value, (value,)))
        while at < len(self.tokens):
            if ordinal := self.ordinal_unit(at):
                tokens += ordinal
                at += 2
                continue
            tokens.append(self.tokens[at])
            at += 1
            numbered = None
            if tokens[-1].plain in ENGLISH_UNITS:
                numbered = self.number_in_english(at)
            elif tokens[-1].plain in ENGLISH_HOUSES:
                numbered = self.english_number_at(at, at)
            if numbered:
                number, at = numbered
                tokens.append(number)
                continue
            unit = any(stands_at(self.tokens, at - len(mark.split()), mark) for mark in OFTEN_NUMBERED)
            if not unit and not any(stands_at(self.tokens, at - len(mark.split()), mark) for mark in BEFORE_NUMBERS):
                continue
            if unit and self.holds_district_elsewhere(at):
                continue
            if unit and (first := self.ordinal_at(at)):
                tokens.append(Token(self.tokens[at].start, self.tokens[at].end, first, (first,)))
                at += 1
            elif match := self.number_in_words(at, must_end=unit):
                value, end = match
                tokens.append(Token(self.tokens[at].start, self.tokens[end - 1].end, value, (value,)))
                at = end
        return tokens

    def holds_district_elsewhere(self, at):
        """Whether `at` is inside the name of a district elsewhere, marked as one (`HUYEN QUAN BA`) or followed by its
        province (`QUAN BA, HA GIANG`).
        """
        for start in range(max(0, at - DISTRICT_NAME_BEFORE_NUMERAL), at):
            for districts, end, mark in self.districts_elsewhere_at(start):
                marked = mark and any(district.key.startswith(f"{mark} ") for district in districts)
                if end > at and (marked or self.province_elsewhere_ends(end, districts)):
                    return True
        return False

    def first_number_in_words(self):
        if self.longest_name(0, self.words.streets_and_landmarks):
            return None
        match = self.number_in_words(0, must_end=True)
        return match if match and match[1] > 1 and match[1] < len(self.tokens) else None

    def first_number_in_english(self):
        value, end = english_value([token.plain for token in self.tokens[:WORDS_IN_A_NAME]])
        if (self.longest_name(0, self.words.streets_and_landmarks) or 0) >= max(end, 2):
            return None
        street = self.longest_name(end, self.words.streets)
        return (value, end) if value and end < len(self.tokens) and (end > 1 or street) else None

    def ordinal_at(self, at):
        """Return the digit for `nhất` (`quận nhất`) or `nhì` at the end of a part; else ""."""
        digit = next((digit for word, digit in ORDINALS.items() if stands_at(self.tokens, at, word)), "")
        return digit if self.may_begin(at + 1) else ""

    def ordinal_unit(self, at):
        """Return `5th Ward` as [ward, 5], else None."""
        match = ENGLISH_ORDINAL.fullmatch(self.tokens[at].plain)
        if not match or at + 1 == len(self.tokens) or self.tokens[at + 1].plain not in ENGLISH_UNITS:
            return None
        return [self.tokens[at + 1], replace(self.tokens[at], plain=match[1], accents=(match[1],))]

    def number_in_english(self, at):
        """Return (number token, end) after `ward`: `No. 5`, `five`, `no five`, `number 5`; else None."""
        behind = at + 1 if at < len(self.tokens) and self.tokens[at].plain in ("no", "number") else at
        if behind > at and behind < len(self.tokens) and self.tokens[behind].is_number:
            number = self.tokens[behind]
            return Token(self.tokens[at].start, number.end, number.plain, (number.plain,)), behind + 1
        return self.english_number_at(at, behind)

    def english_number_at(self, start, at):
        value, length = english_value([token.plain for token in self.tokens[at : at + WORDS_IN_A_NAME]])
        if not value:
            return None
        return Token(self.tokens[start].start, self.tokens[at + length - 1].end, value, (value,)), at + length

    def number_in_words(self, at, *, must_end):
        """Return (digits, end) of the number words at `at`, as long as what follows can stand alone.

        Else the longest one, if it need not end so: `số ba Hai Bà Trưng` is number 3 of a street, `số ba mươi Xyz` 30.
        """
        numerals = []
        # `Nam` is no number where others have their diacritics.
        plain_too = all(is_without_accents(word) for token in self.tokens for word in token.accents)
        for token in self.tokens[at : at + WORDS_IN_A_NAME]:
            name = numeral_name(self.text[token.start : token.end], plain=plain_too)
            if not name:
                break
            numerals.append(name)
        values = [(value, at + n) for n in range(len(numerals), 0, -1) if (value := value_of(numerals[:n]))]
        if must_end and self.longest_name(at, self.words.units):
            return None
        fitting = [value_and_end for value_and_end in values if self.may_begin(value_and_end[1])]
        # `số ba Hai Bà Trưng`, though there may be a street Bà Trưng: the longest name that reaches as far.
        fitting.sort(
            key=lambda value_and_end: (
                -(self.longest_name(value_and_end[1], self.words.streets) or 0),
                value_and_end[1],
            )
        )
        return next(iter(fitting), None) or (None if must_end else next(iter(values), None))

    def may_begin(self, at):
        if at >= len(self.tokens) or not self.tokens[at].is_word or self.tokens[at].is_number:
            return True
        marks = ALL_UNITS + STREETS + ALLEYS + HOUSES + SLASHES
        return bool(longest_mark(self.tokens, at, marks)) or any(
            self.longest_name(at, names) is not None for names in (self.words.streets, self.words.districts)
        )

    def marks_first(self):
        """Move English marks before what they mark, as in Vietnamese: `Le Loi street` → `street Le Loi`.

        A mark before a number (`Ward 1`) stays, as does one of `ONLY_KNOWN` before an unknown name.
        """
        tokens, passed = [], 0
        for at, token in enumerate(self.tokens):
            if at < passed:
                continue
            if district := self.district_letter(at):
                tokens += district
                passed = at + 1 + (token.plain == "d")  # `D4` is one token, `D.4` two
                continue
            if street := self.street_letter(at):
                tokens.append(street)
                passed = at + 2
                continue
            tokens.append(token)
            if (
                token.plain not in MARKS_BEHIND_NAMES
                or not all(map(is_without_accents, token.accents))
                or self.followed_by(at, "of")
            ):
                continue
            first = self.name_begins(tokens, token.plain)
            # `Ward 1` is a ward's number, but `Le Loi Street 1` a house's, as in `X Tower 1 Le Loi`.
            names_house = MARKS_BEHIND_NAMES[token.plain] == ("streets",) or token.plain in BUILDINGS
            numbered = self.before_number(at) and not names_house
            if first < len(tokens) - 1 and not numbered:
                tokens.insert(first, replace(tokens.pop(), dotted=True))
        return tokens

    def district_letter(self, at):
        """Return `D4`, `D.4` as [district, 4] after a place and with only the city behind it; else None.

        It may be a street as well: one that a longer known name ends with, or that stands before its ward is one.
        """
        if not (letter := self.letter_and_number(at)):
            return None
        number, end = letter
        if number not in self.words.districts or not self.ends_address(end):
            return None
        following = any(token.is_word for token in self.tokens[end:])
        alone = at == 0 and (following or self.letters_are_districts or f"d{number}" not in self.words.streets)
        dotted = end - at > 1
        if at == 0 and dotted and not following and not self.letters_are_districts:
            return None  # `D. 10`: the street 10
        if not (alone or self.is_numbered_ward(at) or self.follows_a_place(at)):
            return None
        first, last = self.tokens[at], self.tokens[end - 1]
        split = first.start + 1
        start = last.start if dotted else split
        return [
            Token(first.start, split, "district", ("district",)),
            Token(start, last.end, number, (number,)),
        ]

    def begins_with_letter(self) -> bool:
        """Whether the text is `D10` or `D.10` alone: a street, or an abbreviated district."""
        letter = self.letter_and_number(0) if self.tokens else None
        return letter is not None and letter[1] == len(self.tokens)

    def street_letter(self, at):
        """Return `D.2` as `D2` if a street has that name and no district is meant; else None."""
        letter = self.letter_and_number(at)
        if not letter or letter[1] == at + 1 or f"d{letter[0]}" not in self.words.streets:
            return None
        if self.tokens[at].end + 1 != self.tokens[at + 1].start or self.ends_address(letter[1]):
            return None
        name = f"d{letter[0]}"
        return Token(self.tokens[at].start, self.tokens[at + 1].end, name, (name,))

    def letter_and_number(self, at: int) -> tuple[str, int] | None:
        """Return (number, end) of `D4`, `D.4`, `D 4` (D without stroke) at `at`; else None."""
        token = self.tokens[at]
        if re.fullmatch(r"d\d{1,2}", token.plain) and all(map(is_without_accents, token.accents)):
            return token.plain[1:].lstrip("0"), at + 1
        if token.plain == "d" and token.dotted and token.accents == ("d",) and at + 1 < len(self.tokens):
            number = self.tokens[at + 1].plain
            return (number.lstrip("0"), at + 2) if re.fullmatch(r"\d{1,2}", number) else None
        return None

    def ends_address(self, at):
        while at < len(self.tokens) and not self.tokens[at].is_word:
            if self.tokens[at].is_break or at + 1 < len(self.tokens):
                at += 1
        if at >= len(self.tokens):
            return True
        cities = self.longest_name(at, self.words.cities)
        mark = longest_mark(self.tokens, at, UNITS["city"])
        if not cities and mark:
            cities = self.longest_name(at + mark[1], self.words.cities)
        return bool(cities) and not any(token.is_word for token in self.tokens[cities:])

    def follows_a_place(self, end):
        """Whether a word that is no number stands right before `at`, perhaps with a comma between.

        Where no comma stands between it is the end of a known street's, ward's or place's name.
        """
        behind_a_break = bool(end) and self.tokens[end - 1].is_break
        while end and not self.tokens[end - 1].is_word:
            end -= 1
        if behind_a_break:
            return any(token.is_word and not token.is_number for token in self.tokens[:end])
        marks = MARKS_BEHIND_NAMES.keys()
        keys = (self.key(first, end) for first in range(max(0, end - WORDS_IN_A_NAME), end))
        return end > 0 and (
            self.tokens[end - 1].plain in marks
            or any(key in self.words.streets_and_landmarks or key in self.words.wards for key in keys)
        )

    def is_numbered_ward(self, end):
        before = self.tokens[max(end - 2, 0) : end]
        return len(before) == 2 and before[1].is_number and before[0].plain in WARD_MARKS

    def followed_by(self, at, word):
        return at + 1 < len(self.tokens) and self.tokens[at + 1].plain == word

    def before_number(self, at):
        following = self.tokens[at + 1 : at + 3]
        if following and following[0].plain in ("no", "number"):
            following = following[1:]
        return bool(following) and following[0].is_number

    def name_begins(self, tokens, mark):
        end = begin = len(tokens) - 1
        no_part = NOT_IN_A_NAME | MARKS_BEHIND_NAMES.keys() if MARKS_BEHIND_NAMES[mark] else frozenset()
        while begin and end - begin < WORDS_IN_A_NAME:
            before = tokens[begin - 1]
            numbered = before.is_number and not (before.plain in self.words.streets and not before.plain.isdigit())
            if not before.is_word or numbered or before.dotted or before.plain in no_part:
                break
            begin -= 1
        if not MARKS_BEHIND_NAMES[mark]:
            return begin
        whole = [" ".join(token.plain for token in tokens[first : end + 1]) for first in range(begin, end)]
        if any(comparison_key(name) in self.words.streets_and_landmarks for name in whole):
            return end  # the mark is part of the name
        for first in range(begin, end):
            name = comparison_key(" ".join(self.written_out([token.plain for token in tokens[first:end]])))
            if any(name in getattr(self.words, names) for names in MARKS_BEHIND_NAMES[mark]):
                return first
        return end if mark in ONLY_KNOWN else begin

    def names_that_hold_marks(self, known):
        """Return the positions of marks inside known names: `ba huyen thanh quan`, `Tam Thôn Hiệp`."""
        positions = set()
        for start, token in enumerate(self.tokens):
            if not token.is_word or longest_mark(self.tokens, start, ALL_UNITS):
                continue
            for end in range(min(len(self.tokens), start + WORDS_IN_A_NAME), start + 1, -1):
                run = self.tokens[start:end]
                if all(word.is_word for word in run) and comparison_key(" ".join(word.plain for word in run)) in known:
                    positions.update(range(start + 1, end))
                    break
        return positions

    def unit_at(self, at):
        """Return (kind, mark, number of words) where a unit's mark stands at `at` and is meant as one, else None."""
        mark_and_length = longest_mark(self.tokens, at, ALL_UNITS)
        if not mark_and_length or holds_mark(self.name_positions, at, mark_and_length[1]):
            return None
        mark, length = mark_and_length
        after = at + length
        if after >= len(self.tokens):
            return None
        following, token = self.tokens[after], self.tokens[after - 1]
        if not following.is_word or (self.words.streets and self.is_street_word(at, mark)):
            return None
        number = following.is_number
        if mark in MARKS_BEHIND_NAMES and not (number or token.dotted or self.known_unit(after)):
            return None
        if mark in NUMBERED and not number:
            return None
        if mark == "ấp" and not (number or token.accents == phrase(mark)[0][1:]):
            return None
        if mark in DOTTED and not (number or token.dotted or self.known_unit(after)):
            return None
        if mark in ("h", "x") and (number or not (token.dotted or self.known_unit(after))):
            return None
        if self.marks_diacritics and not number and not self.known_unit(after) and self.is_bare(at, after, mark):
            return None
        if longest_mark(self.tokens, after, ALL_UNITS) and not number and not self.known_unit(after):
            return None
        return KIND_OF[mark], mark, length

    def is_bare(self, start, end, mark):
        written = [word for token in self.tokens[start:end] for word in token.accents]
        return all(map(is_without_accents, written)) and not all(
            is_without_accents(word) for _plain, word in phrase(mark)
        )

    def doubtful_unit_words(self):
        """Return words taken for a mark of a ward or district whose name is unknown."""
        return {
            at
            for segment in self.segments()
            if segment.kind in ("ward", "district") and not self.tokens[segment.content].is_number
            if not self.is_name(segment.kind, segment.content, segment.end)
            for at in range(segment.start, segment.content)
        }

    def is_street_word(self, at, mark):
        """Whether `Xa lộ`, `quận` … begins a known street here."""
        return any(
            self.key(at, end) in self.words.streets
            for end in range(at + len(mark.split()) + 1, min(len(self.tokens), at + WORDS_IN_A_NAME) + 1)
        )

    def known_unit(self, at):
        return any(
            self.key(at, end) in names
            for names in (self.words.districts, self.words.wards, self.words.cities)
            for end in range(at + 1, min(len(self.tokens), at + 5) + 1)
        )

    def elsewhere(self):
        """Return the province or city outside this one in which the text places its address, or None.

        Marked as one (`tỉnh X`) it counts wherever it stands, without a mark only at the end: many streets, and some
        wards, are called like a province. Where a district of this city, or the city itself, stands too, it is here.
        """
        if not self.words.elsewhere or self.names_city():
            return None
        if unit_elsewhere := self.district_and_province_elsewhere() or self.marked_district_elsewhere():
            return unit_elsewhere
        if self.names_district_here():
            return None
        return self.marked_elsewhere() or self.unmarked_elsewhere() or self.enclosed_elsewhere()

    def names_city(self):
        return any(
            (end := self.longest_name(at, self.words.cities)) and not self.is_in_a_name(at, end)
            for at in range(len(self.tokens))
        )

    def names_district_here(self):
        for at in range(len(self.tokens)):
            if (unit := self.unit_at(at)) and unit[0] in ("district", "city"):
                ends = [self.longest_name(at + unit[2], getattr(self.words, names)) for names in OURS_OR_NOT]
                ours, elsewhere = max(filter(None, ends[:2]), default=0), ends[2] or 0
                if ours and ours >= elsewhere:
                    return True
        return False

    def districts_elsewhere_at(self, at):
        """Return (districts elsewhere of the name at `at`, end, mark), the longest names first.

        One that is marked as a unit of this city is none: a quận is no huyện.
        """
        _kind, length = self.mark_at(at)
        # Its first word may only look like a mark: `Quan Hóa`.
        for content in (at + length, at) if length else (at,):
            written = plain(self.text_of(at, content)) if content > at else ""
            mark = WRITTEN_OUT.get(written.replace(" ", ""), written)
            for end in range(min(len(self.tokens), content + WORDS_IN_A_NAME), content, -1):
                name = self.key(content, end) if all(token.is_word for token in self.tokens[content:end]) else ""
                if name not in self.words.districts_elsewhere or f"{mark} {name}" in self.words.tree.full:
                    continue
                named = self.words.districts_elsewhere[name]
                if fitting := tuple(
                    district for district in named if self.has_diacritics_of(content, end, district.name)
                ):
                    yield fitting, end, mark

    def district_and_province_elsewhere(self):
        """Find `huyện Tam Nông, tỉnh Phú Thọ`, with or without marks and commas."""
        for at, token in enumerate(self.tokens):
            if not token.is_word or at in self.kept_by_streets or self.is_street_marked(at):
                continue
            for districts, end, _mark in self.districts_elsewhere_at(at):
                if stop := self.province_elsewhere_ends(end, districts):
                    return self.part(at, stop)
        return None

    def province_elsewhere_ends(self, at, districts):
        while at < len(self.tokens) and not self.tokens[at].is_word:
            at += 1
        mark = longest_mark(self.tokens, at, PROVINCES)
        for start in (at + mark[1], at) if mark else (at,):
            stop = self.longest_name(start, self.words.elsewhere)
            if stop and any(self.key(start, stop) in district.provinces for district in districts):
                return stop
        return None

    def marked_district_elsewhere(self):
        """Find `huyện Tam Nông`: a marked district of a kind and name this city does not have."""
        for at, token in enumerate(self.tokens):
            if not token.is_word or at in self.kept_by_streets or self.is_street_marked(at):
                continue
            for districts, end, mark in self.districts_elsewhere_at(at):
                if mark and any(district.key.startswith(f"{mark} ") for district in districts):
                    return self.part(at, end)
        return None

    def is_street_marked(self, at):
        return bool(at) and bool(
            longest_mark(self.tokens, at - 1, STREETS + ALLEYS + LANDMARKS)
            or self.tokens[at - 1].plain in ("cho", "cau")
        )

    def has_diacritics_of(self, start, end, name):
        written = [word for token in self.tokens[start:end] for word in token.accents]
        return all(map(is_without_accents, written)) or set(written) <= set(accented_words(name))

    def is_in_a_name(self, at, end):
        if longest_mark(self.tokens, at, STREETS) or (at and longest_mark(self.tokens, at - 1, STREETS)):
            return True
        keys = (self.key(first, end) for first in range(max(0, at - WORDS_IN_A_NAME), at))
        return any(key in self.words.units or key in self.words.streets for key in keys)

    def longest_name(self, at, names):
        ends = range(min(len(self.tokens), at + WORDS_IN_A_NAME), at, -1)
        return next((end for end in ends if self.tokens[end - 1].is_word and self.key(at, end) in names), None)

    def named_elsewhere(self, start, end):
        key = self.key(start, end)
        names = [district.name for district in self.words.districts_elsewhere.get(key, ())]
        names += [self.words.elsewhere[key]] if key in self.words.elsewhere else []
        return any(self.has_diacritics_of(start, end, name) for name in names)

    def marked_elsewhere(self):
        for at in range(len(self.tokens)):
            mark = longest_mark(self.tokens, at, PROVINCES)
            if not mark or at in self.name_positions:
                continue
            content = at + mark[1]
            for end in range(min(len(self.tokens), content + WORDS_IN_A_NAME), content, -1):
                if not self.tokens[end - 1].is_word or not self.named_elsewhere(content, end):
                    continue
                key = self.key(content, end)
                if mark[0] == "tỉnh" or not (key in self.words.districts or key in self.words.cities):
                    return self.part(at, end)
        return None

    def unmarked_elsewhere(self):
        end = len(self.tokens)
        last = next((at + 1 for at in range(end - 1, -1, -1) if self.tokens[at].is_break), 0)
        if last and self.named_elsewhere(last, end):
            ours = self.may_be_ours(last, end) and not self.follows_a_marked_unit(last, end)
            return None if ours else self.part(last, end)
        for at in range(last + 1, end - 1):
            if self.named_elsewhere(at, end):
                return self.part(at, end) if self.follows_a_name(last, at, end) else None
        return None

    def enclosed_elsewhere(self):
        """Find a place elsewhere alone between commas, unless this city has the name too: `A, Đà Nẵng, gần B`."""
        words = self.words
        breaks = [at for at, token in enumerate(self.tokens) if token.is_break]
        for start, end in zip(breaks, [*breaks[1:], len(self.tokens)], strict=False):
            key = self.key(start + 1, end)
            here = key in words.all_places or key in words.namesakes
            if not here and self.named_elsewhere(start + 1, end):
                return self.part(start + 1, end)
        return None

    def may_be_ours(self, start, end):
        words = self.words
        name = self.key(start, end)
        if name in words.units:
            return True
        if name not in words.streets_and_landmarks and name not in words.namesakes:
            return False
        # Behind a house or a crossing it is where that lies: `12 Lê Lợi, Hậu Giang`; behind a street perhaps another.
        crossing = longest_mark(self.tokens, 0, JUNCTIONS)
        two_streets = crossing and (self.crossings(crossing[1], start - 1) or self.adjoining(crossing[1], start - 1))
        return not (self.number_ends(0, start) or longest_mark(self.tokens, 0, HOUSES) or two_streets)

    def follows_a_marked_unit(self, start, end):
        """Whether a marked, named ward or district stands before the last comma, so that this is its province.

        Of a ward with a number only where no street of the province's name lies in a district with such a ward.
        """
        if self.key(start, end) not in self.words.elsewhere:
            return False
        units = [segment for segment in self.segments() if segment.kind in ("ward", "district") and segment.end < start]
        if not units or units[-1].end < start - 1:
            return False
        return not self.tokens[units[-1].content].is_number or self.follows_a_numbered_ward(start, end)

    def follows_a_numbered_ward(self, start, end):
        """Whether `phường 3` stands right before and has no street of this name: `phường 3, Vĩnh Long`."""
        wards = [segment for segment in self.segments() if segment.kind == "ward" and start - 1 <= segment.end <= start]
        name = self.key(start, end)
        if not wards or not self.tokens[wards[-1].content].is_number or name in self.words.units:
            return False
        if name in self.words.streets and name not in self.words.namesake_districts:
            return False
        number = self.key(wards[-1].content, wards[-1].end).lstrip("0")
        holding = {district for district, _province in self.words.tree.wards.get(number, ())}
        return not holding & set(self.words.namesake_districts.get(name, ()))

    def follows_a_name(self, start, at, end):
        known = self.words.all_places
        if self.follows_a_numbered_ward(at, end):
            return True
        if any(self.key(first, end) in known for first in range(start, at + 1)):
            return False
        before = [self.key(first, at) for first in range(start, at) if not self.only_a_number(first, at)]
        return any(name in known or name in self.words.elsewhere for name in before)

    def segments(self):
        segments, at, start, kind, mark, content = [], 0, 0, "", "", 0
        while at <= len(self.tokens):
            unit = self.unit_at(at) if at < len(self.tokens) else None
            if at == len(self.tokens) or unit or self.tokens[at].is_break:
                if at > content or kind:
                    end = self.name_ends(kind, content, at)
                    segments += [Segment(kind, mark, start, content, end), Segment("", "", end, end, at)]
                kind, mark, length = unit or ("", "", 1)
                start, at = at if unit else at + 1, at + length
                content = at
            else:
                at += 1
        return [segment for segment in map(self.without_outer_signs, segments) if segment]

    def name_ends(self, kind, content, end):
        if kind and self.tokens[content].is_number:
            return content + 1
        if kind in ("", "quarter"):
            return end
        return max((at for at in range(content + 1, end + 1) if self.is_name(kind, content, at)), default=end)

    def without_outer_signs(self, segment):
        start, content, end = segment.start, segment.content, segment.end
        while content < end and not self.tokens[content].is_word:
            content += 1
        while end > content and not self.tokens[end - 1].is_word:
            end -= 1
        start = start if segment.kind else content
        return replace(segment, start=start, content=content, end=end) if end > content else None

    def mark_at(self, at):
        """Return (kind of the unit mark at `at`, number of words); ("", 0) for none."""
        mark_and_length = longest_mark(self.tokens, at, ALL_UNITS)
        if not mark_and_length or holds_mark(self.kept_by_streets, at, mark_and_length[1]):
            dotted = self.tokens[at].plain == "t" and self.tokens[at].dotted
            return (PROVINCE, 1) if dotted else ("", 0)
        mark, length = mark_and_length
        return (PROVINCE if mark in ("tỉnh", "province") else KIND_OF[mark]), length

    def readings_by_chain(self) -> list[Address]:
        addresses = []
        for chain in find_chains(self.tokens, self.words.tree, self.mark_at, self.key):
            weight = self.weight_of_chain(chain)
            if weight:
                units = {level: self.part_of_span(span) for span in chain.spans if (level := PART_OF[span.level])}
                rest = Reader(self.text, self.words, self.weight, self.without_spans(chain.spans))
                addresses += rest.readings(Address(**units, weight=weight))
        return addresses

    def weight_of_chain(self, chain: UnitChain) -> float:
        ward = chain.of_level(WARD)
        if ward is None or ward.is_marked:
            return 1.0
        last = max(span.end for span in chain.spans)
        first = min(span.start for span in chain.spans)
        more = any(token.is_word for token in (*self.tokens[:first], *self.tokens[last:]))
        name = self.key(ward.content, ward.end)
        province = chain.of_level(PROVINCE)
        of_province = bool(province and province.name)
        district = chain.of_level(DISTRICT)
        if name in self.words.streets_and_landmarks and len(chain.spans) < len(PART_OF):
            if of_province:
                return 0.91
            if district and district.start < ward.start:
                return 0.93
            # Before a district that is marked a street as well as a ward may be meant.
            return AS_STREET if district and district.is_marked and not more else 0.0
        if more and ward.start and not self.tokens[ward.start - 1].is_break and ward.start > first - 1:
            return 0.8 if ward.start == first else 0.97
        # Without a mark the name may be that of a former district, in whose place there are several wards.
        return 0.8 if len(chain.spans) < len(PART_OF) and name in self.words.districts else 0.97

    def part_of_span(self, span):
        whole = self.part(span.content, span.end)
        mark = plain(self.text_of(span.start, span.content)) if span.is_marked else ""
        what = WRITTEN_OUT.get(mark.replace(" ", ""), mark)
        name = f"{what} {span.name}".strip()
        plain_name = span.name or whole.words
        words = name if name in self.words.tree.full and span.level != PROVINCE else plain_name
        return Part(self.text_of(span.start, span.end), words)

    def without_spans(self, spans):
        left = []
        for at, token in enumerate(self.tokens):
            inside = next((span for span in spans if span.start <= at < span.end), None)
            if inside is None:
                left.append(token)
            elif inside.start == at:
                left.append(Token(token.start, token.start, ";", ()))
        return left

    def readings(self, draft: Address | None = None) -> list[Address]:
        """Return all readings, unordered; `draft` is what is understood already."""
        drafts = [(draft or Address(weight=self.weight), self.segments())]
        done = []
        for _step in range(6 * len(self.tokens) + 6):
            if not drafts:
                break
            draft, left = drafts.pop()
            if not left:
                done.append(draft)
                continue
            *before, segment = left
            for reading, more in self.add_segment(draft, segment, before):
                drafts.append((reading, [*before, *more]))
            # The likeliest is continued first; the least likely are dropped.
            drafts = sorted(drafts, key=lambda d: (-len(d[1]), d[0].weight))[-4 * READINGS :]
            drafts.sort(key=lambda d: d[0].weight)
            if len(done) >= 2 * READINGS:
                break
        return done

    def add_segment(self, draft, segment, before):
        """Yield (address, remaining segments) for each way to add a segment to what was read to its right."""
        if segment.kind == "quarter":
            yield self.add_quarter(draft, segment)
        elif segment.kind:
            yield self.add_unit(draft, segment)
        else:
            yield from self.add_unmarked(draft, segment, before)

    def add_quarter(self, draft, segment):
        quarter = self.part(segment.start, segment.end)
        return replace(draft, quarter=self.join_quarters(quarter, draft.quarter) if draft.quarter else quarter), []

    def join_quarters(self, left, right):
        """Join two adjacent quarters into one Part: `tổ 5, khu phố 2`."""
        start, end = self.text.find(left.text), self.text.rfind(right.text)
        between = self.text[start + len(left.text) : end]
        if 0 <= start < end and not re.search(r"\w", between):
            return Part(self.text[start : end + len(right.text)], f"{left.words} {right.words}")
        return right

    def remaining_segment(self, start, end):
        rest = self.without_outer_signs(Segment("", "", start, start, end)) if end > start else None
        return [rest] if rest else []

    def add_unit(self, draft, segment):
        kind, content, end = segment.kind, segment.content, segment.end
        words = self.key(content, end)
        if kind == "city" and words not in self.words.cities:
            kind = "district" if words in self.words.districts or not draft.district else kind
        if self.tokens[content].is_number:
            words = words.lstrip("0") or words
        mark = plain(segment.mark)
        what = "" if mark in NAMELESS else WRITTEN_OUT.get(mark, mark)
        part = Part(self.text_of(segment.start, end), f"{what} {words}".strip())
        if kind == "district" and draft.district and draft.district.words.startswith("tinh ") and not draft.city:
            # A district stands before the province that it lay in.
            return replace(draft, district=part, city=draft.district), []
        if getattr(draft, kind):
            return replace(draft, rest=(*draft.rest, part), weight=draft.weight * 0.7), []
        return replace(draft, **{kind: part}), []

    def is_name(self, kind, start, end):
        names = {"ward": self.words.wards, "district": self.words.districts, "city": self.words.cities}[kind]
        name = self.key(start, end)
        return name in names or (kind == "city" and name in self.words.districts)

    def add_unmarked(self, draft, segment, before):
        """Read words without a mark: a unit's name at their end if one is missing; else what lies below the ward."""
        start, end = segment.content, segment.end
        whole = self.key(start, end)
        street = whole in self.words.streets
        nothing_yet = not (draft.district or draft.ward or draft.street or draft.landmark or draft.crossing)
        if nothing_yet and not draft.city:
            for at in range(start, end):
                if (name := self.key(at, end)) not in self.words.cities or self.is_last_of_a_name(start, at, end):
                    continue
                # A ward of that name is meant less where a district stands before it: `Quận 1, Sài Gòn`.
                ward_too = name in self.words.wards
                behind_a_district = any(segment.kind == "district" for segment in before)
                weight = 1.0 if behind_a_district or not ward_too else 0.95
                yield (
                    replace(draft, city=self.part(at, end), weight=draft.weight * weight),
                    self.remaining_segment(start, at),
                )
                if ward_too and behind_a_district:
                    draft = replace(draft, weight=draft.weight * 0.6)
                elif not ward_too and not self.ends_with_a_unit(start, at, end):
                    return
                break
        lower = draft.street or draft.landmark or draft.crossing
        for kind, existing in (("district", draft.district or draft.ward), ("ward", draft.ward)):
            if existing or lower or (draft.quarter and kind == "district"):
                continue
            if kind == "district" and draft.ward:
                continue
            for at in range(start, end):
                if end - at > 5 or self.key(at, end) not in getattr(self.words, f"{kind}s"):
                    continue
                if all(token.is_number for token in self.tokens[at:end]):
                    continue
                alone = at == start
                weight = 0.9 if alone else 0.97 if self.ends_with_a_street(start, at) else 0.85
                if (street and not alone) or self.only_a_number(start, at):
                    weight = 0.4
                if alone and street and not before:
                    weight = 0.6
                if alone and before:
                    weight = 0.97
                # A ward is named more often than a district, unless a ward stands to the left of it.
                if kind == "district" and not self.ward_before(before) and whole in self.words.wards:
                    weight *= 0.95
                name = replace(draft, **{kind: self.part(at, end)}, weight=draft.weight * weight)
                yield name, self.remaining_segment(start, at)
                break
        if before and nothing_yet and end == len(self.tokens) and len(whole) > 2:
            for kind in ("district", "ward"):
                names = getattr(self.words, f"{kind}s")
                if whole not in names and any(name.startswith(whole) for name in names):
                    yield replace(draft, **{kind: self.part(start, end)}, weight=draft.weight * 0.85), []
        if before and not lower and not draft.ward and not street and self.could_be_a_unit(start, end, before):
            yield replace(draft, ward=self.part(start, end), weight=draft.weight * 0.6), []
        if before and not lower and self.is_abbreviation(start, end):
            left_out = (*draft.rest, self.part(start, end))
            yield replace(draft, rest=left_out, weight=draft.weight * 0.97), []
        # A unit's whole name between the commas behind a street or ward is hardly anything else.
        doubt = 0.75 if before and not lower and whole in self.words.units else 1.0
        for address in self.read_place(replace(draft, weight=draft.weight * doubt), start, end):
            yield address, []

    def is_last_of_a_name(self, start, at, end):
        """Whether the city's name only ends a landmark's or street's: `cầu Sài Gòn`."""
        known = self.words.streets_and_landmarks
        return any(
            self.key(first, end) in known or longest_mark(self.tokens[:at], first, LANDMARKS)
            for first in range(start, at)
        )

    def is_abbreviation(self, start, end):
        """Whether it is one unknown short word in capitals, such as an office's: `KV`."""
        words = self.words
        return (
            end - start == 1
            and self.key(start, end) not in words.all_places
            and not self.tokens[start].is_number
            and 2 <= len(self.tokens[start].plain) <= 4
            and self.text_of(start, end).isupper()
        )

    def ends_with_a_unit(self, start, before, end):
        return any(self.key(at, end) in self.words.units for at in range(start, before))

    def only_a_number(self, start, end):
        return end > start and all(token.is_number or not token.is_word for token in self.tokens[start:end])

    def ends_with_a_street(self, start, end):
        return any(self.key(at, end) in self.words.streets for at in range(start, end))

    def ward_before(self, before):
        return any(segment.kind == "ward" for segment in before)

    def could_be_a_unit(self, start, end, before):
        run = self.tokens[start:end]
        return (
            2 <= len(run) <= 4
            and all(token.is_word and not token.is_number for token in run)
            and not longest_mark(self.tokens, start, LANDMARKS + JUNCTIONS + STREETS + ALLEYS + ALL_RELATIONS)
        )

    # ── Below the ward: house, alleys, street, crossing, landmark ──

    def read_place(self, draft, start, end):
        """Return readings of the words before the units, the likeliest first."""
        relation, start = self.relation_at(start, end, draft.relation)
        if start >= end:
            return [replace(draft, relation=relation)]
        if (middle := self.middle_relation(start, end)) is not None:
            return self.with_relation(draft, start, end, *middle)
        draft = replace(draft, relation=relation)
        if mark := longest_mark(self.tokens[:end], start, JUNCTIONS):
            return self.read_junction(draft, start, start + mark[1], end)
        addresses = []
        for left, right in self.crossings(start, end):
            weight = 1.0 if self.both_known(left, right) else 0.75
            addresses.append(self.with_parts(draft, weight, crossing=(self.part(*left), self.part(*right))))
        if landmark := self.read_landmark(draft, start, end):
            addresses.append(landmark)
        addresses += self.read_door_behind_name(draft, start, end)
        addresses += self.read_building_behind_door(draft, start, end)
        addresses += self.read_door(draft, start, end)
        return addresses

    def relation_at(self, start, end, relation=""):
        while start < end and start not in self.name_positions and (mark := self.relation_mark(start, end)):
            if start + mark[1] >= end or self.key(start, end) in self.words.streets:
                break
            relation = RELATION_OF[mark[0]] if not relation or relation == "near" else relation
            start += mark[1]
            if start + 1 < end and self.tokens[start].accents == GATE:
                start += 1
        return relation, start

    def relation_mark(self, at, end):
        """As `longest_mark`; of `trước nhà thờ …` the relation is `trước` alone, and the place a church."""
        mark = longest_mark(self.tokens[:end], at, ALL_RELATIONS)
        if mark and mark[1] > 1:
            place = longest_mark(self.tokens[:end], at + mark[1] - 1, LANDMARKS)
            if place and place[1] > 1:
                return mark[0], mark[1] - 1
        return mark

    def middle_relation(self, start, end):
        for at in range(start + 1, end - 1):
            if at in self.name_positions or not (mark := self.relation_mark(at, end)):
                continue
            unmarked = all(
                is_without_accents(word) for token in self.tokens[at : at + mark[1]] for word in token.accents
            )
            if at + mark[1] < end and (not unmarked or plain(mark[0]) in PLAIN_RELATIONS):
                if mark[0] in ("ở", "tại", "trong", "đầu", "cuối", "chân") and at + mark[1] > end - 1:
                    continue
                return at, at + mark[1], RELATION_OF[mark[0]]
        return None

    def with_relation(self, draft, start, end, at, after, relation):
        """Read `12 Lê Lợi gần chợ …`: the left side is the place, the right side what it is near to."""
        addresses = []
        lefts = self.read_place(draft, start, at)
        rights = self.read_place(Address(), after, end)
        for left in lefts[:3]:
            for right in rights[:2]:
                weight = left.weight * right.weight
                if left.street and not left.house and right.street and not right.house and not left.crossing:
                    addresses.append(
                        replace(left, street=None, crossing=(left.street, right.street), relation=relation,
                                weight=weight)
                    )  # fmt: skip
                    addresses.append(replace(left, landmark=right.street, relation=relation, weight=weight * 0.8))
                elif left.house or left.crossing or (left.street and not (right.house or right.crossing)):
                    landmark = right.landmark or self.part(after, end)
                    addresses.append(
                        replace(left, landmark=left.landmark or landmark, relation=relation, weight=weight)
                    )
                else:
                    # Only the right side says where it is: `hố sâu gần chợ …`.
                    right_parts = {
                        name: getattr(right, name) for name in ("house", "alleys", "street", "crossing", "landmark")
                    }
                    rest = (*draft.rest, self.part(start, at))
                    addresses.append(
                        replace(draft, **right_parts, relation=relation, rest=rest, weight=draft.weight * weight)
                    )
        return addresses

    def read_junction(self, draft, start, after, end):
        """Read `ngã tư A B`, `góc A và B`, `vòng xoay C`."""
        draft = replace(draft, relation="corner")
        addresses = []
        for left, right in self.crossings(after, end) or self.adjoining(after, end):
            addresses.append(self.with_parts(draft, 1.0, crossing=(self.part(*left), self.part(*right))))
        if not addresses and after < end and draft.street and not draft.house:
            # The comma stands for an "and": `ngã ba A, B`.
            crossing = (self.part(after, end), draft.street)
            addresses.append(replace(draft, street=None, crossing=crossing))
        if after < end:
            weight = 0.6 if addresses else 1.0
            addresses.append(self.with_parts(draft, weight, landmark=self.landmark_part(start, end)))
            if not addresses[:-1]:
                addresses += [replace(door, weight=door.weight * 0.6) for door in self.read_door(draft, after, end)[:1]]
        return addresses or [draft]

    def crossings(self, start, end):
        """Return ranges (left, right) on both sides of a sign or word that may join two streets."""
        crossings = []
        for at in range(start + 1, end - 1):
            mark = longest_mark(self.tokens[:end], at, CONNECTORS)
            if not mark or at + mark[1] >= end or at in self.name_positions:
                continue
            left, right = self.bare_street(start, at), self.bare_street(at + mark[1], end)
            if left and right:
                crossings.append((left, right))
        return crossings[:2]

    def adjoining(self, start, end):
        if not all(token.is_word for token in self.tokens[start:end]):
            return []
        for at in range(start + 1, end):
            left, right = self.bare_street(start, at), self.bare_street(at, end)
            if left and right and self.key(*left) in self.words.streets and self.key(*right) in self.words.streets:
                return [(left, right)]
        return []

    def bare_street(self, start, end):
        """Return the range of a name without `đường`, or None where it is a number or has a house number."""
        while start < end and not self.tokens[start].is_word:
            start += 1
        while end > start and not self.tokens[end - 1].is_word:
            end -= 1
        if start >= end:
            return None
        if mark := longest_mark(self.tokens[:end], start, STREETS):
            if start + mark[1] < end and (mark[0] != "đ" or self.tokens[start].dotted):
                start += mark[1]
        elif self.tokens[start].is_number and self.key(start, end) not in self.words.streets:
            return None
        return start, end

    def both_known(self, left, right):
        return self.key(*left) in self.words.streets and self.key(*right) in self.words.streets

    def read_landmark(self, draft, start, end):
        """Read a place that begins with its kind (`chợ`, `bệnh viện`), or a known one."""
        mark = longest_mark(self.tokens[:end], start, LANDMARKS)
        known = self.key(start, end) in self.words.landmarks
        if not known and (city := self.city_behind_landmark(start, end)):
            place = self.landmark_part(start, city)
            return self.with_parts(draft, 0.97, landmark=place, city=draft.city or self.part(city, end))
        if not known and (not mark or start + mark[1] >= end):
            return None
        weight = 0.6 if self.key(start, end) in self.words.streets and not known else 0.97
        return self.with_parts(draft, weight, landmark=self.landmark_part(start, end))

    def read_door_behind_name(self, draft, start, end):
        """Read `chung cư X 15 Lê Lợi`, `quán Y số 15 Lê Lợi`: a name followed by its door on a known street."""
        mark = longest_mark(self.tokens[:end], start, LANDMARKS)
        begins_door = longest_mark(self.tokens[:end], start, STREETS + ALLEYS + HOUSES) or self.tokens[start].is_number
        if draft.street or self.key(start, end) in self.words.landmarks or (begins_door and not mark):
            return
        named = start + mark[1] if mark else start + 1
        for at in range(named, end):
            street = self.street_of_door(at, end)
            if street is None or self.key(street, end) not in self.words.streets or not self.tokens[street].is_word:
                continue
            if (self.longest_name(start, self.words.streets) or 0) > at:
                return  # `Quốc lộ 1 Lê Trọng Tấn`
            if (at == named and mark and mark[0] not in BUILDINGS) or self.key(start, at) in self.words.streets:
                return  # `cầu số 2 Lê Văn Lương`
            doors = [door for door in self.read_door(draft, at, end) if door.street]
            place = self.landmark_part(start, at) if at > named or not mark else None
            for door in doors[:1]:
                weight = draft.weight * (DOOR_BEHIND_KIND if mark else DOOR_BEHIND_NAME)
                yield replace(door, landmark=draft.landmark or place, weight=weight)
            return

    def read_building_behind_door(self, draft, start, end):
        """Read `15 Lê Lợi chung cư X`: a known street followed by a building's name."""
        if draft.street or draft.landmark or self.key(start, end) in self.words.streets_and_landmarks:
            return
        for at in range(start + 1, end - 1):
            mark = longest_mark(self.tokens[:end], at, LANDMARKS)
            if not mark or mark[0] not in BUILDINGS:
                continue
            for door in self.read_door(draft, start, at)[:1]:
                if door.street and door.street.words in self.words.streets:
                    yield replace(door, landmark=self.landmark_part(at, end))
            return

    def street_of_door(self, at, end):
        house = longest_mark(self.tokens[:end], at, HOUSES)
        first = at + house[1] if house else at
        stop = self.number_ends(first, end)
        name = stop or at
        while alley := self.alley_at(name, end):
            stop = name = alley[1]
        marked = longest_mark(self.tokens[:end], name, STREETS)
        if marked and (marked[0] != "đ" or self.tokens[name].dotted):
            return name + marked[1]
        return name if stop else None

    def city_behind_landmark(self, start, end):
        """Return the start of the city's name after a known landmark: `Opera House Saigon`; 0 for none."""
        return next(
            (at for at in range(start + 1, end)
             if self.key(at, end) in self.words.cities and self.key(start, at) in self.words.landmarks), 0,
        )  # fmt: skip

    def landmark_part(self, start, end):
        """Return a landmark with its kind written out: `bv` → `benh vien`."""
        landmark = self.part(start, end)
        first, _, more = landmark.words.partition(" ")
        return Part(
            landmark.text, f"{LANDMARK_WORDS[first]} {more}" if more and first in LANDMARK_WORDS else landmark.words
        )

    def read_door(self, draft, start, end):
        at, house, alleys, number_marked = start, None, [], False
        if self.key(start, end) not in self.words.streets:
            mark = longest_mark(self.tokens[:end], at, HOUSES)
            if mark and at + mark[1] < end and self.tokens[at + mark[1]].is_number:
                at, number_marked = at + mark[1], True
            if stop := self.number_ends(at, end):
                house, at = self.number_part(at, stop), stop
            while alley_and_end := self.alley_at(at, end):
                alley, at = alley_and_end
                alleys.append(alley)
        options = []
        name = at
        marked = longest_mark(self.tokens[:end], at, STREETS)
        if marked and at + marked[1] < end and (marked[0] != "đ" or self.tokens[at].dotted or house or alleys):
            name = at + marked[1]
        if not self.key(name, end):
            # Nothing but a number: a house whose street stands elsewhere, or a street that is a day.
            if draft.street and not draft.house and (house or alleys):
                return [replace(draft, house=house, alleys=(*alleys, *draft.alleys))]
            day = self.part(start, end)
            if "thang" in day.words:
                return [self.with_parts(draft, 0.9, street=day)]
            if house or alleys:
                return [replace(draft, house=draft.house or house, alleys=(*alleys, *draft.alleys),
                                weight=draft.weight * 0.9)]  # fmt: skip
            return [replace(draft, rest=(*draft.rest, day))]
        trailing = self.trailing_number(name, end) if not house else None
        if trailing and not self.key(name, trailing[0]):
            trailing = None
        street_end = trailing[0] if trailing else end
        house = trailing[1] if trailing else house
        weight = 0.95 if self.key(name, street_end) in self.words.streets or marked else 0.9
        options.append(
            self.with_parts(draft, weight, house=house, alleys=tuple(alleys), street=self.part(name, street_end))
        )
        mark = longest_mark(self.tokens[:end], name, ALLEYS) if not alleys else None
        if mark and len(mark[0]) > 1 and self.key(name + mark[1], street_end) in self.words.streets:
            # `12/3 hẻm Nguyễn Trãi`: the alley is named for the street that it leaves.
            options.append(
                self.with_parts(draft, 0.93, house=house, street=self.part(name, street_end, name + mark[1]))
            )
        if house and not alleys and not number_marked and not trailing and name == at:
            # The number may belong to the street's name: `3 tháng 2`.
            weight = 0.97 if self.key(start, end) in self.words.streets else 0.3
            if weight > 0.9 or "thang" in self.key(start, end):
                options.insert(0, self.with_parts(draft, max(weight, 0.9), street=self.part(start, end)))
        square = marked and marked[0] == "phố"  # where people walk or go out: `phố đi bộ …`
        if not house and not alleys and (square or not marked) and self.key(name, end) not in self.words.streets:
            options.append(self.with_parts(draft, 0.85, landmark=self.landmark_part(at if square else name, end)))
        if pair := self.adjoining(name, end) if not house and not alleys else None:
            (left, right) = pair[0]
            if self.key(name, end) not in self.words.streets:
                options.insert(0, self.with_parts(draft, 1.0, crossing=(self.part(*left), self.part(*right))))
        return options

    def number_ends(self, at, end):
        """Return the end of a house number at `at` (`12`, `12/3A`, `12 xẹt 3`, `12-14`, `12 bis`), or None."""
        if at >= end or not self.tokens[at].is_number:
            return None
        at += 1
        while at < end:
            if self.tokens[at].plain in ("bis", "ter"):
                at += 1
            elif (
                at + 1 < end
                and self.tokens[at + 1].is_number
                and (self.tokens[at].plain in "-–—/" or longest_mark(self.tokens, at, SLASHES))
            ):
                at += 2
            else:
                break
        return at

    def number_part(self, start, end):
        """Return a house number as Part; its words are as the tables write it: 12/34/5."""
        written = []
        for token in self.tokens[start:end]:
            if token.plain in ("bis", "ter") or token.is_number:
                written.append(token.plain)
            else:
                written.append("-" if token.plain in "-–—" else "/")
        return Part(self.text_of(start, end), "".join(written))

    def alley_at(self, at, end):
        """Return (alley, end) of `hẻm 12/3`, `ngõ 5 ngách 3` at `at`."""
        mark = longest_mark(self.tokens[:end], at, ALLEYS)
        if not mark or at in self.name_positions:
            return None
        number = at + mark[1] + (longest_mark(self.tokens[:end], at + mark[1], BEFORE_ALLEY_NUMBERS) is not None)
        stop = self.number_ends(number, end)
        if not stop or (mark[0] == "h" and not self.tokens[at].dotted):
            return None
        number_text = self.number_part(number, stop)
        return Part(self.text_of(at, stop), number_text.words), stop

    def trailing_number(self, start, end):
        """Return (end of the name, house) of `Lê Lợi số 12`, `Lê Lợi 12`."""
        for at in range(start + 1, end):
            if self.number_ends(at, end) == end and self.key(start, end) not in self.words.streets:
                name_end = at
                for mark in HOUSES:
                    length = len(mark.split())
                    if at - length > start and stands_at(self.tokens, at - length, mark):
                        name_end = at - length
                        break
                if name_end == at and self.key(start, at) not in self.words.streets:
                    return None
                if self.tokens[name_end - 1].plain in ("thang", "so"):
                    return None
                return name_end, self.number_part(at, end)
        return None

    def with_parts(self, draft, weight, **parts):
        weight *= draft.weight
        if draft.street or draft.crossing or draft.landmark:
            landmark = parts.get("landmark")
            if landmark and not draft.landmark:
                return replace(draft, landmark=landmark, weight=weight)
            if draft.landmark and not draft.street and not draft.crossing and set(parts) != {"landmark"}:
                return replace(draft, **(parts | {"landmark": draft.landmark}), weight=weight)
            if draft.street and parts.get("house") and not draft.house:
                # `12 Toà nhà X, Lê Lợi`: the number belongs to what stands there.
                weight *= 0.6
            other = parts.get("street") or landmark
            return replace(draft, rest=(*draft.rest, *filter(None, [other])), weight=weight * 0.8)
        return replace(draft, **parts, weight=weight)


def parse_address(text: str, words: Words = Words()) -> list[Address]:
    """Return the readings of a text as an address, the likeliest first; [] for a text without words.

    Reads at most 200 characters. Never raises. All texts of the parts are pieces of `tidy(text)`.
    """
    reader = Reader(tidy(text[: 4 * LONGEST])[:LONGEST], words)
    if elsewhere := reader.elsewhere():
        return [Address(elsewhere=elsewhere)]
    addresses = list(reader.readings())
    if chained := reader.readings_by_chain():
        most = max(address.weight for address in chained)
        weight = BESIDE_WARD if most == AS_STREET else BESIDE_CHAIN if most > 0.9 else 1.0
        addresses = [*chained, *(replace(address, weight=weight * address.weight) for address in addresses)]
    if (whole := comparison_key(reader.text).removeprefix("the ")) in words.landmarks:
        # `Saigon City Hall` is a hall, though a city stands in its name.
        addresses.append(Address(landmark=Part(reader.text, whole)))
    if reader.begins_with_letter():
        addresses += Reader(reader.text, words, BESIDE_STREET, letters_are_districts=True).readings()
    if doubtful := reader.doubtful_unit_words():
        # `Huyện`, `Phương` … may be but a word of a street's name.
        again = Reader(reader.text, words, 0.85)
        again.name_positions |= doubtful
        addresses += again.readings()
    best = {}
    for address in addresses:
        same = replace(address, weight=0)
        if same != Address(weight=0):
            best[same] = max(best.get(same, 0), address.weight)
    addresses = [replace(address, weight=min(weight, 1.0)) for address, weight in best.items()]
    return sorted(addresses, key=lambda address: -address.weight)[:READINGS]
