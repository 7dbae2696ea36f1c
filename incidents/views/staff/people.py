"""Pages of staff: posts, absences, and offboarding."""

from collections.abc import Callable
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from geoapp.ledger.heads import heads_as_json
from gis_data.alphabet import in_alphabet
from incidents.accounts import posts
from incidents.audit import accounts as ledger
from incidents.models import Absence, AccountLine, FactorReplacement, Membership, SecondFactor, User
from incidents.page_access import ask_again, require_work
from incidents.people import offboarding
from incidents.wording import person_name

ROWS_PER_PAGE = 50
SHOWN_INCIDENTS = 20  # listed in a plan; of more, only the number


@require_safe
@require_work("administer")
def people_list(request):
    """Lists staff; `?q=` searches names and units, `?gone` shows people who left."""
    words, has_left = request.GET.get("q", "").strip()[:100], "gone" in request.GET
    people = User.objects.filter(is_active=not has_left).order_by("last_name", "first_name", "username")
    for word in words.split():
        unit = Q(memberships__authority__name__icontains=word)
        people = people.filter(Q(username__icontains=word) | Q(first_name__icontains=word)
                             | Q(last_name__icontains=word) | unit)  # fmt: skip
    page = Paginator(with_posts(people.distinct()), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    query = urlencode({"gone": "", "q": words} if has_left else {"q": words})
    context = {"page": page, "words": words, "gone": has_left, "query": query} | waiting_approvals(request.user)
    return render(request, "incidents/staff/people/list.html", context)


def waiting_approvals(user):
    """Returns posts and second-factor resets that wait for a second approval, with whether this administrator may give
    it.
    """
    waiting = (
        Membership.objects.to_confirm()
        .select_related("user", "authority", "area", "category", "asked_by")
        .defer("area__shape", "area__outline")
    )
    lost = FactorReplacement.objects.select_related("user", "asked_by").order_by("pk")
    may = bool(waiting or lost) and posts.administers_oneself(user)
    return {
        "waiting": [(post, may and posts.is_second_person(post, user), ledger.post_words(post)) for post in waiting],
        "lost": [(replacement, may and posts.is_second_person(replacement, user)) for replacement in lost],
    }


@require_POST
@require_work("administer")
@ask_again
def decide_approval(request, what, pk):
    if what not in DECIDABLE:
        raise Http404
    model, decision, yes, no = DECIDABLE[what]
    asked_row = get_object_or_404(model, pk=pk)
    answer = request.POST.get("answer") == "yes"
    try:
        decision(
            asked_row, request.user, yes=answer, **({"seen": request.POST["seen"]} if request.POST.get("seen") else {})
        )
    except posts.NoLongerAsked:
        messages.error(request, _("Somebody has decided, changed or withdrawn it in the meantime: check again."))
    except posts.NotYours:
        messages.error(request, _("Somebody else must approve: neither the person who asked nor the person concerned."))
    else:
        messages.success(request, (yes if answer else no) % {"name": person_name(asked_row.user)})
    return redirect("people")


# kind of approval → (its model, the function that decides, messages after yes and no)
DECIDABLE: dict[str, tuple[Any, Callable[..., None], Any, Any]] = {
    "post": (
        Membership.objects.filter(waiting=True), posts.decide_post,
        w("The post of %(name)s is now in effect."), w("The post of %(name)s was refused."),
    ),
    "factor": (
        FactorReplacement.objects.all(), posts.decide_replacement,
        w("The second factors of %(name)s have been removed: a new one is set up at the next sign-in."),
        w("The second factors of %(name)s are kept."),
    ),
}  # fmt: skip


@require_POST
@require_work("administer")
@ask_again
def ask_replacement(request, pk):
    person = get_object_or_404(User.objects.filter(is_active=True), pk=pk)
    try:
        posts.ask_replacement(person, request.user)
    except posts.NotYours:
        messages.error(request, _("Somebody else must approve: neither the person who asked nor the person concerned."))
    else:
        messages.success(request, _("Another administrator must approve."))
    return redirect("people")


@require_safe
@require_work("administer")
def ledger_page(request):
    page = Paginator(AccountLine.objects.all(), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "incidents/staff/people/ledger.html", {"page": page})


@require_safe
@require_work("administer")
def ledger_heads(request):
    return heads_as_json(ledger.ACCOUNTS.published_heads())


def with_posts(people):
    """Prefetches current and future posts as `posts`, and current and coming absences as `away`."""
    current_posts = Membership.objects.filter(Q(ends=None) | Q(ends__gte=localdate())).order_by(
        in_alphabet("authority__name"), "role", "pk"
    )
    away = Absence.objects.filter(ends__gte=localdate()).select_related("deputy").order_by("starts", "pk")
    people = people.annotate(has_factor=Exists(SecondFactor.objects.filter(user=OuterRef("pk"))))
    return people.prefetch_related(
        Prefetch("memberships", current_posts.select_related("authority", "area", "category"), to_attr="posts"),
        Prefetch("absences", away, to_attr="away"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_work("administer")
@ask_again
def offboard_person(request, pk):
    """Deactivates a person after showing the plan. `successor` is the key of the person who takes the work over."""
    person = get_object_or_404(User.objects.filter(is_active=True), pk=pk)
    params = request.POST if request.method == "POST" else request.GET
    heirs = User.objects.filter(is_active=True, memberships__in=Membership.objects.on()).exclude(pk=person.pk)
    heirs = heirs.distinct().order_by("last_name", "first_name", "username")
    successor = heirs.filter(pk=read_number(params.get("successor")) or 0).first()
    faults = {"successor": _("Choose somebody who stays.")} if params.get("successor") and not successor else {}
    if request.method == "POST" and not faults:
        try:
            offboarding.offboard(person, by=request.user, successor=successor)
        except offboarding.InvalidChange as unfit:
            faults = unfit.faults
        else:
            messages.success(request, _("%(name)s has left.") % {"name": person_name(person)})
            return redirect("people")
    context = {
        "person": person, "plan": offboarding.plan_offboarding(person, successor),
        "heirs": split_by_unit(heirs, person), "successor": successor, "faults": faults, "shown": SHOWN_INCIDENTS,
        "name": person_name(person), "heir": person_name(successor) if successor else "",
    }  # fmt: skip
    return render(request, "incidents/staff/people/offboard.html", context, status=400 if faults else 200)


def split_by_unit(heirs, person):
    own = set(offboarding.deputies_for(person).values_list("pk", flat=True))
    return [heir for heir in heirs if heir.pk in own], [heir for heir in heirs if heir.pk not in own]


class AwayForm(forms.Form):
    """The first and last day of an absence, and the deputy."""

    starts = forms.DateField(error_messages={"required": w("Choose the first day."), "invalid": w("Choose a day.")})
    ends = forms.DateField(error_messages={"required": w("Choose the last day."), "invalid": w("Choose a day.")})
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        error_messages={
            "required": w("Choose somebody from your unit."),
            "invalid_choice": w("Choose somebody from your unit."),
        },
    )

    def __init__(self, person, *args, **more):
        super().__init__(*args, **more)
        cast(forms.ModelChoiceField, self.fields["deputy"]).queryset = offboarding.deputies_for(person)


@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request):
    form = AwayForm(request.user, request.POST if request.method == "POST" else None, initial={"starts": date.today})
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            offboarding.record_absence(request.user, data["deputy"], data["starts"], data["ends"])
        except offboarding.InvalidChange as unfit:
            for name, fault in unfit.faults.items():
                form.add_error(name, fault)
        else:
            messages.success(request, _("%(name)s deputises for you.") % {"name": person_name(data["deputy"])})
            return redirect("people-me")
    person = with_posts(User.objects.filter(pk=request.user.pk)).get()
    deputies = cast(forms.ModelChoiceField, form.fields["deputy"]).queryset
    stands_in = Absence.objects.filter(deputy=person, ends__gte=localdate()).select_related("user").order_by("starts")
    context = {"person": person, "form": form, "deputies": deputies, "stands_in": stands_in, "today": localdate()}
    return render(request, "incidents/staff/people/own_page.html", context, status=400 if form.errors else 200)


@require_POST
def end_absence(request, pk):
    offboarding.end_absence(get_object_or_404(Absence, pk=pk, user=request.user))
    messages.success(request, _("You are back."))
    return redirect("people-me")
