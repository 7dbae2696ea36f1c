"""Answer messages that are no part of a report: a number, a place, courtesies, small talk, another language."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data import city
from incidents import access
from incidents.channels.chat import draft as drafts
from incidents.channels.chat.draft import ChatAnswer
from incidents.map import public_map
from incidents.models import Correspondent, Enquiry, Incident, Report
from incidents.reporting import address_candidates
from incidents.reporting.close_by import open_incidents_around
from incidents.understanding import Intent, Understanding, spoken_here

JUST_SENT = timedelta(hours=2)
AROUND_M = 300  # metres in which a place's open incidents are counted


def reports_of_writer(writer: Correspondent) -> QuerySet[Report]:
    return Report.objects.filter(chat=writer.user, erased_at=None)


# ---- the state of what was sent ----


def wants_state(understood: Understanding) -> bool:
    if understood.dangers:
        return False
    if understood.reference:
        return understood.intent in (Intent.STATUS, Intent.QUESTION)
    return understood.intent == Intent.STATUS


def answer_state(writer: Correspondent, reference: str) -> ChatAnswer:
    """Answer with the state of this number, "" for the writer's latest report.

    Of the reports of other people only what is public.
    """
    if reference.startswith("H"):
        return answer_enquiry_state(writer, reference)
    own = reports_of_writer(writer).select_related("incident__category", "incident__area").order_by("-pk")
    report = (own.filter(incident__reference=reference) if reference else own).first()
    if report:
        return ChatAnswer(state_of_incident(report.incident, reverse("follow", args=[report.token])), settled=True)
    if not reference:
        if enquiry := Enquiry.objects.filter(chat=writer.user).order_by("-pk").first():
            return ChatAnswer(state_of_enquiry(enquiry), settled=True)
        return ChatAnswer(
            _(
                "What is the number of your report? It looks like 2611-40873. No report has been sent from this chat "
                "yet."
            ),
            settled=True,
        )
    public = access.incidents_for(AnonymousUser()).filter(reference=reference).select_related("category", "area")
    if incident := public.first():
        page = reverse("incident", args=[incident.reference])
        return ChatAnswer(state_of_incident(incident, page), settled=True)
    return unknown_number(reference)


def state_of_incident(incident: Incident, page: str) -> str:
    state = str(Incident.State(incident.state).label)
    if incident.is_open and incident.due_at and incident.state != Incident.State.WAITING:
        due = date_format(localtime(incident.due_at), "SHORT_DATETIME_FORMAT")
        state = _("%(state)s, due %(when)s") % {"state": state, "when": due}
    title = f"{incident.reference}: {incident.category.title}, {incident.area.title}"
    return f"{title}\n{state}\n{settings.SITE_URL}{page}"


def answer_enquiry_state(writer, reference):
    enquiry = Enquiry.objects.filter(chat=writer.user, reference=reference).first()
    return ChatAnswer(state_of_enquiry(enquiry), settled=True) if enquiry else unknown_number(reference)


def state_of_enquiry(enquiry: Enquiry) -> str:
    state = str(Enquiry.State(enquiry.state).label)
    return f"{enquiry.reference}: {Enquiry.Kind(enquiry.kind).label}\n{state}"


def unknown_number(reference):
    words = _("There is no public report %(reference)s. Check the number, or write “operator” to ask a person.")
    return ChatAnswer(words % {"reference": reference}, settled=True)


def answer_agreement(writer: Correspondent) -> ChatAnswer:
    """Answer “send it” where there is nothing to send."""
    report = reports_of_writer(writer).select_related("incident").order_by("-pk").first()
    if report and report.received_at > now() - JUST_SENT:
        words = _("It has already been sent; its number is %(reference)s.")
        return ChatAnswer(words % {"reference": report.incident.reference}, settled=True)
    enquiry = Enquiry.objects.filter(chat=writer.user).order_by("-pk").first()
    if enquiry and enquiry.received_at > now() - JUST_SENT:
        words = _("It has already been sent; its number is %(reference)s.")
        return ChatAnswer(words % {"reference": enquiry.reference}, settled=True)
    return ChatAnswer(_("There is nothing to send yet. Tell us what is wrong and where."), settled=True)


# ---- a place ----


def answer_place(understood: Understanding) -> ChatAnswer:
    """Show the place that is asked for, and offer to report there; several are offered to choose from."""
    if understood.place is None:
        spots = address_candidates.spots_from_candidates(understood.places)[: drafts.MAX_SPOTS]
        if not spots:
            return ChatAnswer(_("We cannot find this place. Write a house number and street, or the name of the ward."))
        choices = tuple([f"#here {spot.value}", drafts.spot_title(spot)[:100]] for spot in spots)
        return ChatAnswer(_("Which of these places is it?"), choices, settled=True)
    place = understood.place
    around = open_incidents_around(public_map.published_incidents(), place.point, metres=AROUND_M).count()
    ward = place.area.title if place.area and place.area.title not in place.title else ""
    lines = [
        ", ".join(filter(None, [place.title, ward])),
        _("%(n)d open reports within %(metres)d m.") % {"n": around, "metres": AROUND_M} if around else "",
        f"{settings.SITE_URL}{reverse('map')}?lon={place.point.x:.6f}&lat={place.point.y:.6f}",
    ]
    spot = address_candidates.spots_from_candidates([place])[0]
    choices = ([f"#here {spot.value}", _("Report a problem here")],)
    return ChatAnswer("\n".join(filter(None, lines)), choices, settled=True)


# ---- neither report nor question ----


def answer_courtesy() -> ChatAnswer:
    return ChatAnswer(_("You are welcome. Write here at any time."), settled=True)


def answer_idle() -> ChatAnswer:
    """Answer small talk, an advertisement or abuse."""
    words = _("This chat is for city matters: tell us what is wrong and where, or ask about a report number.")
    return ChatAnswer(f"{words}\n{ways_on()}", (person_choice(),), settled=True)


def answer_foreign(language: str) -> ChatAnswer:
    """Say in that language that Vietnamese and English are spoken, and in English how to go on."""
    words = _("Tell us what is wrong and where, in English or Vietnamese.")
    return ChatAnswer(f"{spoken_here(language)}\n\n{words}\n{ways_on()}", (person_choice(),), settled=True)


def ways_on() -> str:
    """Return the sentence that offers the form and a person."""
    link = settings.SITE_URL + reverse("report")
    phone = (city.current().contact or {}).get("number", "")
    sentence = _("You can use the form with a map: %(link)s. Or write “operator” to talk to a person here.")
    call = _("Or call %(number)s.") % {"number": phone} if phone else ""
    return " ".join(filter(None, [sentence % {"link": link}, call]))


def person_choice() -> list[str]:
    return [_("operator"), _("Speak to a person")]
