"""Remove quotations and signatures from e-mail text.

Knows the lines that Vietnamese and English mail programs put before quotations. Looks at each line once and at a few
after it, so time is linear in the length.
"""

MAX_LINES = 4000
LOOK_AHEAD = 5  # lines after one that may begin a quotation
MIN_RULE = 20  # underscores that draw Outlook's line
MAX_HEADER = 400  # characters of a line before a quotation

# Endings of lines that introduce a quotation, and what else such a line contains.
WROTE = ("wrote:", "đã viết:", "viết:", "đã viết như sau:", "schrieb:", "a écrit :", "a écrit:", "написал:")
STARTS = ("On ", "Vào ", "Ngày ", "Thứ ", "Am ", "Le ", "El ", "Em ", "Il ")  # of one that goes on in the next line
# Lines by themselves, without the dashes around them.
DIVIDERS = frozenset(
    ("original message", "thư gốc", "tin nhắn gốc", "tin nhắn ban đầu", "nội dung gốc", "original-nachricht",
     "mensagem original", "reply message")
)  # fmt: skip
FORWARDS = frozenset(
    ("forwarded message", "begin forwarded message:", "tin nhắn đã chuyển tiếp", "thư đã chuyển tiếp",
     "thư được chuyển tiếp", "tin nhắn được chuyển tiếp", "bắt đầu thư được chuyển tiếp:", "chuyển tiếp tin nhắn",
     "forwarded by", "thư chuyển tiếp")
)  # fmt: skip
FORWARD_SUBJECTS = ("fwd:", "fw:", "tr:", "chuyển tiếp:", "chuyen tiep:", "wg:")
NAMES = ("from:", "từ:", "người gửi:", "de:", "von:")
FIELDS = (*NAMES, "sent:", "date:", "to:", "cc:", "subject:", "reply-to:", "đã gửi:", "gửi:", "ngày:", "ngày gửi:",
          "đến:", "tới:", "người nhận:", "chủ đề:", "tiêu đề:", "vào lúc:", "gửi lúc:")  # fmt: skip
ADVERTS = ("sent from my ", "sent from ", "get outlook for ", "đã gửi từ ", "gửi từ ", "được gửi từ ",
           "lấy outlook cho ",
           "tải outlook cho ", "nhận outlook cho ", "sent with ", "yahoo mail: ", "yahoo thư: ", "from my iphone",
           "không có vi-rút.", "virus-free.")  # fmt: skip


def is_forward(subject: str, text: str) -> bool:
    if any(subject.lower().lstrip().startswith(prefix) for prefix in FORWARD_SUBJECTS):
        return True
    return any(is_divider(line, FORWARDS) for line in text.split("\n")[:MAX_LINES])


def own_words(text: str) -> str:
    lines, own_lines, place = text.split("\n")[:MAX_LINES], [], 0
    while place < len(lines):
        line = lines[place]
        if line.rstrip() in ("--", "—") or line == "-- ":
            break
        if length := introduction_length(lines, place):
            after = [
                following for following in lines[place + length : place + length + LOOK_AHEAD] if following.strip()
            ]
            if not (after and after[0].startswith(">")):
                break  # what follows is not marked, and all of it quoted
            place += length  # answers may stand below or between what is quoted
            continue
        if not line.startswith(">") and not is_advert(line):
            own_lines.append(line.rstrip())
        place += 1
    return "\n".join(own_lines).strip()


def forwarded_words(text: str) -> str:
    own_lines = []
    for line in text.split("\n")[:MAX_LINES]:
        stripped = line.lstrip("> ").rstrip()
        if is_divider(stripped, FORWARDS | DIVIDERS) or is_field(stripped) or is_rule(stripped) or is_advert(stripped):
            continue
        own_lines.append(stripped)
    return "\n".join(own_lines).strip()


def introduction_length(lines, place):
    line = lines[place].strip()
    if is_divider(line, DIVIDERS | FORWARDS):
        return 1
    near = [near_line.strip() for near_line in lines[place : place + LOOK_AHEAD]]
    if (is_rule(line) and any(is_name(near_line) for near_line in near[1:3])) or is_name(line):
        return 1 if sum(is_field(near_line) for near_line in near) >= 2 else 0
    most = 3 if line.startswith(STARTS) or "<" in line or "@" in line else 1
    for length in range(1, most + 1):
        introduction = " ".join(near[:length]).lower()
        if len(introduction) <= MAX_HEADER and introduction.endswith(WROTE):
            return length if any(letter.isdigit() or letter in "@<" for letter in introduction) else 0
    return 0


def is_divider(line, known):
    bare = line.strip("-—_* \t>").lower()
    return bare in known and (line.strip()[:1] in "-—_*" or bare.endswith(":"))


def is_name(line):
    return is_field(line) and line.lower().lstrip("*").startswith(NAMES)


def is_field(line):
    return line[:30].lower().replace("*", "").lstrip().startswith(FIELDS) and len(line) <= MAX_HEADER


def is_rule(line):
    return len(line) >= MIN_RULE and not line.strip("_-")


def is_advert(line):
    return len(line) < 120 and line.strip().lower().startswith(ADVERTS)
