"""Describe an answer to search engines (schema.org): only what its page shows."""

from typing import Any

from django.utils.translation import gettext as _

from gis_data.models import City
from incidents.answers.wording import AnswerWords, Fact
from incidents.models import Answer


def linked_data(answer: Answer, words: AnswerWords, address: str, *, office: str, city: City) -> dict[str, Any]:
    """Return a GovernmentService and a FAQPage; of a public question the latter alone.

    `office`: the name of who does it, "" where it is not known.
    """
    service: dict[str, Any] = {
        "@type": "GovernmentService",
        "@id": f"{address}#service",
        "url": address,
        "name": words.title,
        "description": words.plain_text,
        "serviceType": answer.subject.title,
        "areaServed": city.title,
        "inLanguage": words.language,
        "provider": {"@type": "GovernmentOrganization", "name": office or city.title},
    }
    channels: list[dict[str, Any]] = []
    if answer.online:
        channels.append({"@type": "ServiceChannel", "serviceUrl": answer.online})
    if number := city.contact_texts.get("number"):
        phone = {"@type": "ContactPoint", "telephone": number}
        channels.append({"@type": "ServiceChannel", "servicePhone": phone})
    if channels:
        service["availableChannel"] = channels
    questions = [
        {"@type": "Question", "name": name, "acceptedAnswer": {"@type": "Answer", "text": text}}
        for name, text in questions_of(words)
        if text
    ]
    page = {
        "@type": "FAQPage",
        "@id": address,
        "url": address,
        "inLanguage": words.language,
        "dateModified": answer.reviewed_on.isoformat(),
        "mainEntity": questions,
    }
    return {"@context": "https://schema.org", "@graph": [page] if words.question else [service, page]}


def questions_of(words: AnswerWords) -> list[tuple[str, str]]:
    named = {"title": words.title}
    return [
        (words.title, words.plain_text),
        (_("%(title)s: how long does it take?") % named, sentence_of(words.how_long)),
        (_("%(title)s: what does it cost?") % named, sentence_of(words.cost)),
        (_("%(title)s: what do I bring?") % named, "; ".join(map(sentence_of, words.bring))),
        (_("%(title)s: what are the steps?") % named, " ".join(words.steps)),
    ]


def sentence_of(fact: Fact) -> str:
    return f"{fact.words} ({fact.note})" if fact.note else fact.words
