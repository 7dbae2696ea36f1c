"""What may be kept of an answer, by a browser or on the way."""

from django.conf import settings


def forbid_caching_of_sessions(get_response):
    """Middleware: answers to who is signed in are kept nowhere, whatever the view says.

    Else somebody who comes to the same browser later finds them again. Who has a session is told by its cookie, without
    asking the database; the answer that sets it or takes it away counts, too.
    """

    def answer(request):
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES or settings.SESSION_COOKIE_NAME in response.cookies:
            response["Cache-Control"] = "private, no-store"
        return response

    return answer
