"""Pages of routing rules: their check, changes with a dry run, and proposals learned from corrections."""

from itertools import zip_longest

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from gis_data.alphabet import in_alphabet
from gis_data.models import Area
from gis_data.words import plain, tidy
from incidents.models import Authority, Category, RoutingRule, RuleProposal
from incidents.models.catalogue import Plain
from incidents.page_access import ask_again, require_work
from incidents.routing import check
from incidents.routing import proposals as learning

LOCAL_UNIT, REMOVE_RULE = "local", "-"
MAX_ROWS = 20  # per submission
ROW = ("category", "area", "to", "reason", "reason_en")
w = gettext_lazy


class RuleChoices:
    """The categories, current areas and units that a rule may name, by code, in menu order."""

    def __init__(self):
        self.categories = {category.code: category for category in Category.objects.order_by("position", "code")}
        areas = Area.objects.on(localdate()).defer("shape", "outline").order_by("-level", "search")
        self.areas = {area.code: area for area in areas}
        self.units = {unit.code: unit for unit in Authority.objects.order_by(in_alphabet("name"))}


class ChangeForm(forms.Form):
    """One row: a rule to write, or (`to` is `-`) to delete. An empty category or area matches all."""

    category = forms.CharField(required=False)
    area = forms.CharField(required=False)
    to = forms.CharField(error_messages={"required": w("Choose the unit.")})
    reason = forms.CharField(
        max_length=200, required=False, error_messages={"max_length": w("The reason is longer than 200 characters.")}
    )
    reason_en = forms.CharField(
        max_length=200, required=False, error_messages={"max_length": w("The reason is longer than 200 characters.")}
    )

    def __init__(self, row, choices, *, checked):
        super().__init__(row if checked else None, initial=row)
        self.choices = choices

    def clean_category(self):
        return self.chosen("category", self.choices.categories, _("There is no such field."))

    def clean_area(self):
        return self.chosen("area", self.choices.areas, _("There is no such area."))

    def clean_to(self):
        code = self.cleaned_data["to"]
        if code in (LOCAL_UNIT, REMOVE_RULE):
            return code
        return self.chosen("to", self.choices.units, _("There is no such unit."))

    def chosen(self, name, among, fault):
        code = self.cleaned_data[name]
        if code and code not in among:
            raise forms.ValidationError(fault)
        return among.get(code)

    def clean(self) -> None:
        needs_reason = self.cleaned_data.get("to") != REMOVE_RULE
        if needs_reason and self.cleaned_data.get("reason") == "":
            self.add_error("reason", _("Enter the reason: citizens can read it."))

    def change(self) -> check.RuleChange:
        data = self.cleaned_data
        return check.RuleChange(
            category=data["category"],
            area=data["area"],
            authority=None if data["to"] in (LOCAL_UNIT, REMOVE_RULE) else data["to"],
            remove=data["to"] == REMOVE_RULE,
            reason=tidy(data["reason"]),
            reason_en=tidy(data["reason_en"]),
        )


class Changes:
    """The submitted rows, and once checked the rule changes in them."""

    def __init__(self, rows, *, checked=False):
        self.choices = RuleChoices()
        self.forms = [ChangeForm(row, self.choices, checked=checked and any(row.values())) for row in rows[:MAX_ROWS]]
        self.faults = [_("At most %(n)d rules at a time.") % {"n": MAX_ROWS}] if len(rows) > MAX_ROWS else []
        self.rule_changes = []
        if checked:
            self.check()

    def check(self) -> None:
        filled = [form for form in self.forms if form.is_bound]
        if all(not form.errors for form in filled):
            self.rule_changes = [form.change() for form in filled]
        if not filled:
            self.faults.append(_("Enter at least one change."))
        keys = [(change.category, change.area) for change in self.rule_changes]
        twice = [change for number, change in enumerate(self.rule_changes) if keys.index(keys[number]) != number]
        self.faults += [
            _("%(rule)s is listed more than once.") % {"rule": check.rule_in_words(change.rule())} for change in twice
        ]

    @property
    def has_faults(self):
        return bool(self.faults) or any(form.errors for form in self.forms)

    @property
    def are_valid(self):
        return bool(self.rule_changes) and not self.faults


def posted_rows(posted):
    columns = [posted.getlist(name) for name in ROW]
    return [dict(zip(ROW, cells, strict=True)) for cells in zip_longest(*columns, fillvalue="")]


def rows_of_rules(keys):
    rules = RoutingRule.objects.filter(pk__in=[key for key in keys if key.isdecimal() and len(key) < 18])
    return [
        {
            "category": rule.category.code if rule.category else "",
            "area": rule.area.code if rule.area else "",
            "to": rule.authority.code if rule.authority else LOCAL_UNIT,
            "reason": rule.reason,
            "reason_en": rule.reason_en,
        }
        for rule in rules.select_related("category", "area", "authority").order_by("pk")[:MAX_ROWS]
    ]


class RuleForm(forms.Form):
    """The reason of an accepted proposal, which citizens read."""

    reason = forms.CharField(max_length=200, error_messages={"required": w("Enter the reason: citizens can read it.")})
    reason_en = forms.CharField(max_length=200, required=False)


@require_work("routing")
@require_safe
def rules_page(request):
    """Shows the proposals and the rules; `?q=` filters the rules, `?check` checks them."""
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
    """Previews rule changes on the reports of the last month, then applies them. `?rule=` starts with that rule."""
    if request.method != "POST":
        return render_try_page(request, Changes(rows_of_rules(request.GET.getlist("rule")) or [{}]))
    rows = posted_rows(request.POST)
    if (edited := edit_rows(rows, request.POST)) is not None:
        return render_try_page(request, Changes(edited))
    changes = Changes(rows, checked=True)
    if not changes.are_valid:
        return render_try_page(request, changes, 400)
    if request.POST.get("do") != "make":
        total, moves = check.dry_run(changes.rule_changes)
        return render_try_page(request, changes, total=total, moves=moves, worse=check.new_faults(changes.rule_changes))
    try:
        check.apply_changes(changes.rule_changes, by=request.user)
    except check.RulesWorsened as refusal:
        return render_try_page(request, changes, 409, worse=refusal.findings)
    n = len(changes.rule_changes)
    messages.success(request, ngettext("%(n)d rule changed.", "%(n)d rules changed.", n) % {"n": n})
    return redirect("routing")


def edit_rows(rows, posted):
    if posted.get("do") == "add":
        return [*rows, {}][:MAX_ROWS]
    if "drop" in posted:
        return [row for number, row in enumerate(rows, 1) if str(number) != posted["drop"]] or [{}]
    return None


def render_try_page(request, changes, status=200, **more):
    context = {
        "changes": changes,
        "choices": changes.choices,
        "local_unit": LOCAL_UNIT,
        "remove_rule": REMOVE_RULE,
        "may_add": len(changes.forms) < MAX_ROWS,
        "written": [check.rule_in_words(change.rule()) for change in changes.rule_changes if not change.remove],
        "removed": [check.rule_in_words(change.rule()) for change in changes.rule_changes if change.remove],
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
    messages.success(request, _("The rule is now in force.") if accepts else _("The rules were not changed."))
    return redirect("routing")
