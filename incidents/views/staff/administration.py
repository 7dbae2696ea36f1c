"""Overview of the administration at `/administration/`: people, data protection, rules, cameras."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as w

from geoapp.http.http_methods import require_safe
from incidents import access
from incidents.models import FactorReplacement, KeyRequest, Membership, SubjectRequest, User
from incidents.page_access import SignedInRequest, require_work


@dataclass(frozen=True)
class Door:
    """A page of the overview: its URL name, title, purpose, and the work (a key of `access.DOES`) that it needs;
    `waits` counts open tasks there.
    """

    page: str
    words: Promise
    what_for: Promise
    icon: str
    work: str = "administer"
    waits: Callable[[], int] | None = None


def posts_waiting() -> int:
    return Membership.objects.to_confirm().count() + FactorReplacement.objects.count()


def requests_waiting() -> int:
    return SubjectRequest.objects.filter(done_at=None).count()


def count_key_requests() -> int:
    return KeyRequest.objects.filter(Q(confirmed_at__isnull=False), decided_at=None).count()


DOORS: tuple[tuple[Promise, tuple[Door, ...]], ...] = (
    (w("People"), (
        Door("people", w("People"), w("Accounts, posts, second factors, who leaves"), "i-users", waits=posts_waiting),
        Door("person-new", w("New person"), w("Open an account and give a post"), "i-plus"),
        Door("people-ledger", w("Ledger of accounts"), w("Who gave, confirmed and took what"), "i-history"),
    )),
    (w("Data protection"), (
        Door("privacy", w("Requests about personal data"), w("Access, correction, erasure, and by when"), "i-lock",
             work="privacy", waits=requests_waiting),
        Door("personal-views", w("Register of looks"), w("Who looked at personal data, and what is unusual"), "i-eye",
             work="privacy"),
        Door("looks", w("Looks at cameras"), w("Who looked at which camera"), "i-camera", work="looks"),
    )),
    (w("Who answers, and by when"), (
        Door("routing", w("Who answers"), w("Rules, tried before they count"), "i-handover", work="routing"),
        Door("admin:incidents_authority_changelist", w("Units"), w("Contacts, office hours, ways of working"),
             "i-building"),
        Door("admin:incidents_category_changelist", w("Kinds of matters"), w("Names, icons, deadlines, what is public"),
             "i-list"),
        Door("admin:incidents_servicelevel_changelist", w("Deadlines"), w("Other than the kind's own"), "i-clock"),
        Door("admin:incidents_calendarday_changelist", w("Days off"), w("Holidays and days worked instead"),
             "i-calendar"),
        Door("admin:incidents_escalationstep_changelist", w("Reminders"), w("Who is reminded, and when"), "i-bell"),
        Door("editions", w("Boundaries"), w("Editions of the areas and their changes"), "i-map", work="boundaries"),
    )),
    (w("Messages and cameras"), (
        Door("notices", w("Messages"), w("What was sent, and in which words"), "i-mail", work="notices"),
        Door("camera-faults", w("Faults of cameras"), w("What does not see, since when, what to do"), "i-alert",
             work="camera-health"),
        Door("camera-health", w("How the cameras are"), w("State and time in operation of each"), "i-chart",
             work="camera-health"),
        Door("register", w("Register of cameras"), w("Where each stands and what it sees"), "i-camera",
             work="register"),
    )),
    (w("Other systems"), (
        Door("key-requests", w("Keys for developers"), w("Who asks for one"), "i-key", waits=count_key_requests),
        Door("admin:index", w("All tables"), w("What has no page of its own"), "i-grid"),
    )),
)  # fmt: skip


@require_safe
@require_work("administer")
def administration_page(request: SignedInRequest) -> HttpResponse:
    return render(request, "incidents/staff/administration.html", {"groups": open_doors(request.user)})


def open_doors(user: User) -> list[tuple[Promise, list[dict]]]:
    """Returns the groups of DOORS limited to this person's work; empty groups are left out."""
    posts = access.posts_of(user)
    groups = [
        (title, [door_context(door) for door in doors if access.does_work(user, door.work, posts)])
        for title, doors in DOORS
    ]
    return [(title, doors) for title, doors in groups if doors]


def door_context(door):
    return {
        "address": reverse(door.page), "words": door.words, "what_for": door.what_for, "icon": door.icon,
        "waits": door.waits() if door.waits else 0,
    }  # fmt: skip
