"""Say what a page answers in a sentence, and where it is, for the box and chats."""

from django.urls import NoReverseMatch, reverse

from gis_data.models import in_language
from incidents.answers.search import SURE_FROM, search_answers
from incidents.models import Answer

WISH_FROM = 0.6  # a page's score where nothing is asked: of 400 sentences no report reaches it


def names_matter(text: str) -> bool:
    """Return whether words that ask nothing name the matter of a public page (“đổi bằng lái”)."""
    return any(match.score >= WISH_FROM for match in search_answers(text, limit=1))


def find_sure_answer(text: str) -> Answer | None:
    """Return the public page that surely answers a question."""
    match = next(iter(search_answers(text, limit=1)), None)
    return match.answer if match and match.score >= SURE_FROM else None


def split_text(answer: Answer) -> tuple[str, str]:
    """Return the first sentence of an answer and the others, in the active language, without marks."""
    sentence, _, rest = in_language(answer, "text").replace("**", "").partition(". ")
    return (f"{sentence}.", rest) if rest else (sentence, "")


def page_address(answer: Answer) -> str:
    """Return the path of an answer's page; "" where this installation shows none."""
    try:
        return reverse("answer-page", args=[answer.slug])
    except NoReverseMatch:
        return ""
