"""Create the demo's accounts, one for each kind of work, and its API key."""

import hashlib
import secrets
import string
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Count, Q, QuerySet

from geoapp.db import connections
from incidents.models import ApiKey, Authority, Incident, Membership, User

MAIL = "@demo.invalid"  # what tells a demo account from a real one
ROLE = Membership.Role


class Account(NamedTuple):
    """An account of the demo. `unit`: a key of `chosen_authorities`; without a role it may do everything."""

    name: str
    purpose: str
    role: Membership.Role | None = None
    unit: str = "duty_desk"


ACCOUNTS = [
    Account("ward", "officer of a ward", role=ROLE.OFFICER, unit="busiest_ward"),
    Account("ward2", "officer of another ward", role=ROLE.OFFICER, unit="next_ward"),
    Account("department", "officer of a department", role=ROLE.OFFICER, unit="busiest_department"),
    Account("leader", "leader of that department", role=ROLE.LEADER, unit="busiest_department"),
    Account("ward_leader", "leader of that ward", role=ROLE.LEADER, unit="busiest_ward"),
    Account("city_leader", "leader of the city", role=ROLE.LEADER, unit="city"),
    Account("supervisor", "supervisor of deadlines", role=ROLE.SUPERVISOR),
    Account("dispatcher", "dispatcher", role=ROLE.DISPATCHER),
    Account("operator", "hotline operator", role=ROLE.OPERATOR),
    Account("control", "control room", role=ROLE.CONTROL),
    Account("control2", "control room, next shift", role=ROLE.CONTROL),
    Account("technician", "camera technician", role=ROLE.TECHNICIAN),
    Account("gis", "GIS officer", role=ROLE.GIS),
    Account("privacy", "data protection officer", role=ROLE.PRIVACY),
    Account("people", "administrator of people", role=ROLE.ADMIN),
    Account("admin", "administrator of everything"),
]


def demo_people() -> QuerySet[User]:
    """The demo's accounts, told from real ones by their e-mail addresses."""
    return User.objects.filter(email__endswith=MAIL)


def password() -> str:
    """Return the one password of all demo accounts, created in VAR/demo_password at the first call."""
    file = settings.VAR / "demo_password"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        letters = string.ascii_lowercase + string.digits
        file.write_text("-".join("".join(secrets.choice(letters) for _i in range(4)) for _part in range(3)) + "\n")
    return file.read_text().strip()


def open_accounts(people: dict[str, list[str]] | None = None) -> None:
    """Create the accounts and an API key, or set this installation's password where they exist.

    `people`: [family and middle names, given name] of each account's holder, by user name.
    """
    hashed = make_password(password())
    authorities = chosen_authorities()
    new_posts: list[Membership] = []
    mighty: list[int] = []
    for account in ACCOUNTS:
        name, role = account.name, account.role
        family, given_name = (people or {}).get(name, ("", ""))
        user, new = User.objects.update_or_create(
            username=name, email=name + MAIL, defaults={"password": hashed}, create_defaults={
                "password": hashed, "is_staff": role is None,
                "first_name": given_name, "last_name": family,
            },
        )  # fmt: skip
        if new and role and authorities[account.unit]:
            new_posts.append(Membership(user=user, authority=authorities[account.unit], role=role))
        elif new and role is None:
            mighty.append(user.pk)
    with connections.as_owner():  # the service itself makes neither powerful posts nor who may do everything
        Membership.objects.bulk_create(new_posts)
        User.objects.filter(pk__in=mighty).update(is_superuser=True)
    sha256 = hashlib.sha256(password().encode()).hexdigest()
    ApiKey.objects.update_or_create(name="demo", defaults={"sha256": sha256})


def chosen_authorities():
    """Return the units that accounts work for, by key: those with most open incidents, else the duty desk."""
    open_ones = Count("incidents", filter=Q(incidents__state__in=Incident.OPEN), distinct=True)
    in_area = Count("area__incidents", filter=Q(area__incidents__state__in=Incident.OPEN), distinct=True)
    units = Authority.objects.filter(duty_desk=False).annotate(work=open_ones + in_area)
    busy = units.order_by("-work", "code")
    ward, next_ward = [*busy.filter(area__isnull=False)[:2], None, None][:2]
    desk = Authority.objects.get(duty_desk=True)
    return {
        "busiest_ward": ward or desk,
        "next_ward": next_ward,
        "busiest_department": busy.filter(area=None).first() or desk,
        "city": Authority.objects.filter(parent=None, units__isnull=False).order_by("code").first() or desk,
        "duty_desk": desk,
    }
