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
        Door("people", w("People"), w("Accounts, posts, second factors, leavers"), "i-users", waits=posts_waiting),
        Door("person-new", w("Add a person"), w("Create an account and assign a post"), "i-plus"),
        Door("people-ledger", w("Account log"), w("Who assigned, confirmed and removed what"), "i-history"),
    )),
    (w("Data protection"), (
        Door("privacy", w("Requests about personal data"), w("See, correct or erase data, and by when"), "i-lock",
             work="privacy", waits=requests_waiting),
        Door("personal-views", w("Access log"), w("Who viewed personal data, and what is unusual"), "i-eye",
             work="privacy"),
        Door("looks", w("Camera views"), w("Who viewed which camera"), "i-camera", work="looks"),
    )),
    (w("Who answers, and by when"), (
        Door("routing", w("Who is responsible"), w("Rules, tested before they apply"), "i-handover", work="routing"),
        Door("admin:incidents_authority_changelist", w("Units"), w("Contacts, opening hours, ways of working"),
             "i-building"),
        Door("admin:incidents_category_changelist", w("Incident types"), w("Names, icons, deadlines, what is public"),
             "i-list"),
        Door("admin:incidents_servicelevel_changelist", w("Deadlines"), w("Other than the type's default"), "i-clock"),
        Door("admin:incidents_calendarday_changelist", w("Days off"), w("Public holidays and make-up working days"),
             "i-calendar"),
        Door("admin:incidents_escalationstep_changelist", w("Reminders"), w("Who is reminded, and when"), "i-bell"),
        Door("editions", w("Boundaries"), w("Boundary editions and their changes"), "i-map", work="boundaries"),
    )),
    (w("Messages and cameras"), (
        Door("notices", w("Messages"), w("What was sent, and in which words"), "i-mail", work="notices"),
        Door("camera-faults", w("Camera faults"), w("Which cameras are faulty, since when, what to do"), "i-alert",
             work="camera-health"),
        Door("camera-health", w("Condition of the cameras"), w("Status and uptime of each camera"), "i-chart",
             work="camera-health"),
        Door("register", w("Register of cameras"), w("Where each camera is and what it sees"), "i-camera",
             work="register"),
    )),
    (w("Other systems"), (
        Door("key-requests", w("Keys for developers"), w("Who wants a key"), "i-key", waits=count_key_requests),
        Door("admin:gis_data_sitepage_changelist", w("Pages about this site"), w("About, help, terms, accessibility"),
             "i-list"),
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
