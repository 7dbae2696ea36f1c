"""Treat the request as anonymous while its session owes a second factor or its person was removed."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest

from geoapp.db.admission import exhausted_response
from incidents.accounts import sessions

# The pages by which a second factor is given or set up; they see the person all the same.
FOR_WHO_OWES = {
    "sign-in", "sign-in-again", "sign-in-passkey", "sign-in-city", "sign-in-city-back", "sign-out", "security",
    "security-app", "security-passkey", "security-codes", "set_language", "javascript-catalog",
}  # fmt: skip


class SessionsThatHoldMiddleware:
    """Replace the user of an invalid session by AnonymousUser; `request.owing` is the person who has yet to give a
    second factor.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        had_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        response = self.get_response(request)
        if had_session and hasattr(request, "session_read") and not response.streaming:
            response["Own"] = sessions.name_of(request)  # a device wipes what it keeps of another (own-pages.js)
        return response

    def process_view(self, request, view, args, kwargs):
        request.owing = None
        try:
            look_at_session(request)
        except OperationalError as error:
            response = exhausted_response(request, error)
            if response is None:
                raise
            make_stranger(request)  # what is asked on the way out does not wait for the database again
            return response
        request.session_read = True
        return None


def look_at_session(request: HttpRequest) -> None:
    user = request.user
    if user.is_anonymous:
        return
    if not sessions.still_holds(request.session):
        request.session.flush()
        make_stranger(request)
    elif sessions.owes_factor(user, request.session):
        request.owing = user  # type: ignore[attr-defined]  # see page_access.SignedInRequest
        if request.resolver_match is None or request.resolver_match.view_name not in FOR_WHO_OWES:
            make_stranger(request)


def make_stranger(request: HttpRequest) -> None:
    nobody = AnonymousUser()

    async def stranger():
        return nobody

    request.user = nobody
    request.auser = stranger
