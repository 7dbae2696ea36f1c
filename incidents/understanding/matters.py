"""Split a message that holds several matters."""

import re
from collections.abc import Sequence

from incidents.models import Category
from incidents.reporting.categories.lexicon import score_by_lexicon

MAX_MATTERS = 20
MAX_PARTS = 60
PLAIN_SCORE = 4  # of the lexicon: two words as a category's are, or one with its diacritics and more
# Where a new matter may begin: a number, a dash, a line, the end of a sentence, or words that say so.
NEW_MATTER = re.compile(
    r"(?:^|(?<=\s))(?:\d{1,2}\s?[.)/:]\s|[-*•+–]\s)|\n+|(?<=[.;!?])\s+"
    r"|(?:^|(?<=\s))(?:còn nữa|ngoài ra|thêm nữa|thứ (?:nhất|hai|ba|tư|năm)|tiếp theo|bên cạnh đó|con nua|ngoai ra"
    r"|them nua|thu (?:nhat|hai|ba)|also|another thing|besides|secondly|second|third|thirdly|in addition"
    r"|one more thing)(?=[\s,:])[\s,:]*",
    re.IGNORECASE,
)
COMMA = re.compile(r",\s+|(?<!\s)\s+(?:và|va|and|rồi còn|rồi thêm)\s+")
LIST_OF = 3  # parts between commas that each name a kind of another group


def split_matters(text: str, leaves: Sequence[Category]) -> tuple[str, ...]:
    """Return the matters of a message, each with the sentences that follow it; () where it is one."""
    parts = [part.strip(" ,;-–•*") for part in NEW_MATTER.split(text) if part and part.strip(" ,;.-–•*")][:MAX_PARTS]
    matters, groups, lead = [], [], ""
    for part in parts:
        group = group_of(part, leaves)
        if group is None or (groups and group == groups[-1]):
            if matters:
                matters[-1] = f"{matters[-1]} {part}"
            else:
                lead = f"{lead} {part}".strip()
            continue
        matters.append(part)
        groups.append(group)
    if len(set(groups)) >= 2:
        return tuple(matters[:MAX_MATTERS])
    listed = [part.strip() for part in COMMA.split(text) if part.strip()][:MAX_PARTS]
    of_list = [(part, group) for part in listed if (group := group_of(part, leaves)) is not None]
    if len({group for _part, group in of_list}) >= LIST_OF:
        return tuple(part for part, _group in of_list)[:MAX_MATTERS]
    return ()


def group_of(part: str, leaves: Sequence[Category]) -> int | None:
    """Key of the group of the kind that the part names plainly; None for none."""
    scored = score_by_lexicon(part[:500], leaves)
    return scored[0][0].parent_id if scored and scored[0][1] >= PLAIN_SCORE else None
