"""Sign in and out: password, passkey or city account, and second factor."""

import logging
import math
import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http import openid, rate_limits
from geoapp.http.http_methods import require_safe
from incidents import access
from incidents.accounts import city_account, factors, passkeys, proofs, sessions, sign_in_throttle
from incidents.models import SignIn as SignInRow
from incidents.models import User
from incidents.page_access import SignedInRequest, render_proof_page

log = logging.getLogger(__name__)
METHOD = SignInRow.Method
BUSY_S = 5  # Retry-After while too many passwords are being checked
# The start page of each kind of work; the first that fits the person counts.
HOME_PAGES = {
    "control": "control",
    "lead": "lead",
    "desk": "desk",
    "watch": "watch",
    "operator": "operator",
    "moderate": "moderation",
    "boundaries": "editions",
    "administer": "administration",
    "privacy": "privacy",
    "camera-health": "camera-health",
}


class SignInForm(AuthenticationForm):
    """Name and password; the same message for both faults, so that nobody learns which names exist."""

    error_messages = {
        "invalid_login": w("The name or the password is incorrect."),
        "inactive": w("The name or the password is incorrect."),
    }

    def confirm_login_allowed(self, user):
        super().confirm_login_allowed(user)
        if city_account.is_the_only_way(user):
            raise self.get_invalid_login_error()


class SignIn(LoginView):
    """The sign-in page of staff; redirects to `next`, or first to the second factor."""

    template_name = "incidents/staff/sign_in/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request, *args, **kwargs):
        if getattr(request, "owing", None):
            return redirect_owing(request, request.owing)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        if request.POST.get(proofs.PASSKEY):
            return self.sign_in_by_passkey(request)
        name = request.POST.get("username", "")
        if wait_s := sign_in_throttle.seconds_to_wait(request, name):
            return render_lockout_page(request, name, wait_s)
        form = self.get_form()
        try:
            with sign_in_throttle.hashing_turns(request, name).take():
                valid = form.is_valid()
        except sign_in_throttle.Busy:
            return self.page("busy", status=503, retry_after=BUSY_S)
        if form.has_error(NON_FIELD_ERRORS) and (wait_s := sign_in_throttle.count_wrong_password(request, name)):
            return render_lockout_page(request, name, wait_s)
        return self.form_valid(form) if valid else self.form_invalid(form)

    def form_valid(self, form):
        person = form.get_user()
        if not factors.has_factor(person):
            return self.sign_in(person, METHOD.PASSWORD)
        sessions.begin_second_step(self.request, person)
        return redirect(with_next("sign-in-second", self.get_redirect_url()))

    def sign_in_by_passkey(self, request):
        try:
            person = passkeys.check_passkey(request, request.POST[proofs.PASSKEY], None)
        except passkeys.InvalidPasskey as fault:
            log.info("A passkey was refused: %s", fault)
            return self.page("passkey")
        if city_account.is_the_only_way(person):
            return self.page("passkey")
        return self.sign_in(person, METHOD.PASSKEY)

    def sign_in(self, person, method):
        return finish_sign_in(self.request, person, method, address=self.get_success_url())

    def page(self, trouble, *, status=200, retry_after=None, **more):
        form = SignInForm(self.request, initial={"username": self.request.POST.get("username", "")})
        context = self.get_context_data(form=form, trouble=trouble, **more)
        response = render(self.request, self.template_name, context, status=status)
        if retry_after:
            response["Retry-After"] = str(retry_after)
        return response

    def get_context_data(self, **more):
        context = super().get_context_data(**more)
        form = context["form"]
        if form.is_bound and form.non_field_errors():
            context["tries_left"] = sign_in_throttle.tries_left(self.request, form.data.get("username", ""))
        # A person sent here from a step was signed out while writing.
        context["goes_on"] = context["next"].startswith(reverse("desk")) and context["next"].count("/") > 3
        return context | {"city_account": city_account_name(), "trouble": context.get("trouble", "")}


sign_in = rate_limits.limit_requests("sign-in-page")(login_not_required(SignIn.as_view()))
sign_out = login_not_required(LogoutView.as_view())


def finish_sign_in(
    request: HttpRequest, person: User, method: str, *, address: str, city: city_account.Tokens | None = None
) -> HttpResponse:
    sessions.begin_session(request, person, method, city=city)
    response = redirect(address)
    sign_in_throttle.remember_device(response, person)
    return response


def safe_next(request: HttpRequest) -> str:
    """Returns `next` if it is an address of ours; else ""."""
    target = request.POST.get("next", request.GET.get("next", ""))
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else ""


def with_next(name: str, address: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': address})}" if address else reverse(name)


def redirect_owing(request: SignedInRequest, person: User) -> HttpResponse:
    """Redirects a person who must have a second factor to the page where it is entered or set up."""
    if factors.has_factor(person):
        return redirect(with_next("sign-in-again", safe_next(request)))
    return redirect("security")


def render_lockout_page(request, name, wait_s):
    """Renders 429 with the minutes to wait; no password is checked meanwhile."""
    form = SignInForm(request, initial={"username": name})
    context = {"form": form, "locked_minutes": math.ceil(wait_s / 60), "next": request.POST.get("next", "")}
    response = render(request, SignIn.template_name, context, status=429)
    response["Retry-After"] = str(wait_s)
    return response


# ---- the second factor ----


@rate_limits.limit_requests("sign-in-page")
@login_not_required
@never_cache
@sensitive_post_parameters(*proofs.FIELDS)
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    person = sessions.pending_person(request)
    if person is None:
        return redirect(with_next("sign-in", safe_next(request)))
    fault, city = None, sessions.pending_tokens(request)
    if request.method == "POST":
        proof = proofs.read_proof(request, person)
        if proof.method:
            method = METHOD.CITY if city else proof.method
            response = finish_sign_in(
                request, person, method, address=safe_next(request) or reverse("after-sign-in"), city=city
            )
            sessions.mark_proof(request)
            return response
        fault = proof
    return render_proof_page(request, person, fault, action=request.path, next=safe_next(request))


@never_cache
@sensitive_post_parameters(*proofs.FIELDS)
@require_http_methods(["GET", "HEAD", "POST"])
def prove_again(request: SignedInRequest) -> HttpResponse:
    fault = None
    if request.method == "POST":
        proof = proofs.read_proof(request, request.user)
        if proof.method:
            sessions.mark_proof(request)
            return redirect(safe_next(request) or reverse("after-sign-in"))
        fault = proof
    return render_proof_page(request, request.user, fault, action=request.path, next=safe_next(request), again=True)


@rate_limits.limit_requests("sign-in-page")
@login_not_required
@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> JsonResponse:
    """Returns the options for a passkey as JSON: of the person signing in, or of any passkey of this site."""
    sessions.keep_briefly(request)
    person = request.user if request.user.is_authenticated else sessions.pending_person(request)
    return JsonResponse(passkeys.begin_asking(request, person))


# ---- the city account ----


@rate_limits.limit_requests("sign-in-page")
@login_not_required
@never_cache
@require_safe
def begin_city_account(request: HttpRequest) -> HttpResponse:
    """Redirects to the OpenID provider: to sign in, to re-authenticate (`for=again`), or to link the account."""
    purpose = request.GET.get("for", "in")
    if not openid.is_on() or purpose not in ("in", "again", "link") or (purpose != "in" and request.user.is_anonymous):
        raise Http404
    try:
        address, login_state = openid.begin(city_address(request), again=purpose == "again")
    except (openid.Unreachable, openid.Refused) as fault:
        return city_fault(request, "unreachable", fault)
    sessions.keep_briefly(request)
    request.session[CITY] = login_state | {"for": purpose, "next": safe_next(request)}
    return redirect(address)


@rate_limits.limit_requests("sign-in-page")
@login_not_required
@never_cache
@require_safe
def finish_city_account(request: HttpRequest) -> HttpResponse:
    login_state = request.session.pop(CITY, None)
    if (
        not openid.is_on()
        or login_state is None
        or request.GET.get("state") != login_state["state"]
        or "code" not in request.GET
    ):
        return city_fault(request, "denied", request.GET.get("error", "state"))
    try:
        answer = openid.finish(request.GET["code"], city_address(request), login_state)
        return CITY_PURPOSES[login_state["for"]](request, answer, login_state["next"] or reverse("after-sign-in"))
    except city_account.NotLetIn as fault:
        return city_fault(request, fault.reason, fault)
    except openid.Unreachable as fault:
        return city_fault(request, "unreachable", fault)
    except openid.Refused as fault:
        return city_fault(request, "denied", fault)


def city_sign_in(request, answer, address):
    city = city_account.tokens_of(answer)
    person = city_account.person_of(answer)
    if city.with_factor or not factors.has_factor(person):
        return finish_sign_in(request, person, METHOD.CITY, address=address, city=city)
    sessions.begin_second_step(request, person, city=city)
    return redirect(with_next("sign-in-second", address))


def city_proof(request, answer, address):
    person = request.user
    proved_at = answer.claims.get("auth_time", 0)
    if person.is_anonymous or person.subject != answer.claims["sub"] or not isinstance(proved_at, int):
        raise openid.Refused("sub")
    if abs(time.time() - proved_at) > sessions.PENDING_S:
        raise openid.Refused("auth_time")
    sessions.mark_proof(request, factor=city_account.tokens_of(answer).with_factor)
    return redirect(address)


def city_link(request, answer, address):
    person = request.user
    if person.is_anonymous or person.subject or sessions.must_ask_again(request):
        raise openid.Refused("sub")
    city_account.link_person(person, answer)
    sessions.keep_this_session(request, person)
    messages.success(request, _("From now on you sign in with the city account."))
    return redirect("security")


CITY = "city-account"  # session key of the state of a sign-in at the provider
CITY_PURPOSES: dict[str, Callable[[HttpRequest, openid.Answer, str], HttpResponse]] = {
    "in": city_sign_in,
    "again": city_proof,
    "link": city_link,
}


def city_address(request):
    return request.build_absolute_uri(reverse("sign-in-city-back"))


def city_fault(request, reason, fault):
    log.warning("The city account: %s (%s)", reason, fault)
    if request.user.is_authenticated:
        messages.error(request, _("The city account could not be used. Try again."))
        return redirect("security")
    form = SignInForm(request)
    context = {
        "form": form,
        "trouble": f"city-{reason}",
        "city_account": city_account_name(),
        "next": safe_next(request),
    }
    return render(request, SignIn.template_name, context, status=503 if reason == "unreachable" else 403)


@rate_limits.limit_requests("sign-in-page")
@csrf_exempt
@login_not_required
@never_cache
@require_POST
def receive_city_sign_out(request: HttpRequest) -> HttpResponse:
    """Ends sessions on the provider's request (OpenID Connect Back-Channel Logout 1.0)."""
    if not openid.is_on():
        raise Http404
    try:
        city_account.end_by_notice(request.POST.get("logout_token", ""))
    except openid.Refused as fault:
        log.warning("A notice of signing out was refused: %s", fault)
        return JsonResponse({"error": "invalid_request"}, status=400)
    except openid.Unreachable as fault:
        log.warning("A notice of signing out could not be checked: %s", fault)
        return JsonResponse({"error": "temporarily_unavailable"}, status=503)
    return HttpResponse(status=200)


def city_account_name() -> str:
    return settings.OIDC_NAME if openid.is_on() else ""


@login_not_required
def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirects anonymous users of the administration to the sign-in page; 404 for signed-in people without access."""
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("sign-in"))


def redirect_home(request):
    return redirect(home_address(request.user))


def home_address(user: User) -> str:
    """Returns the address at which this person's work begins; for a superuser the administration."""
    if user.is_superuser:
        return reverse("administration")
    posts = access.posts_of(user)
    page = next((page for work, page in HOME_PAGES.items() if access.does_work(user, work, posts)), None)
    return reverse(page or ("admin:index" if user.is_staff else "map"))
