"""A person's own sign-in: password, second factors, recovery codes, sessions, city account."""

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.session_store import stored_key
from gis_data.models import City
from incidents.accounts import factors, passkeys, sessions
from incidents.audit import accounts as ledger
from incidents.models import AccountLine, RecoveryCode, SecondFactor, SignIn
from incidents.page_access import SignedInRequest, ask_again
from incidents.views.staff.signing import city_account_name

NEW_APP = "new-app"  # session key of an app's secret until its first code


@never_cache
@require_http_methods(["GET", "HEAD"])
def own_sign_in(request: SignedInRequest) -> HttpResponse:
    return render_page(request)


def render_page(request, *, status=200, **more):
    person = request.user
    context = {
        "factors": factors.factors_of(person),
        "has_app": factors.factors_of(person).filter(kind=SecondFactor.Kind.APP).exists(),
        "codes_left": RecoveryCode.objects.filter(user=person).count(),
        "sign_ins": SignIn.objects.filter(user=person).running(),
        "this_session": stored_key(request.session.session_key),
        "owing": bool(request.owing),
        "city_account": city_account_name(),
        "password": password_fields(more.get("form")),
    }
    return render(request, "incidents/staff/sign_in/security.html", context | more, status=status)


def password_fields(form):
    return [
        (name, label, complete, form.errors.get(name) if form else None) for name, label, complete in PASSWORD_FIELDS
    ]


PASSWORD_FIELDS = [
    ("old_password", w("Current password"), "current-password"),
    ("new_password1", w("New password"), "new-password"),
    ("new_password2", w("New password again"), "new-password"),
]


@never_cache
@sensitive_post_parameters()
@require_POST
@ask_again
def change_password(request: SignedInRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST)
    if not request.user.has_usable_password() or not form.is_valid():
        return render_page(request, form=form, status=400)
    form.save()
    sessions.keep_this_session(request, request.user)
    ledger.record_account_line(AccountLine.Kind.PASSWORD, request.user, request.user)
    messages.success(request, _("The password has been changed. Your other devices are signed out."))
    return redirect("security")


# ---- second factors ----


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@ask_again
def set_up_app(request: SignedInRequest) -> HttpResponse:
    fault = False
    if request.method == "POST" and NEW_APP in request.session:
        if factors.add_app(request.user, request.session[NEW_APP], request.POST.get("app-code", "")):
            del request.session[NEW_APP]
            return after_new_factor(request)
        fault = True
    secret = request.session.setdefault(NEW_APP, factors.new_app_secret())
    city = City.objects.first()
    address = factors.app_address(request.user, secret, city.brand if city else request.get_host())
    context = {
        "picture": segno.make(address, error="m").svg_data_uri(scale=6, border=3),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "fault": fault,
    }
    return render(request, "incidents/staff/sign_in/app.html", context, status=400 if fault else 200)


@never_cache
@require_POST
@ask_again
def add_passkey(request: SignedInRequest) -> HttpResponse:
    """Returns the options for creating a passkey as JSON; stores the passkey that the browser created."""
    if "made" not in request.POST:
        return JsonResponse(passkeys.begin_adding(request, request.user))
    try:
        passkeys.add_passkey(request, request.user, request.POST["made"], request.POST.get("name", ""))
    except passkeys.InvalidPasskey:
        return render_page(request, passkey_fault=True, status=400)
    return after_new_factor(request)


def after_new_factor(request):
    """Ends the other sessions; the first factor creates recovery codes, which are shown once."""
    sessions.mark_proof(request)
    sessions.end_other_sessions(request)
    request.owing = None
    if RecoveryCode.objects.filter(user=request.user).exists():
        messages.success(request, _("The second factor is saved. Your other devices are signed out."))
        return redirect("security")
    return show_codes(request)


@never_cache
@require_POST
@ask_again
def renew_codes(request: SignedInRequest) -> HttpResponse:
    if not factors.has_factor(request.user):
        return redirect("security")
    return show_codes(request)


def show_codes(request):
    context = {"codes": factors.make_recovery_codes(request.user)}
    return render(request, "incidents/staff/sign_in/codes.html", context)


@never_cache
@require_POST
@ask_again
def remove_factor(request: SignedInRequest, pk: int) -> HttpResponse:
    factor = get_object_or_404(factors.factors_of(request.user), pk=pk)
    last = not factors.factors_of(request.user).exclude(pk=pk).exists()
    if last and factors.is_demanded(request.user, settings.SECOND_FACTOR_ROLES):
        messages.error(request, _("Your posts require a second factor: add another one first."))
    else:
        factors.remove_factor(factor)
        messages.success(request, _("The second factor has been removed."))
    return redirect("security")


# ---- sessions ----


@require_POST
def end_session(request: SignedInRequest, pk: int) -> HttpResponse:
    get_object_or_404(SignIn, pk=pk, user=request.user)
    sessions.end_sessions(SignIn.objects.filter(pk=pk, user=request.user))
    messages.success(request, _("That device is signed out."))
    return redirect("security")


@require_POST
def end_other_sessions(request: SignedInRequest) -> HttpResponse:
    sessions.end_other_sessions(request)
    messages.success(request, _("Your other devices are signed out."))
    return redirect("security")
