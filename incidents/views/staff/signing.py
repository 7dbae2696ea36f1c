"""Signing in and out."""

import math

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from incidents import access
from incidents.models import User

# The page at which each kind of work begins; the first that a person does counts.
HOME_PAGES = {
    "control": "control",
    "desk": "desk",
    "watch": "watch",
    "boundaries": "editions",
    "administer": "people",
    "camera-health": "camera-health",
}


class SignInForm(AuthenticationForm):
    """Name and password; one message for both faults, so that nobody learns which names exist."""

    error_messages = {
        "invalid_login": _("The name or the password is not right."),
        "inactive": _("The name or the password is not right."),
    }


class SignIn(LoginView):
    """The sign-in page of staff; it goes on to the address that was asked for."""

    template_name = "incidents/staff/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **more):
        context = super().get_context_data(**more)
        form = context["form"]
        if form.is_bound and form.non_field_errors():
            context["tries_left"] = tries_left(self.request, form.cleaned_data.get("username"))
        # A person sent here from a step was signed out while writing.
        context["goes_on"] = context["next"].startswith(reverse("desk")) and context["next"].count("/") > 3
        return context


sign_in = login_not_required(SignIn.as_view())
sign_out = login_not_required(LogoutView.as_view())


def tries_left(request, username):
    """How many wrong passwords this name may still have from this address."""
    credentials = {"username": username}
    return get_failure_limit(request, credentials) - AxesProxyHandler.get_failures(request, credentials)


def lockout_page(request, response, credentials):
    """The sign-in page after too many wrong passwords for a name from this address: 429 with the minutes to wait."""
    minutes = math.ceil(get_cool_off(request).total_seconds() / 60)
    form = SignInForm(request, initial={"username": (credentials or {}).get("username", "")})
    context = {"form": form, "locked_minutes": minutes, "next": request.POST.get("next", "")}
    return render(request, SignIn.template_name, context, status=429)


@login_not_required
def redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send strangers from the administration to the sign-in page; a signed-in person without access gets 404."""
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("sign-in"))


def redirect_home(request):
    """Send a person to the page at which their work begins."""
    return redirect(home_address(request.user))


def home_address(user: User) -> str:
    """The address at which this person's work begins; a leader of other units begins at the leader's page."""
    if user.is_superuser:
        return reverse("admin:index")
    posts = access.posts_of(user)
    page = next((page for work, page in HOME_PAGES.items() if access.does_work(user, work, posts)), None)
    if page == "desk" and access.leads_others(user):
        page = "lead"
    return reverse(page or ("admin:index" if user.is_staff else "map"))
