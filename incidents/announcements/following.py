"""Follow an incident, idea, campaign, ward or circle without an account, and send followers digests of what happened.

A follower confirms an address by the link sent to it; a browser does so by subscribing to push messages. `note_event`
stores each event for its followers; `tell_followers` sends one message for all that is waiting at the next time that
PAUSES allows. See docs/adr/0055.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_data.addresses.geocode import circle_around
from gis_data.models import Area
from incidents import access, public_text
from incidents.announcements import acts as announcement_acts
from incidents.announcements import notices as announcement_notices
from incidents.casework import undoing
from incidents.models import (
    AnnouncementLine,
    Browser,
    Campaign,
    Category,
    Event,
    Follow,
    FollowedEvent,
    Idea,
    Incident,
    Medium,
    Merge,
    NeighbourQuestion,
    Notice,
)
from incidents.models.notices import PushSubscription
from incidents.notify import code_limits, push
from incidents.notify.code_limits import CodeRefused
from incidents.notify.outbox import Recipient, create_notices
from incidents.notify.transports import TRANSPORTS

CONFIRM, NEWS, ASK = "follow_confirm", "follow_news", "is_it_gone"  # of the texts
K = Event.Kind
# Minimum time between two messages to a follower by subject; events in between are collected in the next one.
PAUSES = {
    "incident": timedelta(hours=1),
    "urgent": timedelta(hours=1),  # in a followed place: what is urgent does not wait for the day's message
    "place": timedelta(days=1),
}
# Event kinds sent to followers of an incident, and to followers of a place.
TOLD_OF_INCIDENT = (
    K.PASSED_ON, K.ACCEPTED, K.BEGUN, K.HANDED_OVER, K.CLAIMED, K.EXTENDED, K.RESOLVED, K.REJECTED, K.DISPUTED,
    K.UPHELD, K.OVERRULED, K.CLOSED, K.REOPENED, K.RELOCATED, K.RECLASSIFIED,
)  # fmt: skip
TOLD_OF_PLACE = (K.ASSIGNED, K.RELEASED, K.RESOLVED)
RADII = (200, 500, 1000, 2000)  # metres
KEEP_FOLLOW, KEEP_UNCONFIRMED, KEEP_ENDED = timedelta(days=365), timedelta(days=3), timedelta(days=1)
MOST_OF_ADDRESS, MOST_OF_BROWSER = 20, 50
LINES = 10  # of a message; how many more there are is said
SHAPES = ("area__shape", "area__outline")  # large, and nobody reads them here
AT_ONCE = 500  # who is told in one run


# ---- beginning and ending ----


def start_follow(
    browser: Browser,
    medium: str,
    address: str,
    *,
    incident: Incident | None = None,
    idea: Idea | None = None,
    campaign: Campaign | None = None,
    area: Area | None = None,
    circle: tuple[Point, int, str] | None = None,
    categories: Iterable[Category] = (),
    language: str,
    network: str,
    known: bool = False,
    puzzle_solved: bool = False,
) -> Follow:
    """Store a follow; an address that is not `known` as this person's gets a link that confirms it.

    `circle`: centre (EPSG:4326), radius in metres, name of the centre. The address of a push follow is empty until the
    browser has subscribed. Repeated requests return the same follow. Raises CodeRefused.
    """
    if medium != Medium.PUSH and not TRANSPORTS[medium].can_send_to(address):
        raise CodeRefused(_("No messages can be sent there."))
    if browser.follows.count() >= MOST_OF_BROWSER or has_enough(medium, address):
        raise CodeRefused(_("You cannot follow any more. Stop following something first."))
    what: dict[str, Any] = {"incident": incident, "idea": idea, "campaign": campaign, "area": area}
    if circle:
        what |= {"reach": circle_around(*circle[:2]), "radius_m": circle[1], "place_name": circle[2][:200]}
    same = Follow.objects.filter(browser=browser, medium=medium, ended_at=None, **what)
    follow = same.filter(address=address).first() if address else same.filter(confirmed_at=None).first()
    asks = medium != Medium.PUSH and not known and not (follow and follow.confirmed_at)
    if asks:
        code_limits.take_code(address, network=network, puzzle_solved=puzzle_solved)
    with transaction.atomic():
        until = now() + KEEP_FOLLOW
        if follow is None:
            follow = Follow.objects.create(
                browser=browser, medium=medium, address=address, language=language, until=until, **what
            )
        follow.categories.set(categories)
        Follow.objects.filter(pk=follow.pk).update(until=until)
        if known and not follow.confirmed_at:
            confirm_follow(follow)
        elif asks:
            to = Recipient(medium, address, language)
            cause = f"follow-confirm:{follow.pk}:{secrets.token_hex(6)}"
            create_notices(CONFIRM, cause, [to], follow_values(follow), urgent=True)
    return follow


def has_enough(medium: str, address: str) -> bool:
    theirs = Follow.objects.filter(medium=medium, address=address, ended_at=None)
    return bool(address) and theirs.count() >= MOST_OF_ADDRESS


def confirming_key(follow: Follow) -> str:
    return salted_hmac("incidents.follow", follow.token, algorithm="sha256").hexdigest()[:32]


def is_confirming(follow: Follow, key: str) -> bool:
    return bool(follow.address) and constant_time_compare(confirming_key(follow), key)


def confirm_follow(follow: Follow) -> None:
    Follow.objects.filter(pk=follow.pk, confirmed_at=None).exclude(address="").update(confirmed_at=now())


def follow_in_browser(follow: Follow, subscription: dict) -> None:
    """Store the browser's push subscription (its JSON) for a follow. Raises push.InvalidSubscription."""
    push.store_subscription(subscription)
    follow.address = subscription["endpoint"]
    follow.save(update_fields=["address"])
    confirm_follow(follow)


def end_follow(follow: Follow) -> None:
    """End a follow; `resume_follow` works for one more day."""
    Follow.objects.filter(pk=follow.pk, ended_at=None).update(ended_at=now(), tell_at=None)
    follow.waiting.all().delete()


def resume_follow(follow: Follow) -> None:
    Follow.objects.filter(pk=follow.pk).update(ended_at=None, until=now() + KEEP_FOLLOW)


def end_in_browser(browser: Browser) -> None:
    """End push follows of a browser that is forgotten. Follows by address are ended by the links in messages."""
    Follow.objects.filter(browser=browser, medium=Medium.PUSH).delete()


def forget_follows(at: datetime | None = None) -> int:
    """Delete follows that ended, expired or were never confirmed, with their events. Returns how many."""
    moment = at or now()
    ended = Q(ended_at__lt=moment - KEEP_ENDED) | Q(until__lt=moment)
    unconfirmed = Q(confirmed_at=None, since__lt=moment - KEEP_UNCONFIRMED)
    return erase_follows(Follow.objects.filter(ended | unconfirmed))


@transaction.atomic
def erase_follows(follows: QuerySet[Follow]) -> int:
    erased = list(follows)
    Follow.objects.filter(pk__in=[follow.pk for follow in erased]).delete()
    for medium, address in {(follow.medium, follow.address) for follow in erased if follow.address}:
        if not Follow.objects.filter(medium=medium, address=address).exists():
            Notice.objects.filter(template__in=(CONFIRM, NEWS, ASK), medium=medium, address=address).delete()
            PushSubscription.objects.filter(endpoint=address, report=None, person=None).delete()
            PushSubscription.objects.filter(endpoint=address).update(follows=False)
    return len(erased)


# ---- sending ----


def next_message_at(about: str, told_at: datetime | None, at: datetime) -> datetime:
    return max(at, told_at + PAUSES[about]) if told_at else at


@transaction.atomic
def note_event(event_id: int, at: datetime | None = None) -> int:
    """Store an event for all followers of its incident or place; idempotent. Returns how many are new."""
    event = Event.objects.select_related("incident__category__parent").get(pk=event_id)
    if event.kind == K.MERGED:
        move_follows_to_standing(event.incident_id)
    if not (event.public and event.incident.published):
        return 0
    followers = {follow.pk: ("incident", follow) for follow in followers_of_incident(event)}
    about = "urgent" if event.incident.category.emergency else "place"
    for follow in followers_of_place(event):
        followers.setdefault(follow.pk, (about, follow))
    questions = NeighbourQuestion.objects.filter(result=event_id, follow__in=followers)
    for key in questions.values_list("follow", flat=True):  # the question has told them
        del followers[key]
    moment = at or now()
    FollowedEvent.objects.bulk_create(
        [FollowedEvent(follow_id=key, event=event_id) for key in followers], ignore_conflicts=True
    )
    for key, (kind, follow) in followers.items():
        due = next_message_at(kind, follow.told_at, moment)
        Follow.objects.filter(pk=key).update(tell_at=Least(F("tell_at"), due))
    return len(followers)


def move_follows_to_standing(incident_id: int) -> None:
    if merge := Merge.objects.in_force().filter(incident=incident_id).order_by("-pk").first():
        Follow.objects.filter(incident=incident_id).update(incident=merge.stands_id)


def followers_of_incident(event: Event) -> QuerySet[Follow]:
    active = Follow.objects.active()
    return active.filter(incident=event.incident_id) if event.kind in TOLD_OF_INCIDENT else active.none()


def followers_of_place(event: Event) -> QuerySet[Follow]:
    active, place, category = Follow.objects.active(), event.incident.place, event.incident.category
    if event.kind not in TOLD_OF_PLACE:
        return active.none()
    here = Q(area__in=Area.objects.covering(place)) | Q(reach__intersects=place)
    of_all, of_this = Q(categories=None), Q(categories=category.parent_id)
    return active.filter(here).filter(of_all | of_this)


def tell_followers(at: datetime | None = None) -> int:
    moment = at or now()
    due = Follow.objects.filter(tell_at__lte=moment).order_by("tell_at", "pk").values_list("pk", flat=True)
    return sum(tell_follower(key, moment) for key in list(due[:AT_ONCE]))


@transaction.atomic
def tell_follower(key: int, moment: datetime) -> bool:
    """Send all waiting events to one follower as one message. Locks the follow: two workers send it once."""
    due = Follow.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key, tell_at__lte=moment)
    follow = due.select_related("area", "incident__category", "incident__area").defer(*SHAPES).first()
    if follow is None:
        return False
    events, lines = waiting_events(follow), announcement_notices.waiting_lines(follow, moment)
    follow.waiting.all().delete()
    announcement_notices.mark_sent(follow, moment)
    will_send = bool(events or lines) and follow.ended_at is None and follow.until > moment
    Follow.objects.filter(pk=key).update(tell_at=None, told_at=moment if will_send else F("told_at"))
    if will_send:
        to = Recipient(follow.medium, follow.address, follow.language)
        last = events[-1].pk if events else f"announced-{lines[-1].pk}"
        create_notices(NEWS, f"follow:{key}:{last}", [to], follow_values(follow, events, lines))
    return will_send


def waiting_events(follow: Follow) -> list[Event]:
    keys = list(follow.waiting.values_list("event", flat=True))
    lines = Event.objects.filter(pk__in=keys, public=True, incident__in=Incident.objects.filter(access.PUBLISHED))
    lines = lines.select_related("incident__category", "incident__area", "authority").order_by("pk")
    return [line for line in public_text.with_public_notes(lines) if not undoing.is_undone(line.pk)]


def follow_values(
    follow: Follow, events: Sequence[Event] = (), lines: Sequence[AnnouncementLine] = ()
) -> dict[str, str]:
    count = len(events) + len(lines)
    with translation.override(follow.language):
        sentences = [announcement_acts.line_in_words(line) for line in lines]
        sentences = [*sentences, *(line_in_words(event) for event in events)][:LINES]
        if (more := count - LINES) > 0:
            sentences.append(ngettext("… and %(n)d more", "… and %(n)d more", more) % {"n": more})
        first = sentences[0] if sentences else ""
        if count > 1:
            first = ngettext("%(n)d update", "%(n)d updates", count) % {"n": count} + f": {first}"
        page = settings.SITE_URL + reverse("followed", args=[follow.token])
        link = settings.SITE_URL + address_of_news(follow, events)
        if lines and not events:
            link = settings.SITE_URL + reverse("announcement", args=[lines[0].announcement_id])
        return {
            "what": title_of(follow),
            "first": first,
            "lines": "\n".join(f"- {line}" for line in sentences),
            "link": link if count else f"{page}?key={confirming_key(follow)}",
            "stop": page,
        }


def news_in_words(follow: Follow, sentence: str, link: str) -> dict[str, str]:
    """Values of a message of one sentence to a follower."""
    stop = settings.SITE_URL + reverse("followed", args=[follow.token])
    return {"what": title_of(follow), "first": sentence, "lines": f"- {sentence}", "link": link, "stop": stop}


def line_in_words(event: Event) -> str:
    """`Pothole, 12 Harbour Road: Resolved`, with the unit's note where it was resolved."""
    incident = event.incident
    new = event.kind in (K.ASSIGNED, K.RELEASED)
    step = _("new") if new else str(event.get_kind_display()).casefold()
    where = incident.address_title or incident.area.title
    words = f" – {' '.join(event.note.split())[:160]}" if event.kind == K.RESOLVED and event.note else ""
    return f"{incident.category.title}, {where}: {step}{words}"


def title_of(follow: Follow) -> str:
    if follow.incident:
        return ", ".join(filter(None, [follow.incident.category.title, follow.incident.address_title]))
    if follow.idea:
        return follow.idea.title
    if follow.campaign:
        return follow.campaign.heading
    if follow.area:
        return follow.area.title
    return _("%(metres)d m around %(place)s") % {"metres": follow.radius_m, "place": follow.place_name or _("a place")}


def address_of_news(follow: Follow, events: Sequence[Event] = ()) -> str:
    references = {event.incident.reference for event in events}
    if follow.incident and not events:
        references = {follow.incident.reference}
    if len(references) == 1:
        return reverse("incident", args=[references.pop()])
    if follow.idea_id:
        return reverse("idea", args=[follow.idea_id])
    if follow.campaign:
        return reverse("campaign", args=[follow.campaign.slug])
    if follow.area:
        return f"{reverse('map')}?area={follow.area.code}"
    middle = follow.reach.centroid if follow.reach else None
    return reverse("map") + (f"#16/{middle.y:.5f}/{middle.x:.5f}" if middle else "")
