"""Work around an incident: extensions, subtasks, takeover offers, directives, ratings, saved filters."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from geoapp.crypto.fields import EncryptedEmailField, EncryptedTextField, SealedTextField
from incidents.models.catalogue import Category, EscalationStep
from incidents.models.incident import Event, Incident, Report
from incidents.models.people import Authority, Membership
from incidents.wording import person_name


class Extension(models.Model):
    """More time for an incident: requested with a reason, decided by another user."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="extensions")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: a unit outside, by its link",
    )
    asked_at = models.DateTimeField(default=now)
    reason = SealedTextField()
    was_due_at = models.DateTimeField()
    until = models.DateTimeField(help_text="The due date that is asked for")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    granted = models.BooleanField(null=True)
    note = SealedTextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["asked_at"], name="more_time_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(granted=None), name="one_extension_is_asked_for_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(granted=None, decided_by=None, decided_at=None)
                | Q(granted__isnull=False, decided_at__isnull=False),
                name="who_decides_says_when",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="nobody_grants_oneself_more_time"
            ),
            models.CheckConstraint(condition=Q(until__gt=F("was_due_at")), name="more_time_is_more"),
        ]

    def __str__(self):
        return f"{self.incident} → {self.until}"


class Subtask(models.Model):
    """A part of the work for another unit; while it is open the incident cannot be resolved."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="subtasks")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="subtasks")
    what = SealedTextField()
    due_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = SealedTextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    is_ours: bool  # whether it is asked of the reader's unit: filled in by the desk, as is the glyph of its state
    sign: str

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["authority", "due_at"], condition=Q(state="open"), name="subtasks_of_a_desk")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="a_subtask_ends_at_a_moment",
            )
        ]

    def __str__(self):
        return f"{self.incident}: {self.authority}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_late(self) -> bool:
        return self.is_open and self.due_at < now()


class TakeoverOffer(models.Model):
    """An offer of a unit to take over another's incident, decided by the unit in charge or the duty desk."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="offers")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", help_text="The unit whose it is to be")
    reason = SealedTextField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(default=now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state="open"), name="one_unit_at_a_time_says_it_is_theirs"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="an_offer_ends_at_a_moment",
            ),
        ]

    def __str__(self):
        return f"{self.incident}: {self.authority}"


class UndoableStep(models.Model):
    """State of an incident before a step that can be undone for some seconds. PostgreSQL allows the reverse transition
    by it (sql/guards/states.sql).
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="undoable")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    before = models.JSONField(help_text="The fields that a step changes, as they were")
    was = models.CharField(max_length=10, choices=Incident.State, help_text="The state before")
    steps_taken = models.PositiveIntegerField(help_text="After it: whoever goes on takes more")
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.incident_id}: {self.event_id}"


class Prompt(models.Model):
    """A leader's reminder to a unit of overdue work; its message waits until it can no longer be undone."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="prompts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=now)
    late = models.PositiveIntegerField(help_text="How many of its incidents were late")
    undone_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["authority", "-at"], name="prompts_of_a_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(sent_at=None), name="what_was_taken_back_was_not_sent"
            )
        ]

    def __str__(self):
        return f"{self.authority} {self.at:%Y-%m-%d %H:%M}"


class Directive(models.Model):
    """An order of a leader: unit, task, due date; acknowledged and reported back."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    post = models.ForeignKey(Membership, models.SET_NULL, null=True, blank=True, related_name="+")
    to = models.ForeignKey(Authority, models.PROTECT, related_name="directives")
    incidents = models.ManyToManyField(Incident, blank=True, related_name="directives")
    what = SealedTextField()
    until = models.DateTimeField()
    given_at = models.DateTimeField(default=now)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reported_at = models.DateTimeField(null=True, blank=True)
    report = SealedTextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When the leader took the report")

    class Meta:
        ordering = ["until", "pk"]
        indexes = [models.Index(fields=["to", "until"], condition=Q(settled_at=None), name="directives_of_a_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reported_at=None, report="") | (Q(reported_at__isnull=False) & ~Q(report="")),
                name="a_report_has_words",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("given_at")), name="a_directive_leaves_time"),
        ]

    def __str__(self):
        return f"{self.to}: {self.what[:60]}"

    @property
    def giver(self) -> str:
        return self.post.authority.title if self.post else person_name(self.by)

    @property
    def is_late(self) -> bool:
        return self.until < now() and not self.reported_at and not self.settled_at


class Reminder(models.Model):
    """An escalation step reached for a deadline; unique, however many workers check."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="reminders")
    step = models.ForeignKey(EscalationStep, models.CASCADE, related_name="+")
    deadline = models.DateTimeField()
    at = models.DateTimeField(default=now)
    told = models.BooleanField(default=True, help_text="False: passed over, for a later step was reached meanwhile")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "step", "deadline"], name="an_escalation_step_is_reached_once")
        ]

    def __str__(self):
        return f"{self.incident} {self.step}"


class Digest(models.Model):
    """The weekly numbers sent to a leader."""

    week = models.DateField(help_text="The day on which it is told")
    post = models.ForeignKey(Membership, models.CASCADE, related_name="digests")
    counts = models.JSONField(help_text="received, in_time, late, waiting … and the week before")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["week", "post"], name="one_digest_a_week")]

    def __str__(self):
        return f"{self.week} {self.post}"


class Rating(models.Model):
    """A reporter's rating of a result."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="ratings")
    result = models.ForeignKey(Event, models.PROTECT, related_name="ratings", help_text="The line that told the result")
    stars = models.PositiveSmallIntegerField()
    reason = SealedTextField(blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="ratings_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["report", "result"], name="a_result_is_rated_once"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
        ]

    def __str__(self):
        return f"{self.report}: {self.stars}"


class Mention(models.Model):
    """A mention of a user by @name in an internal note."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["event", "user"], name="one_is_mentioned_once_in_a_note")]

    def __str__(self):
        return f"@{self.user} {self.event}"


class SavedFilter(models.Model):
    """A saved list filter of the desk."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="a_filter_has_its_name")]

    def __str__(self):
        return self.name


class Correction(models.Model):
    """A hand-over to another unit than the rules chose: input for rule proposals."""

    event = models.OneToOneField(Event, models.CASCADE, primary_key=True, related_name="correction")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="corrections")
    category = models.ForeignKey(Category, models.CASCADE, related_name="+")
    area = models.ForeignKey("gis_data.Area", models.CASCADE, related_name="+")
    was = models.ForeignKey(Authority, models.CASCADE, related_name="+")
    to = models.ForeignKey(Authority, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["category", "-at"], name="corrections_of_a_field")]

    def __str__(self):
        return f"{self.incident}: {self.was} → {self.to}"


class SubjectRequest(models.Model):
    """A request about the own personal data, with the legal due date."""

    class Kind(models.TextChoices):
        ACCESS = "access", _("to know what is stored")
        CORRECT = "correct", _("to correct it")
        RESTRICT = "restrict", _("to restrict its use")
        ERASE = "erase", _("to erase it")

    kind = models.CharField(max_length=10, choices=Kind)
    phone = EncryptedTextField(max_length=20, blank=True, indexed=True)
    email = EncryptedEmailField(blank=True, indexed=True)
    chat = EncryptedTextField(
        max_length=40,
        blank=True,
        db_column="zalo",
        indexed=True,
        sealed_as="incidents.subjectrequest.zalo",
        help_text="Who asked by chat, as Correspondent.user",
    )
    note = SealedTextField(blank=True)
    received_at = models.DateTimeField(default=now)
    answer_by = models.DateTimeField()
    done_by = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the person asked by chat",
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = SealedTextField(blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="When it was forgotten who asked")

    class Meta:
        ordering = ["done_by"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(phone="", email="", chat="") | Q(erased_at__isnull=False),
                name="a_request_names_an_address",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(phone="", email="", chat="", note="", outcome="", done_at__isnull=False),
                name="an_erased_request_says_nothing",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.received_at:%Y-%m-%d}"
