"""Describe to a mail's sender how far something is that was sent before."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext as _

from incidents import access
from incidents.channels.chat.asides import state_of_enquiry, state_of_incident
from incidents.models import Enquiry, Incident, Report, StoredMail


def describe_state(mail: StoredMail, reference: str) -> dict[str, str] | None:
    """Values of the letter with the state of this number, "" for the sender's latest report; None for no report.

    Only what is public, unless the mail is proven to be from the mailbox of the reporter. A number that is not public
    reads like one that is unknown.
    """
    if mail.sender_is_proven and (own := state_of_own(mail.sender, reference)):
        return {"state": own}
    if not reference:
        return None
    public: Incident | None = None
    if not reference.startswith("H"):
        shown = access.incidents_for(AnonymousUser()).select_related("category", "area")
        public = shown.filter(reference=reference).first()
    if public:
        return {"state": state_of_incident(public, reverse("incident", args=[public.reference]))}
    unknown = _("There is no public report %(reference)s. Check the number, or answer this e-mail: a person reads it.")
    return {"state": unknown % {"reference": reference}}


def state_of_own(sender: str, reference: str) -> str:
    if reference.startswith("H"):
        enquiry = Enquiry.objects.filter(email=sender, reference=reference).first()
        if enquiry is None:
            return ""
        return f"{state_of_enquiry(enquiry)}\n{settings.SITE_URL}{reverse('enquiry', args=[enquiry.token])}"
    own = Report.objects.filter(email=sender, erased_at=None).select_related("incident__category", "incident__area")
    report = (own.filter(incident__reference=reference) if reference else own).order_by("-pk").first()
    return state_of_incident(report.incident, reverse("follow", args=[report.token])) if report else ""
