"""List every URL of `urls.py`, filled with values of the invented town."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from django.utils.regex_helper import normalize
from django.utils.timezone import now

from cameras.models import Finding, HandOver, Layout
from gis_data.models import Upload
from incidents import developers, notify, photos, reporting
from incidents.announcements import acts as announcement_acts
from incidents.announcements import works
from incidents.answers import publishing
from incidents.campaigns import publishing as campaign_publishing
from incidents.casework import neighbours, verdicts
from incidents.channels.chat import persons
from incidents.channels.voice import callbacks
from incidents.enquiries import receiving
from incidents.hotline import calls
from incidents.ideas.receiving import IncomingIdea, Person, receive_idea
from incidents.ideas.steps import move as move_idea
from incidents.models import (
    Confirmation,
    Contact,
    Correspondent,
    Crew,
    Directive,
    Follow,
    KeyRequest,
    Membership,
    Notice,
    Prompt,
    Recording,
    SavedFilter,
    Shelter,
    SubjectRequest,
    UndoableStep,
    User,
    WatchedWord,
)
from incidents.notify import confirming, opt_outs
from incidents.partners import letters
from incidents.reporting import blocking
from incidents.reporting.sender import Sender
from tests import factories
from tests.cameras.conftest import camera, keeps, sees, shows, was


class Address(NamedTuple):
    route: str  # /desk/%(reference)s/note/
    path: str  # /desk/A7K2M9/note/


def routes(resolver=None, before="") -> Iterator[tuple[str, list[str]]]:
    """Return the routes with placeholders, and the placeholders' names; one of each form of a regular expression."""
    for pattern in (resolver or get_resolver()).url_patterns:
        regex = before + pattern.pattern.regex.pattern.removeprefix("^")
        if isinstance(pattern, URLPattern):
            for route, parts in normalize(regex):
                yield f"/{route}", parts
        else:
            yield from routes(pattern, regex.rstrip("$"))


def every_address(values: dict[str, dict[str, object]]) -> list[Address]:
    """Return all addresses. A part's value is that of the longest prefix in `values` that has it; else 1."""
    begins = sorted(values, key=len, reverse=True)

    def value(route, part):
        return next((values[begin][part] for begin in begins if route.startswith(begin) and part in values[begin]), 1)

    return [Address(route, route % {part: value(route, part) for part in parts}) for route, parts in routes()]


def is_of_a_model(address: Address) -> bool:
    """Whether it is an admin page of a model: half of all, made by one piece of code."""
    return address.route.startswith("/admin/") and address.route.count("/") > 4


def people_of(town) -> dict[str, User]:
    """Return people by role, `nobody` without a post, and the superuser `mighty`."""
    people = {
        role.value: factories.person(role.value, town.office if role in ("officer", "leader") else town.desk, role)
        for role in Membership.Role
    }
    people["nobody"], people["mighty"] = factories.person("nobody"), factories.person("mighty")
    factories.mighty(User.objects.get(username="mighty"))
    return people


def values_of(town, people) -> dict[str, dict[str, object]]:
    """Return values for most addresses of the town, as `every_address` takes them."""
    shot = factories.make_video(photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg())))
    incident = factories.incident(town.hole, phone="+84901234567", email="an@example.org", pictures=[shot])
    report, received = incident.reports.get(), incident.timeline.first()
    crew = Crew.objects.create(authority=town.office, name="Crew", starts=time(6), ends=time(14))
    water = Contact.objects.create(authority=town.water, label="Desk", email="desk@water.example")
    eye = camera("A1")
    sees(eye)
    shows(eye)
    interval = was(eye, "late", now() - timedelta(hours=2), now() - timedelta(hours=1), proof=True)
    evidence = keeps(eye, incident)
    finding = Finding.objects.create(camera=eye, kind="moved", since=now(), picture=evidence.file, taken_at=now())
    layout = Layout.objects.create(name="Mine", owner=people["control"])
    hand_over = HandOver.objects.create(by=people["control"], since=now())
    for event in incident.timeline.all():
        notify.announce_event(event.pk)
    notice = Notice.objects.first()
    directive = Directive.objects.create(
        by=people["leader"], to=town.office, what="Look", until=now() + timedelta(days=1), post=None
    )
    subject_request = SubjectRequest.objects.create(kind="access", phone="+84901234567", answer_by=now(), done_by=now())
    draft = factories.redrawn_town(town).edition
    upload = Upload.objects.create(city=town.city, name="wards.geojson", file="boundaries/none.geojson")
    saved = SavedFilter.objects.create(user=people["officer"], name="Mine", query="state=open")
    UndoableStep.objects.create(
        event=received, incident=incident, by=people["officer"], before={}, was="assigned", steps_taken=99
    )
    frame = eye.frames.get()
    WatchedWord.watch("hold")
    incoming = reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Hold", pictures=[shot])
    held_report = reporting.receive(incoming, Sender(network="203.0.113.7"))
    moderator = people["dispatcher"]
    (block,) = blocking.block_sender(held_report, kinds=["address"], days=7, reason="x", by=moderator)
    writer = Correspondent.objects.create(user="webchat:k3")
    persons.ask_for_person(writer)
    call = calls.begin_call(by=people["operator"], phone="+84901234567")
    recording = Recording.objects.create(source="night", call_id="1", kind="audio/wav", url="", fetched_at=now())
    Recording.objects.filter(pk=recording.pk).update(state="kept", file="recordings/none.wav")
    asked_key = KeyRequest.objects.create(
        system="App", purpose="Try", email="dev@app.example", language="en", confirmed_at=now()
    )
    enquiry = receiving.receive_enquiry(receiving.IncomingEnquiry("web", "question", "Where is the office?"))
    idea = receive_idea(
        IncomingIdea("Wharf", "Wharf", Person("email", "an@example.org")), Sender(network="203.0.113.8")
    )
    move_idea(idea, "publish", by=moderator)
    campaign_draft = campaign_publishing.begin_version(by=people["leader"], authority=town.office)
    page_draft = publishing.begin_version(publishing.empty_content(), by=people["leader"], authority=town.office)
    follow = Follow.objects.create(
        medium="email", address="an@example.org", area=town.old, until=now() + timedelta(days=1), confirmed_at=now()
    )
    announced = announcement_acts.issue(
        "works", announcement_acts.Reach(area=town.old), announcement_acts.Wording("Works", now() + timedelta(hours=2)),
        by=people["control"],
    )  # fmt: skip
    emergency = factories.emergency(people["control"])
    shelter = Shelter.objects.create(
        name="School", address="Harbour Road", place=factories.IN_OLD, open=True, changed_by=people["control"]
    )
    planned = works.announce_works(
        "works",
        works.reach_of_wards([town.old]),
        factories.works_wording(title="Works", text="Works"),
        by=people["control"],
    )
    prompt = Prompt.objects.create(authority=town.office, by=people["leader"], late=1)
    code = Confirmation.objects.create(report=report, medium="email", digest="0" * 64)
    return {
        "/": {"reference": incident.reference, "z": 14, "x": 8647, "y": 5565, "suffix": "json", "object_id": 1},
        "/f/": {"token": report.token},
        "/following/": {"token": follow.token},
        "/feeds/announcements/": {"pk": announced.announcement_id},
        "/news/": {"pk": announced.announcement_id, "number": 1, "size": "small"},
        "/announcing/": {"pk": announced.announcement_id},
        "/emergencies/": {"pk": emergency.pk, "shelter": shelter.pk},
        "/emergency/": {"pk": emergency.bulletins.get().pk},
        "/feeds/emergency/": {"pk": emergency.bulletins.get().pk},
        "/announcing/works/": {"pk": planned.announcement_id},
        "/q/": {"token": enquiry.token},
        "/ideas/": {"pk": idea.pk},
        "/enquiries/ideas/": {"pk": idea.pk, "step": "answer"},
        "/enquiries/campaigns/": {"pk": campaign_draft.pk, "step": "propose"},
        "/enquiries/pages/": {"pk": page_draft.pk, "step": "propose"},
        "/enquiries/": {"reference": enquiry.reference, "step": "answer"},
        "/c/": {"token": confirming.confirmation_link(code).split("/c/")[1].strip("/")},
        "/mails/": {"pk": factories.waiting_mail().pk},
        "/moderation/": {"pk": held_report.pk},
        "/moderation/blocks/": {"pk": block.pk},
        "/moderation/photo/": {"pk": held_report.photos.get().pk, "size": "small"},
        "/g/": {"slug": neighbours.link_slug(neighbours.Witness(report=report), received)},
        "/t/": {"slug": verdicts.short_link_slug(report, received)},
        "/w/": {"token": letters.sign_link(received, water), "pk": report.photos.get().pk},
        "/photo/": {"pk": report.photos.get().pk, "size": "small"},
        "/stop/": {"token": opt_outs.sign_address("email", "an@example.org")},
        "/desk/": {"step": "accept", "pk": report.photos.get().pk},
        "/desk/filters/": {"pk": saved.pk},
        "/desk/undo/": {"event": received.pk},
        "/desk/crews/": {"pk": crew.pk},
        "/lead/remind/": {"pk": prompt.pk},
        "/directives/": {"pk": directive.pk, "step": "acknowledge"},
        "/developers/apis/": {"name": "open311"},
        "/developers/openapi/": {"name": "open311"},
        "/developers/keys/": {"token": signing.dumps(asked_key.pk, salt=developers.SALT, compress=True)},
        "/developers/requests/": {"pk": asked_key.pk},
        "/feeds/areas/": {"code": "001"},
        "/feeds/authorities/": {"code": town.office.code},
        "/feeds/categories/": {"code": town.hole.code},
        "/sitemap/": {"part": 0},
        "/editions/": {"code": draft.code, "ending": "csv"},
        "/editions/uploads/": {"pk": upload.pk},
        "/evidence/": {"key": evidence.pk, "before": evidence.pk, "after": evidence.pk},
        "/recordings/": {"pk": recording.pk},
        "/hooks/": {"source": "night", "provider": "esms", "token": settings.SMS_CALLBACK_TOKEN},
        "/notices/": {"pk": notice.pk, "key": "received", "medium": "email", "language": "vi"},
        "/api/reports/": {"name": "1"},
        "/operator/": {"pk": call.pk},
        "/operator/chats/": {"pk": writer.pk},
        "/operator/call-backs/": {"pk": callbacks.ask_for_callback("cut", phone="0901234567").pk},
        "/open311/": {"code": town.hole.code, "token": held_report.token},
        "/people/": {"pk": people["officer"].pk, "what": "post"},
        "/privacy/": {"pk": subject_request.pk},
        "/control/": {"code": eye.code},
        "/control/findings/": {"key": finding.pk},
        "/cameras/faults/": {"key": finding.pk},
        "/control/layouts/": {"key": layout.pk},
        "/control/incident/": {"reference": incident.reference, "name": "remark"},
        "/control/shift/": {"key": hand_over.pk},
        "/cameras/": {"code": eye.code, "key": eye.code, "interval": interval.pk, "micros": frame.micros},
        "/open511/": {"code": eye.code},
        "/areas/": {"code": "001"},
        "/wards/": {"code": "001"},
        "/answers/": {"slug": factories.answer().slug},
        "/campaigns/": {"slug": factories.campaign().slug},
        "/directory/": {"code": town.office.code},
        "/data/": {"name": "areas", "ending": "csv"},
        "/ogc/": {"name": "areas", "key": "001", "nothing": "nothing"},
        "/mapit/": {
            "kind": "latlon", "first": "50.005", "second": "10.005", "srid": 4326, "x": "10.005", "y": "50.005",
            "box": "/box", "form": "json", "pk": town.old.pk, "how": "touches", "which": town.old.pk, "call": "nothing",
        },
        "/mapit/code/": {"kind": "official", "value": "001"},
    }  # fmt: skip
