"""Configure the administration site: people, units and rules are changed here, incidents and histories are
read-only.
"""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import admin as job_pages
from procrastinate.contrib.django import app

from geoapp.crypto import vault
from gis_data.admin import CSS, JS, ReadOnlyAdmin, map_of
from gis_data.models import Area
from gis_data.words import plain
from incidents import access
from incidents.accounts import posts
from incidents.audit import accounts as ledger
from incidents.deadlines import ladder, service_levels, working_time
from incidents.models import (
    Absence,
    AccountLine,
    AnswerTemplate,
    ApiKey,
    Authority,
    CalendarDay,
    Category,
    Contact,
    EnquiryTerm,
    EscalationStep,
    Event,
    GroupPost,
    Incident,
    Membership,
    MessageTemplate,
    Notice,
    OptOut,
    Photo,
    Question,
    Reform,
    Report,
    RoutingRule,
    ServiceLevel,
    User,
    WorkOrderText,
)
from incidents.models.people import parse_service_codes
from incidents.notify import text_keys
from incidents.notify.own_texts import AnyOwnTextForm
from incidents.page_access import AsksAgain, ask_for_factor
from incidents.steps import ANSWERABLE
from incidents.wording import target_in_words

admin.site.site_header = admin.site.site_title = admin.site.index_title = _("Administration")
admin.site.site_url = "/"


def may_enter(request):
    return request.user.is_active and (request.user.is_staff or access.does_work(request.user, "administer"))


admin.site.has_permission = may_enter  # type: ignore[method-assign]  # one rule in place of a site of our own
# The pages of jobs show their arguments: of those of before 0.4.1 phone numbers and words.
admin.site.unregister(job_pages.models.ProcrastinateJob)


class GivesPosts(AsksAgain):
    """Give and end the posts of an inline form by `posts`."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Membership:
            return super().save_formset(request, form, formset, change)
        for post in formset.save(commit=False):
            give_post(request, post)
        for post in formset.deleted_objects:
            posts.end_post(post, acting_user(request))
        return None


def acting_user(request: HttpRequest) -> User:
    return cast(User, request.user)


def give_post(request, post):
    if posts.give_post(post, acting_user(request)).waiting:
        sentence = _("The post of %(name)s as %(role)s takes effect once another administrator approves it.")
        messages.warning(request, sentence % {"name": post.user, "role": post.get_role_display()})


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "authority", "area", "category"]


class OwnPostInline(MembershipInline):
    fk_name = "user"


class ContactInline(admin.TabularInline):
    model = Contact
    extra = 0


class NewPersonForm(AdminUserCreationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["usable_password"].help_text = _("Without one they can only sign in with their city account.")


@admin.register(User)
class PersonAdmin(GivesPosts, UserAdmin):
    """Superusers are neither made nor changed here, except by superusers.

    They are made by `manage.py createsuperuser` only: a page would make one without a second person. People have pages
    of their own (`views.staff.person_pages`), so this one is in no list of the administration.
    """

    add_form = NewPersonForm
    list_display = ["username", "full_name", "is_active", "is_staff", "last_login"]
    inlines = [OwnPostInline]
    # Without groups and permissions of Django: rights are posts.
    fieldsets = (
        (None, {"fields": ["username"]}),
        (_("Personal info"), {"fields": ["first_name", "last_name", "email"]}),
        (_("Sign-in"), {"fields": ["is_active", "is_staff", "is_superuser", "last_login", "date_joined"]}),
        (_("Messages about your work"), {"fields": ["phone", "language"]}),
    )

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}

    @admin.display(description=_("Name"), ordering="last_name")
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    def get_readonly_fields(self, request, obj=None):
        above = [] if request.user.is_superuser else ["is_staff"]
        return [*super().get_readonly_fields(request, obj), "is_superuser", *above]

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        if factor_page := ask_for_factor(request):
            return factor_page
        person = self.get_object(request, id)
        if person is not None and not posts.may_set_password(acting_user(request), person):
            sentence = _(
                "The password of anyone holding this post can only be set after two administrators have replaced the "
                "second factor."
            )
            messages.error(request, sentence)
            return redirect("people")
        response = super().user_change_password(request, id, form_url)
        if person is not None and request.method == "POST" and response.status_code == 302:
            ledger.record_account_line(AccountLine.Kind.PASSWORD, person, acting_user(request))
        return response

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        posts.hand_over_post_requests(obj, acting_user(request))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            posts.hand_over_post_requests(person, acting_user(request))
        super().delete_queryset(request, queryset)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_touch(request.user, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and may_touch(request.user, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_superuser=False)


def may_touch(user, person):
    return user.is_superuser or person is None or not person.is_superuser


@admin.register(Membership)
class MembershipAdmin(AsksAgain):
    list_display = ["user", "role", "authority", "area", "category", "starts", "ends", "waiting"]
    list_filter = ["role", "starts", "ends"]
    list_select_related = ["user", "authority", "area", "category"]
    search_fields = ["user__username", "authority__name"]
    autocomplete_fields = ["user", "authority", "area", "category"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).defer("area__shape", "area__outline")

    def save_model(self, request: HttpRequest, obj: Membership, form: forms.ModelForm, change: bool) -> None:
        give_post(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        posts.end_post(obj, acting_user(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for post in queryset:
            posts.end_post(post, acting_user(request))


@admin.register(GroupPost)
class GroupPostAdmin(AsksAgain):
    """The posts that groups of the city's provider give. They wait for a second administrator."""

    list_display = ["group", "role", "authority", "area", "category"]
    list_filter = ["role"]
    list_select_related = ["authority", "area", "category"]
    search_fields = ["group", "authority__name"]
    autocomplete_fields = ["authority", "area", "category"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroupPost]:
        return super().get_queryset(request).defer("area__shape", "area__outline")

    def save_model(self, request: HttpRequest, obj: GroupPost, form: forms.ModelForm, change: bool) -> None:
        posts.give_by_group(obj, acting_user(request))


@admin.register(Absence)
class AbsenceAdmin(ReadOnlyAdmin):
    """Read-only: everybody enters their own absence at `/people/me/`; an administrator who could do it would give posts
    alone.

    The work of a person who fell ill is done by a post for these days.
    """

    list_display = ["user", "deputy", "starts", "ends"]
    list_select_related = ["user", "deputy"]
    search_fields = ["user__username", "deputy__username"]
    date_hierarchy = "starts"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.does_work(acting_user(request), "administer")


class AuthorityForm(forms.ModelForm):
    """A unit. PostgreSQL refuses a loop in the tree; the form shows the error. The key of the unit's own system is
    written and never shown.
    """

    new_key = forms.CharField(
        label=_("Key of its own system"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Stored encrypted, never shown. Empty: unchanged; a minus sign: removed."),
    )

    def clean_parent(self):
        parent = self.cleaned_data["parent"]
        if parent and self.instance.pk and Authority.objects.under([self.instance.pk]).filter(pk=parent.pk).exists():
            raise forms.ValidationError(_("This unit is below the one you are editing."))
        return parent

    def clean_office_hours(self):
        return validate_text(working_time.parse_office_hours, self.cleaned_data["office_hours"])

    def clean_georeport_services(self):
        text = validate_text(parse_service_codes, self.cleaned_data["georeport_services"])
        known = set(Category.objects.values_list("code", flat=True))
        if unknown := [code for code in parse_service_codes(text) if code not in known]:
            raise forms.ValidationError(
                _("There is no category %(codes)s."), params={"codes": ", ".join(unknown)[:200]}
            )
        return text

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("works") == Authority.Works.GEOREPORT and not data.get("georeport_url"):
            self.add_error("georeport_url", _("Where is its own system? For example https://…/open311/v2."))
        return data


def validate_text(read, text):
    try:
        if text:
            read(text)
    except ValueError as fault:
        raise forms.ValidationError(str(fault)) from None
    return text


class ShowsTargets(admin.ModelAdmin):
    """A list that shows targets in words: `4 hours around the clock` for `4h`."""

    @admin.display(description=_("accept within"), ordering="accept_within")
    def time_to_accept(self, row: Any) -> str | None:
        return target_in_words(row.accept_within) if row.accept_within else None

    @admin.display(description=_("resolve within"), ordering="resolve_within")
    def time_to_resolve(self, row: Any) -> str | None:
        return target_in_words(row.resolve_within) if row.resolve_within else None

    @admin.display(description=_("answer within"), ordering="answer_within")
    def time_to_answer(self, row: Any) -> str:
        return target_in_words(row.answer_within)


class TargetsForm(forms.ModelForm):
    """A form whose targets must be reachable."""

    def clean_accept_within(self):
        return validate_text(working_time.parse_target, self.cleaned_data["accept_within"])

    def clean_resolve_within(self):
        return validate_text(working_time.parse_target, self.cleaned_data["resolve_within"])


class RecomputesDueDates(AsksAgain):
    """Defer a job that recomputes the due dates of open incidents after a change."""

    moves_deadlines: list[str] | None = None  # the fields that do so; None: all

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if self.moves_deadlines is None or (change and set(self.moves_deadlines) & set(form.changed_data)):
            service_levels.defer_recomputation()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        service_levels.defer_recomputation()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        service_levels.defer_recomputation()


@admin.register(CalendarDay)
class CalendarDayAdmin(RecomputesDueDates):
    """Corrections of the library of public holidays."""

    list_display = ["day", "works", "name"]
    list_filter = ["works"]
    search_fields = ["name"]
    date_hierarchy = "day"


class TermForm(forms.ModelForm):
    def clean_answer_within(self):
        return validate_text(working_time.parse_target, self.cleaned_data["answer_within"])


@admin.register(EnquiryTerm)
class EnquiryTermAdmin(ShowsTargets, AsksAgain):
    """How much time there is to answer enquiries; existing ones keep their deadline."""

    form = TermForm
    list_display = ["kind", "time_to_answer"]


@admin.register(ServiceLevel)
class ServiceLevelAdmin(ShowsTargets, RecomputesDueDates):
    """Targets that differ from the category's own. The most specific one that fits counts."""

    form = TargetsForm
    list_display = ["category", "severity", "authority", "time_to_accept", "time_to_resolve"]
    list_filter = ["severity"]
    list_select_related = ["category", "authority"]
    search_fields = ["category__name", "category__code", "authority__name"]
    autocomplete_fields = ["category", "authority"]


@admin.register(Authority)
class AuthorityAdmin(GivesPosts, RecomputesDueDates):
    moves_deadlines = ["office_hours"]
    form = AuthorityForm
    list_display = ["__str__", "parent", "area", "works", "duty_desk", "letters"]
    list_filter = ["duty_desk", "works", "letters"]
    list_select_related = ["area", "parent"]
    search_fields = ["name", "name_en", "code"]
    ordering = ["name", "code"]
    autocomplete_fields = ["area", "parent"]
    inlines = [ContactInline, MembershipInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def save_model(self, request: HttpRequest, obj: Authority, form: forms.ModelForm, change: bool) -> None:
        if key := form.cleaned_data.get("new_key"):
            obj.georeport_key = vault.encrypt("" if key == "-" else key)
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authority]:
        return super().get_queryset(request).defer("area__shape", "area__outline")


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin):
    list_display = ["authority", "label", "phone", "email"]
    list_select_related = ["authority"]
    search_fields = ["authority__name", "label", "phone", "email"]
    autocomplete_fields = ["authority"]


@admin.register(Category)
class CategoryAdmin(ShowsTargets, RecomputesDueDates):
    form = TargetsForm
    moves_deadlines = ["accept_within", "resolve_within", "parent"]
    list_display = [
        "code", "name", "name_en", "parent", "time_to_accept", "time_to_resolve", "everyday", "restricted",
        "about_staff", "cameras", "area_matter", "check_photos",
    ]  # fmt: skip
    list_filter = ["restricted", "everyday", "emergency", "cameras", "check_photos", "parent"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "name_en", "search"]
    autocomplete_fields = ["parent"]

    def save_model(self, request: HttpRequest, obj: Category, form: forms.ModelForm, change: bool) -> None:
        obj.search = search_words(obj)
        super().save_model(request, obj, form, change)
        if change and {"restricted", "publish"} & set(form.changed_data) and is_never_public(obj):
            app.configure_task("incidents.withdraw_category").defer(category_id=obj.pk)
        if change and "cameras" in form.changed_data and not obj.cameras:
            app.configure_task("cameras.let_go").defer()


def is_never_public(category):
    return category.restricted or category.publish == Category.Publish.NEVER


def search_words(category):
    group = f"{category.parent.name} {category.parent.name_en}" if category.parent else ""
    return plain(f"{category.name} {category.name_en} {category.keywords} {group}")


class RoutingRuleForm(forms.ModelForm):
    """A rule whose area and unit are in force today."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        area, unit = data.get("area"), data.get("authority")
        standing = Area.objects.on(localdate())
        if area and not standing.filter(pk=area.pk).exists():
            self.add_error("area", _("This area is not in force today: the rule would never apply."))
        if unit and unit.area_id and not standing.filter(pk=unit.area_id).exists():
            self.add_error("authority", _("The area of this unit is not in force today."))
        return data


@admin.register(RoutingRule)
class RoutingRuleAdmin(AsksAgain):
    form = RoutingRuleForm
    list_display = ["category", "area", "authority", "reason"]
    list_filter = ["category__parent"]
    list_select_related = ["category", "area", "authority"]
    search_fields = ["category__name", "category__code", "area__full_name", "authority__name", "reason"]
    autocomplete_fields = ["category", "area", "authority"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingRule]:
        return super().get_queryset(request).defer("area__shape", "area__outline")

    def save_model(self, request: HttpRequest, obj: RoutingRule, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        checked = format_html('<a href="{}?check">{}</a>', reverse("routing"), _("Check the rules"))
        messages.info(request, checked)


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    """What a reporter is asked about a category besides words and a place."""

    list_display = ["category", "code", "datatype", "required", "personal", "text"]
    list_filter = ["datatype", "required", "personal", "category__parent"]
    list_select_related = ["category"]
    search_fields = ["text", "text_en", "code", "category__code", "category__name"]
    autocomplete_fields = ["category"]


# The steps that take ready words, as their buttons at the desk call them.
STEP_TITLES = {
    "ask": _("Ask the reporter"), "more_time": _("Request an extension…"), "refuse": _("Refuse…"),
    "hand_over": _("Transfer…"), "hand_back": _("Hand back: not ours…"), "claim": _("It is ours: take it over"),
    "resolve": _("Resolved, send the result…"), "reject": _("Do not accept…"), "reopen": _("Reopen"),
    "uphold": _("The reporter is right…"), "overrule": _("The result stands…"),
}  # fmt: skip


def step_choices() -> list[tuple[str, str]]:
    return [(name, str(STEP_TITLES.get(name, name)).rstrip("…")) for name in ANSWERABLE]


class StepFilter(admin.SimpleListFilter):
    title = _("step")
    parameter_name = "step"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return step_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[AnswerTemplate]) -> QuerySet[AnswerTemplate]:
        return queryset.filter(step=self.value()) if self.value() else queryset


@admin.register(AnswerTemplate)
class AnswerTemplateAdmin(admin.ModelAdmin):
    """Ready words for officers; the desk offers them in the form of their step."""

    list_display = ["title", "step_title", "category"]
    list_filter = [StepFilter, "category__parent"]
    list_select_related = ["category"]
    search_fields = ["title", "text", "category__name", "category__code"]
    autocomplete_fields = ["category"]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name != "step":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.ChoiceField(label=db_field.verbose_name, choices=step_choices())

    @admin.display(description=_("step"), ordering="step")
    def step_title(self, answer: AnswerTemplate) -> str:
        return dict(step_choices()).get(answer.step, answer.step)


@admin.register(WorkOrderText)
class WorkOrderTextAdmin(admin.ModelAdmin):
    """What work orders on paper say of a category."""

    list_display = ["__str__", "todo"]
    list_select_related = ["category"]
    search_fields = ["todo", "category__name", "category__code"]
    autocomplete_fields = ["category"]


class EventInline(admin.TabularInline):
    """What happened and who did it, without notes: they are for those who work on it."""

    model = Event
    fields = readonly_fields = ("at", "kind", "state", "by", "authority", "public")
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """Read-only, without the report's words: steps are taken at the desk, so that each is in the history."""

    list_display = ["reference", "category", "state", "area", "authority", "received_at", "due_at", "published"]
    list_filter = ["state", "published", "category__parent"]
    list_select_related = ["category", "area", "authority"]
    search_fields = ["reference", "authority__name", "area__full_name"]
    date_hierarchy = "received_at"
    show_full_result_count = False
    fields = [
        "reference", "at_the_desk", "category", "state", "authority", "area", "on_the_map", "accuracy_m", "published",
        "reports_count", "received_at", "accept_by", "due_at", "waiting_since", "changed_at", "closed_at",
    ]  # fmt: skip
    readonly_fields = ["at_the_desk", "on_the_map"]
    inlines = [EventInline]

    class Media:
        css = CSS
        js = JS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        return super().get_queryset(request).defer("area__shape", "area__outline")

    @admin.display(description=_("On the map"))
    def on_the_map(self, incident: Incident) -> SafeString:
        return map_of(incident.place)

    @admin.display(description=_("At the desk"))
    def at_the_desk(self, incident):
        return format_html(
            '<a href="{}">{}</a>', reverse("desk-incident", args=[incident.reference]), incident.reference
        )


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Without the sender's words and contact: they are for the responsible unit, and views of contacts are recorded."""

    list_display = ["incident", "channel", "received_at", "language_title"]
    list_filter = ["channel"]
    list_select_related = ["incident"]
    search_fields = ["incident__reference"]
    fields = ["incident", "channel", "received_at", "language_title", "accuracy_m", "erased_at"]
    readonly_fields = ["language_title"]
    show_full_result_count = False

    @admin.display(description=_("language"), ordering="language")
    def language_title(self, report: Report) -> str:
        return dict(settings.LANGUAGES).get(report.language, report.language)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Read-only: the history is append-only. Notes are read at the desk."""

    list_display = ["at", "incident", "kind", "state", "by", "authority", "public"]
    list_filter = ["kind", "public"]
    list_select_related = ["incident", "by", "authority"]
    search_fields = ["incident__reference", "by__username"]
    fields = ["incident", "kind", "state", "at", "by", "authority", "public", "erased_at"]
    show_full_result_count = False


@admin.register(Photo)
class PhotoAdmin(admin.ModelAdmin):
    """A photo that shows a face or a number plate can be withdrawn here."""

    list_display = ["incident", "small_photo", "public", "masking", "report", "event"]
    list_filter = ["public", "masking"]
    list_select_related = ["incident", "report__incident", "event__incident"]
    search_fields = ["incident__reference"]
    fields = ["incident", "large_photo", "public", "masking", "held_reason"]
    readonly_fields = ["incident", "large_photo", "masking", "held_reason"]
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request: HttpRequest, obj: Photo, form: forms.ModelForm, change: bool) -> None:
        Incident.objects.lock(obj.incident_id)  # before the photo, as whoever masks it does
        super().save_model(request, obj, form, change)

    @admin.display(description=_("Photo"))
    def small_photo(self, photo):
        return photo_link(photo, "small", 120)

    @admin.display(description=_("Photo"))
    def large_photo(self, photo):
        return photo_link(photo, "large", 720)


def photo_link(photo, size, width):
    return format_html(
        '<img src="{}" width="{}" alt="" loading="lazy">', reverse("photo", args=[photo.pk, size]), width
    )


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Whether it was sent, without address and text; the pages of messages send it again."""

    list_display = ["made_at", "text_title", "medium", "about", "state", "sent_at"]
    list_filter = ["state", "medium"]
    search_fields = ["event__incident__reference", "cause"]
    list_select_related = ["event__incident"]
    fields = [
        "text_title", "about", "event", "medium", "state", "made_at", "send_after", "tries", "sent_at", "delivered_at",
        "segments", "cost",
    ]  # fmt: skip
    readonly_fields = ["text_title", "about"]

    @admin.display(description=_("text used"), ordering="template")
    def text_title(self, notice: Notice) -> str:
        return str(text_keys.TITLES.get(notice.template, notice.template))

    @admin.display(description=_("incident"))
    def about(self, notice: Notice) -> str:
        return notice.event.incident.reference if notice.event else ", ".join(notice.mentioned)

    show_full_result_count = False


@admin.register(MessageTemplate)
class MessageTemplateAdmin(admin.ModelAdmin):
    """A text with places that cannot be filled in is refused. The pages of messages preview it."""

    form = AnyOwnTextForm
    list_display = ["text_title", "medium", "language", "subject", "provider_key"]
    list_filter = ["medium", "language"]
    search_fields = ["key", "text"]

    @admin.display(description=_("text used"), ordering="key")
    def text_title(self, template: MessageTemplate) -> str:
        return str(text_keys.TITLES.get(template.key, template.key))


@admin.register(OptOut)
class OptOutAdmin(admin.ModelAdmin):
    """Entries for people who ask by phone for no more messages.

    An address is found by typing all of it, and never shown.
    """

    list_display = ["medium", "at"]
    list_filter = ["medium"]
    search_fields = ["address__exact"]

    def get_fields(self, request, obj=None):
        return ["medium", "at"] if obj else ["medium", "address"]

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Reform)
class ReformAdmin(ReadOnlyAdmin):
    """Read-only: the GIS officer's pages plan, enact and take back."""

    list_display = ["edition", "day", "state", "by", "enacted_at", "taken_back_at"]
    list_filter = ["state"]
    list_select_related = ["edition"]
    search_fields = ["edition__name", "edition__code", "by"]
    fields = ["edition", "ends", "day", "state", "by", "planned_at", "enacted_at", "taken_back_at", "counts"]


@admin.register(ApiKey)
class ApiKeyAdmin(AsksAgain):
    """A key is made by a command, which shows it once; here it is deactivated."""

    list_display = ["name", "authority", "active", "ends_at"]
    list_filter = ["active"]
    list_select_related = ["authority"]
    search_fields = ["name"]
    fields = ["name", "authority", "email", "active", "ends_at"]
    autocomplete_fields = ["authority"]

    def has_add_permission(self, request):
        return False


class EscalationStepForm(forms.ModelForm):
    class Meta:
        model = EscalationStep
        fields = ["category", "target", "offset", "who", "sms", "email"]

    def clean_offset(self):
        offset = self.cleaned_data["offset"]
        if fault := ladder.offset_fault(offset):
            raise forms.ValidationError(fault)
        return offset

    def clean(self) -> dict[str, Any] | None:
        if not self.cleaned_data.get("sms") and not self.cleaned_data.get("email"):
            raise forms.ValidationError(_("Choose SMS, e-mail or both: otherwise nobody is notified."))
        return super().clean()


@admin.register(EscalationStep)
class EscalationStepAdmin(AsksAgain):
    """The ladders that chase open incidents; a job applies a changed one to all of them."""

    form = EscalationStepForm
    list_display = ["category", "target", "offset", "who", "sms", "email"]
    list_filter = ["target", "who"]
    list_select_related = ["category"]
    ordering = ["category__position", "target", "pk"]
    autocomplete_fields = ["category"]
    readonly_fields = ["preview"]

    @admin.display(description=_("The reminder steps for an incident received now"))
    def preview(self, step):
        category = step.pk and ladder.sample_leaf(step.category)
        if not category:
            return "–"
        rows = [
            (date_format(localtime(moment.moment), "D d/m/Y H:i"), moment.step.get_target_display(), moment.step.offset,
             moment.step.get_who_display(), "SMS" if moment.step.sms else "", _("e-mail") if moment.step.email else "")
            for moment in ladder.preview_steps(category, now())
        ]  # fmt: skip
        cells = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"
        return format_html("{}<table>{}</table>", category.title, format_html_join("", cells, rows))

    def save_model(self, request: HttpRequest, obj: EscalationStep, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.renew_ladders()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.renew_ladders()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        self.renew_ladders()

    def renew_ladders(self):
        app.configure_task("incidents.renew_ladder").defer()


# Rights are posts (`access`): groups and permissions of Django give none here.
admin.site.unregister(Group)

# What the pages of Django say where its own catalogues have no Vietnamese, or none that an office would write.
DJANGO_WORDS = (
    gettext_noop("Action:"),
    gettext_noop("Go"),
    gettext_noop("Run the selected action"),
    gettext_noop("0 of %(cnt)s selected"),
    gettext_noop("Add"),
    gettext_noop("Add %(name)s"),
    gettext_noop(" By %(filter_title)s "),
    gettext_noop("Select %s to change"),
    gettext_noop("Select %s to view"),
    gettext_noop("Breadcrumbs"),
    gettext_noop("Toggle navigation"),
    gettext_noop("Sidebar"),
    gettext_noop("Filter navigation items"),
    gettext_noop("Start typing to filter…"),
    gettext_noop("Select all objects on this page for an action"),
    gettext_noop("Select this object for an action - {}"),
    gettext_noop("Click here to select the objects across all pages"),
    gettext_noop("Select all %(total_count)s %(module_name)s"),
    gettext_noop("Clear selection"),
    gettext_noop("Enter a valid JSON."),
    gettext_noop("Welcome,"),
    gettext_noop("View site"),
    gettext_noop("Log out"),
    gettext_noop("Models in the %(name)s application"),
    gettext_noop("Recent actions"),
    gettext_noop("My actions"),
    gettext_noop("None available"),
    gettext_noop("Added:"),
    gettext_noop("Changed:"),
    gettext_noop("Deleted:"),
    gettext_noop("Action"),
    gettext_noop("Change history: %s"),
    gettext_noop("Past 7 days"),
    gettext_noop("Any date"),
    gettext_noop("Save and add another"),
    gettext_noop("Save and continue editing"),
    gettext_noop("Save and view"),
    gettext_noop("Toggle sorting"),
    gettext_noop("Remove from sorting"),
    gettext_noop("Sorting priority: %(priority_number)s"),
    gettext_noop("View selected %(model)s"),
    gettext_noop("Change selected %(model)s"),
    gettext_noop("Delete selected %(model)s"),
    gettext_noop("Set password"),
    gettext_noop("Error:"),
    gettext_noop("No action selected."),
    gettext_noop("Items must be selected in order to perform actions on them. No items have been changed."),
    gettext_noop("The {name} “{obj}” was added successfully."),
    gettext_noop("The {name} “{obj}” was changed successfully."),
    gettext_noop("The %(name)s “%(obj)s” was deleted successfully."),
    gettext_noop("Successfully deleted %(count)d %(items)s."),
    gettext_noop("Yes, I’m sure"),
    gettext_noop("No, take me back"),
    gettext_noop("You don’t have permission to view or edit anything."),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
    gettext_noop("Model name"),
    gettext_noop("Skip to main content"),
    gettext_noop("Toggle theme (current theme: auto)"),
    gettext_noop("Toggle theme (current theme: light)"),
    gettext_noop("Toggle theme (current theme: dark)"),
    gettext_noop("Show counts"),
    gettext_noop("Hide counts"),
    gettext_noop("Reset password"),
    gettext_noop("Enabled"),
    gettext_noop("Disabled"),
    gettext_noop("Password-based authentication"),
    gettext_noop("Raw passwords are not stored, so there is no way to see the user’s password."),
    gettext_noop("After you’ve created a user, you’ll be able to edit more user options."),
)
