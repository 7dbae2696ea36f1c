"""Users, authorities, their contacts, posts, absences and API keys."""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.gis.db import models
from django.db import connection
from django.db.models import F, Q
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import EncryptedEmailField, LockedField
from gis_data.models import Area, in_language


class User(AbstractUser):
    """A staff account. Its posts give its rights."""

    phone = models.CharField(
        max_length=20, blank=True, help_text=_("E.164, for messages about your work"), verbose_name=_("phone number")
    )
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="vi", verbose_name=_("language"))
    # Subject at the city's OpenID provider; None: signs in with name and password.
    subject = models.CharField(max_length=255, null=True, unique=True, editable=False)
    # Wrong second-factor codes since the first of them: too many lock out for a while.
    wrong_codes = models.PositiveSmallIntegerField(default=0, editable=False)
    wrong_codes_since = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def get_full_name(self) -> str:
        """Family and given name in the order of the city's language: family name first in Vietnamese."""
        with translation.override(settings.LANGUAGE_CODE):
            order = pgettext("order of the parts of a person's name", "%(given)s %(family)s")
        return (order % {"given": self.first_name, "family": self.last_name}).strip()


AnyUser = User | AnonymousUser  # what `request.user` is


def parse_service_codes(text: str) -> dict[str, str]:
    """{our code: theirs} of lines `RD.01 = pothole`. Raises ValueError for the first invalid line."""
    codes = {}
    for number, line in enumerate(text.splitlines(), 1):
        ours, sign, theirs = (part.strip() for part in line.partition("="))
        if not (ours or sign or theirs):
            continue
        if not (ours and theirs) or ours in codes:
            raise ValueError(gettext("Line %(n)d: enter our code, an equals sign, and theirs.") % {"n": number})
        codes[ours] = theirs
    return codes


class AuthorityQuerySet(models.QuerySet["Authority"]):
    def under(self, keys: Iterable[int]) -> "AuthorityQuerySet":
        with connection.cursor() as cursor:
            cursor.execute(BELOW, [list(keys)])
            return self.filter(pk__in=[key for (key,) in cursor.fetchall()])


BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM incidents_authority WHERE id = ANY(%s)
    UNION SELECT unit.id FROM incidents_authority unit JOIN below ON unit.parent_id = below.id
) SELECT id FROM below
"""


class Authority(models.Model):
    """A responsible unit: a ward's People's Committee, a department, a utility, the duty desk."""

    class Works(models.TextChoices):
        HERE = "here", _("at its desk here")
        EMAIL = "email", _("by e-mail with a signed link")
        GEOREPORT = "georeport", _("in its own system, by Open311")

    code = models.SlugField(unique=True, max_length=40, verbose_name=_("code"))
    kind = models.CharField(
        max_length=20, help_text=_("The kind of unit in the category tree: WARD, TMIC, POWER …"), verbose_name=_("kind")
    )
    name = models.CharField(max_length=150, verbose_name=_("name"))
    name_en = models.CharField(max_length=150, blank=True, verbose_name=_("name in English"))
    # The area whose own authority this is; a department answers for the whole city and has none.
    area = models.OneToOneField(
        Area, models.PROTECT, null=True, blank=True, related_name="own_authority", verbose_name=_("area")
    )
    duty_desk = models.BooleanField(
        default=False, help_text=_("Takes what no rule assigns"), verbose_name=_("duty desk")
    )
    # The tree: city → [district] → ward; departments and utilities below the city. PostgreSQL refuses a loop.
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("unit above")
    )
    office_hours = models.CharField(
        max_length=200,
        blank=True,
        help_text=_("Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30. Empty: the city's"),
        verbose_name=_("opening hours"),
    )
    office_address = models.CharField(
        max_length=200,
        blank=True,
        db_default="",
        help_text=_("Where the office is: house number and street, shown to everyone. Leave empty if not known"),
        verbose_name=_("address of the office"),
    )
    letters = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Its answers take the form of an official letter: on the private page, by e-mail and on paper"),
        verbose_name=_("answers by official letter"),
    )
    letter_head = models.TextField(
        max_length=300,
        blank=True,
        db_default="",
        help_text=_("Lines beside the unit's name at the top of a letter, as required by law"),
        verbose_name=_("head of its letters"),
    )
    letter_signature = models.TextField(
        max_length=300,
        blank=True,
        db_default="",
        help_text=_("Lines at the end of a letter. Empty: the unit's name"),
        verbose_name=_("signature of its letters"),
    )
    works = models.CharField(max_length=10, choices=Works, default=Works.HERE, verbose_name=_("way of working"))
    georeport_url = models.URLField(
        blank=True, help_text=_("Of its own system: https://…/open311/v2"), verbose_name=_("address of its own system")
    )
    georeport_jurisdiction = models.CharField(
        max_length=80, blank=True, verbose_name=_("jurisdiction in its own system")
    )
    georeport_format = models.CharField(
        max_length=4, choices=[("json", "JSON"), ("xml", "XML")], default="json", db_default="json",
        help_text=_("Format its own system uses; every system supports XML"),
        verbose_name=_("format of its own system"),
    )  # fmt: skip
    georeport_services = models.TextField(
        blank=True,
        db_default="",
        help_text=_("What types are called there, one per line: RD.01 = pothole"),
        verbose_name=_("types of incident in its own system"),
    )
    georeport_key = LockedField(blank=True, editable=False)

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.UniqueConstraint(fields=["duty_desk"], condition=Q(duty_desk=True), name="there_is_one_duty_desk"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="a_unit_is_not_above_itself"),
            models.CheckConstraint(
                condition=~Q(works="georeport") | ~Q(georeport_url=""), name="an_outside_system_has_its_address"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_language(self, "name")


class Contact(models.Model):
    """A contact point of an authority: a desk, never a person's name."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="contacts", verbose_name=_("unit"))
    label = models.CharField(max_length=80, verbose_name=_("label"))
    phone = models.CharField(max_length=20, blank=True, verbose_name=_("phone number"))
    email = models.EmailField(blank=True, verbose_name=_("e-mail address"))
    public = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("This number appears on the page of each ward the unit is responsible for"),
        verbose_name=_("for everyone"),
    )

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.CheckConstraint(condition=~Q(phone="", email=""), name="a_contact_can_be_reached")]

    def __str__(self):
        return f"{self.authority}: {self.label}"


PROPOSAL_LASTS = timedelta(days=30)  # so long a post waits for a second yes


class MembershipQuerySet(models.QuerySet["Membership"]):
    def on(self, day: date | None = None) -> "MembershipQuerySet":
        """Posts valid on this day (today); without unconfirmed ones."""
        day = day or localdate()
        begun = Q(starts=None) | Q(starts__lte=day)
        return self.filter(begun, Q(ends=None) | Q(ends__gte=day), user__is_active=True, waiting=False)

    def to_confirm(self) -> "MembershipQuerySet":
        """Posts that wait for a second person's confirmation, oldest first; without requests that expired, users who
        left, and posts that are over.
        """
        lately = Q(asked_at=None) | Q(asked_at__gt=now() - PROPOSAL_LASTS)
        lasting = Q(ends=None) | Q(ends__gte=localdate())
        return self.filter(lately, lasting, waiting=True, user__is_active=True).order_by("pk")

    def of(self, user: AnyUser, day: date | None = None) -> "MembershipQuerySet":
        """Posts that this user holds or deputizes for on this day (today), also by a chain of deputies."""
        away = Absence.objects.on(day)
        absent = away.filter(deputy=user.pk).values("user")
        behind = away.filter(deputy__in=absent).values("user")
        return self.on(day).filter(Q(user=user.pk) | Q(user__in=absent) | Q(user__in=behind))


class Membership(models.Model):
    """A user's post at an authority, for all of it or for an area or category, for some time."""

    class Role(models.TextChoices):
        OFFICER = "officer", _("officer")
        DISPATCHER = "dispatcher", _("dispatcher")
        LEADER = "leader", _("leader")
        SUPERVISOR = "supervisor", _("supervisor")
        OPERATOR = "operator", _("hotline operator")
        CONTROL = "control", _("control room")
        TECHNICIAN = "technician", _("camera technician")
        GIS = "gis", _("GIS officer")
        PRIVACY = "privacy", _("data protection officer")
        ADMIN = "admin", _("administrator")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="memberships", verbose_name=_("unit"))
    role = models.CharField(max_length=12, choices=Role, verbose_name=_("role"))
    area = models.ForeignKey(
        Area,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only what is in it"),
        verbose_name=_("area"),
    )
    category = models.ForeignKey(
        "incidents.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Only this field"),
        verbose_name=_("type of incident"),
    )
    starts = models.DateField(null=True, blank=True, verbose_name=_("first day"))
    ends = models.DateField(null=True, blank=True, help_text=_("The last day"), verbose_name=_("last day"))
    # A powerful post holds only after a second person's yes; both people, and the group of the provider that gave it.
    waiting = models.BooleanField(default=False, editable=False, verbose_name=_("waiting for approval"))
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    asked_at = models.DateTimeField(null=True, editable=False)
    group = models.CharField(max_length=200, blank=True, editable=False, verbose_name=_("group"))

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "authority", "role", "area", "category"],
                nulls_distinct=False,
                name="a_post_is_held_once",
            ),
            models.CheckConstraint(
                condition=Q(starts=None) | Q(ends=None) | Q(starts__lte=F("ends")), name="a_post_ends_after_it_starts"
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}, {self.authority}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date | None = None) -> "AbsenceQuerySet":
        day = day or localdate()
        return self.filter(starts__lte=day, ends__gte=day)


class Absence(models.Model):
    """Days on which a user is away; the deputy has the posts and gets the messages meanwhile."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences", verbose_name=_("person"))
    deputy = models.ForeignKey(User, models.CASCADE, related_name="stands_in", verbose_name=_("deputy"))
    starts = models.DateField(verbose_name=_("first day"))
    ends = models.DateField(help_text=_("The last day"), verbose_name=_("last day"))

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(condition=Q(starts__lte=F("ends")), name="an_absence_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="nobody_stands_in_for_oneself"),
        ]

    def __str__(self):
        return f"{self.user} → {self.deputy} {self.starts} – {self.ends}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def opened_by(self, secret: str) -> "ApiKeyQuerySet":
        in_time = Q(ends_at=None) | Q(ends_at__gt=now())
        return self.filter(in_time, active=True, sha256=hashlib.sha256(secret.encode()).hexdigest())


class ApiKey(models.Model):
    """A key of another system that sends reports, stored as a digest."""

    name = models.CharField(
        max_length=80, unique=True, help_text=_("The system that sends with it"), verbose_name=_("name")
    )
    sha256 = models.CharField(max_length=64, unique=True)
    active = models.BooleanField(default=True, verbose_name=_("key in use"))
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Created before 0.5: never"), verbose_name=_("valid until")
    )
    authority = models.ForeignKey(
        Authority, models.CASCADE, null=True, blank=True, related_name="keys",
        help_text=_("The unit whose own system processes its incidents with it"),
        verbose_name=_("unit"),
    )  # fmt: skip
    email = EncryptedEmailField(
        blank=True,
        db_default="",
        help_text=_("Who is notified when something fails: contact data"),
        verbose_name=_("e-mail address"),
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key of another system")
        verbose_name_plural = _("keys of other systems")

    def __str__(self):
        return self.name
