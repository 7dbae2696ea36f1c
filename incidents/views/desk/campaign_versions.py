"""Pages of those who write campaigns: drafts at `/enquiries/campaigns/`, and a second person's yes."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.http import require_http_methods, require_POST

from gis_data.models import Area
from incidents import access
from incidents.campaigns import publishing
from incidents.forms import WordsField
from incidents.models import Answer, Campaign, CampaignVersion, Category
from incidents.models.campaigns import SOURCE_MAX, TEXT_MAX, TITLE_MAX, UNIT_MAX
from incidents.page_access import SignedInRequest, require_work
from incidents.versions.steps import STEPS, ChangedMeanwhile, Content, NotPublished
from incidents.views.desk.answer_versions import writing_unit
from incidents.views.desk.versions import Field, Label, StepForm, version_context

ROWS, LIST_MAX, MOST = 200, 2000, 99_999_999
# In both languages.
PAIRS: list[Field] = [
    ("title", w("Title"), "", 1, TITLE_MAX),
    ("text", w("Text"), w("Why, and what is done."), 4, TEXT_MAX),
    ("unit", w("Of what"), w("After the number: manholes cleared"), 1, UNIT_MAX),
    ("why_late", w("Why it is late"), w("And what bridges the gap."), 3, TEXT_MAX),
    ("done_source", w("Source of the number by hand"), "", 1, SOURCE_MAX),
]
SINGLES: list[Field] = [
    ("promised", w("How many are promised"), "", 1, 8),
    ("categories", w("Categories that count"), w("Codes of categories or groups, one a line"), 3, LIST_MAX),
    ("areas", w("Areas that count"), w("Codes, one a line; none: the whole city"), 3, LIST_MAX),
    ("done_by_hand", w("Done, by hand"), w("Only where no incidents are promised"), 1, 8),
    ("answers", w("Its questions"), w("Last parts of the addresses of answer pages, one a line"), 3, LIST_MAX),
    ("words", w("Other words for it"), w("One a line; people search with them"), 3, LIST_MAX),
]
DAYS: list[tuple[str, Label]] = [
    ("starts_on", w("First day")),
    ("due_on", w("Last day")),
    ("done_on", w("Day of the number by hand")),
]
ONLY_PROVEN = w("Only confirmed results count")
LABELS = {name: label for name, label, *_rest in (*PAIRS, *SINGLES)} | dict(DAYS) | {"only_proven": ONLY_PROVEN}
NUMBERS = ("promised", "done_by_hand")
LISTED = {"categories": (Category.objects, "code"), "answers": (Answer.objects, "slug")}


class CampaignForm(forms.Form):
    """The text of a campaign in both languages, and what counts for it."""

    starts_on = forms.DateField(required=False)
    due_on = forms.DateField(required=False)
    done_on = forms.DateField(required=False)
    only_proven = forms.BooleanField(required=False)
    edit = forms.IntegerField(min_value=1, max_value=2**31 - 1)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        for name, _label, _hint, _lines, most in PAIRS:
            for end in ("", "_en"):
                self.fields[name + end] = WordsField(required=False, limit=most)
        for name, _label, _hint, _lines, most in SINGLES:
            self.fields[name] = WordsField(required=False, limit=most)
        for name, least in zip(NUMBERS, (1, 0), strict=True):
            self.fields[name] = forms.IntegerField(required=False, min_value=least, max_value=MOST)

    def clean_categories(self) -> str:
        return self.clean_codes("categories", set(Category.objects.values_list("code", flat=True)))

    def clean_areas(self) -> str:
        return self.clean_codes("areas", set(Area.objects.on(localdate()).values_list("code", flat=True)))

    def clean_answers(self) -> str:
        return self.clean_codes("answers", set(Answer.objects.values_list("slug", flat=True)))

    def clean_codes(self, name: str, known: set[str]) -> str:
        codes = self.cleaned_data[name].split()
        if unknown := [code for code in codes if code not in known]:
            raise forms.ValidationError(_("Not known: %(codes)s.") % {"codes": ", ".join(unknown)})
        return "\n".join(codes)

    def content(self) -> Content:
        data = self.cleaned_data
        texts = {name: data[name] for name in (*publishing.TEXTS, *publishing.LISTS, "words")}
        days = {name: data[name].isoformat() if data[name] else "" for name in publishing.DAYS}
        numbers = {name: "" if data[name] is None else str(data[name]) for name in NUMBERS}
        return texts | days | numbers | {"only_proven": "yes" if data["only_proven"] else ""}


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("answers")
def versions_page(request: SignedInRequest) -> HttpResponse:
    """Lists drafts and campaigns; a POST begins a draft, of a campaign (`campaign`, its slug) or of a new one."""
    unit = writing_unit(request)
    if request.method == "POST":
        if unit is None:
            raise Http404
        slug = request.POST.get("campaign", "")[:60]
        campaign = get_object_or_404(Campaign.objects.select_related("authority"), slug=slug) if slug else None
        version = publishing.begin_version(by=request.user, authority=unit, campaign=campaign)
        return redirect("campaign-version", find_version(request, version.pk).pk)
    context = {
        "heading": _("Campaigns"),
        "begin": request.path,
        "versions": readable(request).open().select_related("authority", "by")[:ROWS],
        "campaigns": Campaign.objects.select_related("authority"),
        "may_write": unit is not None,
    }
    return render(request, "incidents/desk/campaign_versions.html", context)


def readable(request):
    return access.campaign_versions_for(request.user, "write") | access.campaign_versions_for(request.user, "approve")


def find_version(request: SignedInRequest, pk: int) -> CampaignVersion:
    return get_object_or_404(readable(request).select_related("authority", "by", "campaign", "decided_by"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("answers")
def version_page(request: SignedInRequest, pk: int) -> HttpResponse:
    version = find_version(request, pk)
    if request.method != "POST":
        return render_version(request, version)
    form = CampaignForm(request.POST)
    if not form.is_valid():
        return render_version(request, version, status=400, form=form)
    try:
        publishing.change_version(version, form.content(), by=request.user, edit=form.cleaned_data["edit"])
    except ChangedMeanwhile:
        return render_version(request, version, status=409, form=form, changed_meanwhile=True)
    messages.success(request, _("Saved. Nobody else reads it until a second person agrees."))
    return redirect("campaign-version", version.pk)


@require_POST
@require_work("answers")
def take_step(request: SignedInRequest, pk: int, step: str) -> HttpResponse:
    version, form = find_version(request, pk), StepForm(request.POST)
    if step not in STEPS:
        raise Http404
    if not form.is_valid():
        return render_version(request, version, status=400, fault=next(iter(form.errors.values()))[0])
    try:
        data = form.cleaned_data
        version = publishing.take_step(version, step, by=request.user, edit=data["edit"], note=data["note"])
    except NotPublished as refused:
        return render_version(request, version, status=400, fault=str(refused))
    except ChangedMeanwhile:
        return render_version(request, version, status=409, changed_meanwhile=True)
    messages.success(request, version.get_state_display())
    return redirect("campaign-version", version.pk)


def render_version(
    request: SignedInRequest, version: CampaignVersion, *, status: int = 200, form: CampaignForm | None = None,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    version.refresh_from_db(fields=["content", "edit", "state"])
    own_draft = version.state == CampaignVersion.State.DRAFT and publishing.may_do(request.user, "write", version)
    context = version_context(
        version, form, pairs=PAIRS, singles=SINGLES, days=DAYS, labels=LABELS,
        changes=publishing.changes_of(version), steps=publishing.offered_steps(request.user, version),
        changed_meanwhile=more.pop("changed_meanwhile", False),
    ) | {
        "address": reverse("campaign-version", args=[version.pk]),
        "untitled": _("New campaign"),
        "only_proven": (form.data if form else version.content).get("only_proven"),
        "may_write": own_draft or form is not None,
        "rows": content_in_words(version.content),
    }  # fmt: skip
    return render(request, "incidents/desk/campaign_version.html", context | more, status=status)


def content_in_words(content: Content) -> list[tuple[Any, bool, str]]:
    """Return label, whether it is English, and text of each filled field, as the person reads it who agrees."""
    days = {name: content[name] for name, _label in DAYS if content.get(name)}
    words = content | {name: f"{date.fromisoformat(day):%d/%m/%Y}" for name, day in days.items()}
    words["only_proven"] = _("Yes") if content.get("only_proven") else ""
    names = [name + end for name in LABELS for end in ("", "_en")]
    return [(LABELS[name.removesuffix("_en")], name.endswith("_en"), words[name]) for name in names if words.get(name)]
