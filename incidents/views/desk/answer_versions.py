"""Pages of those who write the answers: drafts at `/enquiries/pages/`, questions without a page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import URLValidator
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from incidents import access
from incidents.answers import publishing, wording
from incidents.answers.illustrating import fault_of_picture
from incidents.answers.unanswered import find_unanswered
from incidents.forms import PhotosField, WordsField
from incidents.models import Answer, AnswerPicture, AnswerVersion, Authority, Subject
from incidents.models.answers import FACT_MAX, MORE_MAX, QUESTION_MAX, TEXT_MAX, TITLE_MAX
from incidents.page_access import SignedInRequest, require_work
from incidents.photos import Picture
from incidents.versions.steps import STEPS, ChangedMeanwhile, Content, NotPublished
from incidents.views.desk.versions import Field, Label, StepForm, version_context

w = gettext_lazy
ROWS = 200
LIST_MAX = 3000  # of what is one a line
# In both languages.
PAIRS: list[Field] = [
    ("title", w("Title"), w("What people need, in their words"), 1, TITLE_MAX),
    ("text", w("First sentence"), w("It answers: where, how long, what it costs. **So** is bold."), 4, TEXT_MAX),
    ("more", w("Further text"), "", 5, MORE_MAX),
    ("how_long", w("How long"), w("A fact — and after a dash a note"), 1, FACT_MAX),
    ("cost", w("Fee"), w("A fact — and after a dash a note"), 1, FACT_MAX),
    ("place", w("Where to go"), "", 1, FACT_MAX),
    ("bring", w("What to bring"), w("One a line — after a dash a note"), 4, LIST_MAX),
    ("steps", w("How to do it"), w("One step a line"), 4, LIST_MAX),
    ("online_note", w("Note on the online service"), "", 1, FACT_MAX),
    ("to_check", w("What may have changed, and whom to ask"), "", 2, 400),
    ("picture_words", w("What the picture shows"), w("For those who do not see it"), 1, FACT_MAX),
    ("words", w("Other words for it"), w("One a line; people search with them"), 3, LIST_MAX),
]
QUESTION = ("question", w("The question"), w("Without personal data: anyone can read it."), 4, QUESTION_MAX)
IN_QUESTION = ("title", "question", "text", "more", "words")  # of a public question
SINGLES: list[Field] = [
    ("online", w("Address of the online service"), "https://…", 1, 200),
    ("office", w("Who does it"), w("“ward”, “police-ward”, or the name of a unit"), 1, 150),
    ("rule", w("The laws it rests on"), "", 2, 400),
    ("source", w("Source"), "", 1, 200),
]
DAYS: list[tuple[str, Label]] = [
    ("reviewed_on", w("Last reviewed on")),
    ("review_by", w("To be reviewed again by")),
    ("valid_until", w("Public until")),
]
LABELS = {name: label for name, label, *_rest in (*PAIRS, QUESTION, *SINGLES)} | dict(DAYS) | {"picture": w("Picture")}
LABELS["subject"] = pgettext_lazy("of a page", "Subject")


class ContentForm(forms.Form):
    """The text of a page in both languages."""

    subject = forms.ModelChoiceField(
        Subject.objects.all(),
        to_field_name="code",
        required=False,
        error_messages={"invalid_choice": w("There is no such subject.")},
    )
    reviewed_on = forms.DateField(required=False)
    review_by = forms.DateField(required=False)
    valid_until = forms.DateField(required=False)
    photo = PhotosField(required=False)
    no_picture = forms.BooleanField(required=False)
    edit = forms.IntegerField(min_value=1, max_value=2**31 - 1)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        for name, _label, _hint, _lines, most in (*PAIRS, QUESTION):
            for end in ("", "_en"):
                self.fields[name + end] = WordsField(required=False, limit=most)
        for name, _label, _hint, _lines, most in SINGLES:
            self.fields[name] = WordsField(required=False, limit=most)

    def clean_online(self) -> str:
        address = self.cleaned_data["online"]
        if address:
            message = _("The address of an online service begins with https://.")
            URLValidator(schemes=["https"], message=message)(address)
        return address

    def clean_valid_until(self) -> Any:
        day = self.cleaned_data["valid_until"]
        if day and day < localdate():
            raise forms.ValidationError(_("This day is over already."))
        return day

    def clean_photo(self) -> Picture | None:
        pictures = self.cleaned_data["photo"]
        if len(pictures) > 1:
            raise forms.ValidationError(_("One page has one picture."))
        if pictures and (fault := fault_of_picture(pictures[0])):
            raise forms.ValidationError(fault)
        return pictures[0] if pictures else None

    def content(self, version: AnswerVersion) -> Content:
        data = self.cleaned_data
        others = ("subject", "picture", *publishing.DAYS)
        texts = {name: data[name] for name in publishing.FIELDS if name not in others}
        texts["picture"] = "" if data["no_picture"] else version.content.get("picture", "")
        if not texts["picture"] and not data["photo"]:
            texts |= {"picture_words": "", "picture_words_en": ""}
        days = {name: data[name].isoformat() if data[name] else "" for name in publishing.DAYS}
        return texts | days | {"subject": data["subject"].code if data["subject"] else ""}


@require_safe
@require_work("answers")
def versions_page(request: SignedInRequest) -> HttpResponse:
    """Lists drafts and what waits for a second person, and all pages, those first that must be looked at again."""
    mine = access.answer_versions_for(request.user, "write").open()
    due = Answer.objects.filter(state=Answer.State.PUBLISHED).order_by(F("review_by").asc(nulls_last=True), "title")
    context = {
        "heading": _("Answer pages"),
        "begin": reverse("answer-version-new"),
        "versions": mine.select_related("authority", "by", "answer")[:ROWS],
        "pages": due.only("slug", "title", "title_en", "review_by", "reviewed_on"),
        "today": localdate(),
        "may_write": writing_unit(request) is not None,
    }
    return render(request, "incidents/desk/answer_versions.html", context)


def writing_unit(request: SignedInRequest) -> Authority | None:
    """Returns the unit for which this person writes pages; None without a post that writes."""
    everywhere, here = access.ANSWER_VERSIONS["write"]
    posts = [post for post in access.posts_of(request.user) if post.role in everywhere | here]
    if posts:
        return posts[0].authority
    return Authority.objects.filter(duty_desk=True).first() if request.user.is_superuser else None


@require_safe
@require_work("answers")
def unanswered_page(request: SignedInRequest) -> HttpResponse:
    groups = find_unanswered(access.enquiries_for(request.user))
    return render(request, "incidents/desk/unanswered.html", {"groups": groups})


@require_POST
@require_work("answers")
def begin(request: SignedInRequest) -> HttpResponse:
    """Begins a draft: of an enquiry, of a page, or of a new page."""
    unit, version = writing_unit(request), None
    if unit is None:
        raise Http404
    if reference := request.POST.get("enquiry", ""):
        rows = access.enquiries_for(request.user, "work", in_any_state=True).select_related("authority")
        enquiry = get_object_or_404(rows, reference=reference[:20])
        try:
            version = publishing.begin_question(enquiry, by=request.user)
        except NotPublished as refused:
            messages.error(request, str(refused))
            return redirect("desk-enquiry", enquiry.reference)
    elif slug := request.POST.get("answer", ""):
        answer = get_object_or_404(Answer.objects.select_related("subject"), slug=slug[:60])
        version = publishing.begin_change(answer, by=request.user, authority=unit)
        if not access.answer_versions_for(request.user, "write").filter(pk=version.pk).exists():
            messages.error(request, _("Another unit is changing this page already."))
            return redirect("answer-versions")
    else:
        version = publishing.begin_version(publishing.empty_content(), by=request.user, authority=unit)
    return redirect("answer-version", version.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("answers")
def version_page(request: SignedInRequest, pk: int) -> HttpResponse:
    version = find_version(request, pk)
    if request.method != "POST":
        return render_version(request, version)
    form = ContentForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_version(request, version, status=400, form=form)
    content, picture, edit = form.content(version), form.cleaned_data["photo"], form.cleaned_data["edit"]
    try:
        if picture:
            publishing.illustrate_version(version, content, picture, by=request.user, edit=edit)
        else:
            publishing.change_version(version, content, by=request.user, edit=edit)
    except ChangedMeanwhile:
        return render_version(request, version, status=409, form=form, changed_meanwhile=True)
    messages.success(request, _("Saved. Nobody else reads it until a second person agrees."))
    return redirect("answer-version", version.pk)


def find_version(request: SignedInRequest, pk: int) -> AnswerVersion:
    rows = access.answer_versions_for(request.user, "write") | access.answer_versions_for(request.user, "approve")
    return get_object_or_404(rows.select_related("authority", "by", "answer", "enquiry", "decided_by"), pk=pk)


@require_POST
@require_work("answers")
def take_step(request: SignedInRequest, pk: int, step: str) -> HttpResponse:
    version, form = find_version(request, pk), StepForm(request.POST)
    if step not in STEPS:
        raise Http404
    if not form.is_valid():
        return render_version(request, version, status=400, fault=next(iter(form.errors.values()))[0])
    if step == "publish" and version.enquiry_id and not form.cleaned_data["checked"]:
        fault = _("Confirm that you have read it and that nobody can be recognised.")
        return render_version(request, version, status=400, fault=fault)
    try:
        data = form.cleaned_data
        version = publishing.take_step(version, step, by=request.user, edit=data["edit"], note=data["note"])
    except NotPublished as refused:
        return render_version(request, version, status=400, fault=str(refused))
    except ChangedMeanwhile:
        version.refresh_from_db()
        return render_version(request, version, status=409, changed_meanwhile=True)
    messages.success(request, version.get_state_display())
    return redirect("answer-version", version.pk)


def render_version(
    request: SignedInRequest, version: AnswerVersion, *, status: int = 200, form: ContentForm | None = None, **more: Any
) -> HttpResponse:
    version.refresh_from_db(fields=["content", "edit", "state"])
    is_question = version.enquiry_id is not None
    values, faults = form.data if form else version.content, form.errors if form else {}
    may_write = version.state == AnswerVersion.State.DRAFT and publishing.may_do(request.user, "write", version)
    pairs = [row for row in (PAIRS[0], QUESTION, *PAIRS[1:]) if (row[0] in IN_QUESTION) or not is_question]
    if not is_question:
        pairs.remove(QUESTION)
    context = version_context(
        version, form, pairs=pairs, singles=[] if is_question else SINGLES, days=DAYS, labels=LABELS,
        changes=publishing.changes_of(version), steps=publishing.offered_steps(request.user, version),
        changed_meanwhile=more.pop("changed_meanwhile", False), bold=("text",),
    ) | {
        "address": reverse("answer-version", args=[version.pk]),
        "untitled": _("New page"),
        "is_question": is_question,
        "photo_faults": faults.get("photo", []),
        "picture": AnswerPicture.objects.filter(pk=version.content.get("picture") or 0).first(),
        "subjects": Subject.objects.all(),
        "subject": values.get("subject", ""),
        "may_write": may_write or form is not None,  # what was typed stays, also where it can no longer be saved
        "wrote": version.is_open and publishing.wrote_in(request.user, version),
        "personal": [(LABELS[name.removesuffix("_en")], pieces)
                     for name, pieces in publishing.personal_pieces(version).items()],
        "previews": [preview_of(version, language) for language in ("vi", "en")],
        "lines": version.lines.select_related("by"),
        "others": version.answer.versions.exclude(pk=version.pk).order_by("-pk") if version.answer else (),
    }  # fmt: skip
    return render(request, "incidents/desk/answer_version.html", context | more, status=status)


def preview_of(version: AnswerVersion, language: str) -> tuple[str, wording.AnswerWords | None]:
    """Returns a language and the words of the page in it, as everybody would read them; None where it has none."""
    answer = Answer(**{name: version.content.get(name, "") for name in publishing.TEXTS})
    with translation.override(language):
        words = wording.word_answer(answer)
    return language, None if words.language != language else words
