"""Categories, their questions, routing rules, service levels, escalation steps and answer templates."""

from itertools import groupby

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Func, Q, TextField
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from gis_data.models import Area, in_language
from incidents.models.people import Authority

# Around the clock 30min · 4h · 10d; in office hours 30wmin · 4wh; 5wd working days.
TARGET = r"^[1-9][0-9]*(min|h|d|wmin|wh|wd)$"


class Plain(Func):
    """SQL function: texts joined and normalized like `gis_data.words.plain`: lower case, no diacritics."""

    template = (
        "regexp_replace(lower(regexp_replace(normalize(translate(coalesce(%(expressions)s, ''), 'Đđ', 'Dd'), NFD),"
        " '[\\u0300-\\u036f]', '', 'g')), '[^\\w/]+', ' ', 'g')"
    )
    arg_joiner = ", '') || ' ' || coalesce("  # and not concat_ws, which PostgreSQL would not keep in a column
    output_field = TextField()


class CategoryQuerySet(models.QuerySet["Category"]):
    def leaves(self) -> "CategoryQuerySet":
        return self.filter(parent__isnull=False)

    def in_menu_order(self) -> "CategoryQuerySet":
        return self.select_related("parent").order_by("parent__position", "parent__code", "position", "code")

    def by_group(self) -> "list[tuple[str, list[Category]]]":
        """(title of a group, its categories among these), in menu order."""
        grouped = groupby(self.in_menu_order(), lambda category: category.parent)
        return [(group.title if group else "", list(leaves)) for group, leaves in grouped]

    def never_public(self) -> "CategoryQuerySet":
        """Categories for which `is_never_public` is true."""
        return self.filter(Q(restricted=True) | Q(publish=Category.Publish.NEVER))

    def about_staff(self) -> "CategoryQuerySet":
        """Complaints about city staff; `access.ABOUT_STAFF` says who reads them."""
        return self.filter(about_staff=True)


class Category(models.Model):
    """A group, or a leaf of a group that can be reported."""

    class Publish(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        ACCEPTED = "accepted", _("when the unit has accepted it")
        CHECKED = "checked", _("after review")
        NEVER = "never", _("never")

    class Confirm(models.TextChoices):
        CODE = "code", _("confirmed by a code")
        PERSON = "person", _("confirmed by a code, or once a person has accepted it")
        NONE = "none", _("at once")

    code = models.CharField(max_length=20, unique=True, verbose_name=_("code"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("group of types")
    )
    name = models.CharField(max_length=100, verbose_name=_("name"))
    name_en = models.CharField(max_length=100, blank=True, verbose_name=_("name in English"))
    icon = models.CharField(max_length=30, help_text=_("A symbol of icons.svg: c-flood"), verbose_name=_("icon"))
    position = models.PositiveSmallIntegerField(default=0, verbose_name=_("position in the list"))
    everyday = models.BooleanField(default=False, help_text=_("Shown first"), verbose_name=_("common"))
    emergency = models.BooleanField(
        default=False, help_text=_("Shows the emergency numbers before anything else"), verbose_name=_("emergency")
    )
    emergencies = models.CharField(
        max_length=60, blank=True, db_default="", editable=False,
        help_text="In which kinds of emergency mode it is offered first: flood storm",
    )  # fmt: skip
    restricted = models.BooleanField(
        default=False, help_text=_("Never shown in public"), verbose_name=_("never public")
    )
    about_staff = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("A complaint about city staff: like any enquiry of this type, only a few people can read it"),
        verbose_name=_("about staff"),
    )
    cameras = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Cameras may be used: only for what can be seen in the street"),
        verbose_name=_("cameras may be used"),
    )
    # Order of camera-visible categories when an incident is made of a picture.
    camera_rank = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    area_matter = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("It affects an area, like a flood: a camera nearby that does not see the place also counts"),
        verbose_name=_("nearby cameras count"),
    )
    publish = models.CharField(
        max_length=10, choices=Publish, default=Publish.AT_ONCE, verbose_name=_("when made public")
    )
    confirm = models.CharField(
        max_length=10,
        choices=Confirm,
        default=Confirm.PERSON,
        db_default=Confirm.PERSON,
        help_text=_("When messages go to a phone number or e-mail address that somebody left"),
        verbose_name=_("address confirmation"),
    )
    check_photos = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("If no model covers faces and number plates, photos wait until somebody has checked them"),
        verbose_name=_("photos are checked first"),
    )
    accept_within = models.CharField(max_length=8, blank=True, verbose_name=_("accept within"))
    resolve_within = models.CharField(max_length=8, blank=True, verbose_name=_("resolve within"))
    keywords = models.TextField(blank=True, verbose_name=_("keywords"))
    search = models.TextField(editable=False, blank=True)
    # Its part of the search words of its incidents.
    search_text = models.GeneratedField(
        expression=Plain("name", "name_en"), output_field=models.TextField(), db_persist=True
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("type of incident")
        verbose_name_plural = _("types of incident")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent=None, resolve_within="")
                | Q(parent__isnull=False, accept_within__regex=TARGET, resolve_within__regex=TARGET),
                name="a_leaf_has_its_targets",
            ),
            models.CheckConstraint(
                condition=Q(about_staff=False) | Q(restricted=True), name="what_is_about_staff_is_never_public"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self) -> str:
        return in_language(self, "name")

    @property
    def is_never_public(self) -> bool:
        return self.restricted or self.publish == self.Publish.NEVER

    def publishes(self, moment: str) -> bool:
        """Whether incidents are public from this moment on (a value of Publish)."""
        return not self.restricted and self.publish == moment


class Question(models.Model):
    """A question to reporters of a category; of a group, for all its leaves.

    Types are those of GeoReport; a `note` is only shown.
    """

    class Datatype(models.TextChoices):
        STRING = "string", _("a line")
        TEXT = "text", _("several lines")
        NUMBER = "number", _("a number")
        MOMENT = "datetime", _("a date and time")
        ONE = "singlevaluelist", _("one of several")
        SEVERAL = "multivaluelist", _("some of several")
        NOTE = "note", _("shown, not asked")

    category = models.ForeignKey(Category, models.CASCADE, related_name="questions", verbose_name=_("type of incident"))
    code = models.SlugField(max_length=40, verbose_name=_("code"))
    position = models.PositiveSmallIntegerField(default=0, verbose_name=_("position in the list"))
    datatype = models.CharField(max_length=20, choices=Datatype, verbose_name=_("kind of answer"))
    required = models.BooleanField(
        default=False, help_text=_("On forms, and for other systems"), verbose_name=_("answer required")
    )
    personal = models.BooleanField(
        default=False,
        help_text=_("Its answers are only shown together with the contact details"),
        verbose_name=_("personal"),
    )
    text = models.CharField(max_length=200, verbose_name=_("text"))
    text_en = models.CharField(max_length=200, blank=True, verbose_name=_("text in English"))
    hint = models.CharField(max_length=200, blank=True, verbose_name=_("hint"))
    hint_en = models.CharField(max_length=200, blank=True, verbose_name=_("hint in English"))
    choices = models.JSONField(
        default=list, blank=True, help_text='[{"key": "deep", "vi": "…", "en": "…"}]', verbose_name=_("choices")
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["category", "code"], name="a_question_of_a_category_is_asked_once"),
            models.CheckConstraint(condition=~Q(datatype="note") | Q(required=False), name="no_note_wants_an_answer"),
        ]

    def __str__(self):
        return f"{self.category} {self.code}"

    @property
    def title(self) -> str:
        return in_language(self, "text")

    @property
    def explanation(self) -> str:
        return in_language(self, "hint")

    @property
    def titled_choices(self) -> list[tuple[str, str]]:
        """(key, title in the active language) of each."""
        language = "en" if get_language() == "en" else "vi"
        return [(choice["key"], choice[language] or choice["vi"]) for choice in self.choices]


class RoutingRule(models.Model):
    """The authority for a category in an area. Most specific first: deeper area, then leaf, group, any.

    Without `authority`: the authority of the ward that contains the place.
    """

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="rules", verbose_name=_("type of incident")
    )
    area = models.ForeignKey(Area, models.CASCADE, null=True, blank=True, related_name="rules", verbose_name=_("area"))
    authority = models.ForeignKey(
        Authority, models.CASCADE, null=True, blank=True, related_name="rules", verbose_name=_("unit")
    )
    reason = models.CharField(
        max_length=200, help_text=_("One plain sentence, shown to the citizen"), verbose_name=_("reason")
    )
    reason_en = models.CharField(max_length=200, blank=True, verbose_name=_("reason in English"))

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "area"], nulls_distinct=False, name="one_rule_for_a_category_in_an_area"
            )
        ]

    def __str__(self):
        unit = self.authority or _("the unit there")
        return f"{self.category or _('every type')} × {self.area or _('everywhere')} → {unit}"

    @property
    def explanation(self):
        return in_language(self, "reason")


class Severity(models.TextChoices):
    NORMAL = "normal", _("normal")
    DANGEROUS = "dangerous", _("dangerous")


class ServiceLevel(models.Model):
    """Targets for a severity, a unit or both that override the category's. The most specific one counts."""

    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="levels",
        help_text=_("A type, a group, or any"),
        verbose_name=_("type of incident"),
    )
    severity = models.CharField(
        max_length=10, choices=Severity, blank=True, help_text=_("Empty: any"), verbose_name=_("severity")
    )
    authority = models.ForeignKey(
        Authority, models.CASCADE, null=True, blank=True, related_name="levels", verbose_name=_("unit")
    )
    accept_within = models.CharField(max_length=8, verbose_name=_("accept within"))
    resolve_within = models.CharField(max_length=8, verbose_name=_("resolve within"))

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "severity", "authority"], nulls_distinct=False, name="one_level_for_a_case"
            ),
            models.CheckConstraint(
                condition=Q(accept_within__regex=TARGET, resolve_within__regex=TARGET), name="a_level_has_its_targets"
            ),
        ]

    def __str__(self):
        severity = self.get_severity_display() or _("any severity")
        return f"{self.category or _('every type')} × {severity} × {self.authority or _('every unit')}"


class CalendarDay(models.Model):
    """A correction of the library's public holidays: a day off, or a working day."""

    day = models.DateField(unique=True, verbose_name=_("day"))
    works = models.BooleanField(help_text=_("Whether offices work on this day"), verbose_name=_("worked"))
    name = models.CharField(max_length=100, verbose_name=_("name"))

    class Meta:
        verbose_name = _("day off or worked")
        verbose_name_plural = _("days off or worked")
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {self.name}"


class EscalationStep(models.Model):
    """A step of the escalation ladder: when, who is notified, and by which medium."""

    class Target(models.TextChoices):
        ACCEPT = "accept", _("to be accepted")
        RESOLVE = "resolve", _("to be resolved")

    class Who(models.TextChoices):
        HANDLER = "handler", _("the unit's contact")
        HEAD = "head", _("the head of the unit")
        LEADER = "leader", _("the leader of the area or field")
        CITY = "city", _("the city")

    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="escalation_steps",
        help_text=_("A type, a group, or any"),
        verbose_name=_("type of incident"),
    )
    target = models.CharField(max_length=10, choices=Target, verbose_name=_("which deadline"))
    offset = models.CharField(
        max_length=8,
        help_text=_("-25% of the time, -4h, 0, +30min, +1d, +1wd: before or after the deadline"),
        verbose_name=_("before or after it"),
    )
    who = models.CharField(max_length=10, choices=Who, verbose_name=_("who is reminded"))
    sms = models.BooleanField(default=False, verbose_name=_("by SMS"))
    email = models.BooleanField(default=True, verbose_name=_("by e-mail"))

    class Meta:
        verbose_name = _("reminder step")
        verbose_name_plural = _("reminder steps")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "target", "offset", "who"],
                nulls_distinct=False,
                name="an_escalation_step_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(offset__regex=r"^(0|-[1-9][0-9]?%|[+-][1-9][0-9]*(min|h|d|wmin|wh|wd))$"),
                name="an_escalation_step_has_its_moment",
            ),
            models.CheckConstraint(condition=Q(sms=True) | Q(email=True), name="an_escalation_step_is_heard"),
        ]

    def __str__(self):
        return (
            f"{self.category or _('every type')}: {self.get_target_display()}, {self.offset} → {self.get_who_display()}"
        )


class AnswerTemplateQuerySet(models.QuerySet["AnswerTemplate"]):
    def fitting(self, category: Category, step: str) -> "AnswerTemplateQuerySet":
        """Templates for a step with this leaf: its own first, then its group's, then general ones."""
        mine = Q(category=None) | Q(category=category) | Q(category=category.parent_id)
        nearest = models.F("category__parent").asc(nulls_last=True)
        return self.filter(mine, step=step).order_by(nearest, models.F("category").asc(nulls_last=True), "title")


class AnswerTemplate(models.Model):
    """Text that officers often use for a step, by category."""

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, related_name="answers", verbose_name=_("type of incident")
    )
    step = models.CharField(max_length=20, help_text=_("resolve, reject, ask …"), verbose_name=_("step"))
    title = models.CharField(max_length=80, verbose_name=_("title"))
    text = models.TextField(verbose_name=_("text"))

    objects = AnswerTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared answer")
        verbose_name_plural = _("prepared answers")
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "step", "title"], nulls_distinct=False, name="an_answer_stands_once"
            )
        ]

    def __str__(self):
        return self.title


class WorkOrderTextQuerySet(models.QuerySet["WorkOrderText"]):
    def by_category(self) -> "dict[int | None, WorkOrderText]":
        """{leaf or group key, or None for any: its text}"""
        return {text.category_id: text for text in self}


class WorkOrderText(models.Model):
    """Text of a printed work order by category: tasks, tools, safety."""

    category = models.OneToOneField(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="work_order",
        help_text=_("A type, a group, or any"),
        verbose_name=_("type of incident"),
    )
    todo = models.TextField(help_text=_("One per line: the boxes that the crew ticks"), verbose_name=_("work to do"))
    bring = models.CharField(max_length=120, blank=True, verbose_name=_("what to bring"))
    safety = models.CharField(max_length=120, blank=True, verbose_name=_("safety"))
    todo_en = models.TextField(blank=True, db_default="", verbose_name=_("work to do, in English"))
    bring_en = models.CharField(max_length=120, blank=True, db_default="", verbose_name=_("what to bring, in English"))
    safety_en = models.CharField(max_length=120, blank=True, db_default="", verbose_name=_("safety, in English"))

    objects = WorkOrderTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("text of work orders")
        verbose_name_plural = _("texts of work orders")

    def __str__(self):
        return f"{self.category or '*'}"


class RuleProposal(models.Model):
    """A routing rule suggested by repeated corrections, accepted or dismissed by a person."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACCEPTED = "accepted", _("accepted")
        DISMISSED = "dismissed", _("dismissed")

    category = models.ForeignKey(Category, models.CASCADE, related_name="+")
    area = models.ForeignKey(Area, models.CASCADE, null=True, blank=True, related_name="+")
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+")
    evidence = models.JSONField(default=dict, help_text="The corrections, and what past reports would have got")
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "area"], nulls_distinct=False, condition=Q(state="proposed"),
                name="one_proposal_for_a_category_in_an_area",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None, decided_by=None)
                | (~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_person_decides_on_a_proposal",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.category} × {self.area or '*'} → {self.authority}"
