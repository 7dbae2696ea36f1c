"""Who administers has no right to read what was reported and by whom: no page of the administration shows it."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.timezone import now

from incidents import public_text, workflow
from incidents.disclosure import publishing, subject_requests
from incidents.models import (
    ChatEvent,
    Correspondent,
    Membership,
    Notice,
    OptOut,
    PushSubscription,
    Rating,
    Report,
    StoredSms,
    User,
)
from tests import factories

WORDS, PHONE, EMAIL, CHAT = "zqwordsqz", "+84937123216", "zqmailqz@example.org", "zqchatqz"
SECRETS = (WORDS, "937123216", "zqmailqz", CHAT)


@pytest.fixture
def written_incident(town, officer):
    """Everywhere where something of a reporter is kept."""
    incident = factories.incident(
        town.hole, text=f"In front of {WORDS}", address=f"At {WORDS}", phone=PHONE, email=EMAIL, chat=CHAT
    )
    report = incident.reports.get()
    Report.objects.filter(pk=report.pk).update(text=f"{WORDS} {PHONE}")
    workflow.move(incident, "ask", by=officer, note=f"Is it at {WORDS}?")
    workflow.move(incident, "answer", note=f"Yes, {WORDS} {PHONE}", receipt=public_text.reporter_receipt(report))
    publishing.cover_note(incident.timeline.get(kind="asked"), f"Is it {WORDS}?", by=officer)
    result = workflow.move(incident, "resolve", by=officer, note=f"Done for {WORDS}")
    Rating.objects.create(report=report, result=result, stars=1, reason=WORDS)
    for medium, address in (("email", EMAIL), ("sms", PHONE), ("zalo", CHAT)):
        Notice.objects.create(
            cause=medium, event=result, report=report, medium=medium, address=address, subject=f"For {WORDS}",
            text=WORDS, values=[WORDS], fault=f"550 no mailbox {address}", state="failed",
        )  # fmt: skip
        OptOut.objects.create(medium=medium, address=address)
    PushSubscription.objects.create(endpoint=f"https://push.example/{CHAT}", p256dh="x", auth="y", report=report)
    subject_requests.record_request("access", by=officer, phone=PHONE, email=EMAIL, chat=CHAT, note=WORDS)
    StoredSms.objects.create(provider="esms", message_id="1", phone=PHONE, text=WORDS)
    Correspondent.objects.create(user=CHAT)
    ChatEvent.objects.create(event_id="1", user=CHAT, body=WORDS, at=now())
    with connection.cursor() as cursor:  # as jobs of before 0.4.1 wait
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, args) VALUES ('take_reply', 'default', %s)",
            [f'{{"phone": "{PHONE}", "text": "{WORDS}"}}'],
        )
    return incident


@pytest.fixture(params=["superuser", pytest.param("admin", marks=pytest.mark.deep)])  # who may all, and who may less
def administrator(request, town):
    user = factories.person("boss", town.desk, Membership.Role.ADMIN)
    if request.param == "superuser":
        factories.mighty(user)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def pages():
    """Every page of the administration: lists, forms, and of rows theirs, their histories and deletions.

    Of each table the first row, and those of its first twenty in which something of the reporter stands.
    """
    yield from ("/admin/", *(f"/admin/{label}/" for label in {model._meta.app_label for model in admin.site._registry}))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_add")
        for number, row in enumerate(model.objects.order_by("pk")[:20]):
            if number == 0 or holds_secret(row):
                yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history", "delete"))


def holds_secret(row):
    return any(secret in str(value) for value in vars(row).values() for secret in SECRETS)


def test_no_page_shows_what_was_reported_or_by_whom(administrator, written_incident):
    opened, shown = 0, []
    for path in pages():
        answer = administrator.get(path)
        opened += answer.status_code == 200
        shown += [(secret, path) for secret in SECRETS if secret in answer.content.decode()]
    assert (shown, opened > 60) == ([], True)


def test_no_search_finds_what_was_reported_or_by_whom(administrator, written_incident):
    hits, searched = [], 0
    for model, pages_of in admin.site._registry.items():
        if not pages_of.search_fields or model is OptOut:
            continue
        for secret in SECRETS:
            request = RequestFactory().get("/", {"q": secret})
            request.user = User.objects.get(pk=administrator.session["_auth_user_id"])
            if pages_of.has_view_or_change_permission(request):
                searched += 1
                hits += [(secret, model.__name__)] * pages_of.get_changelist_instance(request).result_count
    assert (hits, searched > 60) == ([], True)


def test_an_opt_out_is_found_by_its_whole_address_and_taken_out(administrator, written_incident):
    """Who asks for messages again says the number; the page does not."""
    here = reverse("admin:incidents_optout_changelist")
    row = OptOut.objects.get(medium="sms")
    assert administrator.get(here, {"q": PHONE}).context["cl"].result_list[0] == row
    administrator.post(reverse("admin:incidents_optout_delete", args=[row.pk]), {"post": "yes"})
    assert not OptOut.objects.filter(medium="sms").exists()
    administrator.post(reverse("admin:incidents_optout_add"), {"medium": "sms", "address": PHONE})
    assert OptOut.objects.get(medium="sms").address == PHONE
