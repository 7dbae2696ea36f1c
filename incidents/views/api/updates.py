"""Service request updates extension of GeoReport v2: systems of units send updates and read ours."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.http import rate_limits
from geoapp.http.query_parameters import QueryError, QueryForm
from gis_data.words import tidy
from incidents import access, developers, public_text, reporting
from incidents import forms as fields
from incidents.disclosure.shown import name_reader
from incidents.models import ApiKey, Event, Incident, Photo
from incidents.partners import updates
from incidents.views.api.open311 import (
    MAX_WINDOW,
    NOT_KEPT,
    MomentField,
    Page,
    PageForm,
    WordListField,
    declare_parameters,
    read_posted_fields,
    too_many_error,
    unknown_key_error,
    unknown_parameters,
)


class UpdateForm(QueryForm):
    """An update from a unit's own system. Clean data: `status` in lower case, `media` as pictures."""

    faults_name_fields = True

    service_request_id = fields.WordsField(limit=100)
    update_id = fields.WordsField(limit=100)
    status = forms.CharField()
    updated_datetime = MomentField()
    description = fields.WordsField(required=False, limit=reporting.TEXT_MAX)
    media = fields.PhotosField(required=False)  # type: ignore[assignment]  # GeoReport calls it so; no page asks for Form.media

    def clean_status(self):
        status = self.cleaned_data["status"].strip().lower()
        if status not in updates.STEPS_OF_STATUS:
            raise forms.ValidationError(
                _("%(words)s: only %(known)s can be used here."),
                params={"words": status[:40], "known": ", ".join(updates.STEPS_OF_STATUS).upper()},
            )
        return status


class CommentForm(UpdateForm):
    """A citizen's comment from another front end; words are required."""

    description = fields.WordsField(limit=reporting.TEXT_MAX)


UPDATE_FIELDS = frozenset(UpdateForm.base_fields) | {"media_url", "title", "service_code", "account_id", *NOT_KEPT}


def find_api_key(sent, request):
    return ApiKey.objects.opened_by(sent.get("api_key") or request.GET.get("api_key", "")).first()


def create_update(request, test):
    """Stores an update of an incident from the system of its unit, or a citizen's comment.

    A repeated update_id changes nothing. The test endpoint stores nothing.
    """
    sent, files = read_posted_fields(request)
    key = find_api_key(sent, request)
    if key is None:
        raise unknown_key_error()
    waits = rate_limits.take(rate_limits.Ask("open311:key", str(key.pk)))
    developers.count_uses([(key.pk, bool(waits))])
    if waits:
        raise too_many_error(max(waits.values()))
    data = (UpdateForm if key.authority_id else CommentForm)(sent, files).read()
    incident = find_incident_of_key(key, data["service_request_id"])
    if incident is None:
        raise QueryError(_("There is no such service_request_id."), status=404)
    more = unknown_parameters(sent, UPDATE_FIELDS)
    if test:
        return "service_request_updates", [{"update_id": data["update_id"]}], more
    name, words, pictures = data["update_id"], data["description"], data["media"]
    if key.authority_id:
        word = updates.apply_update(key.authority, incident, name, data["status"], words, pictures=pictures)
    else:
        word = updates.record_comment(key, incident, name, words=words, pictures=pictures)
    return "service_request_updates", [{"update_id": public_update_id(word)}], more


def public_update_id(word):
    """Returns the key of the event that the update became, else an id that no event has."""
    return str(word.event_id) if word.event_id else f"unchanged-{word.pk}"


def find_incident_of_key(key, name):
    """Returns the incident that a key's system may update: its unit's, by our or its own number, else a public one.
    None if there is none.
    """
    if not key.authority_id:
        return access.incidents_for(AnonymousUser()).filter(access.PUBLISHED, reference=name).first()
    own = Incident.objects.filter(authority=key.authority_id)
    return own.filter(reference=name).first() or own.filter(outside_reference=name).order_by("-pk").first()


class WindowForm(PageForm):
    """The requests and the time window of a list of updates, at most 90 days.

    Without dates: the last day, or for named requests their whole history.
    """

    service_request_id = WordListField(required=False)
    start_date = MomentField(required=False)
    end_date = MomentField(required=False)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if self.errors or (data["service_request_id"] and not data["start_date"] and not data["end_date"]):
            return data
        end = data["end_date"] or now()
        start = data["start_date"] or end - timedelta(days=1)
        if end < start:
            self.add_error("end_date", _("It is earlier than start_date."))
        elif end - start > MAX_WINDOW:
            self.add_error("end_date", _("It is more than 90 days after start_date; ask for a shorter period."))
        return data | {"start_date": start, "end_date": end}


@declare_parameters(form=WindowForm)
def list_updates(request, test):
    """Returns updates of published requests; with a unit's key, of all its requests.

    Pages are newest first; rows within a page oldest first, so that a client can apply them in order.
    """
    window = WindowForm({name: tidy(value) for name, value in request.GET.items()}).read()
    key = find_api_key({}, request)
    readable = access.incidents_for(AnonymousUser()).filter(access.PUBLISHED)
    if key and key.authority_id:
        readable = Incident.objects.filter(authority=key.authority_id)
        name_reader(request, key.authority)
    if names := window["service_request_id"]:
        by_name = Q(reference__in=names)
        if key and key.authority_id:
            by_name |= Q(outside_reference__in=names)
        readable = readable.filter(by_name)
    lines = Event.objects.filter(public=True, kind__in=updates.STATUS_OF_KIND)
    if window["start_date"]:
        lines = lines.filter(at__gte=window["start_date"], at__lte=window["end_date"])
    order = ("-at", "-pk")
    of_all = not names and not (key and key.authority_id)
    events = (access.public_lines(lines) if of_all else lines.filter(incident__in=readable)).order_by(*order)
    shown = Event.objects.select_related("incident").only("kind", "at", "incident__reference").order_by(*order)
    page = Page.from_queryset(events, window, shown=shown, by="at", at_least=lines if of_all else None)
    return (
        "service_request_updates",
        tell_updates(list(reversed(page.rows))),
        page.headers(request),
    )


def tell_updates(events):
    photos = defaultdict(list)
    shown = Photo.objects.shown().filter(event__in=[event.pk for event in events]).order_by("pk")
    for photo, event in shown.values_list("pk", "event"):
        photos[event].append(settings.SITE_URL + reverse("photo", args=[photo, "large"]))
    return [update_fields(event, photos[event.pk]) for event in public_text.with_public_notes(events)]


def update_fields(event, photos):
    """Returns the fields of an update; none of them identifies the reporter."""
    status = updates.update_status(event)
    return {
        "update_id": str(event.pk),
        "service_request_id": event.incident.reference,
        "status": status,
        "updated_datetime": event.at,
        "description": event.note or event.get_kind_display(),
        "media_url": photos if len(photos) > 1 else "".join(photos),
    }
