"""Restrict pages to those whose work they are, or to sessions that proved the second factor again."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from geoapp.http import openid
from incidents import access
from incidents.accounts import factors, proofs, sessions
from incidents.models import RecoveryCode, SecondFactor, User


class SignedInRequest(HttpRequest):
    """A request with a signed-in user; all views without `login_not_required` have one."""

    user: User
    owing: User | None  # who has yet to give a second factor


def require_work(work: str) -> Callable[[Callable], Callable]:
    """Decorate a view for people who do this work (a key of access.DOES): never cached, 404 for everybody else."""

    def decorate(view: Callable) -> Callable:
        @never_cache
        @wraps(view)
        def checked_view(request, *args, **kwargs):
            if not access.does_work(request.user, work):
                raise Http404
            return view(request, *args, **kwargs)

        return checked_view

    return decorate


# ---- the second factor again ----


def ask_again(view: Callable) -> Callable:
    """Decorate a view that needs a second factor proven within the last quarter of an hour.

    A page asks for it and goes on. Form data are stored in that page, and sent again with the factor.
    """

    @wraps(view)
    def checked_view(request, *args, **kwargs):
        return ask_for_factor(request) or view(request, *args, **kwargs)

    checked_view.asks_again = True  # type: ignore[attr-defined]  # the table of all such addresses is a test
    return checked_view


def ask_for_factor(request: Any) -> HttpResponse | None:
    if request.user.is_anonymous or not sessions.must_ask_again(request):
        return None
    if request.method != "POST":
        return redirect(f"{reverse('sign-in-again')}?{urlencode({'next': request.get_full_path()})}")
    fault = None
    if any(name in request.POST for name in proofs.FIELDS):
        fault = proofs.read_proof(request, request.user)
        if fault.method:
            sessions.mark_proof(request)
            return None
    hidden = {"csrfmiddlewaretoken", *proofs.FIELDS}
    fields = [(name, value) for name, values in request.POST.lists() if name not in hidden for value in values]
    return render_proof_page(
        request, request.user, fault, action=request.get_full_path(), kept=fields, again=True, in_the_way=True
    )


def render_proof_page(
    request: HttpRequest, person: User, fault: proofs.Proof | None, *, action: str, **more: Any
) -> HttpResponse:
    """Return the page that asks for a second factor; 403 if it interrupts another page."""
    kinds = set(factors.factors_of(person).values_list("kind", flat=True))
    context = {
        "person": person,
        "has_app": SecondFactor.Kind.APP in kinds,
        "has_passkey": SecondFactor.Kind.PASSKEY in kinds,
        "has_codes": RecoveryCode.objects.filter(user=person).exists(),
        "by_city": not kinds and openid.is_on(),
        "fault": fault.fault if fault else "",
        "minutes": fault.minutes if fault else 0,
        "action": action,
        "kept": (),
        "next": "",
        "again": False,
        "in_the_way": False,
    } | more
    status = 429 if context["minutes"] else 403 if context["in_the_way"] else 200
    response = render(request, "incidents/staff/sign_in/proof.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


class AsksAgain(admin.ModelAdmin):
    """An admin whose changes need the second factor again: rules, people, posts and keys."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        factor_page = ask_for_factor(request) if request.method == "POST" else None
        return factor_page or super().changelist_view(request, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        return ask_for_factor(request) or super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        return ask_for_factor(request) or super().delete_view(request, object_id, extra_context)
