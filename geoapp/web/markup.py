"""Render texts that people write with a few signs as HTML: headings, paragraphs, lists, links and bold words.

    ## Heading          ### Smaller heading
    - a list            1. a numbered list
    **bold**            [words](/help/)   also https://…, tel:… and mailto:…
    ![what it shows](help/send.svg)       a picture that ships with the product, on a line of its own

Everything else is text and stands on the page as it was written: there is no HTML in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]{1,300})\*\*"
    r"|\[(?P<words>[^\[\]\n]{1,200})\]"
    r"\((?P<to>/(?![/\\])[^\s()\\]{0,300}|https://[^\s()\\]{1,300}|tel:[0-9+]{3,20}|mailto:[^\s()?&]{3,100})\)"
)
PICTURE = re.compile(r"!\[(?P<words>[^\[\]\n]{1,200})\]\((?P<name>help/[a-z0-9-]{1,60}\.svg)\)")
HEADINGS = {"## ": "h2", "### ": "h3"}
BULLET = "- "
NUMBER = re.compile(r"\d{1,3}\. ")
PARAGRAPH = "p"


@dataclass(frozen=True)
class Heading:
    """A heading of the second level, for a list of contents: its words, and the anchor in the page."""

    anchor: str
    words: str


@dataclass(frozen=True)
class Line:
    """A line of a text: the element in which it belongs, and its words."""

    element: str  # h2, h3, ul, ol, figure, p, or "" for an empty line
    words: str


PICTURES = "incidents/public/"
FIGURE = '<figure><img alt="{}" src="{}" loading="lazy"></figure>'


def headings(text: str) -> list[Heading]:
    """Return the headings of the second level, in their order."""
    titles = [line.words for line in read_lines(text) if line.element == "h2"]
    return [Heading(f"part-{number}", words) for number, words in enumerate(titles, 1)]


def render(text: str) -> SafeString:
    """Return the text as HTML. Nothing that stands in it becomes an element, an attribute or a script."""
    anchors = iter(headings(text))
    blocks = (
        render_block(element, [line.words for line in lines], anchors)
        for element, lines in groupby(read_lines(text), lambda line: line.element)
    )
    return format_html_join("\n", "{}", ((block,) for block in blocks if block))


def read_lines(text: str) -> Iterator[Line]:
    for raw in text.splitlines():
        line = raw.strip()
        heading = next((sign for sign in HEADINGS if line.startswith(sign)), "")
        number = NUMBER.match(line)
        if heading:
            yield Line(HEADINGS[heading], line.removeprefix(heading).strip())
        elif line.startswith(BULLET):
            yield Line("ul", line.removeprefix(BULLET).strip())
        elif PICTURE.fullmatch(line):
            yield Line("figure", line)
        elif number:
            yield Line("ol", line[number.end() :].strip())
        else:
            yield Line(PARAGRAPH if line else "", line)


def render_block(element: str, lines: list[str], anchors: Iterator[Heading]) -> SafeString:
    if not element:
        return mark_safe("")  # an empty line only ends what stands before it
    if element == "h2":
        return format_html_join("\n", '<h2 id="{}">{}</h2>', ((next(anchors).anchor, inline(line)) for line in lines))
    if element == "h3":
        return format_html_join("\n", "<h3>{}</h3>", ((inline(line),) for line in lines))
    if element == "figure":
        pictures = (match.groups() for line in lines if (match := PICTURE.fullmatch(line)))
        return format_html_join("\n", FIGURE, ((words, address_of(name)) for words, name in pictures))
    if element == PARAGRAPH:
        return format_html("<p>{}</p>", inline(" ".join(lines)))
    items = format_html_join("", "<li>{}</li>", ((inline(line),) for line in lines))
    return format_html("<ul>{}</ul>" if element == "ul" else "<ol>{}</ol>", items)


def address_of(name: str) -> str:
    """Return the address of a picture; its plain one, which is not found, where no such picture ships."""
    try:
        return static(PICTURES + name)
    except ValueError:
        return f"{settings.STATIC_URL}{PICTURES}{name}"


def inline(text: str) -> SafeString:
    """Return a line with its bold words and links."""
    parts, end = [], 0
    for match in INLINE.finditer(text):
        bold, words, to = match.groups()
        parts.append(escape(text[end : match.start()]))
        parts.append(f"<b>{escape(bold)}</b>" if bold else f'<a href="{escape(to)}">{escape(words)}</a>')
        end = match.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # each part was escaped
