"""Words that say that somebody may be in danger now: whoever writes them is told whom to call, before anything else.

Wrong once in a while does no harm. With marks they are read as they stand; without, only what can mean nothing else.
"""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from gis_data import city
from gis_data.words import plain
from incidents.intake.categories.lexicon import space_words

MARKED_PHRASES = (
    "cháy nhà", "đang cháy", "bốc cháy", "bị cháy", "cháy lớn", "cháy xe", "hỏa hoạn", "hoả hoạn", "cứu hỏa", "cứu hoả",
    "cháy nổ", "nổ bình gas", "rò rỉ gas", "xì gas", "đuối nước", "chết đuối", "rơi xuống sông", "tai nạn", "cấp cứu",
    "bất tỉnh", "ngất xỉu", "bị thương", "chảy máu", "chết người", "người chết", "giật điện", "điện giật", "đánh nhau",
    "đâm chém", "cướp", "giết", "bắt cóc", "hiếp", "tự tử", "nhảy cầu", "kêu cứu", "cứu với", "sập nhà", "mắc kẹt",
)  # fmt: skip
BARE_PHRASES = (
    "chay nha", "boc chay", "hoa hoan", "cuu hoa", "chay no", "xi gas", "duoi nuoc", "chet duoi", "tai nan", "cap cuu",
    "bat tinh", "ngat xiu", "bi thuong", "chet nguoi", "nguoi chet", "giat dien", "dien giat", "danh nhau", "dam chem",
    "bat coc", "tu tu", "nhay cau", "keu cuu", "cuu voi", "sap nha", "fire", "burning", "accident", "ambulance",
    "injured", "bleeding", "unconscious", "drowning", "robbery", "murder", "kidnapped", "suicide", "gas leak",
    "electrocuted", "dead body",
)  # fmt: skip


def mentions_danger(text: str) -> bool:
    """Whether the text says that somebody may be in danger."""
    marked, bare = f" {space_words(text)} ", f" {plain(text)} "
    if any(f" {words} " in marked for words in MARKED_PHRASES):
        return True
    return marked == bare and any(f" {words} " in bare for words in BARE_PHRASES)


def emergency_numbers(*, spoken: bool = False) -> str:
    """A sentence with the city's emergency numbers; "" where it has none. `spoken`: digit by digit, to a caller."""
    english = get_language() == "en"
    lines = [
        (line["number"], (line.get("what_en") if english else "") or line["what"]) for line in city.current().emergency
    ]
    if not lines:
        return ""
    if spoken:
        said = ", ".join(f"{' '.join(number)} {what}" for number, what in lines)
        return _("Is somebody in danger? Hang up now and call: %(numbers)s.") % {"numbers": said}
    return _("Is somebody in danger? Call now: %(numbers)s. Nobody watches this chat all the time.") % {
        "numbers": ", ".join(f"{number} ({what})" for number, what in lines)
    }
