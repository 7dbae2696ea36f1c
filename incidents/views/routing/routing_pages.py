"""The pages of routing rules: their check, changes with a dry run, and proposals learned from corrections."""

import csv

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.methods import require_safe
from gis_data.models import Area
from gis_data.words import plain, tidy
from incidents.models import Authority, Category, RoutingRule, RuleProposal
from incidents.models.catalogue import Plain
from incidents.page_access import ask_again, require_work
from incidents.routing import check
from incidents.routing import proposals as learning

LOCAL_UNIT, REMOVE_RULE = "local", "-"
MAX_LINES = 500  # of changes at a time
w = gettext_lazy


class ChangesForm(forms.Form):
    """Changes of rules, a line each: category, area, to, reason, reason in English. Clean data: [RuleChange].

    An empty category or area means any; `to` is a unit's code, `local`, or `-` to take the rule away.
    """

    changes = forms.CharField(
        widget=forms.Textarea,
        max_length=100_000,
        error_messages={"required": w("Write at least one change.")},
    )

    def clean_changes(self):
        rows = [[cell.strip() for cell in row] for row in csv.reader(self.cleaned_data["changes"].splitlines()) if row]
        if rows and rows[0][:3] == ["category", "area", "to"]:
            rows = rows[1:]
        if len(rows) > MAX_LINES:
            raise forms.ValidationError(_("At most %(n)d lines at a time.") % {"n": MAX_LINES})
        reader = ChangeReader()
        found, faults = [], []
        for number, row in enumerate(rows, 1):
            change, wrong = reader.read_line(row)
            found.append(change)
            faults += [_("Line %(n)d: %(fault)s") % {"n": number, "fault": fault} for fault in wrong]
        keys = [(change.category, change.area) for change in found if change]
        faults += [
            _("%(rule)s stands more than once.") % {"rule": f"{category or '*'} × {area or '*'}"}
            for category, area in sorted({key for key in keys if keys.count(key) > 1}, key=str)
        ]
        if faults or not found:
            raise forms.ValidationError(faults or [_("Write at least one change.")])
        return found


class ChangeReader:
    """Reads lines of changes; holds the categories, areas and units that they may name, by code."""

    def __init__(self):
        self.categories = Category.objects.in_bulk(field_name="code")
        self.areas = {area.code: area for area in Area.objects.on(localdate()).defer("shape", "outline")}
        self.units = Authority.objects.in_bulk(field_name="code")

    def read_line(self, row):
        """(the RuleChange or None, the faults of the line)."""
        category, area, to, reason, reason_en = (*row, "", "", "", "", "")[:5]
        faults = [
            fault
            for is_wrong, fault in (
                (len(row) > 5, _("it has more than five parts; put words with commas in quotes.")),
                (
                    category and category not in self.categories,
                    _("there is no category %(code)s.") % {"code": category},
                ),
                (
                    area and area not in self.areas,
                    _("no area with the code %(code)s is the law today.") % {"code": area},
                ),
                (
                    to not in {LOCAL_UNIT, REMOVE_RULE, *self.units},
                    _("there is no unit %(code)s.") % {"code": to or "‹›"},
                ),
                (to != REMOVE_RULE and not reason, _("the reason is missing: citizens read it.")),
                (max(len(reason), len(reason_en)) > 200, _("the reason is longer than 200 characters.")),
            )
            if is_wrong
        ]
        if faults:
            return None, faults
        return (
            check.RuleChange(
                category=self.categories.get(category),
                area=self.areas.get(area),
                authority=self.units.get(to),
                remove=to == REMOVE_RULE,
                reason=tidy(reason),
                reason_en=tidy(reason_en),
            ),
            [],
        )


class RuleForm(forms.Form):
    """The reason of an accepted proposal, which citizens read."""

    reason = forms.CharField(max_length=200, error_messages={"required": w("Write the reason: citizens read it.")})
    reason_en = forms.CharField(max_length=200, required=False)


@require_work("routing")
@require_safe
def rules_page(request):
    """The proposals and the rules; `?q=` filters the rules, `?check` checks them."""
    words = tidy(request.GET.get("q", ""))[:100]
    return render_rules_page(request, check=check.check_rules() if "check" in request.GET else None, words=words)


def render_rules_page(request, status=200, **more):
    proposals = RuleProposal.objects.filter(state=RuleProposal.State.PROPOSED)
    proposals = proposals.select_related("category__parent", "area", "authority").defer("area__shape", "area__outline")
    rules = RoutingRule.objects.select_related("category", "area", "authority").defer("area__shape", "area__outline")
    rules = rules.alias(words=Plain("category__code", "category__search", "authority__name", "area__full_name"))
    for word in plain(more.get("words", "")).split():
        rules = rules.filter(words__contains=word)
    rules = list(rules.order_by("category__position", "category__code", "area__code")[:201])
    context = {
        "proposals": proposals,
        "rules": rules[:200],
        "more_rules": len(rules) > 200,
        "rules_count": RoutingRule.objects.count(),
    }
    return render(request, "incidents/routing/rules.html", context | more, status=status)


@require_work("routing")
@require_http_methods(["GET", "HEAD", "POST"])
def try_changes(request):
    """Changes of rules: first a dry run on the reports of the last month, then made."""
    if request.method != "POST":
        return render_try_page(request, ChangesForm(initial={"changes": request.GET.get("changes", "")}))
    form = ChangesForm(request.POST)
    if not form.is_valid():
        return render_try_page(request, form, 400)
    changes = form.cleaned_data["changes"]
    if request.POST.get("do") != "make":
        total, moves = check.dry_run(changes)
        return render_try_page(
            request, form, changes=changes, total=total, moves=moves, worse=check.new_faults(changes)
        )
    try:
        check.apply_changes(changes, by=request.user)
    except check.RulesWorsened as refusal:
        return render_try_page(request, form, 409, changes=changes, worse=refusal.findings)
    n = len(changes)
    messages.success(request, ngettext("%(n)d rule changed.", "%(n)d rules changed.", n) % {"n": n})
    return redirect("routing")


def render_try_page(request, form, status=200, **more):
    context = {
        "form": form,
        "categories": Category.objects.order_by("position", "code"),
        "units": Authority.objects.order_by("name"),
        "written": [check.rule_in_words(change.rule()) for change in more.get("changes", ()) if not change.remove],
        "removed": [check.rule_in_words(change.rule()) for change in more.get("changes", ()) if change.remove],
        "moved": sum(move.incidents for move in more.get("moves", ())),
    }
    return render(request, "incidents/routing/try_changes.html", context | more, status=status)


@require_work("routing")
@require_POST
@ask_again
def accept_proposal(request, pk):
    return decide_proposal(request, pk, accepts=True)


@require_work("routing")
@require_POST
def dismiss_proposal(request, pk):
    return decide_proposal(request, pk, accepts=False)


def decide_proposal(request, pk, *, accepts):
    proposal = get_object_or_404(RuleProposal, pk=pk)
    form = RuleForm(request.POST)
    if accepts and not form.is_valid():
        return render_rules_page(request, 400, faulty=proposal.pk, form=form)
    try:
        if accepts:
            learning.accept_proposal(proposal, by=request.user, **form.cleaned_data)
        else:
            learning.dismiss_proposal(proposal, by=request.user)
    except learning.DecidedAlready as refusal:
        return render_rules_page(request, 409, refusal=str(refusal))
    messages.success(request, _("The rule is in force now.") if accepts else _("The rules stay as they are."))
    return redirect("routing")
