"""Incidents with their reports, history, photos and area shares."""

import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, cast

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.text import Truncator
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import (
    BlindIndex,
    EncryptedEmailField,
    EncryptedListField,
    EncryptedTextField,
    SealedTextField,
    with_whole_value,
)
from geoapp.ledger.heads import PublishedHead
from gis_data import policies
from gis_data.addresses.geocode import NamedPlace
from gis_data.models import Area
from gis_data.words import plain
from incidents.models.aggregates import MapSpot, TransactionNumber
from incidents.models.catalogue import Category, Plain, Severity
from incidents.models.people import Authority

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def deadline(first: bool = False) -> Coalesce | F:
    """The deadline that “on time” compares with: after extensions, or (`first`) before."""
    return Coalesce("first_due_at", "due_at") if first else F("due_at")


FILTERED = ("category", "area", "authority")
TRIGRAM = 3  # letters of the pieces that the index of words holds
PRIVATE_MOST = 2000  # incidents that not everybody may read which are opened for a search
HEADLINE_MAX = 40  # characters
NEAR = ("gan", "near")  # what `Incident.address_title` writes before an address, as `plain` has it


def words_of(text: str) -> list[str]:
    """Words of a search text, normalized by `plain`."""
    return plain(text[:200]).split()[:10]


def has_words(text: str, words: list[str], *, near: bool) -> bool:
    """Whether a text that begins with a blank has each word, by the rule of `IncidentQuerySet.matching`."""
    pieces = {word: word if len(word) >= TRIGRAM else f" {word}" for word in words}
    return all(piece in text or (near and word in NEAR) for word, piece in pieces.items())


class IncidentQuerySet(models.QuerySet):
    def open(self) -> "IncidentQuerySet":
        return self.filter(state__in=Incident.OPEN)

    def in_the_street(self) -> "IncidentQuerySet":
        return self.filter(category__cameras=True)

    def overdue(self, at: datetime | None = None) -> "IncidentQuerySet":
        """Open incidents past their deadline whose clock is running."""
        return self.filter(state__in=Incident.RUNNING, due_at__lt=at or now())

    def too_late(self, first: bool = False, at: datetime | None = None) -> "IncidentQuerySet":
        """Incidents done after their deadline, and open ones past it whose clock is running.

        `first`: the deadline before extensions.
        """
        ran_out = Q(state__in=Incident.RUNNING, by__lt=at or now())
        done_after = Q(state__in=Incident.DONE, closed_at__gt=F("by"))
        return self.alias(by=deadline(first)).filter(ran_out | done_after)

    def matching(self, text: str) -> "IncidentQuerySet":
        """Incidents whose reference, address, category or reports contain each word, diacritics ignored. Words of one
        or two letters match beginnings of words only, since the index has nothing shorter.

        The index covers public words. Of incidents that are not public the latest are decrypted one by one.
        """
        words = words_of(text)
        if not words:
            return self
        by_index, keys = self.matching_by_index(words), self.private_keys_with(words)
        if not keys:
            return by_index
        # Not an OR, for which PostgreSQL reads the whole index of incidents.
        private = Incident.objects.filter(pk__in=keys).order_by().values("pk")
        return self.filter(pk__in=by_index.order_by().values("pk").union(private))

    def private_keys_with(self, words: list[str]) -> list[int]:
        fields = ("pk", "reference", "address", "text", "near", "category__search_text")
        rows = self.filter(published=False).order_by("-pk").values_list(*fields)[:PRIVATE_MOST]
        texts = {pk: (plain(" ".join([*own, category])), near) for pk, *own, near, category in rows}
        reports = Report.objects.filter(incident__in=texts) if texts else Report.objects.none()
        for pk, text in reports.values_list("incident", "text"):
            own, near = texts[pk]
            texts[pk] = f"{own} {plain(text)}", near
        return [pk for pk, (own, near) in texts.items() if has_words(f" {own}", words, near=near)]

    def matching_by_index(self, words: list[str]) -> "IncidentQuerySet":
        incidents = self
        for word in words:
            if len(word) < TRIGRAM:
                condition = Q(words__text__contains=f" {word}") | Q(words__text__startswith=word)
            else:
                condition = Q(words__text__contains=word)
            incidents = incidents.filter(condition | Q(near=True) if word in NEAR else condition)
        return incidents

    def matching_in_public(self, text: str, *, by_index: bool = True) -> "IncidentQuerySet":
        """Incidents with each word in reference, address, public text or category, by the rule of `matching`.

        The index of all words preselects, then public columns are compared. `by_index`: False where most rows match, so
        that the index is no help.
        """
        incidents = self
        for word in words_of(text):
            if by_index:
                field = Q(category__search_text__contains=word)
            else:  # each field once, and not with each of its incidents
                field = Q(category__in=Category.objects.filter(search_text__contains=word).order_by().values("pk"))
            condition = field | Q(search_text__contains=word)
            if by_index:
                condition &= Q(words__text__contains=word)
            incidents = incidents.filter(condition | Q(near=True) if word in NEAR else condition)
        return incidents

    def counted(self) -> "IncidentQuerySet":
        return self.exclude(state=Incident.State.MERGED)

    def ended_before(self, until: datetime) -> "IncidentQuerySet":
        """Incidents that ended before a moment; merged ones end with the one that stands for them."""
        over = Q(state__in=Incident.ENDED, closed_at__lt=until)
        stands = Incident.objects.filter(over).values("pk")
        merged = Q(state=Incident.State.MERGED, merges__undone_at=None, merges__stands__in=stands)
        return self.filter(over | merged)

    def lock(self, pk: int) -> "Incident":
        """Lock one row until the transaction ends and return it joined for its history.

        Locks first and joins afterwards: a join in the locking statement loses a row whose authority changed meanwhile.
        """
        self.select_for_update().only("pk").get(pk=pk)
        return cast("Incident", self.select_related("category", "area", "authority").get(pk=pk))

    def with_pages(self) -> "IncidentQuerySet":
        return self.select_related("category__parent", "area", "authority").defer(
            "area__shape", "area__outline", "search_text"
        )


class Incident(models.Model):
    """A matter in the street; many reports may join it."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        ASSIGNED = "assigned", _("Assigned")
        PASSED_ON = "passed_on", _("Passed on outside the system")
        ACCEPTED = "accepted", _("Accepted")
        WORKING = "working", _("In progress")
        EXTENSION = "extension", _("Extension requested")
        WAITING = "waiting", _("Waiting for reporter")
        DISPUTED = "disputed", _("Disputed")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")
        REJECTED = "rejected", _("Not accepted")
        MERGED = "merged", _("Merged into another")

    # States in which its clock is running.
    UNACCEPTED = (State.RECEIVED, State.ASSIGNED, State.PASSED_ON)
    IN_HAND = (State.ACCEPTED, State.WORKING, State.EXTENSION)
    RUNNING = (*UNACCEPTED, *IN_HAND, State.DISPUTED)
    OPEN = (*RUNNING, State.WAITING)
    DONE = (State.RESOLVED, State.CLOSED)
    ENDED = (*DONE, State.REJECTED)
    # States that others than the desk may see: merged incidents are neither shown nor counted.
    SHOWN = (*OPEN, *ENDED)

    reference = models.CharField(max_length=20, unique=True, verbose_name=_("reference number"))
    category = models.ForeignKey(Category, models.PROTECT, related_name="incidents", verbose_name=_("type of incident"))
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED, verbose_name=_("state"))
    place = models.PointField()
    accuracy_m = models.FloatField(
        null=True,
        blank=True,
        help_text=_("Radius in metres in which the reporter's device placed it"),
        verbose_name=_("accuracy in metres"),
    )
    address = models.CharField(max_length=200, blank=True, help_text="What names the place; see `address_title`")
    near = models.BooleanField(default=False, db_default=False, help_text="It lies near what `address` names")
    # Neither has an index of its own: others below begin with them.
    area = models.ForeignKey(Area, models.PROTECT, related_name="incidents", db_index=False, verbose_name=_("ward"))
    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="incidents", db_index=False, verbose_name=_("unit")
    )
    text = SealedTextField(
        blank=True,
        shown_if="published",
        help_text="What the first reporter wrote, without phone numbers and addresses: public",
    )
    published = models.BooleanField(default=True, verbose_name=_("public"))
    reports_count = models.PositiveIntegerField(default=1, verbose_name=_("number of reports"))
    received_at = models.DateTimeField(default=now, verbose_name=_("received at"))
    accept_by = models.DateTimeField(verbose_name=_("accept by"))
    due_at = models.DateTimeField(verbose_name=_("due at"))
    first_due_at = models.DateTimeField(
        null=True, blank=True, help_text="As due_at, without the extensions; empty where there were none"
    )
    due_date_trace = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
        help_text="How the due date came about, line by line",
    )
    severity = models.CharField(
        max_length=10, choices=Severity, default=Severity.NORMAL, db_default=Severity.NORMAL, verbose_name=_("severity")
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", help_text="Who of the unit"
    )
    # Found by the index of what crews have; a crew is never deleted.
    crew = models.ForeignKey(
        "incidents.Crew", models.PROTECT, null=True, blank=True, related_name="incidents", db_index=False,
        help_text="Which crew of the unit",
    )  # fmt: skip
    steps_taken = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Steps taken: a form that saw fewer is stale"
    )
    next_check_at = models.DateTimeField(null=True, blank=True, help_text="When its next escalation step is due")
    outside_reference = models.CharField(
        max_length=100, blank=True, db_default="", help_text="Its name in the unit's own system"
    )
    waiting_since = models.DateTimeField(null=True, blank=True, verbose_name=_("waiting since"))
    changed_at = models.DateTimeField(default=now, verbose_name=_("changed at"))
    closed_at = models.DateTimeField(null=True, blank=True, verbose_name=_("closed at"))
    has_shown_photo = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether everybody may see a photo of it: PostgreSQL sets it (sql/guards/shown_photos.sql)",
    )
    # Its own part of `IncidentWords`, computed on writing, since computing takes far longer than reading.
    search_text = models.GeneratedField(
        expression=Plain("reference", "address", "text"), output_field=models.TextField(), db_persist=True
    )

    objects = IncidentQuerySet.as_manager()

    may: frozenset[str]  # what a person may do with it: filled in by the desk, which has asked `access`

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        indexes = [
            models.Index(fields=["authority", "state", "due_at"], name="a_desk_by_deadline"),
            models.Index(fields=["authority", "-changed_at"], name="a_desk_by_change"),
            models.Index(
                fields=["authority", "-closed_at"],
                include=["id", "category"],  # so that a search reads no row of a unit's history
                condition=Q(closed_at__isnull=False),
                name="ended_of_a_unit",
            ),
            models.Index(
                fields=["authority", "-reports_count", "due_at"], condition=Q(reports_count__gt=1), name="most_reported"
            ),
            # With all that a leader's figures and a desk's tabs read of what is open.
            models.Index(
                fields=["authority", "due_at"],
                include=["id", "state", "received_at", "area", "category", "handler"],
                condition=Q(closed_at=None),
                name="work_of_a_unit",
            ),
            models.Index(fields=["crew"], condition=Q(closed_at=None, crew__isnull=False), name="what_crews_have"),
            # What is asked of an incident that a line of history, a request or a word has found.
            models.Index(
                fields=["id"],
                include=["authority", "category", "state", "published", "due_at", "closed_at"],
                name="found_by_number",
            ),
            # The few that nobody may read: what many others have is told by whose they are not.
            models.Index(fields=["id"], condition=Q(published=False), name="unpublished_ones"),
            models.Index(fields=["authority", "id"], condition=Q(published=False), name="unpublished_of_a_unit"),
            models.Index(fields=["due_at"], condition=Q(closed_at=None), name="open_by_deadline"),
            models.Index(fields=["state", "due_at"], name="late_ones"),
            # With what lists of a period ask besides: they are counted and cut without a look at the rows.
            models.Index(
                fields=["-received_at"],
                include=["id", "reference", "category", "state", "published"],
                name="listed_newest_first",
            ),
            models.Index(fields=["area", "-received_at"], name="an_area_newest_first"),
            # What a desk watches: all that is open in its area, whoever has it.
            models.Index(
                fields=["area", "due_at"],
                include=["id", "state", "authority", "category"],
                condition=Q(closed_at=None),
                name="open_in_an_area",
            ),
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="to_be_checked"),
            # With all that a ward's page reads of what was done there.
            models.Index(
                fields=["area", "closed_at"],
                include=["category", "state", "received_at", "due_at", "id"],
                condition=Q(published=True, closed_at__isnull=False),
                name="done_in_an_area",
            ),
            # Likewise of what is open there, of what was done there and has a photo, and of what is hidden in the city.
            models.Index(
                fields=["area", "due_at"],
                include=["id", "state", "category", "crew"],
                condition=Q(published=True, closed_at=None),
                name="public_open_in_an_area",
            ),
            models.Index(
                fields=["area", "closed_at"],
                include=["id", "state", "category"],
                condition=Q(published=True, has_shown_photo=True, closed_at__isnull=False),
                name="photographed_in_an_area",
            ),
            models.Index(
                fields=["closed_at"],
                include=["category", "state", "received_at"],
                condition=Q(published=False, closed_at__isnull=False),
                name="unpublished_done",
            ),
            # With all that a leader's figures read of what was done.
            models.Index(
                fields=["closed_at"],
                include=["state", "received_at", "due_at", "first_due_at", "authority", "area", "category"],
                condition=Q(closed_at__isnull=False),
                name="done_with_figures",
            ),
            # What the map reads of an incident, so that the row itself is not read.
            models.Index(
                MapSpot("place"),
                include=["place", *FILTERED, "state", "received_at", "due_at", "has_shown_photo", "id"],
                condition=Q(published=True, closed_at=None),
                name="open_on_the_map_with_photos",
            ),
            models.Index(
                MapSpot("place"),
                include=["place", "category", "area", "state", "received_at", "id"],
                condition=Q(published=True, closed_at__isnull=False),
                name="ended_on_the_map",
            ),
            models.Index(
                "received_at",
                MapSpot("place"),
                include=["place", "category", "area", "state", "id"],
                condition=Q(published=True, closed_at__isnull=False),
                name="ended_on_the_map_by_day",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "closed", "rejected", "merged"], closed_at__isnull=False)
                | (~Q(state__in=["resolved", "closed", "rejected", "merged"]) & Q(closed_at=None)),
                name="closed_at_says_when_it_was_closed",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_since__isnull=False)
                | (~Q(state="waiting") & Q(waiting_since=None)),
                name="waiting_since_says_since_when_it_waits",
            ),
        ]

    def __str__(self):
        return self.reference

    @classmethod
    def shown_states(cls) -> list[tuple[str, "StrOrPromise"]]:
        return [(value, label) for value, label in cls.State.choices if value in cls.SHOWN]

    @property
    def address_title(self) -> str:
        return NamedPlace(self.address, self.near).title

    @property
    def headline(self) -> str:
        """The first words of the public text, at most 40 characters; the category where there are none."""
        words = Truncator(" ".join(self.text.split())).chars(HEADLINE_MAX)
        return words[:1].upper() + words[1:] or self.category.title

    @property
    def where(self) -> str:
        return ", ".join(filter(None, [self.address_title, self.area.title]))

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def was_never_public(self) -> bool:
        """Whether its category before a correction was never public."""
        return self.timeline.filter(kind=Event.Kind.RECLASSIFIED, receipt__private=True).exists()

    @property
    def came_in_never_public(self) -> bool:
        """Whether its first category was never public and was corrected."""
        first = self.timeline.filter(kind=Event.Kind.RECLASSIFIED).only("receipt").first()
        return bool(first and first.receipt and first.receipt.get("private"))

    @property
    def target(self) -> str:
        """Time to resolve it, such as `5wd`: of its due date trace, else of its category."""
        return next((line["target"] for line in self.due_date_trace if "target" in line), self.category.resolve_within)

    @property
    def is_late(self) -> bool:
        """Whether it is past its deadline with its clock running, or was closed after it."""
        return (
            self.due_at < now() if self.state in self.RUNNING else bool(self.closed_at and self.closed_at > self.due_at)
        )


class IncidentWords(models.Model):
    """Search words of an incident, its category and its reports, normalized by `plain`.

    Written by triggers of PostgreSQL when words change (sql/guards/search_words.sql).
    """

    incident = models.OneToOneField(Incident, models.CASCADE, primary_key=True, related_name="words")
    text = models.TextField()
    changed_in = models.BigIntegerField(
        db_default=TransactionNumber(), help_text="The transaction that wrote it; 0: one before this was kept"
    )

    class Meta:
        indexes = [
            GinIndex(OpClass("text", name="gin_trgm_ops"), name="incidents_by_words"),
            models.Index(fields=["changed_in"], condition=Q(changed_in__gt=0), name="words_by_change"),
        ]

    def __str__(self):
        return f"{self.incident_id}: {self.text}"


class AreaShare(models.Model):
    """Share of the uncertainty circle of a vague report in each area."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="area_shares")
    area = models.ForeignKey(Area, models.CASCADE, related_name="+")
    share = models.FloatField(help_text="0 … 1")

    class Meta:
        ordering = ["-share", "area__code"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "area"], name="an_area_has_one_share_of_an_incident"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="a_share_is_a_part_of_one"),
        ]

    def __str__(self):
        return f"{self.incident_id}: {self.share:.0%} {self.area_id}"


SHORT_TOKEN = 14  # characters of a report's token that tell it from others: 84 bits, short enough for an SMS


class ReportQuerySet(models.QuerySet["Report"]):
    def with_link(self, token: str, at: datetime | None = None) -> "ReportQuerySet":
        """The report of this private link; none once the link has ended."""
        return with_whole_value(self.with_lasting_link(at), "token", token)

    def with_short_link(self, beginning: str) -> "ReportQuerySet":
        """The report whose private link begins with these SHORT_TOKEN characters; none once the link has ended."""
        return self.with_lasting_link().filter(token=beginning)

    def with_lasting_link(self, at: datetime | None = None) -> "ReportQuerySet":
        ended = (at or now()) - relativedelta(months=policies.current().link_months)
        return self.filter(Q(incident__closed_at=None) | Q(incident__closed_at__gt=ended))

    def with_settled_category(self) -> "ReportQuerySet":
        """Reports with text whose category is confirmed: a unit accepted the incident and did not reject it."""
        unsettled = (*Incident.UNACCEPTED, Incident.State.REJECTED)
        return self.exclude(text="").exclude(incident__state__in=unsettled)


class SentReport(models.Model):
    """Columns common to `Report` and `HeldReport`."""

    # Idempotency key set by the sender: a form sent twice is one report.
    sending = models.UUIDField(default=uuid.uuid4, unique=True)
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True)
    email = EncryptedEmailField(blank=True, indexed=True)
    # When the address was confirmed, by a code or by an operator. Nothing is sent there before.
    phone_confirmed_at = models.DateTimeField(null=True, blank=True)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Report(SentReport):
    """A message of one person by one channel. Only the responsible authority sees its contact data."""

    class Channel(models.TextChoices):
        WEB = "web", _("Web")
        PHONE = "phone", _("Phone")
        OPEN311 = "open311", "Open311"
        ZALO = "zalo", "Zalo"
        MESSENGER = "messenger", "Messenger"
        WEBCHAT = "webchat", _("Chat on our pages")
        EMAIL = "email", _("E-mail")
        CAMERA = "camera", _("Camera")
        API = "api", _("Another system")
        VOICE = "voice", _("Callbot")
        OFFICER = "officer", _("Officer")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="reports", verbose_name=_("incident"))
    channel = models.CharField(max_length=10, choices=Channel, verbose_name=_("channel"))
    # Found by its first characters (84 bits): short links hold no more of it.
    token = EncryptedTextField(
        max_length=43,
        indexed=True,
        index_chars=SHORT_TOKEN,
        default=secrets.token_urlsafe,
        help_text="The private link to follow it",
    )
    text = SealedTextField(blank=True)
    public_text = SealedTextField(
        blank=True,
        db_default="",
        shown_if="is_shown",
        help_text="What others than the unit may read of it: without contacts, or covered",
    )
    place = models.PointField(spatial_index=False)  # incidents are looked for by places, and not their reports
    address = SealedTextField(
        max_length=200, blank=True, db_default="", help_text="Where it is, in the reporter's own words"
    )
    accuracy_m = models.FloatField(null=True, blank=True, verbose_name=_("accuracy in metres"))
    chat = EncryptedTextField(
        max_length=40,
        blank=True,
        db_column="zalo",
        db_default="",
        indexed=True,
        sealed_as="incidents.report.zalo",
        help_text="Where the sender chats with the city, as Correspondent.user: contact data",
    )
    language = models.CharField(max_length=5, default="vi", verbose_name=_("language"))
    received_at = models.DateTimeField(default=now, verbose_name=_("received at"))
    answers = EncryptedListField(
        default=list, blank=True, db_default=[], help_text="Those to the questions of its category"
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the personal data was erased"), verbose_name=_("erased at")
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When its sender took it back")
    notice_version = models.CharField(
        max_length=10,
        blank=True,
        db_default="",
        help_text="Of what is said about personal data, as the sender read and agreed to it",
    )
    search_text = models.GeneratedField(expression=Plain("text"), output_field=models.TextField(), db_persist=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a citizen")
        verbose_name_plural = _("reports of citizens")
        indexes = [
            models.Index(BlindIndex("phone"), condition=~Q(phone=""), name="reports_by_phone"),
            models.Index(BlindIndex("email"), condition=~Q(email=""), name="reports_by_email"),
            models.Index(BlindIndex("chat"), condition=~Q(chat=""), name="reports_by_zalo"),
        ]
        constraints = [
            models.UniqueConstraint(BlindIndex("token"), condition=~Q(token=""), name="a_link_leads_to_one_report")
        ]

    def __str__(self):
        return f"{self.incident}: {self.get_channel_display()}"

    @property
    def is_shown(self) -> bool:
        return self.incident.published


# Events that change nothing in public: these kinds, and internal events of staff.
QUIET_LINES = Q(kind__in=["redated", "graded", "released", "hidden", "covered", "erased", "given", "viewed"]) | Q(
    public=False, by__isnull=False
)


class Event(models.Model):
    """A line of an incident's history. PostgreSQL refuses updates and deletes (sql/guards/history.sql)."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")
        JOINED = "joined", _("One more report merged")
        ASSIGNED = "assigned", _("Assigned")
        PASSED_ON = "passed_on", _("Passed on outside the system")
        ACCEPTED = "accepted", _("Accepted")
        BEGUN = "begun", _("Work has begun")
        ASKED = "asked", _("The unit asks")
        ANSWERED = "answered", _("The reporter answered")
        HANDED_OVER = "handed_over", _("Transferred")
        HANDED_BACK = "handed_back", _("Handed back")
        MORE_TIME = "more_time", _("Extension requested")
        EXTENDED = "extended", _("Extension granted")
        NO_MORE_TIME = "no_more_time", _("Extension refused")
        RESOLVED = "resolved", _("Resolved")
        REJECTED = "rejected", _("Not accepted")
        CONFIRMED = "confirmed", _("Confirmed by the reporter")
        CLOSED = "closed", _("Closed")
        DISPUTED = "disputed", _("The reporter does not agree")
        UPHELD = "upheld", _("The reporter is right: work resumed")
        OVERRULED = "overruled", _("The result stands")
        RATED = "rated", _("Rated")
        REOPENED = "reopened", _("Reopened")
        REDRAWN = "redrawn", _("Boundaries changed")
        RESTORED = "restored", _("Boundary change revoked")
        CLAIMED = "claimed", _("Taken over by another unit")
        REMINDED = "reminded", _("Reminded")
        DIRECTED = "directed", _("Directive")
        TASK_ASKED = "task_asked", _("Another unit was asked to help")
        TASK_DONE = "task_done", _("The unit asked to help has answered")
        MERGED = "merged", _("Merged into another")
        GATHERED = "gathered", _("Another was merged into it")
        SPLIT = "split", _("Reports were separated")
        RELOCATED = "relocated", _("The location was corrected")
        RECLASSIFIED = "reclassified", _("The type was corrected")
        GIVEN = "given", _("Assigned to a person")
        CREWED = "crewed", _("Assigned to a crew")
        REDATED = "redated", _("The deadline was recalculated")
        GRADED = "graded", _("The severity was changed")
        RELEASED = "released", _("Made public")
        HIDDEN = "hidden", _("No longer public")
        COVERED = "covered", _("Parts were redacted")
        ERASED = "erased", _("Personal data were erased")
        EVIDENCE = "evidence", _("Camera pictures saved")
        PINNED = "pinned", _("A picture was saved by staff")
        UNPINNED = "unpinned", _("A picture is no longer saved by staff")
        EXPORTED = "exported", _("Evidence was exported")
        HELD = "held", _("Deletion of evidence was blocked")
        UNHELD = "unheld", _("Deletion of evidence was allowed again")
        FORGOTTEN = "forgotten", _("Evidence was deleted on schedule")
        WITHDRAWN = "withdrawn", _("Withdrawn by the reporter")
        NOTE = "note", _("Note")
        INQUIRED = "inquired", _("Another unit asks")
        URGED = "urged", _("Another unit reminds")
        REMARKED = "remarked", _("Another unit comments")
        REPLIED = "replied", _("The unit in charge answers")
        OFFERED = "offered", _("Another unit asks to take it over")
        DECLINED = "declined", _("The unit in charge keeps it")
        ANNOUNCED = "announced", _("Announced to people nearby")
        CHECKED = "checked", _("Place and time of the result")
        UNDONE = "undone", _("The last step was undone")
        VIEWED = "viewed", _("Contact details viewed")
        DIGESTED = "digested", _("Digests of older texts")
        WITNESSED = "witnessed", _("A neighbour checked")

    # Messages between the unit in charge and watching units, read by both sides only.
    BETWEEN_UNITS = (Kind.INQUIRED, Kind.URGED, Kind.REMARKED, Kind.REPLIED, Kind.OFFERED, Kind.DECLINED)

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="timeline", verbose_name=_("incident"))
    kind = models.CharField(max_length=12, choices=Kind, verbose_name=_("what happened"))
    state = models.CharField(
        max_length=10, choices=Incident.State, help_text=_("The incident's state after this"), verbose_name=_("state")
    )
    at = models.DateTimeField(default=now, verbose_name=_("moment"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    authority = models.ForeignKey(
        Authority,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The unit in charge of the step"),
        verbose_name=_("unit"),
    )
    note = SealedTextField(blank=True, shown_if="is_shown")
    public = models.BooleanField(default=True, verbose_name=_("public"))
    reasons = models.JSONField(default=list, blank=True, help_text='[{"vi": "…", "en": "…"}]: why this authority')
    receipt = models.JSONField(
        null=True, blank=True, help_text="Of an assignment: the rule, the edition, the areas, and the rules it beat"
    )
    salt = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        db_default=RandomUUID(),
        help_text="Drawn by chance, sealed with the note and erased with it: else a short note is found by trying",
    )
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=_("When the note was erased: a right of the data subject"),
        verbose_name=_("erased at"),
    )
    archive = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text="The number of the archive that has its words and reasons"
    )

    class Meta:
        verbose_name = _("line of the history")
        verbose_name_plural = _("lines of the history")
        ordering = ["pk"]
        indexes = [
            BrinIndex(fields=["at"], name="lines_of_a_day"),  # they are written in the order of their time
            # What `/watch/` counts of a period, and from when on the unit had what it accepted.
            models.Index(
                fields=["kind", "at"],
                include=["incident"],
                condition=Q(kind__in=["accepted", "disputed", "upheld"]),
                name="watched_lines",
            ),
            models.Index(fields=["at"], include=["id", "incident"], condition=QUIET_LINES, name="quiet_lines"),
            models.Index(
                fields=["incident", "-at"],
                include=["id"],
                condition=Q(kind__in=["assigned", "handed_over", "handed_back", "claimed"]),
                name="assignments",
            ),
        ]

    def __str__(self):
        return f"{self.incident}: {self.get_kind_display()}"

    @property
    def is_shown(self) -> bool:
        return self.public and self.incident.published


class EventSeal(models.Model):
    """Seal of an event, which includes the one before, so that changes and gaps are detected."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="seal")
    note_digest = models.BinaryField(help_text="SHA-256 of salt and note: it stays when the note is erased")
    digest = models.BinaryField(help_text="SHA-256 of the digest before, the line's fields and the note's digest")

    class Meta:
        ordering = ["event"]

    def __str__(self):
        return f"{self.event_id} {bytes(self.digest).hex()[:12]}"


class HistoryArchive(models.Model):
    """An external file with notes and reasons of old events (incidents/audit/archive.py)."""

    made_at = models.DateTimeField(default=now)
    before = models.DateField(help_text="What it has is of incidents that had ended before this day")
    name = models.CharField(max_length=200, help_text="The file's name when it was written")
    sha256 = models.CharField(max_length=64, unique=True)
    lines = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name


class HistoryHead(PublishedHead):
    """Last seal of a day in the history of all incidents."""

    CHAIN = "history"

    event_id = models.BigIntegerField(help_text="The number of the last line")

    @property
    def line(self) -> int:
        return self.event_id

    @line.setter
    def line(self, number: int) -> None:
        self.event_id = number


class CoveredNote(models.Model):
    """Public replacement of an event's note; the note itself stays for staff."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="cover")
    # Public replacement of `Event.note`.
    text = SealedTextField(blank=True, shown_if="is_shown", sealed_as="incidents.event.note")
    # None: newer patterns found contacts in it (disclosure/old_words.py).
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=now)

    def __str__(self):
        return str(self.event)

    @property
    def is_shown(self) -> bool:
        return self.event.is_shown


class CoverPass(models.Model):
    """Progress of searching reports for contacts with the present patterns; one row."""

    patterns = models.CharField(max_length=64, help_text="SHA-256 of the code that finds contacts")
    last = models.BigIntegerField(default=0, help_text="The last line of history that was looked at")


class PhotoQuerySet(models.QuerySet["Photo"]):
    def shown(self) -> "PhotoQuerySet":
        """Photos that the public may see: public, with faces and number plates masked."""
        return self.filter(Photo.SHOWN)

    def looked_at(self) -> "PhotoQuerySet":
        """Photos with faces and number plates masked, or found free of them by a person; not all are public."""
        return self.filter(masking=Photo.Masking.DONE)

    def to_be_masked(self) -> "PhotoQuerySet":
        return self.filter(masking=Photo.Masking.DUE).order_by("pk")

    def held_back(self) -> "PhotoQuerySet":
        rows = self.filter(masking=Photo.Masking.HELD).order_by("pk")
        return rows.select_related("incident__category", "incident__area", "incident__authority", "report").defer(
            "incident__area__shape", "incident__area__outline"
        )


class Photo(models.Model):
    """A picture of a citizen or an officer, re-encoded without EXIF; or a video with its still."""

    class Masking(models.TextChoices):
        DUE = "due", _("faces and number plates are being covered")
        HELD = "held", _("a person has to check it first")
        DONE = "done", _("checked")

    class Held(models.TextChoices):
        NO_MODEL = "no_model", _("no software that finds faces and number plates is installed")
        UNREAD = "unread", _("the software that finds faces and number plates could not check it")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="photos", verbose_name=_("incident"))
    report = models.ForeignKey(
        Report, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name=_("report")
    )
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="photos", verbose_name=_("line of the history")
    )
    picture = models.FileField(upload_to="photos/%Y/%m/")
    small = models.FileField(upload_to="photos/%Y/%m/")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    public = models.BooleanField(default=True, verbose_name=_("public"))
    # Where parts are covered, `picture` and `small` are the covered ones.
    original = models.FileField(upload_to="photos/%Y/%m/", blank=True)
    covers = models.JSONField(default=list, blank=True, help_text="[[x, y, width, height]] as parts of one")
    masking = models.CharField(
        max_length=4,
        choices=Masking,
        default=Masking.DONE,
        db_default=Masking.DONE,
        help_text=_("Whether faces and number plates are covered: before that only the desk can see it"),
        verbose_name=_("faces and number plates"),
    )
    held_reason = models.CharField(
        max_length=10, choices=Held, blank=True, db_default="", verbose_name=_("why it is held")
    )
    found = models.JSONField(
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
        help_text="What the models found: {kind: how many}, and under “tools” what found it",
    )

    # Videos are not searched for faces and number plates: a person looks before the public sees one.
    video = models.FileField(upload_to="photos/%Y/%m/", blank=True, db_default="")
    seconds = models.FloatField(default=0, db_default=0)
    video_public = models.BooleanField(default=False, db_default=False)

    objects = PhotoQuerySet.as_manager()

    # Conditions under which the public sees a photo, and its video.
    SHOWN = Q(public=True, masking=Masking.DONE) & (Q(event=None) | Q(event__public=True))
    VIDEO_SHOWN = SHOWN & Q(video_public=True, covers=[])

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(report__isnull=False) | Q(event__isnull=False), name="a_photo_has_a_giver"
            ),
            models.CheckConstraint(
                condition=Q(masking="held") & ~Q(held_reason="") | ~Q(masking="held") & Q(held_reason=""),
                name="a_held_photo_says_why",
            ),
            models.CheckConstraint(
                condition=Q(video_public=False) | ~Q(video="") & Q(covers=[]), name="what_is_covered_shows_no_video"
            ),
        ]
        indexes = [models.Index(fields=["masking"], condition=~Q(masking="done"), name="photos_to_look_at")]

    def __str__(self):
        return f"{self.incident}: {self._meta.verbose_name}"

    @property
    def is_shown(self) -> bool:
        return self.public and self.is_looked_at and (self.event is None or self.event.public)

    @property
    def video_is_shown(self) -> bool:
        return self.is_shown and self.video_public and not self.covers

    @property
    def has_whole_video(self) -> bool:
        return bool(self.video) and not self.covers

    @property
    def is_looked_at(self) -> bool:
        return self.masking == self.Masking.DONE

    @property
    def desk_size(self) -> str:
        """Size name under which the desk sees the unmasked picture."""
        return "original" if self.original else "large"
