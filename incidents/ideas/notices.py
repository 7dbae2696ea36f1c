"""Tell senders and followers what became of ideas, and units that got one."""

from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import translation

from incidents.announcements import following
from incidents.models import Follow, Idea, IdeaLine, Medium, Notice
from incidents.notify.outbox import Recipient, create_notices, unit_recipients
from incidents.notify.transports import TRANSPORTS

LINK_TEXT_MAX = 300  # characters
L = IdeaLine.Kind
TOLD_TO_FOLLOWERS = (L.STUDIED, L.ANSWERED, L.PLANNED, L.DECLINED, L.JOINED)
TOLD_TO_SENDER = (L.PUBLISHED, L.REFUSED, *TOLD_TO_FOLLOWERS)


def cause_of(line: IdeaLine) -> str:
    return f"idea:{line.pk}"


def announce_line(line_id: int) -> list[Notice]:
    """Notify those concerned by a line; idempotent. Returns the new notices."""
    line = IdeaLine.objects.select_related("idea__authority", "idea__joined_to", "authority").get(pk=line_id)
    if line.kind == L.PASSED_ON:
        values = idea_values(line.idea, desk_link(line.idea)) | {"words": line.text}
        return create_notices("idea_here", cause_of(line), unit_recipients(line.authority), values)
    notices = announce_to_followers(line) if line.kind in TOLD_TO_FOLLOWERS else []
    if line.kind in TOLD_TO_SENDER and not line.idea.erased_at:
        notices += create_notices("idea_news", cause_of(line), sender_recipients(line.idea), news_values(line))
    return notices


def announce_to_followers(line: IdeaLine) -> list[Notice]:
    """Notify followers of the idea, and of those joined to it, once for each address."""
    follows = Follow.objects.active().filter(Q(idea=line.idea) | Q(idea__joined_to=line.idea)).order_by("-pk")
    of_address = {
        Recipient(follow.medium, follow.address, follow.language): follow for follow in follows.select_related("idea")
    }
    cause = f"idea-followed:{line.pk}"

    def values(to: Recipient) -> dict[str, str]:
        return following.news_in_words(of_address[to], news_sentence(line, to.language), public_link(line.idea))

    return create_notices(following.NEWS, cause, of_address, values)


def news_sentence(line: IdeaLine, language: str) -> str:
    with translation.override(language):
        return f"{line.get_kind_display()}: {' '.join(line.text.split())[:160]}".removesuffix(": ")


def news_values(line):
    def values(to: Recipient) -> dict[str, str]:
        with translation.override(to.language):
            stage = line.get_kind_display()
        return idea_values(line.idea, public_link(line.idea)) | {"stage": stage, "words": line.text}

    return values


def sender_recipients(idea: Idea) -> list[Recipient]:
    if idea.email:
        return [Recipient(Medium.EMAIL, idea.email, idea.language)]
    if idea.phone and TRANSPORTS[Medium.SMS].can_send_to(idea.phone):
        return [Recipient(Medium.SMS, idea.phone, idea.language)]
    return []


def idea_values(idea: Idea, link: str) -> dict[str, str]:
    """Template values of an idea. What was not published is called by its number, so that no notice holds it."""
    return {"title": idea.title or f"{idea.pk}", "unit": idea.authority.title, "link": link}


def form_link(text: str) -> str:
    """Return the form with these words; so many that the link can be read in a chat."""
    return f"{settings.SITE_URL}{reverse('idea-new')}?{urlencode({'text': text[:LINK_TEXT_MAX]})}"


def public_link(idea: Idea) -> str:
    if idea.published_at is None:
        return settings.SITE_URL + reverse("ideas")
    return settings.SITE_URL + reverse("idea", args=[idea.joined_to_id or idea.pk])


def desk_link(idea: Idea) -> str:
    return settings.SITE_URL + reverse("desk-idea", args=[idea.pk])
