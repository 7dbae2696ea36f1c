"""Hotline calls of operators, ringing calls, and scripts for urgent matters."""

import json
import uuid
from datetime import date

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import BlindIndex, EncryptedTextField, SealedTextField
from gis_data.models import in_language
from incidents.models.calls import CallBack, VoiceCall
from incidents.models.catalogue import Category
from incidents.models.chat import Correspondent
from incidents.models.enquiry import Enquiry
from incidents.models.incident import Incident, Report


class CallQuerySet(models.QuerySet["Call"]):
    def under_way(self) -> "CallQuerySet":
        return self.filter(ended_at=None).order_by("-began_at", "-pk")

    def ended(self) -> "CallQuerySet":
        return self.filter(ended_at__isnull=False).order_by("-began_at", "-pk")

    def begun_on(self, day: date) -> "CallQuerySet":
        return self.filter(began_at__date=day)


class Call(models.Model):
    """A hotline call, or a chat that an operator goes on from: fields saved while typing, and its outcome.

    Only `operator` may change it. Fields are a draft until the call has ended.
    """

    class Danger(models.TextChoices):
        NONE = "none", _("No")
        DANGER = "danger", _("There is danger")
        HURT = "hurt", _("Somebody is hurt")

    class Outcome(models.TextChoices):
        NEW = "new", _("new incident")
        JOINED = "joined", _("merged")
        TOLD = "told", _("status given")
        COMPLAINT = "complaint", _("objection to a result")
        ENQUIRY = "enquiry", _("question, thanks or complaint")
        PASSED_ON = "passed_on", _("transferred")
        NOTHING = "nothing", _("nothing recorded")

    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True)
    rang = models.BooleanField(default=False, help_text="The telephone system told the number: nobody typed it")
    language = models.CharField(max_length=5, default="vi")
    text = EncryptedTextField(blank=True, help_text="What the caller says")
    where = SealedTextField(max_length=200, blank=True, help_text="Where, in the caller's words")
    # Fields chosen by hand; suggestions are computed each time.
    spot = models.CharField(max_length=60, blank=True, help_text="The place, as spots.parse_spot reads it")
    spot_title = SealedTextField(max_length=200, blank=True)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="+")
    answers = EncryptedTextField(
        blank=True, db_default="", help_text="JSON: what was answered, by the codes of the questions of the kind"
    )
    join = models.CharField(max_length=20, blank=True, help_text="The reference of the incident it is, or new")
    danger = models.CharField(max_length=10, choices=Danger, default=Danger.NONE)
    sending = models.UUIDField(default=uuid.uuid4, unique=True)
    saves = models.PositiveIntegerField(default=0, help_text="How often it was saved: a page that saw fewer is stale")
    began_at = models.DateTimeField(default=now)
    saved_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    report = models.ForeignKey(Report, models.SET_NULL, null=True, blank=True, related_name="+")
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="+")
    enquiry = models.ForeignKey(Enquiry, models.SET_NULL, null=True, blank=True, related_name="+")
    call_back = models.ForeignKey(CallBack, models.SET_NULL, null=True, blank=True, related_name="calls")
    chat = models.ForeignKey(
        Correspondent,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="calls",
        help_text="The chat from which it goes on",
    )
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    handed_at = models.DateTimeField(null=True, blank=True)
    handed_note = SealedTextField(max_length=200, blank=True, help_text="What whoever handed it over says of it")

    objects = CallQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["operator", "-began_at"], name="calls_of_an_operator"),
            models.Index(fields=["operator"], condition=Q(ended_at=None), name="calls_under_way"),
            models.Index(fields=["ended_at"], name="calls_by_end"),
            models.Index(BlindIndex("phone"), condition=~Q(phone=""), name="calls_by_phone"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="a_call_that_ended_had_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")), name="a_call_ends_after_it_began"
            ),
        ]

    def __str__(self):
        return f"{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def answered(self) -> dict[str, list[str]]:
        return json.loads(self.answers) if self.answers else {}


class OperatorPhone(models.Model):
    """The telephone extension of an operator, who is notified of calls that ring there."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    extension = models.CharField(max_length=40, unique=True, help_text="As the telephone system names it")
    since = models.DateTimeField(default=now)

    def __str__(self):
        return self.extension


class RingingCallQuerySet(models.QuerySet["RingingCall"]):
    def waiting(self) -> "RingingCallQuerySet":
        return self.filter(ended_at=None).order_by("rang_at", "pk")

    def with_pages(self) -> "RingingCallQuerySet":
        return self.select_related("call", "operator")


class RingingCall(models.Model):
    """A call that rings at the hotline, as reported by the telephone system. Deleted with the call."""

    call = models.OneToOneField(VoiceCall, models.CASCADE, related_name="ringing")
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Who is rung; empty: nobody, or somebody who is not known here",
    )
    extension = models.CharField(max_length=40, blank=True, help_text="Where it rings, as the telephone system says")
    queue = models.CharField(max_length=100, blank=True, help_text="In which queue of the telephone system")
    rang_at = models.DateTimeField(help_text="Since when it rings there, as the telephone system says")
    ended_at = models.DateTimeField(null=True, blank=True)
    taken = models.ForeignKey(
        Call, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, help_text="Empty: not taken"
    )

    objects = RingingCallQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["rang_at"], condition=Q(ended_at=None), name="calls_that_ring")]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken=None) | Q(ended_at__isnull=False), name="a_call_that_is_taken_rings_no_more"
            )
        ]

    def __str__(self):
        return f"{self.pk}"


class CallScriptQuerySet(models.QuerySet["CallScript"]):
    def applying_to(self, category: Category | None, danger: str) -> "list[CallScript]":
        """Scripts, most specific first: of the leaf, its group, any.

        `danger`: a Call.Danger; scripts for danger also apply where somebody is hurt.
        """
        keys = [category.pk, category.parent_id] if category else []
        dangers = {"none": [""], "danger": ["", "danger"], "hurt": ["", "danger", "hurt"]}[danger]
        scripts = self.filter(Q(category=None) | Q(category__in=keys), danger__in=dangers)
        order = [*keys, None]
        return sorted(scripts, key=lambda script: (-len(script.danger), order.index(script.category_id), script.pk))


class CallScript(models.Model):
    """What an operator says in an urgent case, and where to transfer the call. Data of the city's pack."""

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="+", help_text="A type, a group, or any"
    )
    danger = models.CharField(
        max_length=10, blank=True, help_text="danger, hurt: only where the caller says so; empty: in any case"
    )
    words = models.TextField(help_text="Read aloud")
    words_en = models.TextField(blank=True)
    transfer_to = models.CharField(max_length=100, blank=True, help_text="Who takes the call over")
    transfer_to_en = models.CharField(max_length=100, blank=True)
    number = models.CharField(max_length=20, blank=True, help_text="Under which they are reached")

    objects = CallScriptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["category", "danger"], nulls_distinct=False, name="one_script_for_a_case_of_a_call"
            ),
            models.CheckConstraint(condition=Q(danger__in=["", "danger", "hurt"]), name="a_script_is_for_a_danger"),
        ]

    def __str__(self):
        return f"{self.category or '*'} {self.danger}"

    @property
    def sentences(self) -> str:
        return in_language(self, "words")

    @property
    def transfer(self) -> str:
        return in_language(self, "transfer_to")
