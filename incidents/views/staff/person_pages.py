"""Administration of one person: account, posts, sign-in and sessions; and new accounts."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.models import Area
from incidents.accounts import factors, posts
from incidents.forms import PhoneField
from incidents.models import AccountLine, Authority, Category, FactorReplacement, Membership, RecoveryCode, SignIn, User
from incidents.page_access import SignedInRequest, ask_again, require_work
from incidents.people import staff_accounts
from incidents.wording import person_name

LINES = 10  # of the ledger on the page
TAKEN = w("This name is already taken.")


class PersonForm(forms.ModelForm):
    """The names and addresses of an account."""

    last_name = forms.CharField(label=w("Family and middle names"), required=False, max_length=150)
    first_name = forms.CharField(label=w("Given name"), required=False, max_length=150)
    email = forms.EmailField(
        label=w("E-mail"), required=False, error_messages={"invalid": w("This is not an e-mail address.")}
    )
    phone = PhoneField(label=w("Phone"), required=False)

    class Meta:
        model = User
        fields = ["last_name", "first_name", "email", "phone", "language"]


class PasswordForm(forms.Form):
    """An initial password; the person changes it later."""

    password = forms.CharField(
        label=w("Password"), strip=False, max_length=200, error_messages={"required": w("Enter a password.")}
    )

    def __init__(self, person: User, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.person = person

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if password:
            password_validation.validate_password(password, self.person)
        return password


class NewPersonForm(PersonForm):
    """A new account: user name, and a password unless the person only signs in by the city account."""

    password = forms.CharField(label=w("First password"), strip=False, required=False, max_length=200)

    class Meta(PersonForm.Meta):
        fields = ["username", *PersonForm.Meta.fields]
        error_messages = {"username": {"unique": TAKEN, "required": w("Enter the user name.")}}

    def clean(self) -> dict[str, Any]:
        super().clean()
        if password := self.cleaned_data.get("password"):
            try:
                password_validation.validate_password(password, self.instance)
            except forms.ValidationError as faults:
                self.add_error("password", faults)
        return self.cleaned_data


class PostForm(forms.ModelForm):
    """A post at a unit: for everything, or only for an area or a field, and for how long."""

    class Meta:
        model = Membership
        fields = ["role", "authority", "area", "category", "starts", "ends"]
        error_messages = {
            "role": {"required": w("Choose a role.")},
            "authority": {"required": w("Choose a unit.")},
            "starts": {"invalid": w("Choose a day.")},
            "ends": {"invalid": w("Choose a day.")},
        }

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        areas = Area.objects.on(localdate()).filter(edition__city=city.current()).defer("shape", "outline")
        self.choices_of("authority").queryset = Authority.objects.order_by("name", "code")
        self.choices_of("area").queryset = areas.order_by("search", "code")
        self.choices_of("category").queryset = Category.objects.order_by(F("parent").desc(nulls_first=True), "code")

    def choices_of(self, name: str) -> Any:
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        super().clean()
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The last day is before the first."))
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        """Excludes the table's constraints: `clean` and `give_post` report them in our own words."""
        return {field.name for field in Membership._meta.fields}


# ---- looking ----


@require_safe
@require_work("administer")
def person_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return render_person(request, find_person(request, pk))


def find_person(request: SignedInRequest, pk: int) -> User:
    return get_object_or_404(User, pk=pk)


def render_person(
    request: SignedInRequest, person: User, status: int = 200, **forms_sent: forms.BaseForm
) -> HttpResponse:
    memberships = person.memberships.select_related("authority", "area", "category", "asked_by", "confirmed_by")
    today, state = localdate(), staff_accounts.account_state(person)
    may_touch = staff_accounts.may_touch(request.user, person)
    context = {
        "person": person,
        "name": person_name(person),
        "state": state,
        "state_words": STATES[state],
        "mine": person.pk == request.user.pk,
        "ways_in": way_in(person),
        "may_touch": may_touch,
        "may_set_password": may_touch and posts.may_set_password(request.user, person),
        "posts": [(post, post_state(post, today)) for post in memberships.order_by("authority__name", "role", "pk")],
        "factors": factors.factors_of(person),
        "codes_left": RecoveryCode.objects.filter(user=person).count(),
        "lost": FactorReplacement.objects.filter(user=person).exists(),
        "sign_ins": SignIn.objects.filter(user=person).running(),
        "lines": AccountLine.objects.filter(person_key=person.pk)[:LINES],
        "person_form": forms_sent.get("person_form") or PersonForm(instance=person),
        "post_form": forms_sent.get("post_form") or PostForm(),
        "password_form": forms_sent.get("password_form") or PasswordForm(person),
        "sent": next(iter(forms_sent), ""),
    }
    return render(request, "incidents/staff/people/person.html", context, status=status)


def way_in(person):
    if person.subject:
        return _("the city account")
    return (
        _("name and password")
        if person.has_usable_password()
        else _("no way to sign in yet: no password, no city account")
    )


STATES = {
    staff_accounts.AccountState.ACTIVE: w("can sign in"),
    staff_accounts.AccountState.LOCKED: w("locked"),
    staff_accounts.AccountState.LEFT: w("has left"),
}
# States of a post; the first that applies counts: (code, label, predicate).
POST_STATES: tuple[tuple[str, Any, Callable[[Membership, Any], bool]], ...] = (
    ("ended", w("has ended"), lambda post, today: bool(post.ends and post.ends < today)),
    ("waiting", w("waiting for approval"), lambda post, today: post.waiting),
    ("to-come", w("starts later"), lambda post, today: bool(post.starts and post.starts > today)),
    ("holds", w("current"), lambda post, today: True),
)


def post_state(post: Membership, today: Any) -> dict[str, Any]:
    code, words = next((code, words) for code, words, is_so in POST_STATES if is_so(post, today))
    return {"code": code, "words": words}


# ---- the account ----


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@require_work("administer")
@ask_again
def new_person(request: SignedInRequest) -> HttpResponse:
    form = NewPersonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        person = staff_accounts.open_account(form.save(commit=False), form.cleaned_data["password"], request.user)
        messages.success(
            request, _("The account of %(name)s has been created. Now assign a post.") % {"name": person_name(person)}
        )
        return redirect("person", person.pk)
    return render(request, "incidents/staff/people/new.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@require_work("administer")
@ask_again
def change_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = find_person(request, pk)
    form = PersonForm(request.POST, instance=get_object_or_404(User, pk=pk))
    if not form.is_valid():
        return render_person(request, person, 400, person_form=form)
    if not staff_accounts.may_touch(request.user, person):
        return refuse(request, person, _("Only someone with full rights can change the account of %(name)s."))
    staff_accounts.change_account(form.instance, form.changed_data, request.user)
    messages.success(request, _("Saved."))
    return redirect("person", person.pk)


def refuse(request, person, words):
    messages.error(request, words % {"name": person_name(person)})
    return redirect("person", person.pk)


@sensitive_post_parameters("password")
@require_POST
@require_work("administer")
@ask_again
def set_password(request: SignedInRequest, pk: int) -> HttpResponse:
    person = find_person(request, pk)
    form = PasswordForm(person, request.POST)
    if not form.is_valid():
        return render_person(request, person, 400, password_form=form)
    return change_state(
        request, person, lambda: staff_accounts.set_password(person, form.cleaned_data["password"], request.user),
        _("The password has been set. All devices of %(name)s are signed out."),
    )  # fmt: skip


@require_POST
@require_work("administer")
@ask_again
def lock_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = find_person(request, pk)
    done = _("%(name)s is locked, and signed out on all devices.")
    return change_state(request, person, lambda: staff_accounts.lock_account(person, request.user), done)


@require_POST
@require_work("administer")
@ask_again
def unlock_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = find_person(request, pk)
    done = _("%(name)s can sign in again.")
    return change_state(request, person, lambda: staff_accounts.unlock_account(person, request.user), done)


@require_POST
@require_work("administer")
@ask_again
def sign_out_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = find_person(request, pk)
    done = _("%(name)s is signed out on all devices.")
    return change_state(request, person, lambda: staff_accounts.sign_out_everywhere(person, request.user), done)


def change_state(request, person, change, done):
    """Runs a change, shows its success or refusal as a message, and redirects to the person's page."""
    try:
        change()
    except staff_accounts.NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done % {"name": person_name(person)})
    return redirect("person", person.pk)


# ---- posts ----


@require_POST
@require_work("administer")
@ask_again
def give_post(request: SignedInRequest, pk: int) -> HttpResponse:
    person = find_person(request, pk)
    form = PostForm(request.POST)
    if form.is_valid():
        post = form.save(commit=False)
        post.user = person
        try:
            with transaction.atomic():
                posts.give_post(post, request.user)
        except IntegrityError:
            form.add_error("role", _("This person already holds this post."))
        else:
            messages.success(request, POST_GIVEN[post.waiting] % {"name": person_name(person)})
            return redirect("person", person.pk)
    return render_person(request, person, 400, post_form=form)


POST_GIVEN = {
    False: w("%(name)s now holds the post."),
    True: w("The post of %(name)s takes effect once another administrator approves it."),
}


@require_POST
@require_work("administer")
@ask_again
def end_post(request: SignedInRequest, pk: int, post: int) -> HttpResponse:
    post_row = get_object_or_404(Membership.objects.select_related("user", "authority"), pk=post, user=pk)
    posts.end_post(post_row, request.user)
    messages.success(request, _("The post has been removed."))
    return redirect("person", pk)
